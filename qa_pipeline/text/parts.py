"""The parts of a script: literals and slots, each able to say where in a text it may have been said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal as OneOf

from qa_pipeline.text.align import Hit, Sequel, runs
from qa_pipeline.text.index import TextIndex
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.similarity import FIGURE_FOR_WORD
from qa_pipeline.text.sounds import SOUNDS
from qa_pipeline.text.types import MatchMode

PartKind = OneOf["literal", "slot", "choice"]
# Least similarity of a part that counts as said, by number of syllables; lower than for a phrase on its own, because
# its neighbours tell where it must be.
_SAID = (0.80, 0.74, 0.67, 0.63, 0.61, 0.60, 0.58)
_BORDERLINE = 0.12
"""How far below that it may still have been said (so the whole is doubtful rather than not said)."""
_DIGITS = re.compile("[0-9]+")
_STRICT_COST = 60
"""A number counts as said only under this cost in all: no figure missing, added or another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a part may be: characters ``start`` to ``end``, how alike, and whether that is enough."""

    start: int
    end: int
    similarity: float
    said: bool
    maybe: bool


class Part:
    """One compiled part. ``weight`` is its share in the coverage, in syllables."""

    __slots__ = (
        "borderline", "errors", "expected", "high", "kind", "least", "low", "note", "number", "obligatory", "sequels",
        "strict", "type", "weight",
    )  # fmt: skip

    def __init__(
        self,
        *,
        number: int,
        expected: str,
        kind: PartKind,
        obligatory: bool,
        mode: MatchMode,
        value: str | None = None,
        type_: str | None = None,
        low: int = 0,
        high: int = 0,
        note: str | None = None,
        min_similarity: float | None = None,
    ) -> None:
        self.number = number
        self.expected = expected
        self.kind = kind
        self.obligatory = obligatory
        self.note = note
        self.type, self.low, self.high = type_, low, high
        text = normalize(value) if value is not None else ""
        self.strict = text.isdigit()
        texts = [text] if text else []
        if self.strict and text[0] == "0" and len(text.lstrip("0")) > 1:
            texts.append(text.lstrip("0"))
        self.sequels = tuple(Sequel(t, mode) for t in texts)
        size = len(text) or low
        self.weight = size
        self.least = (
            min_similarity if min_similarity is not None else _SAID[min(max(size, 1), len(_SAID)) - 1]
        )
        self.borderline = _BORDERLINE
        if mode is MatchMode.EXACT:
            self.least, self.borderline = 1.0, 0.0
        self.errors = 0 if size < 4 else 1 if size < 5 else 2 if size < 8 else size // 3
        if self.strict and size > 1:
            self.errors = max(1, size // 3)

    @property
    def open(self) -> bool:
        """Whether it is filled by whatever stands between its neighbours."""
        return self.type in ("any", "name")

    def ends(self, index: TextIndex) -> list[int]:
        """Where it may end, roughly and fast, in order."""
        if self.type == "number":
            return [b for _, b in digit_runs(index)]
        ends = 0
        for sequel in self.sequels:
            ends |= sequel.ends(index, self.errors, 0, len(index.chars))[1]
        return [last for _, last in runs(ends)]

    def placements(self, index: TextIndex, lo: int, hi: int) -> list[Placement]:
        """Where it may have been said between two characters, in order."""
        if self.type == "number":
            return [self._run(a, b) for a, b in digit_runs(index) if lo <= a and b <= hi]
        found: list[Placement] = []
        for sequel in self.sequels:
            least = min(self.least, 0.62) if self.strict else self.least - 0.05
            worst = round((1 - least) * 100 * len(sequel))
            found += [
                self._placed(index, sequel, h) for h in sequel.search(index, self.errors, worst, lo, hi)
            ]
        if len(self.sequels) > 1:
            found.sort(key=lambda p: (p.start, p.end))
        return found

    def look(self, index: TextIndex, lo: int, hi: int) -> Placement | None:
        """The likeliest place between two characters, however unlike."""
        if self.type == "number":
            runs = [self._run(a, b) for a, b in digit_runs(index) if a >= lo and b <= hi]
            return max(runs, key=lambda p: p.similarity, default=None)
        if hi <= lo:
            return None
        if self.strict:  # another number in its place is what was said instead
            for a, b in digit_runs(index):
                if lo <= a and b <= hi and b - a >= max(2, len(self.sequels[0]) // 2):
                    hit = self.sequels[0].best(index, a, b)
                    similarity = self.sequels[0].similarity(hit.cost) if hit else 0.0
                    return Placement(start=a, end=b, similarity=similarity, said=False, maybe=False)
        best: Placement | None = None
        for sequel in self.sequels:
            hit = sequel.best(index, lo, hi)
            if hit is not None and hit.end > hit.start:
                placed = self._placed(index, sequel, hit)
                if best is None or placed.similarity > best.similarity:
                    best = placed
        return best

    def _placed(self, index: TextIndex, sequel: Sequel, hit: Hit) -> Placement:
        similarity = sequel.similarity(hit.cost)
        said = similarity >= self.least
        start, end = hit.start, hit.end
        if self.strict:
            said = hit.cost < _STRICT_COST and similarity >= 0.8
            run = whole_run(index, start, end)
            if run != (start, end):
                chars = index.chars[run[0] : run[1]]
                said = said and chars == sequel.chars * (len(chars) // len(sequel))  # 3107 3107
                start, end = run
        return Placement(
            start=start,
            end=end,
            similarity=round(similarity, 4),
            said=said,
            maybe=said or similarity >= (0.6 if self.strict else self.least - self.borderline),
        )

    def _run(self, start: int, end: int) -> Placement:
        fits = self.low <= end - start <= self.high
        return Placement(start=start, end=end, similarity=1.0 if fits else 0.5, said=fits, maybe=fits)


def digit_runs(index: TextIndex) -> list[tuple[int, int]]:
    """All runs of figures; a single other character between two figures that sounds like a figure belongs (三幺灵七)."""
    runs: list[tuple[int, int]] = []
    for match in _DIGITS.finditer(index.chars):
        start, end = match.span()
        if (
            runs
            and start - runs[-1][1] == 1
            and sounds_like_figure(index, start - 1)
            and start not in index.breaks
        ):
            runs[-1] = (runs[-1][0], end)
        else:
            runs += index.stretches(start, end)
    return runs


def sounds_like_figure(index: TextIndex, at: int) -> bool:
    """Whether a character is a homophone of a figure (灵 for 零, 妖 for 幺)."""
    return bool((SOUNDS.table[SOUNDS.ids("0123456789"), index.sounds[at]] <= FIGURE_FOR_WORD + 6).any())


def whole_run(index: TextIndex, start: int, end: int) -> tuple[int, int]:
    """The range widened to all figures it touches."""
    chars = index.chars
    while start > 0 and chars[start - 1].isdigit() and start not in index.breaks:
        start -= 1
    while end < len(chars) and chars[end].isdigit() and end not in index.breaks:
        end += 1
    return start, end
