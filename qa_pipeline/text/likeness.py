"""How like an example sentence something said is, in other words and with recognition errors.

A sentence becomes counts of its characters, pairs of characters, syllables and pairs of syllables (toneless, the common
confusions zh/z, ch/c, sh/s, n/l, -ng/-n folded together), each compared by cosine; the likeness is their weighted mean. No
model and no vocabulary: it knows words and sounds, not meaning. Figures: docs/design/similar_sentences.md.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.pinyin import readings

WEIGHTS = (0.2, 0.2, 0.3, 0.3)
"""Of characters, pairs of characters, syllables, pairs of syllables."""
WIDTHS = (0.7, 1.0, 1.4)
"""Lengths of the stretches that are compared, in lengths of the example."""
TRIED = 4
"""Stretches of a text that are compared exactly, per example; the rest are told apart by a bound."""
NEGATIONS = frozenset("不没别未无勿")
_NO_NEGATION = re.compile(
    r"(.)[不没]\1|别的|别人|特别|分别|差别|区别|不好意思|对不起|不便|不客气|没问题|没关系|不用客气|要不"
)
"""Words with such a character that deny nothing; 有没有 and 是不是 ask."""
_FOLDED = {"zh": "z", "ch": "c", "sh": "s", "n": "l"}

Grams = tuple[Counter[str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """The stretch of a text that is most like an example: characters ``start`` to ``end`` (half-open)."""

    start: int
    end: int
    similarity: float
    """0 to 1."""
    same_polarity: bool
    """Whether both have a negation or both have none: 我能保证 and 我不能保证 are near in words and far in meaning."""


class Example:
    """An example sentence, ready to be compared. Use :func:`example`."""

    def __init__(self, text: str) -> None:
        chars = normalize(text)
        self.size = len(chars)
        self.grams = _grams(chars)
        self.negated = _negated(chars)

    def likeness(self, chars: str) -> float:
        """0 (nothing in common) to 1 (the same characters and sounds)."""
        return _compare(self.grams, _grams(chars))

    def find(self, text: AlignedText, least: float) -> tuple[Likeness, ...]:
        """The disjoint stretches at least ``least`` alike, the most alike first."""
        if not self.size or not len(text):
            return ()
        found: list[Likeness] = []
        for start, end in self._candidates(text, least):
            if any(start < f.end and f.start < end for f in found):
                continue
            chars = text.text[start:end]
            similarity = round(self.likeness(chars), 4)
            if similarity >= least:
                same = self.negated == _negated(chars)
                found.append(Likeness(start=start, end=end, similarity=similarity, same_polarity=same))
        return tuple(sorted(found, key=lambda f: (-f.similarity, f.start)))

    def best(self, text: AlignedText) -> Likeness | None:
        """The most alike, however little; None in an empty text."""
        return next(iter(self.find(text, 0.0)), None)

    def _candidates(self, text: AlignedText, least: float) -> list[tuple[int, int]]:
        """The stretches that may be alike enough, the likeliest first.

        The bound counts how many grams of a stretch the example has too, which prefix sums tell for all stretches at once.
        """
        kinds = _streams(text.text)
        ranked: list[tuple[float, int, int]] = []
        edges = [0, *text.breaks, len(text)]
        sums = [
            np.concatenate(([0], np.cumsum([g in mine for g in stream])))
            for stream, mine in zip(kinds, self.grams, strict=True)
        ]
        for a, b in pairwise(edges):
            for width in sorted({max(1, min(b - a, round(w * self.size))) for w in WIDTHS}):
                scores = self._bounds(sums, a, b, width)
                order = np.argsort(-scores, kind="stable")[: 3 * TRIED].tolist()
                ranked += [(float(scores[i]), a + i, a + i + width) for i in order if scores[i] >= least]
        ranked.sort(key=lambda r: (-r[0], r[1], r[2]))
        return [(i, j) for _, i, j in ranked[: 3 * TRIED * len(WIDTHS)]]

    def _bounds(
        self, sums: Sequence[npt.NDArray[np.int64]], a: int, b: int, width: int
    ) -> npt.NDArray[np.float64]:
        starts = np.arange(a, b - width + 1)
        total = np.zeros(len(starts))
        for kind, (weight, prefix, mine) in enumerate(zip(WEIGHTS, sums, self.grams, strict=True)):
            length = width - kind % 2
            if length <= 0 or not mine:
                continue
            shared = prefix[starts + length] - prefix[starts]
            total += weight * np.minimum(1.0, shared / math.sqrt(length * mine.total()))
        return total


@lru_cache(maxsize=2048)
def example(text: str) -> Example:
    """An example sentence, compiled once a process. Punctuation and letter case do not matter."""
    return Example(text)


@lru_cache(maxsize=8192)
def sound(char: str) -> str:
    """The folded toneless syllable of a normalised character; figures and letters by their commonest name."""
    syllable = readings(char)[0]
    initial = _FOLDED.get(syllable.initial, syllable.initial)
    final = syllable.final.removesuffix("g") if syllable.final.endswith("ng") else syllable.final
    return f"{initial}{final}"


@lru_cache(maxsize=64)
def _streams(chars: str) -> tuple[Sequence[str], ...]:
    sounds = [sound(c) for c in chars]
    return (
        chars,
        [a + b for a, b in pairwise(chars)],
        sounds,
        [f"{a} {b}" for a, b in pairwise(sounds)],
    )


def _grams(chars: str) -> Grams:
    return tuple(Counter(stream) for stream in _streams(chars))


def _compare(a: Grams, b: Grams) -> float:
    return sum(w * cosine(x, y) for w, x, y in zip(WEIGHTS, a, b, strict=True))


def cosine(a: Counter[str], b: Counter[str]) -> float:
    """The cosine of two counts; 0 where one is empty."""
    if not a or not b:
        return 0.0
    shared = sum(n * b[g] for g, n in a.items() if g in b)
    return shared / math.sqrt(_square(a) * _square(b))


def _square(counts: Counter[str]) -> int:
    return sum(n * n for n in counts.values())


def _negated(chars: str) -> bool:
    return sum(c in NEGATIONS for c in _NO_NEGATION.sub("", chars)) % 2 == 1
