"""Lines no wider than the terminal, for text in which Chinese has no spaces to break at and takes two cells a character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_NEVER_FIRST = frozenset("。，、；：！？）〕》」』】”’…—%°·,.;:!?)]}")
"""What must not begin a line (GB/T 15834: closing marks stay with what they close)."""
_NEVER_LAST = frozenset("（〔《「『【“‘([{")
_PIECE = re.compile(r"\s+|[^\s⺀-￯“”‘’…—]+|.")
"""White space, a run of Latin letters and digits, or one character: lines break between pieces only."""


def cells(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def fold(text: str, width: int) -> list[str]:
    """The text in lines of at most ``width`` cells; line breaks in it stay."""
    return [line for part in text.split("\n") for line in _folded(part, max(width, 2))]


def _folded(text: str, width: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for unit in _units(text, width):
        if line.strip() and cells(line + unit.rstrip()) > width:
            lines.append(line.rstrip())
            line = "" if unit.isspace() else unit
        else:
            line += unit
    return [*lines, line.rstrip()]


def _units(text: str, width: int) -> Iterator[str]:
    """Pieces with the marks that stay with them; what is wider than a line is cut."""
    unit = ""
    for piece in _PIECE.findall(text):
        joins = unit and not piece.isspace() and (piece[0] in _NEVER_FIRST or unit[-1] in _NEVER_LAST)
        if unit and not joins:
            yield from _cut(unit, width)
            unit = ""
        unit += piece
    if unit:
        yield from _cut(unit, width)


def _cut(unit: str, width: int) -> Iterator[str]:
    piece = ""
    for char in unit:
        if piece and cells(piece + char) > width:
            yield piece
            piece = ""
        piece += char
    yield piece
