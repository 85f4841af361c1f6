"""The narrow columns that reports add up: one row a call, and counts of outcomes by agent, team, queue and
criterion. Names are stored once; the columns hold their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionKey:
    """A criterion of one rubric version, as its findings were stored."""

    rubric_id: str
    rubric_version: int
    section_id: str
    criterion_id: str
    severity: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricKey:
    """A rubric version."""

    rubric_id: str
    version: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the numbers in the columns stand for; an empty name is a call without one."""

    agents: tuple[str, ...]
    agent_names: Mapping[str, str]
    teams: tuple[str, ...]
    queues: tuple[str, ...]
    rubrics: tuple[RubricKey, ...]
    criteria: tuple[CriterionKey, ...]
    grades: tuple[str, ...]
    first_day: date
    """Day 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallColumns:
    """One row a scored call; all columns have the same length."""

    call_pk: Codes
    """The store's number of the call."""
    agent: Codes
    team: Codes
    queue: Codes
    day: Codes
    """Days since the first."""
    rubric: Codes
    grade: Codes
    """−1 where there is none."""
    score: Floats
    """``score_pct``; NaN where it waits for a person."""
    hearing: Floats
    """Hearing quality 0 to 1; NaN where it was not kept."""
    duration_s: Floats
    """NaN where unknown."""
    suspected: NDArray[np.bool_]
    """A fatal was found that waits for a person."""
    confirmed: NDArray[np.bool_]
    """A fatal took effect."""
    reviewed: NDArray[np.bool_]
    """A person marked something in it."""
    failed: Floats
    """Criteria not met, fatal ones apart."""
    decided: Floats
    """Criteria decided, fatal ones apart."""

    def __len__(self) -> int:
        return len(self.call_pk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Counts of outcomes; one row for each combination that occurs."""

    agent: Codes
    team: Codes
    queue: Codes
    criterion: Codes
    failed: Floats
    """Not met."""
    decided: Floats
    """Met or not met: the opportunities."""
    pending: Floats
    """Needs review."""
    points_lost: Floats
    failed_call: Codes
    """The first call (by its number) in which it was not met; −1 where there is none."""
    met_call: Codes
    """The first call in which it was met; −1 where there is none."""

    def __len__(self) -> int:
        return len(self.agent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Everything that was scored in some days."""

    names: Names
    calls: CallColumns
    cells: Cells
