"""How loud a party speaks, second by second."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from qa_pipeline.domain.time import Span, merge

SECOND_MS = 1_000
SPOKEN_SHARE = 0.5
"""A second counts where the role speaks for at least half of it: less, and the pause would be measured."""
MIN_SECONDS = 5
"""With fewer seconds of speech in the call its level would be chance, so loudness is not judged."""
MAX_GAP_S = 2
"""Seconds of speech with a longer gap between them are no longer one stretch."""
SIDE_S = 3
"""Seconds of speech compared on either side of a moment: one loud syllable is no jump."""


class Second(NamedTuple):
    """One second in which the role speaks, and its level."""

    number: int
    db: float


class Jump(NamedTuple):
    """A change of level: the seconds compared, and by how much the later ones are louder (dB)."""

    span: Span
    db: float


def speech_seconds(activity: Sequence[Span], loudness_db: Sequence[float]) -> list[Second]:
    """The seconds in which a party speaks for at least half of the time, in order."""
    spoken_ms = [0] * len(loudness_db)
    for span in merge(activity):
        last = min((span.end_ms - 1) // SECOND_MS, len(spoken_ms) - 1)
        for number in range(span.start_ms // SECOND_MS, last + 1):
            part = span.intersection(span_of(number, number))
            spoken_ms[number] += part.duration_ms if part else 0
    enough = SPOKEN_SHARE * SECOND_MS
    return [Second(n, db) for n, db in enumerate(loudness_db) if spoken_ms[n] >= enough]


def span_of(first: int, last: int) -> Span:
    """From the start of one second to the end of another."""
    return Span(start_ms=first * SECOND_MS, end_ms=(last + 1) * SECOND_MS)


def runs(seconds: Sequence[Second]) -> list[list[Second]]:
    """The seconds, grouped into stretches without a long gap."""
    if not seconds:
        return []
    grouped = [[seconds[0]]]
    for before, second in pairwise(seconds):
        if second.number - before.number > 1 + MAX_GAP_S:
            grouped.append([])
        grouped[-1].append(second)
    return grouped


def jumps(seconds: Sequence[Second]) -> list[Jump]:
    """At every moment with three seconds of speech on either side: the difference of their medians, in dB."""
    found = []
    for i in range(SIDE_S, len(seconds) - SIDE_S + 1):
        around = seconds[i - SIDE_S : i + SIDE_S]
        before, after = median(s.db for s in around[:SIDE_S]), median(s.db for s in around[SIDE_S:])
        found.append(Jump(span_of(around[0].number, around[-1].number), round(after - before, 1)))
    return found
