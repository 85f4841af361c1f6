"""Text as it is compared: NFKC, simplified, lower case, no punctuation, figures as digits.

``normalize`` is a function of the text alone, so a phrase and its occurrence come out alike. What depends on the
neighbourhood (where a run of figures begins) is made harmless by :func:`key`, under which 一 and 1, 两 and 2 are the
same character: matching compares keys, so 一下, 两位, 万一 never suffer from the conversion.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Any

from qa_pipeline.text.numerals import convert_run, is_unit

_KEYS = str.maketrans("零一二两三四五六七八九幺", "012234567891")
# 洞 (0), 拐 (7), 勾 (9) are radio figures, and ordinary words elsewhere: figures only between figures, or beside 幺.
_RUN = re.compile("[0-9零幺一二两三四五六七八九十百千万亿洞拐勾]+")
_SIGN = re.compile(r"(?<=[0-9０-９])[.:：．](?=[0-9０-９])")
_MEASURE = re.compile("(?:个?(?:小时|月|工作日|星期)|天|分钟|秒|点钟|元|块钱|日)")
_LOOSE_MEASURE = re.compile("[点号块年]")
_ONE_AS_FIGURE = re.compile("个?(?:小时|工作日|月)|天|分钟")


@cache
def _simplifier() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


class _Fold(dict[str, str]):
    """One source character to its comparable form ("" where it is aside), filled as characters turn up."""

    def __missing__(self, char: str) -> str:
        folded = char
        for _ in range(2):  # twice: simplifying may yield a compatibility form and the other way round
            folded = unicodedata.normalize("NFKC", folded).lower()
            folded = "".join(_simplifier().convert(c) if ord(c) > 0x2E7F else c for c in folded)
        folded = "".join(c for c in folded if unicodedata.category(c)[0] in "LN").replace("〇", "零")
        self[char] = folded
        return folded


_fold = _Fold()


def key(normalized: str) -> str:
    """Normalised text with single spoken figures as digits too: what characters are compared by, one for one."""
    return normalized.translate(_KEYS)


def normalize(s: str) -> str:
    """The comparable form of a text. Decimal points and clock colons between digits become 点."""
    text = _folded(s)
    pieces: list[str] = []
    done = 0
    for begin, end, figures in _numerals(text):
        pieces += (text[done:begin], figures)
        done = end
    return "".join((*pieces, text[done:])) if pieces else text


def normalize_mapped(s: str) -> tuple[str, list[int], list[int]]:
    """The comparable form and, per character of it, the half-open source range it came from.

    The digits of a numeral with units (八千零二十六 → 8026) all point to the whole numeral; other characters to their own.
    """
    text = _folded(s)
    fold = _fold
    starts = [i for i, char in enumerate(_pointed(s)) for _ in fold[char]]
    ends = [i + 1 for i in starts]
    pieces: list[str] = []
    new_starts: list[int] = []
    new_ends: list[int] = []
    done = 0
    for begin, end, figures in _numerals(text):
        pieces += (text[done:begin], figures)
        new_starts += starts[done:begin]
        new_ends += ends[done:begin]
        if len(figures) == end - begin and not any(map(is_unit, text[begin:end])):
            new_starts += starts[begin:end]
            new_ends += ends[begin:end]
        else:
            new_starts += [starts[begin]] * len(figures)
            new_ends += [ends[end - 1]] * len(figures)
        done = end
    if not pieces:
        return text, starts, ends
    return "".join((*pieces, text[done:])), new_starts + starts[done:], new_ends + ends[done:]


def _pointed(s: str) -> str:
    """Signs between digits as they are spoken, character for character."""
    return _SIGN.sub("点", s)


def _folded(s: str) -> str:
    return "".join(map(_fold.__getitem__, _pointed(s)))


def _numerals(text: str) -> Iterator[tuple[int, int, str]]:
    """Where a run of figures is better written in digits, and those."""
    for run in _RUN.finditer(text):
        begin, end = run.span()
        figures = _figures(text, begin, end)
        if figures is not None:
            yield begin, end, figures


def _figures(text: str, begin: int, end: int) -> str | None:
    """The run in digits, or None where it had better stay as it is."""
    run = text[begin:end]
    if run.isascii():
        return None
    if end - begin > 1:
        after_point = (
            begin > 1 and text[begin - 1] == "点" and text[begin - 2] in "0123456789零一二三四五六七八九十"
        )
        if after_point and any(map(is_unit, run)):
            return None  # 一点五万 is no 50000
        return convert_run(run)
    if run in "百千万亿洞拐勾零幺":
        return None
    # A lone figure counts before a measure of time or money; 一点, 一块, 一年 and 十分 are mostly words.
    if _MEASURE.match(text, end) and (run != "一" or _ONE_AS_FIGURE.match(text, end)):
        return convert_run(run)
    if run not in "一" and _LOOSE_MEASURE.match(text, end):
        return convert_run(run)
    return None
