"""A private stretch of a call."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.time import Span


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
