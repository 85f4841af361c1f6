"""Which days a report is about, and whose calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


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
