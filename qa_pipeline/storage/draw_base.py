"""The part of the database port for samples: who drew which calls, how, and from what, so that anyone can redo it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from qa_pipeline.domain.period import Scope
from qa_pipeline.scoring.sampling import Drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRow:
    """A scored call that could be drawn, as its standing scorecard has it (the machine's, without people's marks)."""

    call_id: str
    agent_id: str
    team_id: str
    queue: str
    suspected: bool
    """Whether a fatal is suspected."""
    grade: str | None
    rubric_id: str
    rubric_version: int
    points_possible: float
    """Of decided criteria."""
    undecided: tuple[str, ...]
    """Criteria that a machine decides and this time did not, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A sample as it was drawn."""

    draw_id: str
    method: str
    seed: int
    params: Mapping[str, object]
    """Days, whose calls, strata, how many, and the population's size and digest."""
    calls: tuple[Drawn, ...]
    drawn_by: str = ""
    drawn_at: datetime | None = None


class DrawStore(Protocol):
    """Samples."""

    def candidates(self, start: date, end: date, scope: Scope) -> tuple[CandidateRow, ...]:
        """Scored calls of business days from ``start`` to before ``end``, in order of call id."""
        ...

    def add_draw(self, draw: Draw, *, who: str) -> bool:
        """Keep a draw; one that is known by its id stays as it is. Returns whether it was new.

        Raises:
            InputError: ``storage.call_unknown``.
        """
        ...

    def find_draw(self, draw_id: str) -> Draw | None:
        """One draw with its calls in their order."""
        ...

    def draws(self) -> tuple[Draw, ...]:
        """All draws, newest first."""
        ...
