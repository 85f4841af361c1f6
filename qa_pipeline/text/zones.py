"""Where in a call a script can be at all: the places where enough of its parts stand together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qa_pipeline.text.index import TextIndex
from qa_pipeline.text.parts import Part

_SLACK = 40
"""Characters a script may take beyond twice its syllables: interruptions, repeated words, gaps between its parts."""


class Zones:
    """The stretches of one text that hold a share of a script's parts."""

    def __init__(self, parts: Sequence[Part], index: TextIndex) -> None:
        self._length = len(index.chars)
        self._reach = 2 * sum(p.weight for p in parts) + _SLACK
        heights: npt.NDArray[np.int32] = np.zeros(self._length + self._reach + 2, np.int32)
        needed = [p for p in parts if p.obligatory]
        for part in [p for p in needed if p.weight > 2] or needed:  # two syllables turn up everywhere
            self._raise(heights, part.ends(index), part.weight)
        self._heights = heights
        self._tail = 2 * max((p.weight for p in parts), default=0) + 4

    def _raise(self, heights: npt.NDArray[np.int32], ends: Sequence[int], weight: int) -> None:
        """A part heard at ``end`` counts for every stretch of the script's length that holds it; once."""
        begun = -1
        until = -1
        for end in ends:
            if end > until:
                if until >= 0:
                    heights[begun:until] += weight
                begun = end
            until = end + self._reach
        if until >= 0:
            heights[begun:until] += weight

    @property
    def highest(self) -> int:
        """Syllables of the parts that stand together at the best place."""
        return int(self._heights.max())

    def at_least(self, weight: float) -> list[tuple[int, int]]:
        """Character ranges that hold parts of so many syllables, in order."""
        enough = np.flatnonzero(self._heights >= weight)
        if not len(enough):
            return []
        cuts = np.flatnonzero(np.diff(enough) > 1)
        firsts = [int(enough[0]), *(int(enough[c + 1]) for c in cuts)]
        lasts = [*(int(enough[c]) for c in cuts), int(enough[-1])]
        found: list[tuple[int, int]] = []
        for first, last in zip(firsts, lasts, strict=True):
            lo, hi = max(0, first - self._reach), min(self._length, last + self._tail)
            if found and lo < found[-1][1]:
                found[-1] = (found[-1][0], hi)
            else:
                found.append((lo, hi))
        return found
