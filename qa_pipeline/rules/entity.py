"""What the operators about numbers, names and addresses share: finding them once a call, and telling of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.domain.time import Span
from qa_pipeline.i18n import text as words
from qa_pipeline.rules.judge import searched
from qa_pipeline.rules.operator import WindowedOperator
from qa_pipeline.rules.patterns import PatternError, compile_safe, find_all, fits_whole
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Place, Truth, Verdict
from qa_pipeline.rules.window import Area, whole
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.digits import Run, runs
from qa_pipeline.text.entities.find import depth, find_entities
from qa_pipeline.text.entities.numbers import asked_in
from qa_pipeline.text.entities.types import Entity, Kind
from qa_pipeline.text.normalize import key

EntityName = Literal[
    "phone",
    "id_number",
    "bank_card",
    "order_number",
    "amount",
    "date",
    "time",
    "person",
    "address",
    "custom",
]
_PATTERNED = ("order_number", "custom")


class SlowPatternError(Exception):
    """A pattern took too long on this call."""


class EntityOperator(WindowedOperator):
    """An operator about one kind of entity."""

    entity: EntityName = Field(
        description="phone, id_number, bank_card, order_number, amount, date, time, person, address or custom"
    )
    pattern: str | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="regular expression: for custom (needed) on normalised text as in matches_regex; for order_number "
        "the whole number, digits and small letters; default there: 8 to 20 of them",
    )

    @model_validator(mode="after")
    def _pattern_fits(self) -> Self:
        if self.entity == "custom" and self.pattern is None:
            raise PydanticCustomError("rubric.missing_key", "", {"key": "pattern"})
        if self.pattern is not None:
            if self.entity not in _PATTERNED:
                known = tuple(name for name in type(self).model_fields if name != "pattern")
                raise PydanticCustomError("rubric.unknown_key", "", {"key": "pattern", "known": known})
            try:
                compile_safe(self.pattern)
            except PatternError as error:
                raise PydanticCustomError(error.code, "", dict(error.params)) from None
        return self


def whole_text(scene: Scene, role: Role) -> AlignedText:
    """All that a role said: an entity that a window cuts in two is none."""
    return scene.text(role, (whole(scene.call),))


def entities(
    scene: Scene, role: Role, kinds: Sequence[str], pattern: str | None = None
) -> tuple[Entity, ...]:
    """What a role said of some kinds, in the whole call.

    Raises:
        SlowPatternError: the pattern took too long.
    """
    shape = pattern if "order_number" in kinds else None
    cache, where = scene.cache.entities, (role, shape, depth(kinds))
    if where not in cache:
        others = (r for r in Role if r is not role)
        asked = chain.from_iterable(asked_in(whole_text(scene, other)) for other in others)
        cache[where] = find_entities(
            whole_text(scene, role),
            asked=sorted(asked, key=lambda a: a.at_ms),
            is_order=None if shape is None else _fits(shape),
            batches=where[2],
        )
    found = tuple(e for e in cache[where] if e.kind.value in kinds)
    return (*found, *_custom(whole_text(scene, role), pattern or "")) if "custom" in kinds else found


def inside(area: Area, span: Span) -> bool:
    """Whether something lies in a part of the call, by its middle."""
    middle = (span.start_ms + span.end_ms) // 2
    return any(s.contains(middle) for s in area.spans)


def runs_in(scene: Scene, area: Area, role: Role) -> list[tuple[Run, Span]]:
    """The figures a role said in a part of the call."""
    text = whole_text(scene, role)
    found = ((run, text.span(run.start, run.end)) for run in runs(text))
    return [(run, span) for run, span in found if inside(area, span)]


def label(kinds: Sequence[str]) -> str:
    """The kinds as the evidence calls them."""
    return "、".join(words(f"findings.entity.{kind}", "zh") for kind in kinds)


def quoted(entity: Entity, role: Role, expected: str | None = None) -> Evidence:
    """An entity as evidence."""
    return Evidence(
        kind="quoted", span=entity.span, role=role, quote=entity.quote, expected=expected or entity.value
    )


def place(entity: Entity, role: Role, role_confidence: float) -> Place:
    """An entity as a place with its proof."""
    return Place(
        span=entity.span,
        evidence=quoted(entity, role),
        confidence=round(min(entity.confidence, role_confidence), 3),
        doubt="role" if role_confidence < entity.confidence else "match",
    )


def place_of_run(scene: Scene, run: Run, span: Span, role: Role, role_confidence: float) -> Place:
    """Figures that make nothing known, as a place with its proof."""
    text = whole_text(scene, role)
    return Place(
        span=span,
        evidence=Evidence(
            kind="quoted", span=span, role=role, quote=text.quote(run.start, run.end), expected=run.digits
        ),
        confidence=round(min(role_confidence, text.confidence(run.start, run.end)) / 2, 3),
    )


def told(message_key: str, places: Sequence[Place], kinds: Sequence[str]) -> Message:
    """A message about the first place."""
    first = places[0]
    return Message(
        key=message_key,
        params={
            "entity": tuple(kinds),
            "quote": first.evidence.quote or "…",
            "start_s": first.span.start_ms / 1000,
            "times": len(places),
        },
    )


def too_slow(area: Area, role: str, pattern: str) -> Verdict:
    """The answer where a pattern took too long."""
    return Verdict(
        truth=Truth.UNCERTAIN,
        confidence=0.0,
        message=Message(key="regex_too_slow", params={"pattern": pattern}),
        evidence=searched(area, role, pattern),
    )


def _custom(text: AlignedText, pattern: str) -> list[Entity]:
    found = find_all(pattern, text.text)
    if found is None:
        raise SlowPatternError(pattern)
    return [
        Entity(
            kind=Kind.CUSTOM,
            value=key(text.text[start:end]),
            start=start,
            end=end,
            span=text.span(start, end),
            quote=text.quote(start, end),
            confidence=round(text.confidence(start, end), 3),
        )
        for start, end in found
    ]


@lru_cache(maxsize=64)
def _fits(pattern: str) -> Any:
    def fits(number: str) -> bool:
        answer = fits_whole(pattern, number)
        if answer is None:
            raise SlowPatternError(pattern)
        return answer

    return fits
