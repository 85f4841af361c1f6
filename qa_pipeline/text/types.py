"""The vocabulary of phrase matching, shared by ``text`` (which matches) and ``rules`` (which asks)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

from qa_pipeline.domain.time import Span

if TYPE_CHECKING:
    from qa_pipeline.text.aligned import AlignedText


class MatchMode(StrEnum):
    """How close the words must be: the same characters, similar characters, or similar syllables."""

    EXACT = "exact"
    FUZZY = "fuzzy"
    PHONETIC = "phonetic"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartMatch:
    """One part of a phrase or script template and whether it was said."""

    expected: str
    """As written in the rubric, slots filled in (``工号3107``) or named by their type (``{number:4-8}``)."""
    kind: Literal["literal", "slot", "choice"]
    obligatory: bool
    said: bool
    similarity: float
    """0 to 1; 0 where nothing like it was found."""
    span: Span | None = None
    quote: str | None = None
    note: str | None = None
    """``slot_value_unknown`` where a missing metadata value made the slot match by its type only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A place where a phrase or script was said, or nearly said.

    ``start`` and ``end`` index the normalised characters of the :class:`AlignedText` that was searched.
    """

    start: int
    end: int
    span: Span
    quote: str
    """As recognised, before normalisation."""
    expected: str
    similarity: float
    """0 to 1 over the aligned stretch."""
    coverage: float
    """Share of the obligatory parts that were said, weighted by syllables; 1 for a plain phrase that matched."""
    verdict: Literal["hit", "doubtful"]
    """``doubtful``: too close to call by text alone (an uncertain match must neither cost nor earn points)."""
    confidence: float
    """0 to 1: that the verdict is right (for doubtful: that it was said), from margin and word confidences."""
    parts: tuple[PartMatch, ...] = ()
    likeliest: str = ""
    """Of a doubtful place: the words it must have been if it was said, what was recognised well enough left as it is.
    Empty where that hangs on a figure, which no second listen can settle."""


class Pattern(Protocol):
    """A compiled phrase or script. Compile once per rubric (or per call where slots differ), search many texts."""

    @property
    def source(self) -> str:
        """As the rubric has it."""
        ...

    def find(self, text: AlignedText) -> tuple[Match, ...]:
        """All disjoint hits and doubtful places, in order of time, best reading first chosen."""
        ...

    def nearest(self, text: AlignedText, least: float = 0.0) -> Match | None:
        """The closest place even where it is far from a match, for the explanation; None in an empty text, and where it is
        less alike than ``least`` (0 to 1).
        """
        ...


SlotValues = Mapping[str, str | None]
"""Slot name to its value in this call; None where the metadata lack it."""
