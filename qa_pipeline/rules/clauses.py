"""What a party says, in pieces that say one thing each, and what they may mean.

A party's pieces are made and compared once a call, all together, so that no window and no criterion changes the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Utterance, Word
from qa_pipeline.rules.once import This
from qa_pipeline.text.meanings import likeness
from qa_pipeline.text.normalize import normalize

_ENDS = "，。？！；、,.?!;"
PAUSE_MS = 350
"""A pause as long as this parts two clauses, as a comma does."""
LONG_CHARS = 24
"""A longer clause is read in stretches too, or the few words that count are lost among the others."""
STRETCH_CHARS, STEP_CHARS = 16, 8
WHOLE_CHARS = 40
"""Up to so many characters an utterance is read as a whole, too: some duties take two clauses."""
LEAST_CHARS = 2
"""Less (嗯) means anything."""
_CALLS = 16
"""Parties whose pieces are kept: two a call, and the surroundings of the same calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A piece of what a party says."""

    span: Span
    quote: str
    confidence: float
    """Mean confidence of its words, 0 to 1."""
    likeness: tuple[float, ...]
    """How likely it has each meaning of the catalogue, 0 to 1."""


def clauses(said: Sequence[Utterance]) -> tuple[Clause, ...]:
    """The pieces of a party's utterances (this very tuple is remembered), in order of time."""
    return _clauses(This(said))


@lru_cache(maxsize=_CALLS)
def _clauses(said: This[Sequence[Utterance]]) -> tuple[Clause, ...]:
    pieces = [piece for utterance in said.it for piece in _pieces(utterance.words)]
    quotes = ["".join(w.text for w in piece).strip() for piece in pieces]
    return tuple(
        Clause(
            span=piece[0].span.hull(piece[-1].span),
            quote=quote,
            confidence=round(sum(w.confidence for w in piece) / len(piece), 3),
            likeness=alike,
        )
        for piece, quote, alike in zip(pieces, quotes, likeness(quotes), strict=True)
    )


def _pieces(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    parts = [part for part in _parted(words) if _chars(part) >= LEAST_CHARS]
    yield from parts
    for part in parts:
        if _chars(part) > LONG_CHARS:
            yield from _stretches(part)
    if len(parts) > 1 and _chars(words) <= WHOLE_CHARS:
        yield words


def _parted(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    start = 0
    for number, word in enumerate(words):
        last = number + 1 == len(words)
        if (
            last
            or word.text.rstrip()[-1:] in tuple(_ENDS)
            or words[number + 1].span.start_ms - word.span.end_ms >= PAUSE_MS
        ):
            yield words[start : number + 1]
            start = number + 1


def _stretches(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    start = 0
    while start < len(words):
        end = start
        while end < len(words) and _chars(words[start : end + 1]) <= STRETCH_CHARS:
            end += 1
        yield words[start : max(end, start + 1)]
        if end >= len(words):
            return
        following = start
        while following < len(words) and _chars(words[start : following + 1]) <= STEP_CHARS:
            following += 1
        start = max(following, start + 1)


def _chars(words: Sequence[Word]) -> int:
    return len(normalize("".join(w.text for w in words)))
