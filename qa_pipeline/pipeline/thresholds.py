"""Would another number in a form agree better with people? Tried on reviewed calls; nothing of it is applied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.domain.report import Scope
from qa_pipeline.pipeline.threshold_calls import HeardCall, ReviewedCalls, reviewed_calls
from qa_pipeline.pipeline.threshold_confidence import ConfidenceResult, try_confidence
from qa_pipeline.rules.examples import run_examples
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Criterion, Rubric
from qa_pipeline.rules.rubric_edit import edited, number_edit, source_text, unified
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.thresholds import Variant, shared_conditions, thresholds, variants
from qa_pipeline.scoring.agreement import ENOUGH
from qa_pipeline.scoring.thresholds import (
    WRONG_WEIGHT,
    ChangedCall,
    Judged,
    Suggestion,
    Tried,
    call_cost,
    could_help,
    try_candidates,
)
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import Artifacts, Store
from qa_pipeline.storage.report_base import ReportStore


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
    reviewed: ReviewedCalls
    criteria: tuple[CriterionResult, ...]
    """Those with a suggestion first, then as the form has them."""
    confidence: tuple[ConfidenceResult, ...]

    def suggestions(self) -> tuple[Suggestion, ...]:
        """All suggestions."""
        return tuple(c.suggestion for c in self.criteria if c.suggestion is not None)


def suggest(
    rubric: Rubric,
    settings: Settings,
    reports: ReportStore,
    stored: tuple[Store, Artifacts, Mapping[str, str]],
    *,
    start: date,
    end: date,
    scope: Scope,
    only: Collection[str] = (),
    wrong_weight: float = WRONG_WEIGHT,
    enough: float = ENOUGH,
    on_criterion: Callable[[int, int], None] | None = None,
) -> SuggestResult:
    """Try other values for the thresholds of a form on calls that people marked.

    Args:
        rubric: the form; marks count that were made on its criteria as they are worded in it.
        settings: as for scoring.
        reports: has the reviewed calls.
        stored: database, artifacts, and the digests of our own code.
        start: first business day.
        end: day after the last.
        scope: whose calls.
        only: these criteria; default: all.
        wrong_weight: what a wrong deduction costs, a missed fault costing 1.
        enough: share of marks from which the machine agrees with people, 0 to 1.
        on_criterion: told how many criteria are done, and how many there are.
    """
    wanted = [c for _, c in rubric.criteria() if not only or c.id in only]
    reviewed = reviewed_calls(
        rubric,
        settings,
        reports,
        stored,
        start=start,
        end=end,
        scope=scope,
        criteria={c.id for c in wanted},
    )
    trial = _Trial(rubric, settings, reviewed.calls, wrong_weight, enough)
    results = []
    for criterion in wanted:
        tried, values, suggestion = trial.criterion(criterion)
        results.append(
            CriterionResult(
                criterion_id=criterion.id,
                title=criterion.title,
                tried=tried,
                suggestion=suggestion,
                values=values,
                shared=tuple(sorted(shared_conditions(criterion, rubric))),
                earlier=reviewed.earlier[criterion.id],
                appeals=reviewed.appeals[criterion.id],
            )
        )
        if on_criterion is not None:
            on_criterion(len(results), len(wanted))
    return SuggestResult(
        rubric=rubric,
        start=start,
        end=end,
        wrong_weight=wrong_weight,
        reviewed=reviewed,
        criteria=tuple(sorted(results, key=lambda r: r.suggestion is None)),
        confidence=try_confidence(wanted, reviewed.calls, settings, wrong_weight, enough),
    )


class _Trial:
    def __init__(
        self,
        rubric: Rubric,
        settings: Settings,
        calls: Sequence[HeardCall],
        wrong_weight: float,
        enough: float,
    ) -> None:
        self._rubric = rubric
        self._settings = settings
        self._calls = calls
        self._weight = wrong_weight
        self._enough = enough
        self._text = source_text(rubric)

    def criterion(self, criterion: Criterion) -> tuple[Tried, int, Suggestion | None]:
        """What came of it, how many values were tried, and the suggestion."""
        fatal = criterion.severity == "fatal"
        least = self._settings.min_confidence_fatal if fatal else self._settings.min_confidence
        marked = [_Marked(c, criterion, least) for c in self._calls if criterion.id in c.people]
        judged = [m.judged for m in marked]
        now = [m.now.outcome for m in marked]
        tried = self._try(judged, now, [])
        if criterion.check.by_person or not thresholds(criterion, self._rubric):
            return replace(tried, verdict="no_thresholds"), 0, None
        if tried.verdict not in ("agreed", "no_value_helps"):
            return tried, 0, None
        # Kept to the end: what a call worked out for a check is remembered by the check's identity.
        others = list(variants(criterion, self._rubric))
        worth: list[Variant] = []
        candidates: list[list[Outcome]] = []
        for other in others:
            found = self._found(other, marked)
            if found is not None:
                worth.append(other)
                candidates.append(found)
        tried = self._try(judged, now, candidates)
        if tried.verdict != "suggested" or tried.best is None:
            return tried, len(others), None
        return tried, len(others), self._suggestion(criterion, worth[tried.best], tried, marked)

    def _try(
        self, judged: Sequence[Judged], now: Sequence[Outcome], candidates: Sequence[Sequence[Outcome]]
    ) -> Tried:
        return try_candidates(
            judged, now, candidates, wrong_weight=self._weight, enough_agreement=self._enough
        )

    def _found(self, other: Variant, marked: Sequence[_Marked]) -> list[Outcome] | None:
        """What the machine would find in each call; None where it can't help, which is seen from the calls in which it
        differs from people today: so most values are never tried on the rest."""
        found: dict[str, Outcome] = {}
        gains = []
        for one in marked:
            before = call_cost(one.now.outcome, one.judged, self._weight)
            if before > 0:
                found[one.judged.call_id] = one.find(other).outcome
                gains.append(before - call_cost(found[one.judged.call_id], one.judged, self._weight))
        if not could_help(gains):
            return None
        return [found.get(one.judged.call_id) or one.find(other).outcome for one in marked]

    def _suggestion(
        self, criterion: Criterion, best: Variant, tried: Tried, marked: Sequence[_Marked]
    ) -> Suggestion:
        if tried.now is None or tried.then is None:
            raise AssertionError("what is suggested was compared")
        edit = number_edit(self._text, criterion.id, best.threshold.path, best.value)
        new = edited(self._text, [edit])
        old_lines, new_lines = self._text.splitlines(), new.splitlines()
        more = len(new_lines) - len(old_lines)
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
            changed=tuple(_changed(best, marked, self._weight)),
            edit=edit,
            old_text=old_lines[edit.line - 1],
            new_text="\n".join(new_lines[edit.line - 1 : edit.line + more]),
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


class _Marked:
    """A call that people marked by one criterion, and what the machine finds in it."""

    def __init__(self, call: HeardCall, criterion: Criterion, min_confidence: float) -> None:
        self._call = call
        self._least = min_confidence
        self._scene: Scene = call.fresh()
        self.judged = Judged(call_id=call.call_id, agent_id=call.agent_id, people=call.people[criterion.id])
        self.now = call.find(criterion, min_confidence=min_confidence, scene=self._scene)

    def find(self, other: Variant) -> Finding:
        """What it would find with another value."""
        return self._call.find(
            other.criterion,
            min_confidence=self._least,
            conditions=other.conditions,
            scene=self._scene,
        )


def _changed(best: Variant, marked: Sequence[_Marked], weight: float) -> Iterator[ChangedCall]:
    """Calls whose finding changes, those that it makes worse first."""
    rows = []
    for one in marked:
        after = one.find(best)
        if after.outcome is one.now.outcome:
            continue
        # The side that deducts says where; else whichever has a place.
        shown = sorted((one.now, after), key=lambda f: f.outcome is not Outcome.NOT_MET)
        place = next((e.span for f in shown for e in f.evidence if e.kind != "searched"), None)
        worse = call_cost(after.outcome, one.judged, weight) - call_cost(one.now.outcome, one.judged, weight)
        changed = ChangedCall(
            call_id=one.judged.call_id,
            agent_id=one.judged.agent_id,
            start_ms=None if place is None else place.start_ms,
            end_ms=None if place is None else place.end_ms,
            before=one.now.outcome,
            after=after.outcome,
            people=one.judged.people,
        )
        rows.append((-worse, changed.call_id, changed))
    for _, _, changed in sorted(rows, key=lambda r: r[:2]):
        yield changed
