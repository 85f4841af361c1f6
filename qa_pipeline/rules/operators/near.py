"""``near``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.domain.time import Span
from qa_pipeline.rules.judge import absent, margin_confidence, window_params
from qa_pipeline.rules.measure import check_one_of
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.speech import (
    SHOWN,
    AnyPhrase,
    GuardedPhrase,
    SpokenOperator,
    compiled,
    exact_limit,
    heard,
    search,
    texts,
)
from qa_pipeline.rules.verdict import Place, Truth, Verdict
from qa_pipeline.rules.window import Area, turns_of
from qa_pipeline.text.types import Pattern

Side = tuple[GuardedPhrase | str, ...]


EDGE_TURNS = 6
"""As in ``turns_between``: one turn beside the limit is doubtful."""


class Near(SpokenOperator):
    """Two things are said close to each other, in either order.

    `first` and `second` are lists of phrases, one of each is enough. How close: `max_chars` (characters the role says in
    between, as recognised), `max_turns` (0: in the same turn; turns of anybody count) or `max_s` (seconds from the end of
    the one to the start of the other); one of the three. A pair with a doubtful phrase needs review. Where both are heard,
    but too far apart, the absence is the surer the further apart: 0.5 at the limit, 1 from five characters and a tenth
    of the limit (six turns, half a second) off, for a recogniser drops and adds some.

    ```yaml
    check: {op: near, first: [退款, 退钱], second: [三到五天, 工作日], max_chars: 15}
    ```

    PASS: 客服：退款三个工作日到账

    FAIL: 客服：可以退款 客户：好 客服：我们工作日九点上班
    """

    located: ClassVar[bool] = True

    op: Literal["near"]
    first: tuple[AnyPhrase, ...] = Field(
        min_length=1, description="phrases, as text or as {say, synonyms, innocents}"
    )
    second: tuple[AnyPhrase, ...] = Field(min_length=1, description="phrases that must be near, the same way")
    max_chars: int | None = Field(None, ge=0, le=1000, description="characters between them at most")
    max_turns: int | None = Field(None, ge=0, le=1000, description="turns from the one to the other at most")
    max_s: float | None = Field(None, ge=0, le=3600, description="seconds between them at most")

    @model_validator(mode="after")
    def _one_distance(self) -> Self:
        check_one_of({"max_chars": self.max_chars, "max_turns": self.max_turns, "max_s": self.max_s})
        return self

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Search both, and pair what is close."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        found = [search(scene, area, self.role, self._patterns(side)) for side in (self.first, self.second)]
        (first, first_maybe, _), (second, second_maybe, _) = found
        hits = self._pairs(scene, first, second)
        if hits:
            best = max(hits, key=lambda p: p.confidence)
            return Verdict(
                truth=Truth.MET,
                confidence=best.confidence,
                message=heard("said", hits),
                evidence=tuple(p.evidence for p in hits),
                hits=tuple(hits),
                doubt=best.doubt,
            )
        maybe = self._pairs(scene, [*first, *first_maybe], [*second, *second_maybe])
        if maybe:
            return Verdict(
                truth=Truth.UNCERTAIN,
                confidence=max(p.confidence for p in maybe),
                message=heard("said_maybe", maybe),
                evidence=tuple(p.evidence for p in maybe),
                maybe=tuple(maybe),
                doubt="match",
            )
        return self._apart(scene, area, first, second)

    def _apart(self, scene: Scene, area: Area, first: Sequence[Place], second: Sequence[Place]) -> Verdict:
        wanted = [" / ".join(_say(p) for p in side[:SHOWN]) for side in (self.first, self.second)]
        unit, limit, tolerance = self._limit()
        params = {"first": wanted[0], "second": wanted[1], "limit": f"{limit:g}", **window_params(area)}
        near = [p.evidence for p in (*first, *second)]
        sure = exact_limit(self.match, scene, area, self.role)
        key = f"not_near.{unit}"
        if first and second:
            closest = min(self._distance(scene, a.span, b.span) for a in first for b in second)
            sure = min(sure, margin_confidence(closest - limit, tolerance))
            key, params = f"too_far.{unit}", {**params, "apart": f"{closest:g}"}
        return absent(
            scene,
            area,
            self.role,
            Message(key=key, params=params),
            expected=" + ".join(wanted),
            near=near,
            limit=sure,
        )

    def _patterns(self, side: Side) -> list[Pattern]:
        guarded = (p if isinstance(p, GuardedPhrase) else GuardedPhrase(say=p) for p in side)
        return [
            compiled(words, self.match, self.min_similarity, p.innocents, False)
            for p in guarded
            for words in p.wordings
        ]

    def _pairs(self, scene: Scene, first: Sequence[Place], second: Sequence[Place]) -> list[Place]:
        """Each place of the first with the closest of the second that is near enough."""
        _, limit, _ = self._limit()
        pairs = []
        for one in first:
            distances = [
                (self._distance(scene, one.span, other.span), other)
                for other in second
                if one.span.intersection(other.span) is None
            ]
            distance, other = min(distances, key=lambda d: (d[0], d[1].span), default=(limit + 1, one))
            if distance <= limit:
                pairs.append(_pair(one, other))
        return pairs

    def _limit(self) -> tuple[str, float, float]:
        """Unit, limit, and from how far off it a distance is certain."""
        if self.max_chars is not None:
            return "chars", self.max_chars, 5 + self.max_chars / 10
        if self.max_turns is not None:
            return "turns", self.max_turns, EDGE_TURNS
        return "s", self.max_s or 0.0, 0.5

    def _distance(self, scene: Scene, one: Span, other: Span) -> float:
        before, after = sorted((one, other))
        between = Span(start_ms=min(before.end_ms, after.start_ms), end_ms=after.start_ms)
        if self.max_s is not None:
            return between.duration_ms / 1000
        if self.max_turns is not None:
            starts = [t.span.start_ms for t in turns_of(scene.call, "any")]
            return sum(before.start_ms < start <= after.start_ms for start in starts)
        if not between.duration_ms:
            return 0
        return sum(len(text) for _, text in texts(scene, Area(spans=(between,)), self.role))


def _pair(one: Place, other: Place) -> Place:
    before, after = sorted((one, other), key=lambda p: p.span)
    weaker = min(one, other, key=lambda p: p.confidence)
    span = before.span.hull(after.span)
    evidence = Evidence(
        kind="quoted",
        span=span,
        role=one.evidence.role if one.evidence.role is other.evidence.role else None,
        quote=f"{before.evidence.quote} … {after.evidence.quote}",
        expected=f"{one.evidence.expected} + {other.evidence.expected}",
        value=min(one.evidence.value or 0.0, other.evidence.value or 0.0),
        unit="similarity",
    )
    return Place(span=span, evidence=evidence, confidence=weaker.confidence, doubt=weaker.doubt)


def _say(phrase: GuardedPhrase | str) -> str:
    return phrase.say if isinstance(phrase, GuardedPhrase) else phrase
