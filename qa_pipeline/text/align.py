"""Finding a short sequence of syllables (or characters) anywhere in a text, with errors, and scoring it.

A bit-parallel search gives the places where most of the sequence is near. Where it stands there undisturbed its cost is a
sum; elsewhere a semi-global alignment with weighted costs finds it. Costs are whole hundredths of a syllable, so results are
exact and the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from qa_pipeline.text.index import OTHER_CHARACTER, TextIndex
from qa_pipeline.text.lexicon import NOWHERE, Ends, may_end
from qa_pipeline.text.normalize import key
from qa_pipeline.text.sounds import NEAR, SOUNDS
from qa_pipeline.text.types import MatchMode

DELETION = 80
"""Hundredths for a syllable of the pattern that was not heard; with an insertion dearer than any substitution (100)."""


class Hit(NamedTuple):
    """An aligned place: characters ``start`` to ``end`` of the text, at ``cost`` hundredths."""

    start: int
    end: int
    cost: int


class Sequel:
    """A sequence of characters to look for, compiled. ``len`` is its number of syllables."""

    __slots__ = ("chars", "mode", "sounds")

    def __init__(self, normalized: str, mode: MatchMode) -> None:
        self.chars = key(normalized)
        self.mode = mode
        self.sounds = tuple(SOUNDS.ids(self.chars))

    def __len__(self) -> int:
        return len(self.chars)

    def similarity(self, cost: int) -> float:
        """1 for no cost, 0 for one unheard syllable per syllable or worse."""
        return max(0.0, 1 - cost / (100 * len(self.chars)))

    def search(
        self, index: TextIndex, errors: int, worst: int, lo: int = 0, hi: int | None = None
    ) -> list[Hit]:
        """Disjoint places in characters ``lo`` to ``hi``, in order, with at most so many far syllables and such a cost."""
        if lo == 0 and hi is None:  # several criteria look for the same
            known = index.searched.get((self, errors, worst))
            if known is None:
                known = index.searched[self, errors, worst] = self._search(
                    index, errors, worst, 0, len(index.chars)
                )
            return known
        return self._search(index, errors, worst, lo, len(index.chars) if hi is None else hi)

    def _search(self, index: TextIndex, errors: int, worst: int, lo: int, hi: int) -> list[Hit]:
        if self.mode is MatchMode.EXACT:
            return list(self._exact(index, lo, hi))
        undisturbed, ends = self.ends(index, errors, lo, hi)
        if not ends:
            return []
        found = self._undisturbed(index, undisturbed, lo, worst) if undisturbed else []
        if not found:
            return self._disturbed(index, ends, errors, worst, lo, hi)
        size = len(self.chars)
        for hit in (
            found
        ):  # another place can't end inside this one, nor so soon after it that it would have to begin in it
            ends &= ~(((1 << (hit.end + size - errors - 1)) - 1) & -(1 << (hit.start + 1)))
        if ends:
            bounds = [lo, *(p for h in found for p in (h.start, h.end)), hi]
            for a, b in zip(bounds[::2], bounds[1::2], strict=True):
                inside = ends & ((1 << (b + 1)) - 1) & -(1 << a)
                if inside and b > a:
                    found = found + self._disturbed(index, inside, errors, worst, a, b)
            found.sort(key=lambda h: h.start)
        return found

    def best(self, index: TextIndex, lo: int, hi: int, worst: int | None = None) -> Hit | None:
        """The cheapest place in characters ``lo`` to ``hi``, however dear (or at most ``worst``); None where none is."""
        hits = [self._align(index, a, b, worst) for a, b in index.stretches(lo, hi)]
        return min((h for h in hits if h is not None), key=lambda h: h.cost, default=None)

    def closest(self, index: TextIndex, worst: int | None = None) -> Hit | None:
        """About the cheapest place of the whole text, however dear (or at most ``worst``): where most stands syllable by
        syllable, then aligned."""
        size, total = len(self.chars), len(index.chars)
        if total <= 2 * size or self.mode is not MatchMode.PHONETIC:
            return self.best(index, 0, total, worst)
        rows = [
            np.frombuffer(index.costs(char, sound), np.uint8)
            for char, sound in zip(self.chars, self.sounds, strict=True)
        ]
        room = total - size + 1
        costs = rows[0][:room].astype(np.uint16)
        for shift, row in enumerate(rows[1:], 1):
            costs += row[shift : shift + room]
        start = int(costs.argmin())
        # What was added or left out shifts one half of the sequence by a syllable or two.
        return self.best(index, max(0, start - 2), min(total, start + size + 2), worst)

    def trace(self, index: TextIndex, hit: Hit) -> list[tuple[int, int]]:
        """Per syllable of the sequence: the character of the text it stands for (-1: not heard) and its cost."""
        return trace(self._costs(index, hit.start, hit.end), index.insertions[hit.start : hit.end], hit.start)

    def ends(self, index: TextIndex, errors: int, lo: int, hi: int) -> Ends:
        """Positions (bit p: p characters consumed) where the sequence may end: with no, and with so many far syllables."""
        whole = lo == 0 and hi == len(index.chars)
        known = index.foreseen(self, errors) if whole else None
        if known is not None:
            return known
        if self.mode is MatchMode.PHONETIC:
            masks = index.near_all(self.sounds)
        else:
            masks = [index.having(char) for char in self.chars]
        if masks.count(0) > errors:  # so many are nowhere in the text
            return NOWHERE
        return may_end(masks, errors, index.skippable, ((1 << (hi + 1)) - 1) & -(1 << lo))

    def _undisturbed(self, index: TextIndex, ends: int, lo: int, worst: int) -> list[Hit]:
        """Places where syllable stands by syllable, each near: the cheapest of any that overlap, in order."""
        size = len(self.chars)
        found: list[Hit] = []
        for end in _bits(ends):
            start = end - size
            if start < lo or index.broken(start, end):
                continue
            cost = self._cost_along(index, start)
            if cost is None or cost > worst:
                continue
            hit = Hit(start=start, end=end, cost=cost)
            if found and found[-1].end > start:
                if cost < found[-1].cost:
                    found[-1] = hit
            else:
                found.append(hit)
        return found

    def _disturbed(self, index: TextIndex, ends: int, errors: int, worst: int, lo: int, hi: int) -> list[Hit]:
        """Places with something added, missing or quite different."""
        found: list[Hit] = []
        for first, last in runs(ends):
            for a, b in index.stretches(max(lo, first - len(self) - errors - 4), min(last, hi)):
                self._collect(index, a, b, worst, found)
        if len(found) < 2:
            return found
        disjoint: list[Hit] = []  # the windows overlap: the cheapest place wins
        for hit in sorted(found, key=lambda h: (h.cost, h.start)):
            if all(hit.end <= h.start or hit.start >= h.end for h in disjoint):
                disjoint.append(hit)
        return sorted(disjoint, key=lambda h: h.start)

    def _collect(self, index: TextIndex, lo: int, hi: int, worst: int, found: list[Hit]) -> None:
        shortest = max(1, len(self) - worst // DELETION)
        if hi - lo < shortest:
            return
        rows = self._costs(index, lo, hi)
        if _at_least(rows) > worst:
            return
        cost, start, end = semi_global(rows, index.insertions[lo:hi], worst)
        if cost > worst or end <= start:
            return
        hit = Hit(start=lo + start, end=lo + end, cost=cost)
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

    def _align(self, index: TextIndex, lo: int, hi: int, worst: int | None) -> Hit | None:
        """Semi-global alignment: all of the sequence against any part of the range; None where it costs more than
        ``worst``."""
        rows = self._costs(index, lo, hi)
        if worst is not None and _at_least(rows) > worst:
            return None
        cost, start, end = semi_global(rows, index.insertions[lo:hi], worst)
        return None if worst is not None and cost > worst else Hit(start=lo + start, end=lo + end, cost=cost)

    def _costs(self, index: TextIndex, lo: int, hi: int) -> list[Sequence[int]]:
        """Substitution cost of every syllable against every character of a range."""
        if self.mode is not MatchMode.PHONETIC:
            chars = index.chars[lo:hi]
            return [[0 if c == mine else 100 for c in chars] for mine in self.chars]
        return [index.costs(c, s)[lo:hi] for c, s in zip(self.chars, self.sounds, strict=True)]

    def _cost_along(self, index: TextIndex, start: int) -> int | None:
        """The cost of standing syllable by syllable from a place on; None where one is far (a filler was skipped)."""
        end = start + len(self.chars)
        chars = index.chars[start:end]
        if chars == self.chars:
            return 0
        if self.mode is not MatchMode.PHONETIC:
            return None
        total = 0
        for mine, heard, a, b in zip(self.sounds, index.sounds[start:end], chars, self.chars, strict=True):
            if a != b:
                cost = SOUNDS.row(mine)[heard]
                if cost > NEAR:
                    return None
                total += cost + OTHER_CHARACTER
        return total


def _at_least(rows: Sequence[Sequence[int]]) -> int:
    """What no alignment costs less than: every syllable where it fits best."""
    return sum([min(DELETION, *row) for row in rows])


def semi_global(
    rows: Sequence[Sequence[int]], insertions: Sequence[int], worst: int | None = None
) -> tuple[int, int, int]:
    """Cheapest alignment of all rows (pattern) to any stretch of the columns (text).

    Args:
        rows: substitution cost per pattern item and column.
        insertions: cost per column of skipping it inside the stretch.
        worst: a cost beyond which the rest does not matter.

    Returns:
        Cost, first column, column after the last; where it is more than ``worst``, any such cost. On a tie the earliest end
        wins.
    """
    costs = [0] * (len(insertions) + 1)
    starts = list(range(len(insertions) + 1))
    last = len(rows) - 1
    for i, row in enumerate(rows):
        diagonal, diagonal_start = costs[0], starts[0]
        left, left_start = diagonal + DELETION, diagonal_start
        new_costs, new_starts = [left], [left_start]
        for j, substitution in enumerate(row, 1):
            best, start = diagonal + substitution, diagonal_start
            diagonal, diagonal_start = costs[j], starts[j]
            if diagonal + DELETION < best:
                best, start = diagonal + DELETION, diagonal_start
            if i != last and left + insertions[j - 1] < best:  # nothing is added after the end
                best, start = left + insertions[j - 1], left_start
            new_costs.append(best)
            new_starts.append(start)
            left, left_start = best, start
        costs, starts = new_costs, new_starts
        if worst is not None and min(costs) > worst:
            return min(costs), 0, 0
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


def _bits(number: int) -> Iterator[int]:
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low


def runs(ends: int) -> Iterator[tuple[int, int]]:
    """Runs of neighbouring set bits as first and last position."""
    base = 0
    while ends:
        skip = (ends & -ends).bit_length() - 1
        ends >>= skip
        length = (~ends & (ends + 1)).bit_length() - 1
        yield base + skip, base + skip + length - 1
        ends >>= length
        base += skip + length
