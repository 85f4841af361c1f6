"""Would another number in a form agree better with people? Tried on reviewed calls; nothing of it is applied."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from qa_pipeline.domain.period import Scope
from qa_pipeline.pipeline.backtest import OpenStored
from qa_pipeline.pipeline.threshold_calls import MarkedCall, MarkedCalls, marked_calls
from qa_pipeline.pipeline.threshold_confidence import ConfidenceResult, try_confidence
from qa_pipeline.pipeline.threshold_suggestion import Said, suggestion_of
from qa_pipeline.pipeline.threshold_trial import Checked, Look, State, judged
from qa_pipeline.pipeline.threshold_workers import Chunks
from qa_pipeline.rules.rubric import Criterion, Rubric
from qa_pipeline.rules.thresholds import shared_conditions
from qa_pipeline.scoring.agreement import ENOUGH
from qa_pipeline.scoring.thresholds import (
    MIN_FIXED,
    WRONG_WEIGHT,
    Suggestion,
    Tried,
    carries,
    try_candidates,
)
from qa_pipeline.settings import Settings
from qa_pipeline.storage.report_base import ReportStore

log = logging.getLogger(__name__)

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


@dataclass(slots=True)
class _Side:
    """A call, what the form finds in it, and what it would find with other numbers."""

    call: MarkedCall
    look: Look
    checked: Checked = field(default_factory=Checked)


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
        self._on_calls = on_calls
        self._done, self._total = 0, len(marked.calls)
        criteria = [c for _, c in rubric.criteria()]
        eligible = [c.id for c in criteria if self._eligible(c, marked.calls)]
        looks = chunks.look(marked.calls, eligible, self._tell)
        self._aside: dict[State, list[str]] = {"gone": [], "not_scored": [], "internal": []}
        sides: list[_Side] = []
        for call, look in zip(marked.calls, looks, strict=True):
            if look.state == "heard":
                sides.append(_Side(call, look))
            else:
                self._set_aside(look.call_id, look.state, look.fault)
        self._worth = {c: _worth(c, looks) for c in eligible}
        worth = {c: numbers for c, numbers in self._worth.items() if numbers}
        concerned = [side for side in sides if worth.keys() & side.call.people.keys()]
        self._total += len(concerned)
        for side, checked in zip(
            concerned, chunks.check([s.call for s in concerned], worth, self._tell), strict=True
        ):
            side.checked = checked
            if checked.fault:
                self._set_aside(side.look.call_id, "internal", checked.fault)
        self._sides = [side for side in sides if not side.checked.fault]

    @property
    def set_aside(self) -> dict[State, tuple[str, ...]]:
        """Calls that could not be judged anew, by why."""
        return {state: tuple(calls) for state, calls in self._aside.items()}

    def _set_aside(self, call_id: str, state: State, fault: str) -> None:
        self._aside[state].append(call_id)
        if fault:
            log.error("trial of call %s: internal fault: %s", call_id, fault)

    def result(self, criterion: Criterion) -> tuple[Tried, Suggestion | None]:
        """What came of a criterion."""
        sides = self.sides(criterion)
        numbers = self._worth.get(criterion.id, ())
        found = [
            side.checked.found[criterion.id]
            for side in self._sides
            if numbers and criterion.id in side.call.people
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
        after = [f[best] for f in found]
        return tried, suggestion_of(self._rubric, criterion, variant, tried, sides, after, self._weight)

    def sides(self, criterion: Criterion) -> list[Said]:
        """The calls that people marked by it."""
        return [
            (judged(side.call, criterion.id), side.look.found[criterion.id])
            for side in self._sides
            if criterion.id in side.call.people
        ]

    def _eligible(self, criterion: Criterion, calls: Sequence[MarkedCall]) -> bool:
        """Whether the marks could carry a suggestion at all; all else is judged only as it stands."""
        people = [judged(call, criterion.id) for call in calls if criterion.id in call.people]
        return self._trial.values(criterion.id) > 0 and carries(people, self._enough) is None

    def _tell(self, more: int) -> None:
        self._done += more
        self._on_calls(self._done, self._total)


def _worth(criterion_id: str, looks: Sequence[Look]) -> tuple[int, ...]:
    """Variants that would help in so many calls that a gain can be shown; the others are not tried on the rest."""
    helped = Counter(n for look in looks for n in look.helped_by.get(criterion_id, ()))
    return tuple(sorted(n for n, calls in helped.items() if calls >= MIN_FIXED))
