"""Would another number in a form agree better with people? Tried on reviewed calls; nothing of it is applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.report import Scope
from qa_pipeline.pipeline.backtest import OpenStored
from qa_pipeline.pipeline.threshold_calls import MarkedCall, MarkedCalls, marked_calls
from qa_pipeline.pipeline.threshold_confidence import ConfidenceResult, try_confidence
from qa_pipeline.pipeline.threshold_trial import Checked, Chunks, Found, Look, State, judged
from qa_pipeline.rules.examples import run_examples
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Criterion, Rubric
from qa_pipeline.rules.rubric_edit import edited, number_edit, source_text, unified
from qa_pipeline.rules.thresholds import Variant, shared_conditions
from qa_pipeline.scoring.agreement import ENOUGH
from qa_pipeline.scoring.thresholds import (
    MIN_FIXED,
    WRONG_WEIGHT,
    ChangedCall,
    Judged,
    Suggestion,
    Tried,
    call_cost,
    carries,
    try_candidates,
)
from qa_pipeline.settings import Settings
from qa_pipeline.storage.report_base import ReportStore

OnCalls = Callable[[int, int], None]
"""Told how many calls are done, and how many there are to do so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionResult:
    """What came of one criterion."""

    criterion_id: str
    title: str
    tried: Tried
    suggestion: Suggestion | None
    values: int
    """How many other values were tried, all thresholds together."""
    shared: tuple[str, ...]
    """Conditions with numbers that were not tried, as other criteria rest on them, too."""
    earlier: int
    """Marks left out, as they were made on another wording."""
    appeals: int
    """Marks left out, as they carry out appeals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestResult:
    """What came of a form."""

    rubric: Rubric
    start: date
    end: date
    wrong_weight: float
    marked: MarkedCalls
    set_aside: Mapping[State, tuple[str, ...]]
    """Calls that could not be judged anew, by why."""
    criteria: tuple[CriterionResult, ...]
    """Those with a suggestion first, then as the form has them."""
    confidence: tuple[ConfidenceResult, ...]

    @property
    def num_calls(self) -> int:
        """Calls that were judged anew."""
        return len(self.marked.calls) - sum(map(len, self.set_aside.values()))

    def suggestions(self) -> tuple[Suggestion, ...]:
        """All suggestions."""
        return tuple(c.suggestion for c in self.criteria if c.suggestion is not None)


def suggest(
    rubric: Rubric,
    settings: Settings,
    reports: ReportStore,
    *,
    open_stored: OpenStored,
    start: date,
    end: date,
    scope: Scope,
    only: Collection[str] = (),
    wrong_weight: float = WRONG_WEIGHT,
    enough: float = ENOUGH,
    workers: int | None = None,
    on_calls: OnCalls = lambda done, total: None,
) -> SuggestResult:
    """Try other values for the thresholds of a form on calls that people marked.

    Args:
        rubric: the form; marks count that were made on its criteria as they are worded in it.
        settings: as for scoring.
        reports: has the reviewed calls.
        open_stored: opens database and artifacts; a module's function, because every worker calls it.
        start: first business day.
        end: day after the last.
        scope: whose calls.
        only: these criteria; default: all.
        wrong_weight: what a wrong deduction costs, a missed fault costing 1.
        enough: share of marks from which the machine agrees with people, 0 to 1.
        workers: processes; default one a core.
        on_calls: told of the progress.
    """
    wanted = [c for _, c in rubric.criteria() if not only or c.id in only]
    marked = marked_calls(rubric, reports, start=start, end=end, scope=scope, criteria={c.id for c in wanted})
    with Chunks(rubric, settings, open_stored, wrong_weight, workers) as chunks:
        run = _Run(rubric, marked, chunks, wrong_weight, enough, on_calls)
        results = [
            CriterionResult(
                criterion_id=criterion.id,
                title=criterion.title,
                tried=tried,
                suggestion=suggestion,
                values=chunks.trial.values(criterion.id),
                shared=tuple(sorted(shared_conditions(criterion, rubric))),
                earlier=marked.earlier[criterion.id],
                appeals=marked.appeals[criterion.id],
            )
            for criterion in wanted
            for tried, suggestion in (run.result(criterion),)
        ]
    return SuggestResult(
        rubric=rubric,
        start=start,
        end=end,
        wrong_weight=wrong_weight,
        marked=marked,
        set_aside=run.set_aside,
        criteria=tuple(sorted(results, key=lambda r: r.suggestion is None)),
        confidence=try_confidence(
            [(c, run.sides(c)) for c in wanted if not c.check.by_person], settings, wrong_weight, enough
        ),
    )


Side = tuple[Judged, Found]
"""What people and the machine say of one call by one criterion."""


class _Run:
    """All calls judged as the form stands; then again by what may help."""

    def __init__(
        self,
        rubric: Rubric,
        marked: MarkedCalls,
        chunks: Chunks,
        wrong_weight: float,
        enough: float,
        on_calls: OnCalls,
    ) -> None:
        self._rubric = rubric
        self._trial = chunks.trial
        self._weight = wrong_weight
        self._enough = enough
        self._text = source_text(rubric)
        self._on_calls = on_calls
        self._done, self._total = 0, len(marked.calls)
        criteria = [c for _, c in rubric.criteria()]
        eligible = [c.id for c in criteria if self._eligible(c, marked.calls)]
        looks = chunks.look(marked.calls, eligible, self._tell)
        states: tuple[State, ...] = ("gone", "not_scored", "internal")
        self.set_aside = {s: tuple(look.call_id for look in looks if look.state == s) for s in states}
        heard = [(c, look) for c, look in zip(marked.calls, looks, strict=True) if look.state == "heard"]
        self._calls = [call for call, _ in heard]
        self._looks = [look for _, look in heard]
        self._worth = {c: _worth(c, self._looks) for c in eligible}
        worth = {c: numbers for c, numbers in self._worth.items() if numbers}
        concerned = [i for i, call in enumerate(self._calls) if worth.keys() & call.people.keys()]
        self._total += len(concerned)
        checked = chunks.check([self._calls[i] for i in concerned], worth, self._tell)
        self._checked: dict[int, Checked] = dict(zip(concerned, checked, strict=True))

    def result(self, criterion: Criterion) -> tuple[Tried, Suggestion | None]:
        """What came of a criterion."""
        sides = self.sides(criterion)
        numbers = self._worth.get(criterion.id, ())
        found = [
            self._checked[i][criterion.id]
            for i, call in enumerate(self._calls)
            if numbers and criterion.id in call.people
        ]
        tried = try_candidates(
            [people for people, _ in sides],
            [today.outcome for _, today in sides],
            [[f[n].outcome for f in found] for n in range(len(numbers))],
            wrong_weight=self._weight,
            enough_agreement=self._enough,
        )
        if criterion.check.by_person or not self._trial.values(criterion.id):
            return replace(tried, verdict="no_thresholds"), None
        if tried.verdict != "suggested" or tried.best is None:
            return tried, None
        best = tried.best
        variant = self._trial.variant(criterion.id, numbers[best])
        return tried, self._suggestion(criterion, variant, tried, sides, [f[best] for f in found])

    def sides(self, criterion: Criterion) -> list[Side]:
        """The calls that people marked by it."""
        return [
            (judged(call, criterion.id), look.found[criterion.id])
            for call, look in zip(self._calls, self._looks, strict=True)
            if criterion.id in call.people
        ]

    def _eligible(self, criterion: Criterion, calls: Sequence[MarkedCall]) -> bool:
        """Whether the marks could carry a suggestion at all; all else is judged only as it stands."""
        people = [judged(call, criterion.id) for call in calls if criterion.id in call.people]
        return self._trial.values(criterion.id) > 0 and carries(people) is None

    def _tell(self, more: int) -> None:
        self._done += more
        self._on_calls(self._done, self._total)

    def _suggestion(
        self,
        criterion: Criterion,
        best: Variant,
        tried: Tried,
        sides: Sequence[Side],
        found: Sequence[Found],
    ) -> Suggestion:
        if tried.now is None or tried.then is None:
            raise AssertionError("what is suggested was compared")
        edit = number_edit(self._text, criterion.id, best.threshold.path, best.value)
        new = edited(self._text, [edit])
        old_lines, new_lines = self._text.splitlines(), new.splitlines()
        last = edit.line + len(new_lines) - len(old_lines)
        return Suggestion(
            rubric_id=self._rubric.rubric,
            rubric_version=self._rubric.version,
            criterion_id=criterion.id,
            title=criterion.title,
            key=best.threshold.key,
            path=best.threshold.where(),
            current=best.threshold.current,
            suggested=best.value,
            num_calls=tried.num_calls,
            num_marks=tried.num_marks,
            num_agents=tried.num_agents,
            now=tried.now,
            then=tried.then,
            errors_now=tried.errors_now,
            errors_then=tried.errors_then,
            gain=tried.gain,
            gain_by_agent=tried.gain_by_agent,
            changed=tuple(_changed(sides, found, self._weight)),
            edit=edit,
            old_text=old_lines[edit.line - 1],
            new_text="\n".join(new_lines[edit.line - 1 : last]),
            diff=unified(self._text, new, self._rubric.file),
            failing_examples=self._failing(criterion.id, new),
        )

    def _failing(self, criterion_id: str, text: str) -> tuple[int, ...]:
        """Read anew, as the checks of the file would read it."""
        rubric = parse_rubric(text, self._rubric.file)
        return tuple(
            example.line or 0
            for example in run_examples(rubric)
            if example.criterion_id == criterion_id and example.finding.outcome is not example.expected
        )


def _worth(criterion_id: str, looks: Sequence[Look]) -> tuple[int, ...]:
    """Variants that would help in so many calls that a gain can be shown; the others are not tried on the rest."""
    helped = Counter(n for look in looks for n in look.helped_by.get(criterion_id, ()))
    return tuple(sorted(n for n, calls in helped.items() if calls >= MIN_FIXED))


def _changed(sides: Sequence[Side], found: Sequence[Found], weight: float) -> Iterator[ChangedCall]:
    """Calls whose finding changes, those that it makes worse first."""
    rows = []
    for (people, before), after in zip(sides, found, strict=True):
        if after.outcome is before.outcome:
            continue
        # The side that deducts says where; else whichever has a place.
        shown = sorted((before, after), key=lambda f: (f.start_ms is None, f.outcome is not Outcome.NOT_MET))
        worse = call_cost(after.outcome, people, weight) - call_cost(before.outcome, people, weight)
        changed = ChangedCall(
            call_id=people.call_id,
            agent_id=people.agent_id,
            start_ms=shown[0].start_ms,
            end_ms=shown[0].end_ms,
            before=before.outcome,
            after=after.outcome,
            people=people.people,
        )
        rows.append((-worse, changed.call_id, changed))
    for _, _, changed in sorted(rows, key=lambda r: r[:2]):
        yield changed
