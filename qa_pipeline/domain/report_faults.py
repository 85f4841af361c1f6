"""What went wrong in the calls of a report: criteria, urgent cases, calls without a score, what customers complain about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from qa_pipeline.domain.report_figures import Estimate, GroupRate

Severity = Literal["minor", "major", "critical", "fatal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A place to listen to."""

    call_id: str
    agent_id: str | None = None
    second: float | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionRow:
    """A criterion of one rubric, ranked by the points lost on it."""

    rubric_id: str
    criterion_id: str
    title: str
    section_id: str
    severity: Severity
    versions: tuple[int, ...]
    """Rubric versions the figures come from; more than one only where the criterion's content is the same in all."""
    failed: int
    opportunities: int
    """Findings decided (met or not met)."""
    pending: int
    """Findings that wait for a person."""
    points_lost: float
    share_of_points: float
    """Of all points lost in the report."""
    cumulative_share: float
    """With all criteria ranked above it (Pareto)."""
    rate: Estimate
    """``failed`` ÷ ``opportunities``; compared with the period before."""
    teams: tuple[GroupRate, ...] = ()
    agents: tuple[GroupRate, ...] = ()
    """The most pressing only."""
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UrgentCase:
    """A fatal or critical fault of one call, for the list on top."""

    call_id: str
    criterion_id: str
    title: str
    rubric_id: str
    severity: Severity
    state: Literal["suspected", "confirmed"]
    """A machine's finding is suspected until a named person confirms it."""
    agent_id: str | None
    agent_name: str | None
    team_id: str | None
    queue: str | None
    started_at: datetime | None
    business_date: date
    second: float | None
    quote: str | None
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NotScoredReason:
    """Why calls have no score: a code of ``errors.*``."""

    status: Literal["not_scored", "failed", "pending"]
    code: str
    num_calls: int
    call_ids: tuple[str, ...]
    """A few of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What customers complain about."""

    words: tuple[str, ...]
    """The label, most telling first."""
    num_calls: int
    share: float
    examples: tuple[Example, ...]
