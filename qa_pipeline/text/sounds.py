"""Sounds as small integers, with a table of all their distances: what makes comparing cheap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from qa_pipeline.text.pinyin import MAX_READINGS, Syllable, readings
from qa_pipeline.text.similarity import (
    FAR,
    FIGURE_FOR_WORD,
    final_distance,
    initial_distance,
    is_symbol,
    tone_distance,
)

_T = TypeVar("_T", str, int)

_BLOCK = 64  # rows computed at once: bounds the working memory of a first, large text
NEAR = 34
"""Hundredths up to which two sounds count as near: one strong confusion or two light ones."""


class Sounds:
    """Characters with the same set of readings share a number; ``table[a, b]`` is the distance in hundredths.

    The table only grows, and its numbers never show in a result: the order in which texts come does not matter.
    """

    def __init__(self) -> None:
        self._by_char: dict[str, int] = {}
        self._by_readings: dict[tuple[object, ...], int] = {}
        self._rows: dict[int, bytes] = {}
        self._syllables: dict[Syllable, int] = {}
        self._between: npt.NDArray[np.uint8] = np.zeros((0, 0), np.uint8)
        self._of_sound: npt.NDArray[np.int32] = np.zeros((0, MAX_READINGS), np.int32)
        self._symbols: npt.NDArray[np.int32] = np.zeros(0, np.int32)
        self.table: npt.NDArray[np.uint8] = np.zeros((1024, 1024), np.uint8)

    def __len__(self) -> int:
        return len(self._by_readings)

    def ids(self, chars: str) -> list[int]:
        """The sound of every character."""
        known = self._by_char
        try:
            return [known[c] for c in chars]
        except KeyError:
            self._learn(sorted(set(chars) - known.keys()))
            return [known[c] for c in chars]

    def row(self, sound: int) -> bytes:
        """The distances of one sound to all others, as bytes: the fastest thing to index from Python."""
        row = self._rows.get(sound)
        if row is None:
            row = self._rows[sound] = self.table[sound, : len(self)].tobytes()
        return row

    def _learn(self, chars: list[str]) -> None:
        if not self._by_char:
            chars = sorted({*chars, *_common_characters()})  # at once: a growing table is copied
        old = len(self)
        fresh: list[tuple[Syllable, ...]] = []
        symbols: list[int] = []
        for char in chars:
            sounds = readings(char)
            symbol = ord(char) if is_symbol(char) else 0
            identity = (symbol, *sorted(sounds))
            if identity not in self._by_readings:
                self._by_readings[identity] = len(self._by_readings)
                fresh.append(sounds)
                symbols.append(symbol)
            self._by_char[char] = self._by_readings[identity]
        if not fresh:
            return
        self._learn_syllables({s for sounds in fresh for s in sounds} - self._syllables.keys())
        numbers = [[self._syllables[s] for s in sounds] for sounds in fresh]
        padded = [n + n[:1] * (MAX_READINGS - len(n)) for n in numbers]
        self._of_sound = np.concatenate((self._of_sound, np.array(padded, np.int32)))
        self._symbols = np.concatenate((self._symbols, np.array(symbols, np.int32)))
        self._fill(old, len(self))

    def _learn_syllables(self, fresh: set[Syllable]) -> None:
        if not fresh:
            return
        for syllable in sorted(fresh):
            self._syllables[syllable] = len(self._syllables)
        everyone = list(self._syllables)
        initials = _lookup([s.initial for s in everyone], initial_distance)
        finals = _lookup([s.final for s in everyone], final_distance)
        tones = _lookup([s.tone for s in everyone], tone_distance)
        self._between = np.minimum(initials + finals + tones, FAR).astype(np.uint8)

    def _fill(self, old: int, total: int) -> None:
        if total > len(self.table):
            larger = np.zeros((2 * total, 2 * total), np.uint8)
            larger[:old, :old] = self.table[:old, :old]
            self.table = larger
        self._rows.clear()
        for begin in range(old, total, _BLOCK):
            end = min(begin + _BLOCK, total)
            rows = self._between[self._of_sound[begin:end]].min(axis=1)
            best = rows[:, self._of_sound[:total, 0]]
            for k in range(1, MAX_READINGS):
                np.minimum(best, rows[:, self._of_sound[:total, k]], out=best)
            a, b = self._symbols[begin:end, None], self._symbols[None, :total]
            best[(a > 0) & (b > 0) & (a != b)] = FAR
            mixed = (a > 0) != (b > 0)
            best[mixed] = np.minimum(best[mixed] + FIGURE_FOR_WORD, FAR)
            self.table[begin:end, :total] = best
            self.table[:total, begin:end] = best.T


def _common_characters() -> list[str]:
    """The 3,755 characters of GB 2312 level 1, the figures and letters."""
    codes = (bytes([high, low]) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return [*"0123456789abcdefghijklmnopqrstuvwxyz", *(c.decode("gb2312") for c in codes if c < b"\xd7\xfa")]


def _lookup(names: Sequence[_T], distance: Callable[[_T, _T], int]) -> npt.NDArray[np.int16]:
    """Distances between all pairs of names, each distinct pair worked out once."""
    distinct = sorted(set(names))
    place = {name: i for i, name in enumerate(distinct)}
    costs = np.array([[distance(a, b) for b in distinct] for a in distinct], np.int16)
    at = np.array([place[name] for name in names])
    between: npt.NDArray[np.int16] = costs[at[:, None], at[None, :]]
    return between


SOUNDS = Sounds()
"""One table a process; it is not guarded against threads that meet new characters at the same moment."""
