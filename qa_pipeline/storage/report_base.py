"""The part of the database port that reports, reviews and the voice operators use: what grows beside the scorecards."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from qa_pipeline.domain.period import Scope, ScopeKind
from qa_pipeline.domain.report_follow_up import ExceptionItem
from qa_pipeline.domain.report_rows import (
    AppealRow,
    CallOfCustomer,
    DayFigures,
    FaultRow,
    ImprovementRow,
    MeasureSums,
    Oddities,
    StatusCount,
    TargetRow,
)
from qa_pipeline.domain.scorecard import Review, Scorecard
from qa_pipeline.domain.tally import Tally

if TYPE_CHECKING:
    from qa_pipeline.storage.base import CallRow


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRow:
    """An agent's usual pitch as it was known on a day, from the calls before that day."""

    agent_id: str
    snapshot_date: date
    median_hz: float
    spread_semitones: float
    num_calls: int
    digest: str
    """Over the calls it was made of, for the provenance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRow:
    """One measure of one call."""

    call_id: str
    role: str
    measure: str
    value: float


class MeasureStore(Protocol):
    """Measures of calls and what is known of an agent's voice."""

    def measures_of_agent(
        self, agent_id: str, *, before: date, measures: Sequence[str], limit: int
    ) -> tuple[MeasureRow, ...]:
        """Measures of the agent's last ``limit`` calls of business days before ``before``, newest call first.

        A call without any of the measures is not counted.
        """
        ...

    def add_baselines(self, rows: Sequence[BaselineRow]) -> int:
        """Append snapshots; where the agent has one of that day, the first stands. Returns how many were new."""
        ...

    def baseline(self, agent_id: str, on: date) -> BaselineRow | None:
        """The newest snapshot of the agent made on that day or before; None where there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedCall:
    """A scored call in which a person marked something: the machine's standing scorecard and the marks."""

    call_pk: int
    day: date
    row: CallRow
    card: Scorecard
    reviews: tuple[Review, ...]


class ReportStore(Protocol):
    """What reports read. Days are business days, from ``start`` to before ``end``."""

    def tally(self, start: date, end: date, scope: Scope) -> Tally:
        """Scored calls in narrow columns and their findings counted, in one pass and bounded memory."""
        ...

    def scorecards_purged_before(self) -> date | None:
        """Scorecards of earlier business days may be deleted; None: none ever were for their age."""
        ...

    def statuses(self, start: date, end: date, scope: Scope) -> tuple[StatusCount, ...]:
        """Calls without a score, by agent, team, queue, status and code."""
        ...

    def daily(self, start: date, end: date, scope: Scope) -> tuple[DayFigures, ...]:
        """Scores added up by day, rubric version and grade, in this order."""
        ...

    def faults(
        self, start: date, end: date, scope: Scope, *, severities: Sequence[str], limit: int
    ) -> tuple[FaultRow, ...]:
        """Findings not met, severity by severity in the order given (the first must be a rare one), newest days first,
        at most ``limit``."""
        ...

    def measure_sums(self, start: date, end: date, scope: Scope) -> tuple[MeasureSums, ...]:
        """Measures of scored calls added up by agent."""
        ...

    def oddities(self, start: date, end: date, scope: Scope) -> Oddities:
        """Calls whose metadata look wrong, or that were received a day or more after the period."""
        ...

    def appeals(self, start: date, end: date, scope: Scope) -> tuple[AppealRow, ...]:
        """Appeals on calls of these days."""
        ...

    def reviewed_calls(self, start: date, end: date, scope: Scope) -> Iterator[ReviewedCall]:
        """Scored calls with marks, in pages, in order of their numbers."""
        ...

    def scorecards_of(self, call_pks: Collection[int]) -> Mapping[int, Scorecard]:
        """The standing scorecards of these calls; those whose whole scorecard is no longer kept are absent."""
        ...

    def call_ids(self, call_pks: Collection[int]) -> Mapping[int, str]:
        """Ids of calls by their numbers."""
        ...

    def rubric_contents(self) -> Mapping[tuple[str, int], str]:
        """The text of every rubric version that ever scored a call, by id and version."""
        ...

    def calls_where_decided(
        self, start: date, end: date, scope: Scope, criterion_ids: Collection[str], *, limit: int
    ) -> tuple[tuple[CallRow, ...], int]:
        """Scored calls in which one of these criteria was decided (so that it applied), and how many there are.

        At most ``limit``, spread evenly over all of them in order of call id.
        """
        ...

    def calls_of_customers(self, start: date, end: date) -> tuple[CallOfCustomer, ...]:
        """Calls of these days with a customer and a start, in order of time."""
        ...

    def names(self, kind: ScopeKind) -> tuple[str, ...]:
        """All agents, teams or queues that ever had a call, in order."""
        ...

    def targets(self, on: date) -> tuple[TargetRow, ...]:
        """Goals in force on a day, the newest of each scope and measure."""
        ...

    def improvements(self) -> tuple[ImprovementRow, ...]:
        """Measures taken, oldest first."""
        ...

    def exceptions(self, on: date) -> tuple[ExceptionItem, ...]:
        """Exceptions with their present state, open ones first; overdue as of that day."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


class GoalStore(Protocol):
    """What people set and decide besides reviews. Every change is a new row and a line of the audit log."""

    def set_target(
        self, scope: Scope, measure: str, value: float | None, *, from_date: date, who: str
    ) -> None:
        """Set a goal from a day on; ``value`` None ends it."""
        ...

    def add_improvement(self, row: ImprovementRow, *, who: str) -> None:
        """Keep a measure taken.

        Raises:
            InputError: ``storage.improvement_known``: this id is taken.
        """
        ...

    def close_improvement(self, improvement_id: str, *, on: date, note: str, who: str) -> None:
        """Say that a measure ended.

        Raises:
            InputError: ``storage.improvement_unknown``, ``storage.improvement_closed``.
        """
        ...

    def open_exceptions(self, items: Sequence[ExceptionItem]) -> int:
        """Keep what needs an owner; what is known by its id stays as it is. Returns how many were new."""
        ...

    def assign_exception(
        self, exception_id: str, *, owner: str, deadline: date | None, note: str, who: str
    ) -> None:
        """Give it to somebody (again).

        Raises:
            InputError: ``storage.exception_unknown``.
        """
        ...

    def close_exception(self, exception_id: str, *, note: str, who: str) -> None:
        """Say that it is settled.

        Raises:
            InputError: ``storage.exception_unknown``, ``storage.exception_closed``.
        """
        ...
