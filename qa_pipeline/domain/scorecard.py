"""A scorecard is a rubric filled in by the machine; a review is a person's mark on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from qa_pipeline.domain.finding import Finding, Outcome


class CallStatus(StrEnum):
    """Where a call stands; ``received`` is their sum in every report."""

    SCORED = "scored"
    NOT_SCORED = "not_scored"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredFinding:
    """A finding with its points. ``points`` are those earned; both are 0 where it left the denominator."""

    finding: Finding
    section_id: str
    severity: str
    points: float
    points_possible: float
    decided: bool
    """False for needs-review and human: pending, in neither numerator nor denominator."""
    criterion_digest: str
    points_if_met: float | None = None
    """What the criterion earns where it is met; like the two below None on scorecards made before they were kept."""
    pending_points_possible: float | None = None
    """What joins the denominator once a person decides; 0 where it is decided, for a bonus, and where it doesn't apply."""
    auto_fail: tuple[str, str] | None = None
    """Of a fatal criterion: scope (``form``, ``section``) and mode (``zero``, ``fail_keep_score``) of a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionScore:
    """The sum over one section's decided criteria."""

    section_id: str
    points: float
    points_possible: float
    score_pct: float | None
    auto_failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """One call under one rubric, as this engine sees it. Never updated: re-scoring adds a new one.

    Percentages are 0 to 100 with two decimals. ``score_pct`` is None where too much is pending or nothing was possible.
    """

    call_id: str
    recording_id: str
    rubric_id: str
    rubric_version: int
    rubric_digest: str
    engine_digest: str
    findings: tuple[ScoredFinding, ...]
    sections: tuple[SectionScore, ...]
    points: float
    points_possible: float
    score_pct: float | None
    score_low_pct: float | None
    score_high_pct: float | None
    grade: str | None
    auto_failed_by: tuple[str, ...] = ()
    """Fatal criteria that a named person confirmed (or all, where the centre's setting lifts that)."""
    suspected_fatal: tuple[str, ...] = ()
    """Fatal criteria the machine found not met, awaiting a person."""
    provenance: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A person's mark on one finding: append-only, bound to the criterion's content, not to one scorecard."""

    review_id: str
    call_id: str
    rubric_id: str
    criterion_id: str
    criterion_digest: str
    reviewer: str
    reviewed_at: datetime
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """How a call came out: a scorecard, or the code and parameters of why there is none (``errors.<code>``)."""

    call_id: str
    source_name: str
    status: CallStatus
    code: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)
    scorecard: Scorecard | None = None
    duration_ms: int | None = None
    """Length of the recording; None where it could not be decoded."""
