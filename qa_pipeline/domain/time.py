"""Spans of integer milliseconds: no rounding scars, exact JSON, exact tests."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """A half-open stretch of a recording, ``[start_ms, end_ms)``.

    Raises:
        ValueError: it ends before it starts.
    """

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if self.end_ms < self.start_ms:
            raise ValueError(f"span ends before it starts: {self.start_ms}..{self.end_ms}")

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds."""
        return self.end_ms - self.start_ms

    def contains(self, time_ms: int) -> bool:
        """Whether a moment lies inside."""
        return self.start_ms <= time_ms < self.end_ms

    def intersection(self, other: Span) -> Span | None:
        """The stretch both share, or None where they share nothing."""
        start, end = max(self.start_ms, other.start_ms), min(self.end_ms, other.end_ms)
        return Span(start_ms=start, end_ms=end) if start < end else None

    def overlaps(self, other: Span) -> bool:
        """Whether both share a stretch."""
        return max(self.start_ms, other.start_ms) < min(self.end_ms, other.end_ms)

    def gap(self, other: Span) -> int:
        """Milliseconds between the two; 0 where they touch or overlap."""
        return max(0, max(self.start_ms, other.start_ms) - min(self.end_ms, other.end_ms))

    def hull(self, other: Span) -> Span:
        """The shortest span that holds both."""
        return Span(
            start_ms=min(self.start_ms, other.start_ms),
            end_ms=max(self.end_ms, other.end_ms),
        )


def merge(spans: Iterable[Span], *, max_gap_ms: int = 0) -> tuple[Span, ...]:
    """Sorted, disjoint spans: those that overlap or lie at most ``max_gap_ms`` apart become one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start_ms - merged[-1].end_ms <= max_gap_ms:
            merged[-1] = merged[-1].hull(span)
        else:
            merged.append(span)
    return tuple(merged)


def subtract(span: Span, holes: Iterable[Span]) -> tuple[Span, ...]:
    """What remains of ``span`` when the holes are cut out, in order."""
    rest: list[Span] = []
    start = span.start_ms
    for hole in merge(holes):
        if hole.end_ms <= start or hole.start_ms >= span.end_ms:
            continue
        if hole.start_ms > start:
            rest.append(Span(start_ms=start, end_ms=hole.start_ms))
        start = max(start, hole.end_ms)
    if start < span.end_ms:
        rest.append(Span(start_ms=start, end_ms=span.end_ms))
    return tuple(rest)


def total_ms(spans: Iterable[Span]) -> int:
    """Milliseconds covered by at least one span."""
    return sum(span.duration_ms for span in merge(spans))


class Coverage:
    """How much of any stretch a series of sorted, disjoint spans covers, each answer in logarithmic time."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._starts = [s.start_ms for s in spans]
        self._before = [0, *accumulate(s.duration_ms for s in spans)]

    def within_ms(self, stretches: Iterable[Span]) -> int:
        """Milliseconds covered of disjoint stretches."""
        return sum(self._until(s.end_ms) - self._until(s.start_ms) for s in stretches)

    def _until(self, time_ms: int) -> int:
        index = bisect_right(self._starts, time_ms) - 1
        if index < 0:
            return 0
        span = self._spans[index]
        return self._before[index] + min(time_ms, span.end_ms) - span.start_ms


def intersections(left: Sequence[Span], right: Sequence[Span]) -> tuple[Span, ...]:
    """What two series of sorted, disjoint spans share, in order."""
    shared, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        both = left[i].intersection(right[j])
        if both is not None:
            shared.append(both)
        if left[i].end_ms <= right[j].end_ms:
            i += 1
        else:
            j += 1
    return tuple(shared)
