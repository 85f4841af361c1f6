"""A private stretch of a call."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.time import Span
from qa_pipeline.text.aligned import AlignedText

CHUNK_MS = 300
"""A pause of this length parts two chunks of talk."""


class PrivateKind(StrEnum):
    """What a hidden stretch was, for the placeholder that stands in its place."""

    NUMBER = "number"
    PERSON = "person"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Private:
    """A stretch of one party's speech that must not be read or heard. It holds no text."""

    role: Role
    kind: PrivateKind
    span: Span


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters ``start`` to ``end`` (half-open) of one role's :class:`AlignedText`."""

    start: int
    end: int
    kind: PrivateKind


def pause_before(text: AlignedText, at: int) -> bool:
    """Whether a chunk of talk begins at a character; one does at the beginning and at the end."""
    if at in (0, len(text)):
        return True
    return text.span(at, at + 1).start_ms - text.span(at - 1, at).end_ms >= CHUNK_MS
