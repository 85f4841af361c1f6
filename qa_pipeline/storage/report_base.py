"""The part of the database port that reports, reviews and the voice operators use: what grows beside the scorecards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


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
