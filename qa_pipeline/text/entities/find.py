"""All entities of one role's words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.dates import find_dates, find_times
from qa_pipeline.text.entities.money import find_amounts
from qa_pipeline.text.entities.numbers import find_numbers
from qa_pipeline.text.entities.people import find_people
from qa_pipeline.text.entities.places import find_addresses
from qa_pipeline.text.entities.types import NUMBER_KINDS, Asked, Entity, Kind

_BATCHES = (
    frozenset((Kind.ADDRESS,)),
    NUMBER_KINDS,
    frozenset((Kind.AMOUNT,)),
    frozenset((Kind.TIME,)),
    frozenset((Kind.DATE,)),
    frozenset((Kind.PERSON,)),
)
"""What is surer comes first: a day of the month in a street number, an hour in a telephone number is none."""


def depth(kinds: Collection[str]) -> int:
    """How many batches must be looked for to know of some kinds."""
    return max((n for n, batch in enumerate(_BATCHES, 1) if batch.intersection(map(Kind, kinds))), default=0)


def find_entities(
    text: AlignedText,
    *,
    asked: Sequence[Asked] = (),
    is_order: Callable[[str], bool] | None = None,
    batches: int = len(_BATCHES),
) -> tuple[Entity, ...]:
    """Every entity, in order of place; no two overlap.

    Args:
        text: one role's words, the whole call (an entity cut in two by a window is none).
        asked: when the other role asked for which number, in order of time.
        is_order: whether digits (and small Latin letters) are an order number; default: 8 to 20 of them.
        batches: only the kinds of so many batches (see :func:`depth`), which is faster.
    """
    if not text.text:
        return ()
    found: list[Entity] = []
    taken = bytearray(len(text))
    steps: tuple[Callable[[], list[Entity]], ...] = (
        lambda: find_addresses(text),
        lambda: find_numbers(text, asked, is_order),
        lambda: find_amounts(text),
        lambda: find_times(text),
        lambda: find_dates(text),
        lambda: find_people(text),
    )
    for step in steps[:batches]:
        for entity in step():
            if not any(taken[entity.start : entity.end]):
                taken[entity.start : entity.end] = b"\1" * (entity.end - entity.start)
                found.append(entity)
    return tuple(sorted(found, key=lambda e: (e.start, e.end, e.kind.value)))
