"""Everything a report is made of, gathered before any of it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from qa_pipeline.domain.period import Period, Scope
from qa_pipeline.domain.report_faults import Topic
from qa_pipeline.domain.report_follow_up import ExceptionItem, FollowUp
from qa_pipeline.domain.report_rows import (
    AppealRow,
    DayFigures,
    FaultRow,
    ImprovementRow,
    MeasureSums,
    Oddities,
    StatusCount,
    TargetRow,
)
from qa_pipeline.domain.scorecard import Scorecard
from qa_pipeline.domain.tally import Tally
from qa_pipeline.reporting.effective import Correction
from qa_pipeline.reporting.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One period's data, with people's marks in it."""

    tally: Tally
    statuses: tuple[StatusCount, ...] = ()
    measures: tuple[MeasureSums, ...] = ()
    appeals: tuple[AppealRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The period, the one before, and what hangs on them."""

    period: Period
    previous: Period
    scope: Scope
    business_tz: str
    today: date
    """The business day on which the report is made: a period that reaches it is still open."""
    min_calls: int
    now: Side
    then: Side
    forms: Mapping[tuple[str, int], Form]
    daily: tuple[DayFigures, ...]
    """From the first day of the trend to before the period before, as the machine scored."""
    corrections: tuple[Correction, ...] = ()
    """All of these days."""
    faults: tuple[FaultRow, ...] = ()
    num_faults: int = 0
    scorecards: Mapping[int, Scorecard] = field(default_factory=dict)
    """Of calls that serve as examples, as far as they are kept."""
    purged_before: date | None = None
    """Scorecards of earlier days may be deleted for their age."""
    oddities: Oddities = field(default_factory=Oddities)
    targets: tuple[TargetRow, ...] = ()
    improvements: tuple[ImprovementRow, ...] = ()
    exceptions: tuple[ExceptionItem, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    topics: tuple[Topic, ...] = ()
