"""Lines of the file that goes into performance reviews."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

Figure = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow:
    """One line of a performance file."""

    kind: Literal["month", "adjustment"]
    of_month: date
    """First day of the month the figures are about; for an adjustment an earlier one than the file's."""
    agent_id: str
    figures: Mapping[str, Figure]
    """By column key of the schema. An adjustment holds the figures as they stand now."""
