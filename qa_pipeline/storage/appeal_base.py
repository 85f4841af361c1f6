"""The part of the database port for appeals: an agent's objection to a finding, and what another person decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from qa_pipeline.domain.scorecard import Review

Verdict = Literal["granted", "rejected", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How an appeal ended."""

    decision: Verdict
    reason: str
    decided_by: str
    decided_at: datetime
    review_id: str | None = None
    """The mark that carries out a granted appeal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """An objection to one finding of one call."""

    appeal_id: str
    """Empty until it is kept."""
    call_id: str
    agent_id: str
    rubric_id: str
    criterion_id: str
    criterion_digest: str
    filed_by: str
    filed_at: datetime
    deadline: date
    """The last business day on which it could be filed."""
    reason: str
    decision: Decision | None = None


class AppealStore(Protocol):
    """Appeals. What is there never changes; a decision is a row of its own."""

    def scored_at(self, call_id: str) -> datetime | None:
        """When the standing scorecard of a call was made."""
        ...

    def add_appeal(self, appeal: Appeal) -> Appeal:
        """Keep it under the next free number of its month.

        Raises:
            InputError: ``storage.call_unknown``; ``appeal.open`` where one on this finding waits for a decision.
        """
        ...

    def decide_appeal(self, appeal_id: str, decision: Decision, review: Review | None) -> None:
        """Keep a decision and, in the same transaction, the mark that carries it out.

        Raises:
            InputError: ``appeal.unknown``, ``appeal.decided``.
        """
        ...

    def appeals(self, call_id: str | None = None) -> tuple[Appeal, ...]:
        """Appeals, oldest first."""
        ...
