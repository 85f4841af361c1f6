"""Rows that a report is made of besides the tally, as the database gives them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.period import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCount:
    """Calls without a score that share agent, team, queue, status and code."""

    agent_id: str
    team_id: str
    queue: str
    status: str
    code: str
    num_calls: int
    call_id: str
    """One of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """Scored calls of one day under one rubric version with one grade."""

    day: date
    rubric_id: str
    rubric_version: int
    grade: str
    num_calls: int
    num_scores: int
    score_sum: float
    suspected: int
    confirmed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """A finding not met, with what a reader needs to know of its call."""

    call_pk: int
    call_id: str
    agent_id: str | None
    agent_name: str | None
    team_id: str | None
    queue: str | None
    started_at: datetime | None
    business_date: date
    rubric_id: str
    rubric_version: int
    criterion_id: str
    criterion_digest: str
    severity: str
    confidence: float
    took_effect: bool
    """The scorecard itself failed by it (a setting of the centre lets a machine's fatal stand)."""
    marked: Outcome | None
    """The latest person's mark on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureSums:
    """One measure of one agent's calls, added up."""

    agent_id: str
    role: str
    measure: str
    num_calls: int
    total: float
    squares: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealRow:
    """An appeal of the period (by the day it was filed), and its decision if there is one."""

    agent_id: str
    call_id: str
    decision: str | None
    """``granted``, ``rejected``, ``withdrawn``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """A goal: the newest for its scope and measure that is in force on the day asked for."""

    scope: Scope
    measure: str
    value: float
    from_date: date
    set_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprovementRow:
    """A measure taken."""

    improvement_id: str
    what: str
    measure: str
    scope: Scope
    from_date: date
    owner: str
    closed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddities:
    """Calls of the period whose metadata look wrong, or that came late."""

    future: int = 0
    """They start later than they were received."""
    late: int = 0
    """Received after the day that followed them."""
    undated: int = 0
    """Without a start: counted on the day they were received."""
    no_agent: int = 0
    no_team: int = 0
    """With an agent, without a team."""
    future_example: str | None = None
    late_example: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOfCustomer:
    """A call made to a customer, for follow-up lists."""

    call_id: str
    customer_id: str
    started_at: datetime
    agent_id: str | None
