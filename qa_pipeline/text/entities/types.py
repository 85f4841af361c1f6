"""What an entity is: a kind, a comparable value, and where and how surely it was heard."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from qa_pipeline.domain.time import Span


class Kind(StrEnum):
    """The kinds that can be found, by the names rubrics use."""

    PHONE = "phone"
    ID_NUMBER = "id_number"
    BANK_CARD = "bank_card"
    ORDER_NUMBER = "order_number"
    AMOUNT = "amount"
    DATE = "date"
    TIME = "time"
    PERSON = "person"
    ADDRESS = "address"
    CUSTOM = "custom"


NUMBER_KINDS = frozenset((Kind.PHONE, Kind.ID_NUMBER, Kind.BANK_CARD, Kind.ORDER_NUMBER))
"""Kinds whose value is a string of digits (and Latin letters)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One entity. ``start`` and ``end`` index the normalised characters of the text that was searched."""

    kind: Kind
    value: str
    """Comparable: digits for numbers, yuan with two decimals, dates and times as ``dates`` has them, else the characters."""
    start: int
    end: int
    span: Span
    quote: str
    """As recognised."""
    confidence: float
    """0 to 1: the recogniser's in these words, less where the kind is a guess or figures were misspelt."""
    complete: bool = True
    """False where it lacks something of its kind: a mobile number of ten digits, an identity number whose checksum fails."""
    sure: tuple[float, ...] = ()
    """For numbers, per character of ``value``: the recogniser's confidence, 0 where a homophone stands for the figure."""
    guessed: bool = False
    """Nothing but the number of figures speaks for this kind."""
    company: bool = False
    """Said as a number or name of the company's own or of its couriers, nobody's private data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A moment at which somebody spoke of a kind of number; what the other party says next is probably that."""

    at_ms: int
    kind: Kind | None
    """None: of a number that is none of these (an agent's number, a verification code)."""
