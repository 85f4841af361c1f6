"""The reporting use case: gathers a period's facts from the store and has the report built of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from qa_pipeline.domain.period import Period, PeriodKind, Scope, ScopeKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_figures import Estimate
from qa_pipeline.domain.report_follow_up import ExceptionItem, FollowUp, ImprovementEffect
from qa_pipeline.domain.report_people import AgentRow
from qa_pipeline.domain.report_rows import ImprovementRow
from qa_pipeline.domain.scorecard import Scorecard
from qa_pipeline.domain.tally import Tally
from qa_pipeline.pipeline.scopes import refuse_unknown
from qa_pipeline.reporting.build import build_report, sides
from qa_pipeline.reporting.criteria import criterion_rows, matrix_of
from qa_pipeline.reporting.effective import Correction, corrected, effective_scorecard
from qa_pipeline.reporting.facts import Facts, Side
from qa_pipeline.reporting.follow_ups import Due, follow_ups
from qa_pipeline.reporting.forms import Form, forms
from qa_pipeline.reporting.key_figures import common, key_figures
from qa_pipeline.reporting.periods import before, history
from qa_pipeline.reporting.topics import Found
from qa_pipeline.settings import Settings
from qa_pipeline.storage.report_base import ReportStore

URGENT = 500
"""Fatal and critical faults listed at most; the report says how many there are."""
NOTHING = Estimate()
EFFECT_DAYS = 28
"""A measure's effect is judged by so many days before it began and so many after, at most."""
COMPARED = (
    *("adjusted", "shrunk", "rank_low", "rank_high", "ranked", "against_centre"),
    *("mean", "pass_rate", "nonfatal_rate"),
)
"""What a report says of an agent by looking at the others: by their spread, and with care for how many there are."""
SEVERITIES = ("fatal", "critical")

FindTopics = Callable[[Period, Scope], Found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """Makes reports from a store.

    ``find_topics`` reads what customers said; without it a report has no complaint topics.
    """

    store: ReportStore
    settings: Settings
    find_topics: FindTopics | None = None

    def report(
        self, period: Period, *, scope: Scope | None = None, today: date, dues: Sequence[Due] = ()
    ) -> PeriodReport:
        """The report of a period.

        Args:
            period: business days; it need not be over.
            scope: whose calls; default: the centre's.
            today: the business day on which it is made, for what is overdue or still open.
            dues: customers who were to be called.

        Raises:
            InputError: ``input.unknown_scope`` with the nearest name.
            StorageError | SetupError: the database can't be read.
        """
        scope = scope or Scope()
        refuse_unknown(scope, self.store)
        facts = self.facts(period, scope, today)
        found = self.find_topics(period, scope) if self.find_topics is not None else None
        facts = replace(
            facts,
            targets=self.store.targets(period.last_day),
            exceptions=self._exceptions(today),
            improvements=self._improvements(period, scope),
            follow_ups=self._follow_ups(dues),
            topics=found.topics if found is not None else (),
        )
        effects = [self._effect(facts, row) for row in facts.improvements]
        wanted = _Wanted()
        build_report(replace(facts, scorecards=wanted), effects)
        cards = self.store.scorecards_of(wanted.asked)
        report = build_report(replace(facts, scorecards=cards), effects)
        if scope.kind is ScopeKind.AGENT:
            report = replace(report, agents=self._among_all(report.agents, period, today))
        note = found.note if found is not None else None
        return replace(report, notes=(*report.notes, note)) if note is not None else report

    def _among_all(self, rows: Sequence[AgentRow], period: Period, today: date) -> tuple[AgentRow, ...]:
        """An agent's rows with the comparisons of the whole centre's report: alone nobody has a position."""
        centre = build_report(self.facts(period, Scope(), today))
        known = {row.agent_id: row for row in centre.agents}
        return tuple(
            replace(row, **{name: getattr(known[row.agent_id], name) for name in COMPARED})
            if row.agent_id in known
            else row
            for row in rows
        )

    def standing(self, start: date, end: date, scope: Scope) -> tuple[Tally, Mapping[tuple[str, int], Form]]:
        """What was scored from ``start`` to before ``end``, people's marks in it, and the forms that scored it.

        Raises:
            InputError: ``input.unknown_scope`` with the nearest name.
        """
        refuse_unknown(scope, self.store)
        shapes = forms(self.store.rubric_contents())
        corrections = tuple(self._corrections(start, end, scope, shapes))
        return corrected(self.store.tally(start, end, scope), corrections), shapes

    def facts(self, period: Period, scope: Scope, today: date) -> Facts:
        """What is known of a period and the one before."""
        store, previous = self.store, before(period)
        first = history(period)[0].start
        shapes = forms(store.rubric_contents())
        corrections = tuple(self._corrections(first, period.end, scope, shapes))
        now, then = (self._side(one, scope, corrections) for one in (period, previous))
        return Facts(
            period=period,
            previous=previous,
            scope=scope,
            business_tz=self.settings.business_tz,
            today=today,
            min_calls=self.settings.report_min_calls,
            now=now,
            then=then,
            forms=shapes,
            daily=store.daily(first, previous.start, scope),
            corrections=corrections,
            faults=store.faults(period.start, period.end, scope, severities=SEVERITIES, limit=URGENT),
            num_faults=_num_faults(now.tally),
            oddities=store.oddities(period.start, period.end, scope),
            purged_before=store.scorecards_purged_before(),
        )

    def _side(self, period: Period, scope: Scope, corrections: Sequence[Correction]) -> Side:
        start, end = period.start, period.end
        return Side(
            tally=corrected(self.store.tally(start, end, scope), corrections),
            statuses=self.store.statuses(start, end, scope),
            measures=self.store.measure_sums(start, end, scope),
            appeals=self.store.appeals(start, end, scope),
        )

    def _corrections(
        self, start: date, end: date, scope: Scope, shapes: Mapping[tuple[str, int], Form]
    ) -> Iterator[Correction]:
        for call in self.store.reviewed_calls(start, end, scope):
            form = shapes.get((call.card.rubric_id, call.card.rubric_version))
            if form is None or form.rubric is None or call.row.recording is None:
                continue
            effective = effective_scorecard(
                call.card,
                call.reviews,
                form.rubric,
                info=call.row.info,
                recording=call.row.recording,
                max_pending_pct=self.settings.max_pending_pct,
                fatal_needs_person=self.settings.fatal_needs_person,
            )
            yield Correction(
                call_pk=call.call_pk, day=call.day, info=call.row.info, first=call.card, effective=effective
            )

    def _exceptions(self, today: date) -> tuple[ExceptionItem, ...]:
        return tuple(item for item in self.store.exceptions(today) if item.state != "closed")

    def _improvements(self, period: Period, scope: Scope) -> tuple[ImprovementRow, ...]:
        """Those that had begun by the period's end and had not ended long before it; in a part's report, its own."""
        long_ago = before(period).start
        return tuple(
            row
            for row in self.store.improvements()
            if row.from_date < period.end
            and (row.closed_on is None or row.closed_on >= long_ago)
            and (scope.kind is ScopeKind.CENTRE or (row.scope.kind, row.scope.id) == (scope.kind, scope.id))
        )

    def _effect(self, facts: Facts, row: ImprovementRow) -> ImprovementEffect:
        """After against before, over equally many days. A measure is often taken when things are at their worst, and
        then they get better by themselves: an effect shown is a reason to go on, not a proof."""
        end = min(facts.period.end, facts.today + timedelta(days=1))
        if row.closed_on is not None:
            end = min(end, row.closed_on + timedelta(days=1))
        days = max(1, min(EFFECT_DAYS, (end - row.from_date).days))
        after = Period(kind=PeriodKind.MONTH, start=row.from_date, end=row.from_date + timedelta(days=days))
        earlier = Period(kind=PeriodKind.MONTH, start=row.from_date - timedelta(days=days), end=row.from_date)
        corrections = tuple(self._corrections(earlier.start, after.end, row.scope, facts.forms))
        both = replace(
            facts,
            period=after,
            previous=earlier,
            scope=row.scope,
            now=self._side(after, row.scope, corrections),
            then=self._side(earlier, row.scope, corrections),
        )
        now, then = sides(both)
        found = {f.key: f.estimate for f in key_figures(both, now, then, common(now, then))}
        if row.measure not in found:
            matrix, old = matrix_of(both, now), matrix_of(both, then)
            of_criteria = criterion_rows(now, then, matrix, old, [()] * len(matrix.criteria))
            found |= {one.criterion_id: one.rate for one in reversed(of_criteria)}
        return ImprovementEffect(
            improvement_id=row.improvement_id,
            what=row.what,
            measure=row.measure,
            scope=row.scope,
            from_date=row.from_date,
            closed_on=row.closed_on,
            owner=row.owner,
            effect=found.get(row.measure, NOTHING),
        )

    def _follow_ups(self, dues: Sequence[Due]) -> tuple[FollowUp, ...]:
        if not dues:
            return ()
        first = min(due.since or due.due - timedelta(days=7) for due in dues)
        last = max(due.due for due in dues) + timedelta(days=31)
        calls = self.store.calls_of_customers(first, last)
        return follow_ups(dues, calls, business_tz=self.settings.business_tz)


def _num_faults(tally: Tally) -> int:
    grave = np.array([key.severity in SEVERITIES for key in tally.names.criteria], dtype=np.bool_)
    return int(tally.cells.failed[grave[tally.cells.criterion]].sum()) if len(tally.cells) else 0


class _Wanted(Mapping[int, Scorecard]):
    """Knows no scorecard and remembers which were asked for: a report names a few of the many it rests on."""

    def __init__(self) -> None:
        self.asked: set[int] = set()

    def __getitem__(self, call_pk: int) -> Scorecard:
        if call_pk >= 0:
            self.asked.add(call_pk)
        raise KeyError(call_pk)

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __len__(self) -> int:
        return 0
