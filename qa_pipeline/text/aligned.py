"""Normalised text in which every character knows the word, the milliseconds and the confidence it came with."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from operator import is_
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Utterance, Word
from qa_pipeline.text.index import TextIndex
from qa_pipeline.text.normalize import key, normalize, normalize_mapped

MAX_PAUSE_MS = 4000
"""A silence of one role longer than this ends a phrase. Back-channels and interruptions are shorter (a turn survives pauses
of 1.5 s); the shipped standard calls 5 s dead air, and nobody speaks one phrase around dead air."""

_Ints = npt.NDArray[np.int64]


class AlignedText:
    """One role's speech as one line of normalised characters. Made by :meth:`of`, never changed.

    Attributes:
        text: the normalised characters.
        breaks: indices at which a new stretch begins (after a long pause or something cut out); no phrase crosses one.
    """

    def __init__(
        self,
        *,
        text: str,
        raw: str,
        sources: tuple[_Ints, _Ints],
        times: tuple[_Ints, _Ints],
        confidences: npt.NDArray[np.float64],
        midpoints: npt.NDArray[np.float64],
        breaks: tuple[int, ...],
        whole: tuple[AlignedText, Sequence[tuple[int, int]]] | None = None,
    ) -> None:
        self._whole = whole
        self.text = text
        self.breaks = breaks
        self._raw = raw
        self._sources = sources
        self._times = times
        self._confidences = confidences
        self._midpoints = midpoints

    @classmethod
    def of(cls, utterances: Sequence[Utterance]) -> AlignedText:
        """The words of one role's utterances, which come in order of time.

        Characters of one word share its time evenly. Times never run backwards, even where the recogniser's do. The
        last few texts are remembered: who speaks is asked of the same utterances as the rules are.
        """
        said = tuple(utterances)
        for known, text in tuple(_recent):
            if len(known) == len(said) and all(map(is_, known, said)):
                return text
        made = cls._of(said)
        _recent.append((said, made))
        return made

    @classmethod
    def _of(cls, utterances: Sequence[Utterance]) -> AlignedText:
        words = [w for u in utterances for w in u.words]
        tokens = [w.text for w in words]
        begin = np.array([w.span.start_ms for w in words], np.int64)
        end = np.array([w.span.end_ms for w in words], np.int64)
        pauses = begin[1:] - np.maximum.accumulate(end)[:-1]
        cuts = [0, *(np.flatnonzero(pauses > MAX_PAUSE_MS) + 1).tolist(), len(words)]
        begins: list[int] = []
        text: list[str] = []
        firsts: list[int] = []
        lasts: list[int] = []
        offset = 0
        for a, b in pairwise(cuts):
            raw = "".join(tokens[a:b])
            normal, starts, ends = normalize_mapped(raw)
            if normal and text:
                begins.append(len(firsts))
            text.append(normal)
            firsts += [offset + i for i in starts] if offset else starts
            lasts += [offset + i for i in ends] if offset else ends
            offset += len(raw)
        first, last = np.array(firsts, np.int64), np.array(lasts, np.int64)
        return cls(
            text="".join(text),
            raw="".join(tokens),
            sources=(first, last),
            breaks=tuple(b for b in begins if b),
            **_timing(words, begin, end, first, last),
        )

    def __len__(self) -> int:
        return len(self.text)

    @cached_property
    def index(self) -> TextIndex:
        """What a search needs, worked out at the first one."""
        whole = (self._whole[0].index, self._whole[1]) if self._whole else None
        return TextIndex(key(self.text), self.breaks, whole)

    @cached_property
    def _confidence_sums(self) -> list[float]:
        return [0.0, *np.cumsum(self._confidences).tolist()]

    @property
    def whole(self) -> Span | None:
        """From the first character to the last; None where there is none."""
        return self.span(0, len(self)) if self.text else None

    def span(self, i: int, j: int) -> Span:
        """The time of characters i to j (half-open, at least one).

        Raises:
            ValueError: no character there.
        """
        self._check(i, j)
        starts, ends = self._clock
        return Span(start_ms=starts[i], end_ms=ends[j - 1])

    @cached_property
    def _clock(self) -> tuple[list[int], list[int]]:
        return self._times[0].tolist(), self._times[1].tolist()

    def quote(self, i: int, j: int) -> str:
        """Characters i to j as recognised, before normalisation; `` … `` where words in between were cut out.

        Raises:
            ValueError: no character there.
        """
        self._check(i, j)
        first, last = self._sources
        if bisect_right(self.breaks, i) == bisect_left(self.breaks, j):
            return self._raw[first[i] : last[j - 1]].strip()
        edges = [i, *(b for b in self.breaks if i < b < j), j]
        pieces: list[str] = []
        for a, b in pairwise(edges):
            if pieces:
                between = self._raw[last[a - 1] : first[a]]
                pieces.append(" … " if normalize(between) else between)
            pieces.append(self._raw[first[a] : last[b - 1]])
        return "".join(pieces).strip()

    def confidence(self, i: int, j: int) -> float:
        """The mean confidence of the words that characters i to j came from.

        Raises:
            ValueError: no character there.
        """
        self._check(i, j)
        sums = self._confidence_sums
        return (sums[j] - sums[i]) / (j - i)

    def restrict(self, spans: Sequence[Span]) -> AlignedText:
        """Only the words whose midpoint lies in one of the spans, with their original times."""
        if not self.text:
            return self
        if len(spans) == 1 and self._in_order:
            a, b = np.searchsorted(self._midpoints, (spans[0].start_ms, spans[0].end_ms)).tolist()
            return self if b - a == len(self) else self._piece(a, b)
        keep = np.zeros(len(self), bool)
        for span in spans:
            keep |= (self._midpoints >= span.start_ms) & (self._midpoints < span.end_ms)
        kept = np.flatnonzero(keep)
        if len(kept) == len(self):
            return self
        cuts = (np.flatnonzero(np.diff(kept) > 1) + 1).tolist()
        gaps = set(cuts)
        edges = [0, *cuts, len(kept)] if len(kept) else []
        pieces = [(int(kept[a]), int(kept[b - 1]) + 1) for a, b in pairwise(edges)]
        old_breaks = np.searchsorted(kept, self.breaks).tolist()
        return AlignedText(
            text="".join(self.text[a:b] for a, b in pieces),
            raw=self._raw,
            sources=(self._sources[0][kept], self._sources[1][kept]),
            times=(self._times[0][kept], self._times[1][kept]),
            confidences=self._confidences[kept],
            midpoints=self._midpoints[kept],
            breaks=tuple(sorted({*gaps, *(b for b in old_breaks if 0 < b < len(kept))})),
            whole=(self, pieces),
        )

    @cached_property
    def _in_order(self) -> bool:
        """Whether no word's midpoint lies before that of the word before it."""
        return bool((self._midpoints[1:] >= self._midpoints[:-1]).all())

    def _piece(self, a: int, b: int) -> AlignedText:
        """Characters a to b (half-open) by themselves."""
        return AlignedText(
            text=self.text[a:b],
            raw=self._raw,
            sources=(self._sources[0][a:b], self._sources[1][a:b]),
            times=(self._times[0][a:b], self._times[1][a:b]),
            confidences=self._confidences[a:b],
            midpoints=self._midpoints[a:b],
            breaks=tuple(k - a for k in self.breaks if a < k < b),
            whole=(self, [(a, b)] if a < b else []),
        )

    def _check(self, i: int, j: int) -> None:
        if not 0 <= i < j <= len(self.text):
            raise ValueError(f"no characters {i}..{j} in a text of {len(self.text)}")


_recent: deque[tuple[tuple[Utterance, ...], AlignedText]] = deque(maxlen=4)
"""Two parties of two calls; the same objects, which never change, not merely equal ones."""


class _Timing(TypedDict):
    times: tuple[_Ints, _Ints]
    confidences: npt.NDArray[np.float64]
    midpoints: npt.NDArray[np.float64]


def _timing(words: Sequence[Word], begins: _Ints, ends: _Ints, first: _Ints, last: _Ints) -> _Timing:
    anchor = first.copy()
    for i in np.flatnonzero(last - first > 1).tolist():  # digits of one numeral spread over its characters
        alike = np.flatnonzero(first == first[i])
        anchor[i] += (i - alike[0]) * (last[i] - first[i]) // len(alike)
    word = np.repeat(np.arange(len(words)), [len(w.text) for w in words])[anchor] if len(first) else first
    begin, end = begins[word], ends[word]
    confidence = np.array([w.confidence for w in words], np.float64)
    left = np.searchsorted(word, word, "left")
    share = np.searchsorted(word, word, "right") - left
    place = np.arange(len(word)) - left
    starts = np.maximum.accumulate(begin + (end - begin) * place // np.maximum(share, 1))
    stops = np.maximum.accumulate(begin + (end - begin) * (place + 1) // np.maximum(share, 1))
    return _Timing(
        times=(starts, np.maximum(starts, stops)),
        confidences=confidence[word] if len(first) else confidence[:0],
        midpoints=(begin + end) / 2,
    )
