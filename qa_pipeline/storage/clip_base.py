"""The part of the database port for typical cases: findings that could be shown to learners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qa_pipeline.domain.finding import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One decided finding of a standing scorecard, with what choosing needs of it."""

    call_id: str
    agent_id: str
    queue: str
    criterion_id: str
    severity: str
    outcome: Outcome
    confidence: float
    """0 to 1."""
    points: float
    points_possible: float
    hearing_pct: float
    """How much of the call was recognised with confidence, 0 to 100; 0 where it was not measured."""
    length_ms: int
    """From the first to the last place of its evidence."""
    quotes: tuple[str, ...]
    """What was heard, as recognised: for comparing, never for showing."""
    confirmed: bool
    """A person gave the same outcome."""


class ClipStore(Protocol):
    """Findings to choose from."""

    def findings(
        self,
        outcome: Outcome,
        *,
        criteria: Sequence[str] = (),
        agent_id: str | None = None,
        limit: int,
    ) -> tuple[FindingRow, ...]:
        """The newest decided findings of that outcome, at most ``limit``; those that a person's newest mark
        contradicts are left out.

        Args:
            outcome: as the machine has it.
            criteria: only of these criteria; none: of all.
            agent_id: only of this agent's calls.
            limit: most rows, counted from the newest business day; what is met is looked for in the newest calls,
                five times as many.
        """
        ...
