"""All entities of one role's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.dates import find_dates, find_times
from qa_pipeline.text.entities.money import find_amounts
from qa_pipeline.text.entities.numbers import find_numbers
from qa_pipeline.text.entities.people import find_people
from qa_pipeline.text.entities.places import find_addresses
from qa_pipeline.text.entities.types import Asked, Entity


def find_entities(
    text: AlignedText,
    *,
    asked: Sequence[Asked] = (),
    is_order: Callable[[str], bool] | None = None,
) -> tuple[Entity, ...]:
    """Every entity, in order of place; no two overlap, except a name and what is no name.

    Args:
        text: one role's words, the whole call (an entity cut in two by a window is none).
        asked: when the other role asked for which number, in order of time.
        is_order: whether digits (and small Latin letters) are an order number; default: 8 to 20 of them.
    """
    if not text.text:
        return ()
    found: list[Entity] = []
    taken = bytearray(len(text))
    # What is surer comes first: a day of the month in a street number, an hour in a telephone number is none.
    for batch in (
        find_addresses(text),
        find_numbers(text, asked, is_order),
        find_amounts(text),
        find_times(text),
        find_dates(text),
        find_people(text),
    ):
        for entity in batch:
            if not any(taken[entity.start : entity.end]):
                taken[entity.start : entity.end] = b"\1" * (entity.end - entity.start)
                found.append(entity)
    return tuple(sorted(found, key=lambda e: (e.start, e.end, e.kind.value)))
