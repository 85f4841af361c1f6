"""Marked calls judged anew with other numbers in the form."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.errors import QaError
from qa_pipeline.pipeline.backtest import Stored
from qa_pipeline.pipeline.recall import recall
from qa_pipeline.pipeline.second_listen import Ask, SecondListen, found_twice
from qa_pipeline.pipeline.threshold_calls import MarkedCall
from qa_pipeline.pipeline.triage import before_scoring
from qa_pipeline.pipeline.voice import with_usual_pitch
from qa_pipeline.rules.evaluate import scene_of
from qa_pipeline.rules.rubric import Criterion, Rubric
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.thresholds import Variant, variants
from qa_pipeline.scoring.thresholds import Judged, call_cost
from qa_pipeline.settings import Settings

State = Literal["heard", "gone", "not_scored", "internal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding in short. Times in ms; None where there is no place."""

    outcome: Outcome
    start_ms: int | None = None
    end_ms: int | None = None
    sure: float | None = None
    """How sure the machine is of a deduction, made or left to a person; None where it sees no fault."""


@dataclass(slots=True, kw_only=True)
class Look:
    """A call as the form judges it today."""

    call_id: str
    state: State = "heard"
    """``gone``: transcript or measurements are no longer kept. ``not_scored``: not under today's settings."""
    found: dict[str, Found] = field(default_factory=dict)
    """By criterion."""
    helped_by: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """By criterion: numbers of the variants that would bring it nearer to people."""
    fault: str = ""
    """Of ours, in words, where it is ``internal``."""


@dataclass(slots=True, kw_only=True)
class Checked:
    """A call with other numbers in the form."""

    found: dict[str, tuple[Found, ...]] = field(default_factory=dict)
    """By criterion: what each of the variants asked for finds."""
    fault: str = ""
    """Of ours, in words."""


class Trial:
    """A form with other numbers over stored calls, in one process."""

    def __init__(self, settings: Settings, rubric: Rubric, stored: Stored, wrong_weight: float) -> None:
        self._settings = settings
        self._rubric = rubric
        self._store, self._artifacts, engine = stored
        self._listening = SecondListen(self._artifacts, engine, None, settings)
        self._weight = wrong_weight
        # Kept as long as any scene: what a call worked out for a check is remembered by the check's identity.
        self._variants = {c.id: tuple(variants(c, rubric)) for _, c in rubric.criteria()}

    def look(self, calls: Sequence[MarkedCall], eligible: Collection[str]) -> list[Look]:
        """Judge calls as the form stands, and see which variants of the eligible criteria would help."""
        looks = [Look(call_id=call.row.info.call_id) for call in calls]
        laid_out = [self._lay_out(call, look) for call, look in zip(calls, looks, strict=True)]
        for _, criterion in self._rubric.criteria():
            for call, look, laid in zip(calls, looks, laid_out, strict=True):
                if laid is None or look.state != "heard" or criterion.id not in call.people:
                    continue
                try:
                    one = _Call(self, call, criterion, laid)
                    look.found[criterion.id] = one.today()
                    if criterion.id in eligible:
                        look.helped_by[criterion.id] = tuple(one.helpful(self._variants[criterion.id]))
                except QaError:
                    raise
                except Exception as error:  # a fault of ours in one call must not hide what all others say
                    look.state, look.fault = "internal", repr(error)
        return looks

    def check(self, calls: Sequence[MarkedCall], wanted: Mapping[str, Sequence[int]]) -> list[Checked]:
        """What these variants find, in calls that could be heard."""
        laid_out = [self._lay_out(call, Look(call_id="")) for call in calls]
        found = [Checked() for _ in calls]
        for _, criterion in self._rubric.criteria():
            chosen = [self._variants[criterion.id][n] for n in wanted.get(criterion.id, ())]
            for call, laid, checked in zip(calls, laid_out, found, strict=True):
                if not chosen or laid is None or criterion.id not in call.people:
                    continue
                try:
                    one = _Call(self, call, criterion, laid)
                    checked.found[criterion.id] = tuple(_short(one.find(v)) for v in chosen)
                except QaError:
                    raise
                except Exception as error:
                    checked.fault = repr(error)
        return found

    def variant(self, criterion_id: str, number: int) -> Variant:
        """A variant by its number."""
        return self._variants[criterion_id][number]

    def values(self, criterion_id: str) -> int:
        """How many other values a criterion's numbers may have."""
        return len(self._variants[criterion_id])

    def least(self, criterion: Criterion) -> float:
        """Below this confidence a deduction is left to a person."""
        fatal = criterion.severity == "fatal"
        return self._settings.min_confidence_fatal if fatal else self._settings.min_confidence

    def cost(self, outcome: Outcome, judged: Judged) -> float:
        """What a finding costs against people's marks."""
        return call_cost(outcome, judged, self._weight)

    def _lay_out(self, marked: MarkedCall, look: Look) -> tuple[Scene, Ask] | None:
        settings = self._settings
        call = recall(marked.row, self._artifacts, agent_channel=settings.agent_channel)
        if call is None:
            look.state = "gone"
            return None
        if before_scoring(call, min_hearing_quality=settings.min_hearing_quality) is not None:
            look.state = "not_scored"
            return None
        call = with_usual_pitch(call, self._rubric, self._store, settings.business_tz, keep=False)
        ask = self._listening.ask(call, marked.row.artifacts["transcript"], None)
        return scene_of(self._rubric, call, settings.min_confidence, settings.business_tz), ask


class _Call:
    """One call under one criterion."""

    def __init__(self, trial: Trial, call: MarkedCall, criterion: Criterion, laid: tuple[Scene, Ask]) -> None:
        self._trial = trial
        self._criterion = criterion
        self._judged = judged(call, criterion.id)
        scene, self._ask = laid
        # Texts stay laid out; what other criteria asked is let go.
        self._scene = replace(scene.listened({}), min_confidence=trial.least(criterion))
        self._now = found_twice(criterion, self._scene, self._ask)

    def find(self, variant: Variant) -> Finding:
        """What a variant finds."""
        scene = self._scene
        if variant.conditions:
            scene = replace(scene.listened({}), conditions={**scene.conditions, **variant.conditions})
        return found_twice(variant.criterion, scene, self._ask)

    def today(self) -> Found:
        """What the form finds as it stands, and how sure it is of a fault, costing points or not."""
        at_any = self._now
        if at_any.outcome is Outcome.NEEDS_REVIEW and not self._criterion.check.by_person:
            at_any = found_twice(self._criterion, replace(self._scene, min_confidence=0.0), self._ask)
        sure = at_any.confidence if at_any.outcome is Outcome.NOT_MET else None
        return replace(_short(self._now), sure=sure)

    def helpful(self, all_variants: Sequence[Variant]) -> Iterator[int]:
        """Numbers of the variants that cost less than today's finding.

        Of a number whose least and greatest values change nothing those between are not tried. That is right for whatever
        turns but once; for anything else a value may go untried, and none is believed untried.
        """
        today = self._trial.cost(self._now.outcome, self._judged)
        if today == 0:
            return
        known: dict[int, Outcome] = {}

        def outcome(number: int) -> Outcome:
            if number not in known:
                known[number] = self.find(all_variants[number]).outcome
            return known[number]

        for numbers in _by_threshold(all_variants):
            ends = {min(numbers, key=lambda n: all_variants[n].value)}
            ends.add(max(numbers, key=lambda n: all_variants[n].value))
            if all(outcome(n) is self._now.outcome for n in sorted(ends)):
                continue
            for number in numbers:
                if self._trial.cost(outcome(number), self._judged) < today - 1e-9:
                    yield number


def judged(call: MarkedCall, criterion_id: str, part: str = "") -> Judged:
    """A call as people judged it by one criterion."""
    info = call.row.info
    return Judged(
        call_id=info.call_id, agent_id=info.agent_id or "", people=call.people[criterion_id], part=part
    )


def _by_threshold(all_variants: Sequence[Variant]) -> list[list[int]]:
    groups: dict[object, list[int]] = {}
    for number, variant in enumerate(all_variants):
        groups.setdefault(variant.threshold.path, []).append(number)
    return list(groups.values())


def _short(finding: Finding) -> Found:
    place = next((e.span for e in finding.evidence if e.kind != "searched"), None)
    if place is None:
        return Found(outcome=finding.outcome)
    return Found(outcome=finding.outcome, start_ms=place.start_ms, end_ms=place.end_ms)
