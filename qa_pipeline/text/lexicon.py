"""Many phrases looked for in one text at once: where each of them may end.

The search (Wu and Manber's, see :mod:`qa_pipeline.text.index`) takes the whole text in each step. Here it takes it for all
phrases of one length besides: their sets of places stand side by side in one number, each in a lane of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from qa_pipeline.text.sounds import NEAR, SOUNDS
from qa_pipeline.text.types import MatchMode

if TYPE_CHECKING:
    from qa_pipeline.text.align import Sequel
    from qa_pipeline.text.index import TextIndex

Ends = tuple[int, int]
"""Positions (bit p: p characters consumed) where a phrase may end: with no far syllable, and with as many as it may have."""
NOWHERE: Ends = (0, 0)


def may_end(masks: Sequence[int], errors: int, skip: int, limit: int) -> Ends:
    """Where a phrase may end.

    Args:
        masks: per syllable of the phrase the places of the text that are near it.
        errors: how many syllables may be far, missing or added.
        skip: the places of characters that are as good as not said.
        limit: the positions to search.
    """
    states = [limit] * (errors + 1)
    for mask in masks[:-1]:
        before = states[0]
        reached = _skipping((before & mask) << 1, skip)
        states[0] = reached
        for level in range(1, errors + 1):
            state = states[level]
            reached = states[level] = _skipping((state & mask | before | reached) << 1 | before, skip)
            before = state
        if not reached:
            return NOWHERE
    # What ran beyond the limit can't come back, so it is cut off once.
    last = masks[-1]
    undisturbed = (states[0] & last) << 1 & limit
    if not errors:
        return undisturbed, undisturbed
    before = states[-2]
    return undisturbed, ((states[-1] & last | before) << 1 | before) & limit


def _skipping(reached: int, skip: int) -> int:
    """With up to two characters passed over that are as good as not said."""
    step = reached & skip
    if not step:
        return reached
    step <<= 1
    return reached | step | (step & skip) << 1


class Lexicon:
    """Phrases that are looked for in the same texts, compiled to be looked for together.

    Args:
        phrases: each with the far syllables it may have; what is compared by characters is left out.
    """

    def __init__(self, phrases: Iterable[tuple[Sequel, int]]) -> None:
        self._lane: dict[tuple[Sequel, int], int] = {}
        groups: defaultdict[tuple[int, int], dict[tuple[int, ...], int]] = defaultdict(dict)
        count = 0
        for sequel, errors in phrases:
            if sequel.mode is not MatchMode.PHONETIC or not len(sequel):
                continue
            group = groups[len(sequel), errors]
            if sequel.sounds not in group:
                group[sequel.sounds] = count
                count += 1
            self._lane[sequel, errors] = group[sequel.sounds]
        sounds = sorted({s for group in groups.values() for sounds in group for s in sounds})
        at = {sound: i for i, sound in enumerate(sounds)}
        self._sounds = np.array(sounds, np.intp)
        self._groups = [
            # Per syllable of all these phrases, the row of its sound.
            (errors, tuple(group.values()), np.array([[at[s] for s in sounds] for sounds in group]).T)
            for (_, errors), group in groups.items()
        ]
        self._longest = max((length + errors for length, errors in groups), default=0)

    def lane(self, sequel: Sequel, errors: int) -> int | None:
        """The number under which :meth:`ends` tells of a phrase; None where it is none of these."""
        return self._lane.get((sequel, errors))

    def ends(self, index: TextIndex) -> dict[int, Ends]:
        """By its number every phrase that may end anywhere in a text, and where."""
        size = len(index.chars)
        heard = index.sound_array  # first: a new character makes the table larger
        near = SOUNDS.table[self._sounds].take(heard, axis=1) <= NEAR
        # Between two lanes there is room for whatever runs beyond the end of a text.
        width = (size + 1 + self._longest) // 8 + 1
        places = np.zeros((len(self._sounds), width), np.uint8)
        packed = np.packbits(near, axis=1, bitorder="little")
        places[:, : packed.shape[1]] = packed
        skip = index.skippable.to_bytes(width, "little")
        limit = ((1 << (size + 1)) - 1).to_bytes(width, "little")
        found: dict[int, Ends] = {}
        for errors, numbers, rows in self._groups:
            masks = [_number(places[row].tobytes()) for row in rows]
            lanes = len(numbers)
            both = may_end(masks, errors, _number(skip * lanes), _number(limit * lanes))
            undisturbed, ends = (places.to_bytes(width * lanes, "little") for places in both)
            somewhere = np.frombuffer(ends, np.uint8).reshape(lanes, width).any(axis=1)
            for lane in np.flatnonzero(somewhere).tolist():
                here = slice(lane * width, (lane + 1) * width)
                found[numbers[lane]] = _number(undisturbed[here]), _number(ends[here])
        return found


def _number(places: bytes) -> int:
    return int.from_bytes(places, "little")
