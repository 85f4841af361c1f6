"""What a report says of a day, a week or a month: figures, each with how sure it is. No sentences: they are rendered
at the edge.

Rates and shares are 0 to 1, scores 0 to 100. Days are business days. Every collection is ordered, the most pressing
first, so that equal input gives equal reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal

from qa_pipeline.domain.finding import ParamValue

Severity = Literal["minor", "major", "critical", "fatal"]


class PeriodKind(StrEnum):
    """How long a report looks back. Weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Business days from ``start`` to before ``end``."""

    kind: PeriodKind
    start: date
    end: date

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        return self.end - timedelta(days=1)

    def contains(self, day: date) -> bool:
        """Whether a business day belongs to it."""
        return self.start <= day < self.end


class ScopeKind(StrEnum):
    """Whose calls."""

    CENTRE = "centre"
    TEAM = "team"
    AGENT = "agent"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose calls a report is about; ``id`` is empty for the centre."""

    kind: ScopeKind = ScopeKind.CENTRE
    id: str = ""
    name: str | None = None


class Verdict(StrEnum):
    """What may be said of a difference. ``NO_DIFFERENCE_SHOWN`` is an honest answer, not a missing one."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE_SHOWN = "no_difference_shown"
    TOO_FEW = "too_few"
    """Too few calls on a side to judge."""
    NOT_COMPARABLE = "not_comparable"
    """The two sides were scored by different rubrics or versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its 95 % interval and its change against what it is compared with (the period before, or before
    an improvement)."""

    value: float | None = None
    """None where nothing was counted."""
    low: float | None = None
    high: float | None = None
    n: int = 0
    """Calls (or opportunities, for rates per opportunity) it rests on."""
    previous: float | None = None
    previous_n: int = 0
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    verdict: Verdict | None = None
    """None where there is nothing to compare with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Calls by where they stand; ``received`` is the sum of the four."""

    scored: int = 0
    not_scored: int = 0
    failed: int = 0
    pending: int = 0
    needs_review: int = 0
    """Of the scored: those whose score waits for a person (grade 待复核)."""

    @property
    def received(self) -> int:
        """All calls of the period."""
        return self.scored + self.not_scored + self.failed + self.pending


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """One of the figures that matter: ``mean_score``, ``pass_rate``, ``fatal_error_rate``, ``suspected_fatal_rate``,
    ``nonfatal_error_rate``, ``review_rate``, ``overturn_rate``, ``scored_share``, ``duration_s``."""

    key: str
    unit: Literal["pct", "rate", "s"]
    """``pct``: points of a hundred; ``rate``: 0 to 1; ``s``: seconds."""
    higher_is_better: bool | None
    """None where neither is good in itself."""
    estimate: Estimate
    target: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRate:
    """How often a criterion was not met in a team or by an agent."""

    id: str
    name: str | None = None
    failed: int
    opportunities: int
    rate: float
    low: float
    high: float
    points_lost: float
    verdict: Verdict
    """Against the rest; ``WORSE`` only where it holds up although many are compared."""


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
class MeasureFigure:
    """A measure of manner over calls (speaking rate, talk-over, dead air …): mean over calls."""

    measure: str
    role: str
    """``agent``, ``customer``; empty: of the whole call."""
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """One day, week or month of a trend."""

    start: date
    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    target: float | None = None
    lower_limit: float | None = None
    upper_limit: float | None = None
    signals: tuple[str, ...] = ()
    """Run rules that this point breaks: ``beyond_limits``, ``two_of_three``, ``four_of_five``, ``eight_on_one_side``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A key figure over time, as a control chart."""

    key: str
    """As in :class:`KeyFigure`."""
    step: PeriodKind
    chart: Literal["xmr", "p"]
    centre_line: float | None
    points: tuple[TrendPoint, ...]
    breaks: tuple[date, ...] = ()
    """Days on which another rubric version took effect: no rule looks across them."""


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
    pass_rate: Estimate = Estimate()
    nonfatal_rate: Estimate = Estimate()
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A customer who was to be called, and what became of it."""

    customer_id: str
    due: date
    state: Literal["done", "not_called", "late", "rest_hours"]
    call_id: str | None = None
    called_at: datetime | None = None
    agent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionItem:
    """Something that needs an owner until it is closed."""

    exception_id: str
    kind: str
    subject: str
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    opened_on: date
    state: Literal["open", "assigned", "closed"]
    owner: str | None = None
    deadline: date | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprovementEffect:
    """A measure taken, and what changed since: ``effect`` compares after (value) with before (previous)."""

    improvement_id: str
    what: str
    measure: str
    """A key figure, or a criterion id."""
    scope: Scope
    from_date: date
    closed_on: date | None
    owner: str
    effect: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What customers complain about."""

    words: tuple[str, ...]
    """The label, most telling first."""
    num_calls: int
    share: float
    examples: tuple[Example, ...]


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
