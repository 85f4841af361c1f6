"""Names explained character by character: 弓长张, 美丽的丽, 文化的文."""

from __future__ import annotations

from collections.abc import Iterator

from qa_pipeline.privacy.types import pause_before
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.clauses import clause_break
from qa_pipeline.text.similarity import char_distance

TONE, NEAR = 14, 26
"""Distances of characters that differ in the tone, and that are easily taken for each other."""
_FAMILY_NAME = range(2, 5)
"""Where the family name comes again when it is taken apart: 张弓长张, 许言午许, 程禾口王程."""
REST = 10
"""Characters after an explanation that still belong to one, where a pause follows them."""
_BETWEEN = 6
"""Characters between two explanations."""


def explained(text: AlignedText, end: int) -> int:
    """Where the explanations after a name that ends at ``end`` end; ``end`` where there are none.

    A family name is taken apart and said again; other characters stand in a word they belong to (美丽的丽).
    """
    line = text.text
    last = end
    start = max(0, end - 4)
    for at in _FAMILY_NAME:
        place = end + at
        if place < len(line) and any(_same(line[place], line[i], TONE) for i in range(start, end)):
            last = max(last, place + 1)
    for first, stop in in_words(text, end, len(line)):
        if first - last > _BETWEEN:
            break
        last = max(last, stop)
    if last > end:  # the rest may be misheard
        last = next((i for i in range(last, min(len(line), last + REST)) if pause_before(text, i)), last)
    return last


def in_words(text: AlignedText, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Places where a character is said in a word it belongs to: AB的A, AB的B."""
    line = text.text
    for i in range(start, stop - 3):
        alike = line[i + 2] in "的得地" and any(_same(line[i + 3], line[i + k], NEAR) for k in (0, 1))
        if alike and clause_break(text, i, i + 4) is None:
            yield i, i + 4


def _same(a: str, b: str, far: int) -> bool:
    return a == b or char_distance(a, b) <= far
