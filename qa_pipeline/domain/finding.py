"""What a criterion's check found, and the seconds of audio that prove it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.time import Span

EvidenceKind = Literal["quoted", "measured", "searched"]
ParamValue = str | int | float | bool | tuple[str, ...]


class Outcome(StrEnum):
    """The four answers a criterion can have."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"
    NEEDS_REVIEW = "needs_review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A sentence to be rendered at the edge: catalogue key and parameters (``findings.<key>``)."""

    key: str
    params: Mapping[str, ParamValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A place in the recording. ``searched`` is the window in which something was looked for in vain."""

    kind: EvidenceKind
    span: Span
    role: Role | None = None
    quote: str | None = None
    """What was recognised there."""
    expected: str | None = None
    """What the rule asked for."""
    value: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The answer to one criterion.

    Raises:
        ValueError: a ``not_met`` without evidence; no deduction may be untraceable.
    """

    criterion_id: str
    operator: str
    outcome: Outcome
    confidence: float
    evidence: tuple[Evidence, ...]
    explanation: Message
    hits: int = 0
    """Occurrences counted by ``score: {per_hit: …}``."""
    share: float | None = None
    """Fulfilled part, 0 to 1, for ``score: proportional``."""

    def __post_init__(self) -> None:
        if self.outcome is Outcome.NOT_MET and not self.evidence:
            raise ValueError(f"{self.criterion_id}: not_met without evidence")
