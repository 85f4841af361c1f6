"""The part of the database port for typical cases: places in calls that could be shown to learners."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.time import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls are looked through; what is None does not matter."""

    agent_id: str | None = None
    team_id: str | None = None
    first: date | None = None
    """First business day."""
    before: date | None = None
    """The business day after the last."""
    call_ids: Collection[str] | None = None
    """Only of these calls."""


ALL_CALLS = CallFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A place in a call that could be shown, with what choosing needs of it."""

    call_id: str
    agent_id: str
    queue: str
    hearing_pct: float
    """How much of the call was recognised with confidence, 0 to 100; 0 where it was not measured."""
    confidence: float = 1.0
    """0 to 1."""
    length_ms: int = 0
    quotes: tuple[str, ...] = ()
    """What was heard, as recognised: for comparing, never for showing."""

    @property
    def key(self) -> tuple[str, str]:
        """The call, and what it shows there: no call is shown twice for the same thing."""
        return self.call_id, ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow(Candidate):
    """One decided finding of a standing scorecard; ``length_ms`` is from the first to the last place of its evidence."""

    criterion_id: str
    severity: str
    outcome: Outcome
    points: float
    points_possible: float
    confirmed: bool
    """A person gave the same outcome."""

    @property
    def key(self) -> tuple[str, str]:
        """The call and the criterion."""
        return self.call_id, self.criterion_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRow(Candidate):
    """A measure of one call."""

    measure: str
    role: str
    """``agent``, ``customer``; empty: of the whole call."""
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidRow(Candidate):
    """Words that were looked for, where they are said; ``quotes`` holds what is said around them."""

    words: str
    """As they were looked for."""
    span: Span
    """Where they are said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardCall:
    """A scored call and where its transcript lies."""

    call_id: str
    agent_id: str
    queue: str
    hearing_pct: float
    transcript: str
    """The artifact's key."""


class ClipStore(Protocol):
    """Places to choose from. Calls whose recording was cleared by the retention rule are left out: nothing could be
    cut out of them."""

    def findings(
        self,
        outcome: Outcome,
        *,
        criteria: Sequence[str] = (),
        calls: CallFilter = ALL_CALLS,
        limit: int,
    ) -> tuple[FindingRow, ...]:
        """The newest decided findings of that outcome, at most ``limit``; those that a person's newest mark
        contradicts are left out.

        Args:
            outcome: as the machine has it.
            criteria: only of these criteria; none: of all.
            calls: only of these calls.
            limit: most rows, counted from the newest business day; what is met is looked for in the newest calls,
                five times as many.
        """
        ...

    def measured(
        self, measure: str, role: str, *, calls: CallFilter = ALL_CALLS, limit: int
    ) -> tuple[MeasuredRow, ...]:
        """That measure of the newest scored calls, newest first; calls without it are left out."""
        ...

    def heard(self, *, calls: CallFilter = ALL_CALLS, limit: int) -> tuple[HeardCall, ...]:
        """The newest scored calls that have a transcript, newest first."""
        ...

    def without_recording(self, calls: CallFilter = ALL_CALLS) -> int:
        """How many scored calls there are whose recording was cleared."""
        ...
