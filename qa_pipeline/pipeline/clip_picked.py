"""Places that were chosen, in the order and with the numbers of the folder they will be in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_pipeline.domain.finding import Message
from qa_pipeline.pipeline.clip_measures import Side
from qa_pipeline.pipeline.clip_select import Choice
from qa_pipeline.storage.clip_base import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A place that will become a clip."""

    number: int
    row: Candidate
    reason: Message
    pair: int | None
    partner: int | None = None
    """The number of the one that contrasts with it."""
    side: Side = Side.TYPICAL
    """Which end of a measure it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picks:
    """What was chosen, and what there is to say of the search (``clips.note_<key>``)."""

    picked: tuple[Picked, ...]
    notes: tuple[Message, ...]
    skipped: int
    """Chosen ones that could not be used; others stand in their places."""


def numbered(chosen: Sequence[Choice], others: Sequence[Choice | None], side: Side) -> Iterator[Picked]:
    """The chosen ones, each followed by its contrast; ``side``: which end of a measure the chosen ones show."""
    number = 0
    opposite = {Side.HIGH: Side.LOW, Side.LOW: Side.HIGH}.get(side, side)
    for pair, (choice, other) in enumerate(zip(chosen, others, strict=True), 1):
        if other is None:
            number += 1
            yield Picked(number=number, row=choice.row, reason=choice.reason, pair=None, side=side)
            continue
        for part, end, step in ((choice, side, 1), (other, opposite, -1)):
            number += 1
            yield Picked(
                number=number,
                row=part.row,
                reason=part.reason,
                pair=pair,
                partner=number + step,
                side=end,
            )


def letter(n: int) -> str:
    """A, B … Z, AA, AB …"""
    first, last = divmod(n, 26)
    return (letter(first - 1) if first else "") + chr(ord("A") + last)
