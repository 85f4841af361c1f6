"""Finding a short sequence of syllables (or characters) anywhere in a text, with errors, and scoring it.

Two steps: a bit-parallel search gives the places where most of the sequence is near; a semi-global alignment with
weighted costs scores those places alone. Costs are integers in hundredths of a syllable, so results are exact everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from qa_pipeline.text.index import TextIndex
from qa_pipeline.text.normalize import key
from qa_pipeline.text.sounds import SOUNDS
from qa_pipeline.text.types import MatchMode

DELETION = 90
"""Hundredths for a syllable of the pattern that was not heard; with an insertion (60) dearer than any substitution (100)."""
OTHER_CHARACTER = 2
"""Hundredths for a homophone: between two equal sounds the right character wins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An aligned place: characters ``start`` to ``end`` of the text, at ``cost`` hundredths."""

    start: int
    end: int
    cost: int


class Sequel:
    """A sequence of characters to look for, compiled. ``len`` is its number of syllables."""

    __slots__ = ("_codes", "_sounds", "chars", "mode")

    def __init__(self, normalized: str, mode: MatchMode) -> None:
        self.chars = key(normalized)
        self.mode = mode
        self._sounds = SOUNDS.ids(self.chars)
        self._codes = np.frombuffer(self.chars.encode("utf-32-le"), np.uint32)

    def __len__(self) -> int:
        return len(self.chars)

    def similarity(self, cost: int) -> float:
        """1 for no cost, 0 for one unheard syllable per syllable or worse."""
        return max(0.0, 1 - cost / (100 * len(self.chars)))

    def search(
        self, index: TextIndex, errors: int, worst: int, lo: int = 0, hi: int | None = None
    ) -> list[Hit]:
        """Disjoint places in characters ``lo`` to ``hi``, in order, with at most so many far syllables and such a cost."""
        hi = len(index.chars) if hi is None else hi
        if self.mode is MatchMode.EXACT:
            return list(self._exact(index, lo, hi))
        found: list[Hit] = []
        for first, last in _clusters(self._ends(index, errors, lo, hi)):
            begin = max(lo, first - len(self) - errors - 4)
            if found:
                begin = max(begin, found[-1].end)
            for a, b in index.stretches(begin, min(last, hi)):
                self._collect(index, a, b, worst, found)
        return found

    def best(self, index: TextIndex, lo: int, hi: int) -> Hit | None:
        """The cheapest place in characters ``lo`` to ``hi``, however dear; None where there are none."""
        hits = [self._align(index, a, b) for a, b in index.stretches(lo, hi)]
        return min(hits, key=lambda h: h.cost, default=None)

    def _collect(self, index: TextIndex, lo: int, hi: int, worst: int, found: list[Hit]) -> None:
        if hi <= lo:
            return
        hit = self._align(index, lo, hi)
        if hit.cost > worst or hit.end <= hit.start:
            return
        shortest = max(1, len(self) - worst // DELETION)
        if hit.start - lo >= shortest:
            self._collect(index, lo, hit.start, worst, found)
        found.append(hit)
        if hi - hit.end >= shortest:
            self._collect(index, hit.end, hi, worst, found)

    def _exact(self, index: TextIndex, lo: int, hi: int) -> Iterator[Hit]:
        for a, b in index.stretches(lo, hi):
            at = index.chars.find(self.chars, a, b)
            while at >= 0:
                yield Hit(start=at, end=at + len(self), cost=0)
                at = index.chars.find(self.chars, at + len(self), b)

    def _ends(self, index: TextIndex, errors: int, lo: int, hi: int) -> int:
        """The positions (bit p: p characters consumed) where the sequence may end with at most so many far syllables."""
        skip = index.skippable
        begin = ((1 << (hi + 1)) - 1) & -(1 << lo)
        limit = begin
        states = [begin] * (errors + 1)
        phonetic = self.mode is MatchMode.PHONETIC
        last = len(self) - 1
        for i, item in enumerate(self._sounds):
            mask = index.near(item) if phonetic else index.having(self.chars[i])
            new: list[int] = []
            for e, state in enumerate(states):
                reached = (state & mask) << 1
                if e:
                    reached |= (states[e - 1] << 1) | states[e - 1]
                    if i != last:
                        reached |= new[e - 1] << 1
                if i != last and reached:
                    step = (reached & skip) << 1
                    reached |= step | ((step & skip) << 1)
                new.append(reached & limit)
            states = new
            if not states[-1]:
                return 0
        return states[-1]

    def trace(self, index: TextIndex, hit: Hit) -> list[tuple[int, int]]:
        """Per syllable of the sequence: the character of the text it stands for (-1: not heard) and its cost."""
        return trace(self._costs(index, hit.start, hit.end), index.insertions[hit.start : hit.end], hit.start)

    def _align(self, index: TextIndex, lo: int, hi: int) -> Hit:
        """Semi-global alignment: all of the sequence against any part of the range."""
        cost, start, end = semi_global(self._costs(index, lo, hi), index.insertions[lo:hi])
        return Hit(start=lo + start, end=lo + end, cost=cost)

    def _costs(self, index: TextIndex, lo: int, hi: int) -> list[list[int]]:
        """Substitution cost of every syllable against every character of a range."""
        different = self._codes[:, None] != index.codes[None, lo:hi]
        if self.mode is MatchMode.PHONETIC:
            table = SOUNDS.table[np.array(self._sounds)[:, None], index.sounds[None, lo:hi]]
            rows: list[list[int]] = (table + OTHER_CHARACTER * different).tolist()
        else:
            rows = (100 * different).tolist()
        return rows


def semi_global(rows: Sequence[Sequence[int]], insertions: Sequence[int]) -> tuple[int, int, int]:
    """Cheapest alignment of all rows (pattern) to any stretch of the columns (text).

    Args:
        rows: substitution cost per pattern item and column.
        insertions: cost per column of skipping it inside the stretch.

    Returns:
        Cost, first column, column after the last. On a tie the earliest end wins.
    """
    costs = [0] * (len(insertions) + 1)
    starts = list(range(len(insertions) + 1))
    last = len(rows) - 1
    for i, row in enumerate(rows):
        best, start = costs[0] + DELETION, starts[0]
        new_costs, new_starts = [best], [start]
        diagonal, from_ = costs[0], starts[0]
        for j, substitution in enumerate(row):
            skipped = best + insertions[j] if i != last else 1 << 30  # never at the end
            above, above_start = costs[j + 1], starts[j + 1]
            best_start = start
            best = diagonal + substitution
            start = from_
            if above + DELETION < best:
                best, start = above + DELETION, above_start
            if skipped < best:
                best, start = skipped, best_start
            new_costs.append(best)
            new_starts.append(start)
            diagonal, from_ = above, above_start
        costs, starts = new_costs, new_starts
    cost = min(costs)
    end = costs.index(cost)
    return cost, starts[end], end


def trace(rows: Sequence[Sequence[int]], insertions: Sequence[int], offset: int) -> list[tuple[int, int]]:
    """The cheapest alignment of all rows to all columns: per row its column plus ``offset`` (-1: deleted) and its cost."""
    width = len(insertions)
    table = [[0] * (width + 1)]
    for j, skipped in enumerate(insertions):
        table[0][j + 1] = table[0][j] + skipped
    for row in rows:
        above = table[-1]
        line = [above[0] + DELETION]
        for j, substitution in enumerate(row):
            line.append(min(above[j] + substitution, above[j + 1] + DELETION, line[j] + insertions[j]))
        table.append(line)
    path: list[tuple[int, int]] = []
    i, j = len(rows), width
    while i > 0:
        here = table[i][j]
        if j > 0 and here == table[i - 1][j - 1] + rows[i - 1][j - 1]:
            path.append((offset + j - 1, rows[i - 1][j - 1]))
            i, j = i - 1, j - 1
        elif here == table[i - 1][j] + DELETION:
            path.append((-1, DELETION))
            i -= 1
        else:
            j -= 1
    path.reverse()
    return path


def _clusters(ends: int) -> Iterator[tuple[int, int]]:
    """Runs of neighbouring set bits as first and last position."""
    first = last = -2
    while ends:
        low = ends & -ends
        at = low.bit_length() - 1
        ends ^= low
        if at > last + 1:
            if last >= 0:
                yield first, last
            first = at
        last = at
    if last >= 0:
        yield first, last
