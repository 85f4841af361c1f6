"""Stretches that are mostly figures, counting what only sounds like one: misheard numbers are still audible numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.similarity import char_distance

FIGURES = frozenset("0123456789零幺一二两三四五六七八九洞拐")
_SPOKEN = dict(
    zip("0123456789", ("零洞", "一幺", "二两", "三", "四", "五", "六", "七拐", "八", "九"), strict=True)
)
_LATIN = re.compile("[a-z]")
_FILLERS = frozenset("嗯啊呃额哦呢然后那个对杠的")
_COMMON = frozenset("是我你您他下以已要就而事起把没有要了时其期使久五无物是似")
"""Such frequent characters are more often themselves than a misheard figure."""
_COUNTS = re.compile("[一两](?=[下个些样直定起共般点位次种只件边会])")
FOREIGN = -0.7
"""A character that sounds like no figure. Ordinary talk holds one figure-like character in eight, so it never adds up."""
FILLER = -0.15
LOST = 2.4
"""A stretch ends where so much of its score was lost again: three or four foreign characters."""
SILENCE_MS = 800
"""After a silence of this length another sentence may begin."""
FAR_MS = 3_000
"""Over a silence of this length (the other party speaks) no word belongs to a number that only sounds like a figure: 我非常
生气 is no 7."""
ASKED, TOLD, UNASKED = (2.7, 2), (3.5, 3), (4.6, 4)
"""Least score, and how many certain figures: about three where a number was asked for, four where one was announced (a
sum may follow 核对一下), six elsewhere."""
DENSE = 5.5
"""So much alone, whatever the characters. Of 493,000 characters of written help desk dialogue two stretches reach it with
fewer certain figures than :data:`UNASKED` wants (a sum, a street number); an identity card
misheard as 义情者自此零法零物 does."""


@cache
def figure_score(char: str) -> float:
    """How much a character speaks for a figure: 1 is one, above 0 sounds like one."""
    if char in FIGURES:
        return 1.0
    if _LATIN.match(char):
        return 0.4
    if char in _FILLERS:
        return FILLER
    if char in _COMMON:
        return 0.1
    distance = min(char_distance(char, figure) for figure in "0123456789")
    if distance <= 14:  # the same syllable but for the tone
        return 0.8
    if distance <= 26:
        return 0.5
    return 0.2 if distance <= 40 else FOREIGN


def figure_stretches(
    text: AlignedText,
    start: int,
    end: int,
    least: float,
    exact: int,
    *,
    quantities: Sequence[tuple[int, int]] = (),
) -> list[tuple[int, int]]:
    """Disjoint stretches of characters ``start`` to ``end`` whose figures add up to ``least``, ``exact`` of them certain.

    None of them reaches into a quantity (the number after a sum is not part of it), or over a silence to a word that only
    sounds like a figure.
    """
    found: list[tuple[int, int]] = []
    line = text.text[start:end]
    scores = [figure_score(c) for c in line]
    for first, last in quantities:
        scores[max(0, first - start) : max(0, last - start)] = [-2 * LOST] * (
            min(end, last) - max(start, first) if first < end and last > start else 0
        )
    for match in _COUNTS.finditer(line):
        scores[match.start()] = FOREIGN
    at = 0
    while at < len(scores):
        if scores[at] < 0.5:
            at += 1
            continue
        total = best = 0.0
        stop = at
        for n in range(at, len(scores)):
            total += scores[n]
            if total > best and scores[n] >= 0.5:
                best, stop = total, n + 1
            if total < best - LOST or total < 0:
                break
        if best >= least and sum(s == 1.0 for s in scores[at:stop]) >= exact:
            found.append(_without_edges(text, start + at, start + stop))
            at = stop
        else:
            at += 1
    return found


def _without_edges(text: AlignedText, start: int, end: int) -> tuple[int, int]:
    """Without what is said before a silence at its beginning or after one at its end, where that is hardly a number."""
    parts = [i for i in range(start + 1, end) if _gap_ms(text, i) >= SILENCE_MS]
    edges = [start, *parts, end]
    while len(edges) > 2 and not _holds_figures(text, edges[0], edges[1], _gap_ms(text, edges[1])):
        del edges[0]
    while len(edges) > 2 and not _holds_figures(text, edges[-2], edges[-1], _gap_ms(text, edges[-2])):
        del edges[-1]
    return edges[0], edges[-1]


def _holds_figures(text: AlignedText, start: int, end: int, gap_ms: int) -> bool:
    said = text.text[start:end]
    if gap_ms >= FAR_MS and not FIGURES.intersection(said):
        return False
    return sum(figure_score(c) >= 0.8 for c in said) > ("对" in said)  # 一对的: misheard 对的


def _gap_ms(text: AlignedText, at: int) -> int:
    return text.span(at, at + 1).start_ms - text.span(at - 1, at).end_ms


def as_figures(text: AlignedText) -> tuple[str, list[int]]:
    """Every character but fillers as the figure that it is or sounds like, else ``x``; and where each stands."""
    told, places = "", []
    for place, char in enumerate(text.text):
        if char not in _FILLERS:
            told += _figure(char)
            places.append(place)
    return told, places


@cache
def _figure(char: str) -> str:
    if char in FIGURES:
        return next((f for f, chars in _SPOKEN.items() if char in chars), char)
    distance, figure = min((char_distance(char, f), f) for f in "0123456789")
    return figure if distance <= 14 and char not in _COMMON else "x"
