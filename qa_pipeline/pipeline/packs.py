"""Coaching packs: for each agent what cost most in some days, one place that shows it, and one where it went well."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from qa_pipeline.domain.finding import Message, Outcome
from qa_pipeline.domain.tally import Tally
from qa_pipeline.errors import InputError, QaError
from qa_pipeline.i18n import Lang
from qa_pipeline.pipeline.clip_picked import Picked
from qa_pipeline.pipeline.clip_select import Choice, Mode, heard
from qa_pipeline.pipeline.clip_wanted import Wanted
from qa_pipeline.pipeline.clips import Clip, Clips
from qa_pipeline.pipeline.report import Reporting
from qa_pipeline.reporting.forms import Form
from qa_pipeline.reporting.periods import scope_of
from qa_pipeline.reports.clip_view import words
from qa_pipeline.reports.pack_note import CriterionFigure, Figures
from qa_pipeline.storage.clip_base import CallFilter

FAULTS = 3
"""So many faults an agent: more can't be worked on at once."""
STRENGTHS = 3
_GRAVITY = {"fatal": 0, "critical": 1, "major": 2, "minor": 3}

Forms = Mapping[tuple[str, int], Form]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an agent's pack will hold."""

    number: int
    """Names its folder: folders tell nobody's number."""
    agent_id: str
    agent_name: str | None
    figures: Figures
    picked: tuple[Picked, ...]
    colleagues: frozenset[int]
    """Numbers of the clips that are another agent's."""


class Packs:
    """Plans packs and cuts their clips."""

    def __init__(self, clips: Clips, reporting: Reporting, today: date) -> None:
        self._clips = clips
        self._reporting = reporting
        self._today = today

    def plan(self, days: tuple[date, date], *, agent: str | None, team: str | None) -> list[Plan]:
        """Everybody's pack, in order of the agents' numbers; no recording is cut yet.

        Args:
            days: business days from the first to before the second.
            agent: only this agent's.
            team: only of this team's calls.

        Raises:
            InputError: ``input.one_scope``, ``packs.no_calls``.
        """
        scope = scope_of(agent, team, None)
        first, end = days[0], min(days[1], self._today + timedelta(days=1))
        tally, shapes = self._reporting.standing(first, end, scope)
        used = set(tally.calls.agent.tolist())
        agents = sorted((name, k) for k, name in enumerate(tally.names.agents) if name and k in used)
        if not agents:
            raise InputError(
                "packs.no_calls", scope=scope.id or "—", first=first, last=end - timedelta(days=1)
            )
        calls = CallFilter(team_id=team, first=days[0], before=days[1])
        examples = _Colleagues(self._clips, calls)
        return [
            self._plan(number, name, self._figures(tally, shapes, k, first, end), examples)
            for number, (name, k) in enumerate(agents, 1)
        ]

    def cut(
        self,
        plan: Plan,
        *,
        lang: Lang,
        redact: bool,
        on_error: Callable[[QaError], None],
    ) -> Iterator[Clip]:
        """The clips of a pack: the agent stays named in the own ones, nobody in a colleague's."""
        for one in plan.picked:
            own = one.number not in plan.colleagues
            yield from self._clips.cut(
                [one],
                lang=lang,
                redact=redact,
                name_agents=own,
                on_error=on_error,
                named=lambda _: words(lang, "colleague"),
            )

    def _plan(self, number: int, agent: str, figures: Figures, examples: _Colleagues) -> Plan:
        mine = examples.of(agent)
        picked: list[Picked] = []
        colleagues: set[int] = set()
        faults = [f for f in figures.criteria if f.failed][: FAULTS * 2]
        for fault in faults:
            if len({p.pair for p in picked}) == FAULTS:
                break
            bad = self._one(Outcome.NOT_MET, fault.criterion_id, mine, Mode.TYPICAL)
            if bad is None:
                continue  # its recordings are gone, or people took it back: the next one
            good = self._one(Outcome.MET, fault.criterion_id, mine, Mode.BEST)
            other = None if good is not None else examples.best(fault.criterion_id, agent)
            pair = len({p.pair for p in picked}) + 1
            first, contrast = len(picked) + 1, good or other
            picked.append(_picked(first, bad, pair, None if contrast is None else first + 1))
            if contrast is not None:
                picked.append(_picked(first + 1, contrast, pair, first))
            if other is not None:
                colleagues.add(len(picked))
        if not picked:
            strong = [f for f in figures.criteria if f.decided and not f.failed]
            for figure in strong:
                choice = self._one(Outcome.MET, figure.criterion_id, mine, Mode.BEST)
                if choice is not None and choice.row.quotes and len(picked) < STRENGTHS:
                    picked.append(_picked(len(picked) + 1, choice, None))
        return Plan(
            number=number,
            agent_id=agent,
            agent_name=figures.agent_name,
            figures=figures,
            picked=tuple(picked),
            colleagues=frozenset(colleagues),
        )

    def _figures(self, tally: Tally, shapes: Forms, agent: int, first: date, end: date) -> Figures:
        calls, cells = tally.calls, tally.cells
        here = calls.agent == agent
        scores = calls.score[here]
        known = scores[~np.isnan(scores)]
        return Figures(
            agent_name=tally.names.agent_names.get(tally.names.agents[agent]),
            first=first,
            last=end - timedelta(days=1),
            calls=int(here.sum()),
            mean=round(float(known.mean()), 1) if len(known) else None,
            confirmed_fatal=int(calls.confirmed[here].sum()),
            suspected_fatal=int(calls.suspected[here].sum()),
            min_calls=self._reporting.settings.report_min_calls,
            criteria=tuple(_criteria(shapes, tally, np.flatnonzero(cells.agent == agent).tolist())),
        )

    def _one(self, outcome: Outcome, criterion_id: str, calls: CallFilter, mode: Mode) -> Choice | None:
        return next(iter(self._clips.findings_of(outcome, criterion_id, calls, mode, 1)), None)


class _Colleagues:
    """Good examples that anybody may learn from, looked up once a criterion."""

    def __init__(self, clips: Clips, calls: CallFilter) -> None:
        self._clips = clips
        self._calls = calls
        self._known: dict[str, list[Choice]] = {}

    def of(self, agent: str) -> CallFilter:
        """The same days, one agent's."""
        calls = self._calls
        return CallFilter(agent_id=agent, team_id=calls.team_id, first=calls.first, before=calls.before)

    def best(self, criterion_id: str, not_of: str) -> Choice | None:
        """The best example of another agent, in the same days if there is one, else in any."""
        if criterion_id not in self._known:
            everybody = CallFilter(first=self._calls.first, before=self._calls.before)
            found: list[Choice] = []
            for calls in (everybody, CallFilter()):
                if len({c.row.agent_id for c in found}) < 2:
                    found += self._clips.findings_of(Outcome.MET, criterion_id, calls, Mode.BEST, 5)
            self._known[criterion_id] = found
        return next((c for c in self._known[criterion_id] if c.row.agent_id != not_of), None)


def check_packs(wanted: Wanted) -> tuple[date, date]:
    """The days packs are asked for; wishes that packs know nothing of are refused.

    Raises:
        InputError: ``packs.only_people``, ``packs.no_days``.
    """
    plain = Wanted(agent=wanted.agent, team=wanted.team, first=wanted.first, before=wanted.before)
    if wanted != plain:
        raise InputError("packs.only_people")
    if wanted.first is None or wanted.before is None:
        raise InputError("packs.no_days")
    return wanted.first, wanted.before


def _picked(number: int, choice: Choice, pair: int | None, partner: int | None = None) -> Picked:
    reason = choice.reason
    if reason.key.startswith("typical"):
        reason = Message(key="pack_fault", params=heard(choice.row))
    elif reason.key == "best":
        reason = Message(key="pack_good", params=heard(choice.row))
    return Picked(number=number, row=choice.row, reason=reason, pair=pair, partner=partner)


def _forbids(criterion_id: str, form: Form) -> bool:
    """Whether it only forbids something: keeping that is no achievement."""
    found = form.rubric.criteria() if form.rubric is not None else ()
    return any(c.id == criterion_id and c.check.name in ("must_not_say", "none_of") for _, c in found)


def _criteria(shapes: Forms, tally: Tally, rows: Sequence[int]) -> list[CriterionFigure]:
    """An agent's criteria, the most costly first: fatal ones, then by points lost."""
    found: dict[str, CriterionFigure] = {}
    cells = tally.cells
    for i in rows:
        key = tally.names.criteria[int(cells.criterion[i])]
        form = shapes.get((key.rubric_id, key.rubric_version))
        title = form.titles.get(key.criterion_id, key.criterion_id) if form is not None else key.criterion_id
        old = found.get(key.criterion_id)
        found[key.criterion_id] = CriterionFigure(
            criterion_id=key.criterion_id,
            title=title,
            severity=key.severity,
            failed=round(float(cells.failed[i])) + (old.failed if old else 0),
            decided=round(float(cells.decided[i])) + (old.decided if old else 0),
            lost=round(float(cells.points_lost[i]) + (old.lost if old else 0.0), 2),
            asked=form is None or not _forbids(key.criterion_id, form),
        )
    return sorted(
        found.values(),
        key=lambda f: (
            not (f.failed and f.severity == "fatal"),
            -f.lost,
            -f.failed,
            _GRAVITY.get(f.severity, 9),
            -f.decided,
            f.criterion_id,
        ),
    )
