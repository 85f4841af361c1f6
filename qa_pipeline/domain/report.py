"""What a report says of a day, a week or a month: figures, each with how sure it is. No sentences: they are rendered
at the edge.

Rates and shares are 0 to 1, scores 0 to 100. Days are business days. Every collection is ordered, the most pressing
first, so that equal input gives equal reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from qa_pipeline.domain.finding import ParamValue
from qa_pipeline.domain.period import Period, Scope
from qa_pipeline.domain.report_faults import CriterionRow, NotScoredReason, Topic, UrgentCase
from qa_pipeline.domain.report_figures import Counts, KeyFigure, MeasureFigure, Trend
from qa_pipeline.domain.report_follow_up import ExceptionItem, FollowUp, ImprovementEffect
from qa_pipeline.domain.report_people import AgentRow, GroupRow, TrainingNeed


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricUse:
    """A rubric version that scored calls of the period."""

    rubric_id: str
    version: int
    title: str
    first_day: date
    last_day: date
    num_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something the reader must know: a key of ``report_notes.*`` and its parameters."""

    key: str
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    call_ids: tuple[str, ...] = ()
    """A few of the calls concerned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReport:
    """Everything a report shows."""

    period: Period
    previous: Period
    scope: Scope
    business_tz: str
    min_calls: int
    """Below it an agent has too few calls to judge."""
    counts: Counts
    previous_counts: Counts
    key_figures: tuple[KeyFigure, ...] = ()
    urgent: tuple[UrgentCase, ...] = ()
    criteria: tuple[CriterionRow, ...] = ()
    not_scored: tuple[NotScoredReason, ...] = ()
    measures: tuple[MeasureFigure, ...] = ()
    topics: tuple[Topic, ...] = ()
    trends: tuple[Trend, ...] = ()
    teams: tuple[GroupRow, ...] = ()
    queues: tuple[GroupRow, ...] = ()
    agents: tuple[AgentRow, ...] = ()
    training: tuple[TrainingNeed, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    exceptions: tuple[ExceptionItem, ...] = ()
    improvements: tuple[ImprovementEffect, ...] = ()
    rubrics: tuple[RubricUse, ...] = ()
    notes: tuple[Note, ...] = ()
    advice: tuple[Note, ...] = ()
    """What to do next, most pressing first; keys of ``report_advice.*``."""
