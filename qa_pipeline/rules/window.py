"""Where a check looks: ``within``. Evaluated at word times, in milliseconds of the recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.domain.call import Call, Role, Turn
from qa_pipeline.domain.finding import Message
from qa_pipeline.domain.time import Span, intersections, merge
from qa_pipeline.rules.once import This
from qa_pipeline.rules.verdict import Place, Truth, Verdict

if TYPE_CHECKING:
    from qa_pipeline.rules.operator import Operator as Check
    from qa_pipeline.rules.scene import Scene

SLACK_MS = 500
"""Word times and voice activity differ by some hundred milliseconds, so a window of turns reaches half way into the
pause beside it, at most this far."""

AreaKind = Literal["all", "first_s", "last_s", "first_turns", "last_turns", "pct", "anchor"]


class Window(BaseModel):
    """Where to look. Several keys narrow each other down; turns are those of the operator's role."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    first_s: float | None = Field(None, gt=0, description="seconds from the first word spoken by anybody")
    last_s: float | None = Field(None, gt=0, description="seconds up to the last word spoken by anybody")
    first_turns: int | None = Field(None, ge=1, description="turns of the role from the start")
    last_turns: int | None = Field(None, ge=1, description="turns of the role up to the end")
    from_pct: float | None = Field(None, ge=0, le=100, description="per cent of the conversation")
    to_pct: float | None = Field(None, ge=0, le=100, description="per cent of the conversation")
    after: Check | None = Field(None, description="a condition after which to look")
    before: Check | None = Field(None, description="a condition before which to look")
    around: Check | None = Field(None, description="a condition on both sides of which to look")
    turns: int | None = Field(None, ge=1, description="how many turns of the role from the condition")
    seconds: float | None = Field(None, gt=0, description="how many seconds from the condition")
    hit: Literal["first", "last", "any", "every"] | int = Field(
        "any",
        description="which occurrence of the condition: first, last, any (together), every (each by itself) or a number",
    )

    @model_validator(mode="after")
    def _sensible(self) -> Window:
        anchors = [key for key in ("after", "before", "around") if getattr(self, key) is not None]
        if len(anchors) > 1:
            raise PydanticCustomError("rubric.exclusive", "", {"keys": tuple(anchors)})
        if not anchors:
            for key in ("turns", "seconds", "hit"):
                if key in self.model_fields_set:
                    raise PydanticCustomError("rubric.needs_anchor", "", {"key": key})
        if self.turns is not None and self.seconds is not None:
            raise PydanticCustomError("rubric.exclusive", "", {"keys": ("turns", "seconds")})
        if self.from_pct is not None and self.to_pct is not None and self.from_pct >= self.to_pct:
            raise PydanticCustomError("rubric.from_to", "", {"low": self.from_pct, "high": self.to_pct})
        if isinstance(self.hit, int) and self.hit < 1:
            raise PydanticCustomError("rubric.out_of_range", "", {"limit": ">= 1"})
        return self

    @property
    def anchor(self) -> Check | None:
        """The condition the window hangs on."""
        return self.after or self.before or self.around

    def kind(self) -> tuple[AreaKind, int]:
        """What to call it in an explanation, with the number of turns."""
        if self.anchor is not None:
            return "anchor", self.turns or 0
        if self.first_turns is not None:
            return "first_turns", self.first_turns
        if self.last_turns is not None:
            return "last_turns", self.last_turns
        for key in ("first_s", "last_s"):
            if getattr(self, key) is not None:
                return ("first_s" if key == "first_s" else "last_s"), 0
        return "pct", 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A part of the call to look at: sorted, disjoint, not empty."""

    spans: tuple[Span, ...]
    kind: AreaKind = "all"
    turns: int = 0

    @property
    def hull(self) -> Span:
        """From its start to its end."""
        return self.spans[0].hull(self.spans[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A window in this call: the areas, or the verdict where there is nothing to look at."""

    areas: tuple[Area, ...] = ()
    confidence: float = 1.0
    settled: Verdict | None = None


def resolve(window: Window | None, scene: Scene, role: str) -> Reach:
    """The window's place in this call.

    A condition that never occurs, or a window without any length, makes the check not applicable; a condition that is
    uncertain makes it uncertain.
    """
    limits: tuple[Span, ...] = (scene.clip or scene.whole(),)
    if window is None:
        return Reach(areas=(Area(spans=limits),))
    limits = intersections(limits, (scene.fixed(window, role),))
    kind, turns = window.kind()
    anchor = window.anchor
    if anchor is None:
        return _reach([limits], kind, turns, 1.0)
    verdict = scene.plain().ask(anchor)
    if verdict.truth is Truth.UNCERTAIN:
        message = Message(key="anchor_uncertain")
        settled = Verdict(
            truth=Truth.UNCERTAIN,
            confidence=verdict.confidence,
            message=message,
            evidence=verdict.evidence,
            doubt=verdict.doubt,
        )
        return Reach(settled=settled)
    hits = _chosen(window.hit, verdict.hits) if verdict.truth is Truth.MET else ()
    if not hits:
        return _nothing("anchor_absent", verdict)
    spans = [_beside(window, hit.span, scene, role) for hit in hits]
    confidence = min(hit.confidence for hit in hits)
    if window.hit == "every":
        return _reach([intersections(limits, (s,)) for s in spans if s.duration_ms], kind, turns, confidence)
    return _reach([intersections(limits, merge(spans))], kind, turns, confidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    whole: Span
    conversation: Span
    turns: Mapping[str, tuple[Turn, ...]]


@lru_cache(maxsize=4)
def _course(this: This[Call]) -> _Course:
    call = this.it
    starts, ends = [t.span.start_ms for t in call.turns], [t.span.end_ms for t in call.turns]
    everything = Span(start_ms=0, end_ms=max([call.recording.duration_ms, *ends]))
    counted = tuple(t for t in call.turns if not t.back_channel)
    return _Course(
        whole=everything,
        conversation=Span(start_ms=min(starts), end_ms=max(ends)) if call.turns else everything,
        turns={"any": counted, **{r.value: tuple(t for t in counted if t.role is r) for r in Role}},
    )


def whole(call: Call) -> Span:
    """The recording from end to end."""
    return _course(This(call)).whole


def conversation(call: Call) -> Span:
    """From the first turn to the last, so that ring-back or a tail of silence shifts no window."""
    return _course(This(call)).conversation


def turns_of(call: Call, role: str) -> tuple[Turn, ...]:
    """The turns that count for a role, back-channels aside."""
    return _course(This(call)).turns[role]


def _reach(groups: Sequence[tuple[Span, ...]], kind: AreaKind, turns: int, confidence: float) -> Reach:
    areas = tuple(
        Area(spans=spans, kind=kind, turns=turns)
        for spans in (tuple(s for s in group if s.duration_ms) for group in groups)
        if spans
    )
    if not areas:
        return _nothing("window_empty", None)
    return Reach(areas=areas, confidence=confidence)


def _nothing(key: str, because: Verdict | None) -> Reach:
    settled = Verdict(
        truth=Truth.NOT_APPLICABLE,
        confidence=because.confidence if because else 1.0,
        message=Message(key=key),
        evidence=because.evidence if because else (),
    )
    return Reach(settled=settled)


def _chosen(hit: str | int, places: Sequence[Place]) -> tuple[Place, ...]:
    if not places:
        return ()
    if hit == "first":
        return (places[0],)
    if hit == "last":
        return (places[-1],)
    if isinstance(hit, int):
        return (places[hit - 1],) if hit <= len(places) else ()
    return tuple(places)


def fixed_part(window: Window, call: Call, role: str) -> Span:
    """The part of the window that hangs on no condition; sides that nothing limits reach to the ends."""
    everything, talk = whole(call), conversation(call)
    starts, ends = [everything.start_ms], [everything.end_ms]
    if window.first_s is not None:
        ends.append(talk.start_ms + round(window.first_s * 1000))
    if window.last_s is not None:
        starts.append(talk.end_ms - round(window.last_s * 1000))
    if window.from_pct:
        starts.append(talk.start_ms + round(talk.duration_ms * window.from_pct / 100))
    if window.to_pct is not None and window.to_pct < 100:
        ends.append(talk.start_ms + round(talk.duration_ms * window.to_pct / 100))
    turns = turns_of(call, role)
    if window.first_turns is not None and len(turns) > window.first_turns:
        ends.append(_after_turn(turns, window.first_turns - 1))
    if window.last_turns is not None and len(turns) > window.last_turns:
        starts.append(_before_turn(turns, len(turns) - window.last_turns))
    start, end = max(starts), min(ends)
    return Span(start_ms=start, end_ms=max(start, end))


def end_of_turns(call: Call, from_ms: int, role: str, turns: int) -> int:
    """When the role has had so many turns that begin after a moment; the end of the call where there are fewer."""
    later = [t for t in turns_of(call, role) if t.span.start_ms >= from_ms]
    return _after_turn(later, turns - 1) if len(later) > turns else whole(call).end_ms


def _after_turn(turns: Sequence[Turn], index: int) -> int:
    """Half way into the pause after a turn."""
    end = turns[index].span.end_ms
    if index + 1 == len(turns):
        return end + SLACK_MS
    pause = max(0, turns[index + 1].span.start_ms - end)
    return end + min(SLACK_MS, pause // 2)


def _before_turn(turns: Sequence[Turn], index: int) -> int:
    start = turns[index].span.start_ms
    pause = max(0, start - turns[index - 1].span.end_ms) if index else 2 * SLACK_MS
    return max(0, start - min(SLACK_MS, pause // 2))


def _beside(window: Window, hit: Span, scene: Scene, role: str) -> Span:
    """The stretch beside one occurrence of the condition.

    ``turns`` counts those that begin after (before) it; what the role still says in a turn under way comes on top.
    """
    call, everything = scene.call, scene.whole()
    forward = window.after is not None or window.around is not None
    backward = window.before is not None or window.around is not None
    start, end = hit.end_ms, hit.start_ms
    if window.around is not None:
        start, end = hit.start_ms, hit.end_ms
    if forward:
        end = everything.end_ms
        if window.seconds is not None:
            end = hit.end_ms + round(window.seconds * 1000)
        elif window.turns is not None:
            end = end_of_turns(call, hit.end_ms, role, window.turns)
    if backward:
        start = 0
        if window.seconds is not None:
            start = max(0, hit.start_ms - round(window.seconds * 1000))
        elif window.turns is not None:
            earlier = [t for t in turns_of(call, role) if t.span.end_ms <= hit.start_ms]
            if len(earlier) > window.turns:
                start = _before_turn(earlier, len(earlier) - window.turns)
    return Span(start_ms=start, end_ms=max(start, min(end, everything.end_ms)))


def role_goes_on(call: Call, role: Role | None, from_ms: int) -> bool:
    """Whether a role (None: anybody) still says anything after a moment."""
    return any(role in (None, t.role) and t.span.end_ms > from_ms for t in call.turns)
