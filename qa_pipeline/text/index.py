"""What is worked out once per text so that a phrase can be looked for in microseconds.

A set of text positions is one Python integer whose bit i stands for character i: intersecting, joining and shifting
such sets costs tens of nanoseconds for a whole call, so the search for candidates is bit-parallel over the text
(Wu and Manber's approximate search with the roles of text and pattern swapped).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qa_pipeline.text.lexicon import NOWHERE
from qa_pipeline.text.sounds import NEAR, SOUNDS

if TYPE_CHECKING:
    from qa_pipeline.text.align import Sequel
    from qa_pipeline.text.lexicon import Ends, Lexicon

OTHER_CHARACTER = 2
"""Hundredths for a homophone: between two equal sounds the right character wins."""
INSERTION, FILLER, STUTTER = 60, 5, 10
"""Hundredths for a character in the text that the pattern lacks: any, a hesitation, a repetition of what was just said."""

_HESITATIONS = {**dict.fromkeys("嗯呃唔", FILLER), **dict.fromkeys("额啊哦噢诶欸哎唉呀嘛呢吧哈", STUTTER)}
_EMPTY_WORDS = ("那个", "这个", "就是")


class TextIndex:
    """The characters of one text by sound and by place.

    Args:
        chars: the text's characters.
        breaks: where a new stretch begins.
        whole: the index of a text that this one is a part of, and the pieces of it that this one is put together of, in
            order; what is known of the whole needs no second look.
    """

    def __init__(
        self,
        chars: str,
        breaks: tuple[int, ...],
        whole: tuple[TextIndex, Sequence[tuple[int, int]]] | None = None,
    ) -> None:
        self.chars = chars
        self.breaks = breaks
        self._whole = whole
        self._near: dict[int, int] = {}
        self._costs: dict[str, bytes] = {}
        self._lexicon: Lexicon | None = None
        self.searched: dict[Hashable, Any] = {}
        """What was looked for in the whole text, and what was found."""

    @cached_property
    def sounds(self) -> list[int]:
        """The sound of every character."""
        if self._whole is None:
            return SOUNDS.ids(self.chars)
        index, pieces = self._whole
        return [sound for a, b in pieces for sound in index.sounds[a:b]]

    @cached_property
    def insertions(self) -> list[int]:
        """Per character the hundredths for its being added."""
        if self._whole is None:
            return self._insertion_costs()
        index, pieces = self._whole
        return [cost for a, b in pieces for cost in index.insertions[a:b]]

    @cached_property
    def skippable(self) -> int:
        """The places of characters that are as good as not said."""
        if self._whole is not None:
            return self._part(self._whole[0].skippable)
        cheap = np.array([c < INSERTION for c in self.insertions], bool)
        return int.from_bytes(np.packbits(cheap, bitorder="little").tobytes(), "little")

    def _part(self, places: int) -> int:
        """Places of the whole as places of this part."""
        found = at = 0
        for a, b in self._whole[1] if self._whole else ():
            found |= (places >> a & (1 << b - a) - 1) << at
            at += b - a
        return found

    @cached_property
    def _by_char(self) -> dict[str, int]:
        return _places(self.chars)

    def having(self, char: str) -> int:
        """The places of a character."""
        return self._by_char.get(char, 0)

    def near(self, sound: int) -> int:
        """The places whose sound is near a sound."""
        found = self._near.get(sound)
        if found is None:
            if self._whole is not None:
                found = self._part(self._whole[0].near(sound))
            else:
                alike = SOUNDS.table[sound].take(self.sound_array) <= NEAR
                found = int.from_bytes(np.packbits(alike, bitorder="little").tobytes(), "little")
            self._near[sound] = found
        return found

    def near_all(self, sounds: Sequence[int]) -> list[int]:
        """:meth:`near` of each of several sounds."""
        if self._whole is not None and len(self._whole[1]) == 1:  # cut out afresh sooner than looked up
            index, ((a, b),) = self._whole
            everywhere = (1 << b - a) - 1
            return [places >> a & everywhere for places in index.near_all(sounds)]
        known = self._near
        try:
            return [known[sound] for sound in sounds]
        except KeyError:
            return [self.near(sound) for sound in sounds]

    @cached_property
    def sound_array(self) -> npt.NDArray[np.intp]:
        """The sound of every character, to look them all up at once."""
        return np.array(self.sounds, np.intp)

    def expect(self, lexicon: Lexicon) -> None:
        """Phrases that will be looked for here: at the first search they are looked for all at once."""
        if lexicon is not self._lexicon:
            self._lexicon = lexicon
            self.__dict__.pop("_expected", None)

    @cached_property
    def _expected(self) -> Mapping[int, Ends]:
        return self._lexicon.ends(self) if self._lexicon is not None else {}

    def foreseen(self, sequel: Sequel, errors: int) -> Ends | None:
        """Where an expected phrase may end in the text; None where it was not expected, or must be looked for to tell."""
        if self._whole is None:
            lane = None if self._lexicon is None else self._lexicon.lane(sequel, errors)
            return None if lane is None else self._expected.get(lane, NOWHERE)
        index, pieces = self._whole
        if len(pieces) != 1:
            return None
        known = index.foreseen(sequel, errors)
        if known is None:
            return None
        # What would stand in a part of the text stands in the text; what ends there may have begun outside the part.
        ((a, b),) = pieces
        return None if known[1] >> a & (1 << b - a + 1) - 1 else NOWHERE

    def costs(self, char: str, sound: int) -> bytes:
        """Hundredths per character of the text for standing for a character of that sound: 0 where it is that character."""
        found = self._costs.get(char)
        if found is None:
            if self._whole is not None:
                index, pieces = self._whole
                costs = index.costs(char, sound)
                found = b"".join(costs[a:b] for a, b in pieces)
            else:
                row = SOUNDS.table[sound].take(self.sound_array)
                row += OTHER_CHARACTER
                at = self.chars.find(char)
                while at >= 0:
                    row[at] = 0
                    at = self.chars.find(char, at + 1)
                found = row.tobytes()
            self._costs[char] = found
        return found

    def stretches(self, start: int, end: int) -> list[tuple[int, int]]:
        """A range cut at the breaks inside it."""
        if not self.breaks:
            return [(start, end)] if start < end else []
        edges = [start, *(b for b in self.breaks if start < b < end), end]
        return [(a, b) for a, b in pairwise(edges) if a < b]

    def broken(self, start: int, end: int) -> bool:
        """Whether a break lies inside a range."""
        breaks = self.breaks
        return bool(breaks) and bisect_right(breaks, start) < bisect_left(breaks, end)

    def _insertion_costs(self) -> list[int]:
        chars = self.chars
        costs = [_HESITATIONS.get(c, INSERTION) for c in chars]
        for word in _EMPTY_WORDS:
            at = chars.find(word)
            while at >= 0:
                costs[at : at + len(word)] = [STUTTER] * len(word)
                at = chars.find(word, at + 1)
        codes = np.frombuffer(chars.encode("utf-32-le"), np.uint32)
        for i in (np.flatnonzero(codes[1:] == codes[:-1]) + 1).tolist():  # 我我
            if not chars[i].isascii():  # 33 is a number, no stutter
                costs[i] = min(costs[i], STUTTER)
        for i in (
            np.flatnonzero((codes[3:] == codes[1:-2]) & (codes[2:-1] == codes[:-3])) + 2
        ).tolist():  # 我们我们
            if not chars[i : i + 2].isascii():
                costs[i : i + 2] = [min(c, STUTTER) for c in costs[i : i + 2]]
        return costs


def _places(items: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for bit, item in zip(_bits(len(items)), items, strict=True):
        places[item] = places.get(item, 0) | bit
    return places


def _bits(n: int) -> list[int]:
    while len(_powers) < n:
        _powers.append(1 << len(_powers))
    return _powers[:n]


_powers: list[int] = []
