"""A report's agents, teams and queues, and who needs which training."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.domain.period import ScopeKind
from qa_pipeline.domain.report_faults import Example
from qa_pipeline.domain.report_figures import (
    NOTHING_COUNTED,
    Counts,
    Estimate,
    GroupRate,
    MeasureFigure,
    Verdict,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionMark:
    """A criterion as an agent's strength or weakness, with one place to listen to."""

    criterion_id: str
    title: str
    failed: int
    opportunities: int
    rate: float
    """Shrunk towards all agents' rate, so that two calls don't make a weakness."""
    example: Example | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRow:
    """One agent in the period."""

    agent_id: str
    agent_name: str | None
    team_id: str | None
    """Where most of the calls were made; the others are in ``other_teams``."""
    other_teams: tuple[str, ...] = ()
    counts: Counts
    mean: Estimate
    """Score of the calls as they are, against the period before."""
    adjusted: Estimate
    """Mean score as it would be with everybody's mix of call types and hearing quality."""
    shrunk: float | None
    """The adjusted mean drawn towards all agents' mean by how little is known: the best single guess."""
    too_few: bool
    """Too few calls to judge."""
    rank_low: int | None = None
    """Best position the data allow; None with ``too_few``."""
    rank_high: int | None = None
    ranked: int = 0
    """Agents with enough calls to be ranked."""
    against_centre: Verdict = Verdict.TOO_FEW
    """Against the mean of all ranked agents, with care for how many are compared."""
    pass_rate: Estimate = NOTHING_COUNTED
    nonfatal_rate: Estimate = NOTHING_COUNTED
    confirmed_fatal: int = 0
    suspected_fatal: int = 0
    penalties: int = 0
    """Deductions that stand in scored calls."""
    penalty_points: float = 0.0
    appeals_pending: int = 0
    appeals_granted: int = 0
    appeals_decided: int = 0
    mean_duration_s: float | None = None
    strongest: tuple[CriterionMark, ...] = ()
    weakest: tuple[CriterionMark, ...] = ()
    manner: tuple[MeasureFigure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """A team or a queue in the period; an empty id holds the calls without one."""

    kind: ScopeKind
    id: str
    counts: Counts
    mean: Estimate
    pass_rate: Estimate
    nonfatal_rate: Estimate
    confirmed_fatal: int = 0
    suspected_fatal: int = 0
    num_agents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingNeed:
    """A topic and who needs it, from the criteria they fail more often than the rest."""

    criterion_id: str
    title: str
    agents: tuple[GroupRate, ...]
    points_lost: float
    """By these agents."""
