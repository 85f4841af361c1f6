"""The best way through a flow that a call can be read as: steps in order, each at one place, along the branches.

Two readings bound the truth. The *strict* one takes only what was surely said, and of several possible branches the
worst. The *kind* one takes doubtful places as said, distances a little too long as kept, and of several possible branches
the best. A flow that the strict reading completes was followed; one that even the kind reading can't complete was not;
anything between is for a person.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from qa_pipeline.domain.time import Span
from qa_pipeline.rules.flow import END, FlowStep, Graph
from qa_pipeline.rules.flow_answers import Choice, Decision, any_of
from qa_pipeline.rules.verdict import Place, Truth, Verdict
from qa_pipeline.rules.window import SLACK_MS

GAP_SLACK_S = 1.0
"""Seconds (and one tenth) over a distance that are still doubtful: places are known to some hundred milliseconds."""

State = Literal["said", "maybe", "missing", "left_out"]
Limit = tuple[float | None, float | None]
"""Turns and seconds from one step to the next at most; None: any number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What became of one step on the way."""

    step: FlowStep
    state: State
    place: Place | None = None
    late: bool = False
    """Its distance from the step before is so near the limit that it may be too long."""
    choice: Choice | None = None
    certain: bool = True
    """Whether the choice was the only possible one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One reading of the call."""

    visits: tuple[Visit, ...] = ()
    lost: float = 0.0
    """Points of the steps that were due and not said."""
    missing: int = 0
    doubts: int = 0
    left_out: int = 0
    end_ms: int = 0

    @property
    def cost(self) -> tuple[float, int, int, int, int]:
        """Readings compare by this; less is better."""
        return (self.lost, self.missing, self.doubts, self.left_out, self.end_ms)

    def after(self, visit: Visit) -> Walk:
        """The walk with one more visit in front."""
        missing = visit.state == "missing"
        return Walk(
            visits=(visit, *self.visits),
            lost=self.lost + (visit.step.points if missing else 0.0),
            missing=self.missing + missing,
            doubts=self.doubts + (visit.state == "maybe" or visit.late),
            left_out=self.left_out + (visit.state == "left_out"),
            end_ms=max(self.end_ms, visit.place.span.end_ms if visit.place else 0),
        )


@dataclass(frozen=True, slots=True)
class _Last:
    """The place of the step said last, and how far from it the next may lie."""

    span: Span | None = None
    turns: float | None = None
    seconds: float | None = None


@dataclass(slots=True, kw_only=True)
class Walker:
    """Looks for the best walk; ask it for one reading."""

    graph: Graph
    verdicts: Mapping[str, Verdict]
    """What each step's check found in the whole call."""
    decide: Callable[[FlowStep, Span], Decision]
    limits: Callable[[FlowStep], Limit]
    turn_starts: Sequence[int]
    kind: bool
    memo: dict[tuple[str, _Last], Walk] = field(default_factory=dict)

    def best(self) -> Walk:
        """The best walk of this reading."""
        return self._from(self.graph.first, _Last())

    def _from(self, name: str, last: _Last) -> Walk:
        if name == END:
            return Walk()
        key = name, last
        if key not in self.memo:
            self.memo[key] = min(self._ways(self.graph.steps[name], last), key=lambda w: w.cost)
        return self.memo[key]

    def _ways(self, step: FlowStep, last: _Last) -> Iterator[Walk]:
        verdict = self.verdicts[step.step]
        turns, seconds = self.limits(step)
        reach = _Last(last.span, _more(last.turns, turns), _more(last.seconds, seconds))
        for place, state in self._places(verdict):
            distance = self._distance(reach, place)
            if distance is None or (distance == "late" and not self.kind):
                continue
            late = distance == "late"
            decision = self.decide(step, place.span) if step.answers else None
            yield self._go(step, Visit(step=step, state=state, place=place, late=late), decision, place.span)
        if self.kind and verdict.truth is Truth.UNCERTAIN and not (verdict.hits or verdict.maybe):
            # It may have been said, nobody knows where.
            yield self._skip(step, "maybe", reach)
        free = step.optional or verdict.truth is Truth.NOT_APPLICABLE
        yield self._skip(step, "left_out" if free else "missing", reach)

    def _places(self, verdict: Verdict) -> Iterator[tuple[Place, State]]:
        for place in verdict.hits if verdict.truth is not Truth.UNCERTAIN or self.kind else ():
            yield place, "said" if verdict.truth is Truth.MET else "maybe"
        if self.kind:
            for place in verdict.maybe:
                yield place, "maybe"

    def _skip(self, step: FlowStep, state: State, reach: _Last) -> Walk:
        visit = Visit(step=step, state=state)
        asked = step.answers and not (state == "left_out" and step.optional)
        return self._go(step, visit, self._answered(step) if asked else None, None, reach)

    def _answered(self, step: FlowStep) -> Decision:
        """The answers possible after a question that has no place on the way.

        Where it was surely asked, if out of place, its answers hold; or passing over it would open every branch.
        """
        verdict = self.verdicts[step.step]
        if verdict.truth is not Truth.MET:
            return any_of(step)
        found = {c.answer.answer: c for p in verdict.hits for c in self.decide(step, p.span).choices}
        return Decision(choices=tuple(found[a.answer] for a in step.answers if a.answer in found))

    def _go(
        self,
        step: FlowStep,
        visit: Visit,
        decision: Decision | None,
        place: Span | None,
        reach: _Last | None = None,
    ) -> Walk:
        last = reach or _Last(place, 0, 0)
        if decision is None:
            return self._from(self.graph.following(step), last).after(visit)
        walks = [
            self._from(choice.answer.then, last).after(
                Visit(
                    step=step,
                    state=visit.state,
                    place=visit.place,
                    late=visit.late,
                    choice=choice,
                    certain=decision.certain,
                )
            )
            for choice in decision.choices
        ]
        return (min if self.kind else max)(walks, key=lambda w: w.cost)

    def _distance(self, reach: _Last, place: Place) -> Literal["near", "late"] | None:
        """How a place lies to the step before: near enough, perhaps too far, or out of the question (None)."""
        before = reach.span
        if before is None:
            return "near"
        middles = before.start_ms + before.end_ms, place.span.start_ms + place.span.end_ms
        if middles[0] >= middles[1] or place.span.start_ms < before.end_ms - SLACK_MS:
            return None
        if reach.turns is not None:
            starts = self.turn_starts
            gap = bisect_right(starts, place.span.start_ms) - bisect_right(starts, before.start_ms)
            if gap > reach.turns:
                return None
        if reach.seconds is not None:
            gap_s = (place.span.start_ms - before.end_ms) / 1000
            if gap_s > reach.seconds:
                return "late" if gap_s <= 1.1 * reach.seconds + GAP_SLACK_S else None
        return "near"


def _more(so_far: float | None, further: float | None) -> float | None:
    """Distances over steps that were passed add up; where one is unlimited, all are."""
    return None if so_far is None or further is None else so_far + further
