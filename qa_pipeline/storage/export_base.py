"""The part of the database port for performance files: what was exported stays as it was, and freezes its month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from qa_pipeline.domain.performance import ExportRow, Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A performance file that left the house."""

    month: date
    schema_version: int
    digest: str
    file_name: str
    exported_by: str
    exported_at: datetime
    rows: tuple[ExportRow, ...]


class ExportStore(Protocol):
    """Performance files."""

    def export(self, month: date) -> Export | None:
        """The file of a month (its first day), with its rows in their order."""
        ...

    def exported_months(self) -> tuple[date, ...]:
        """The first days of all frozen months, in order."""
        ...

    def last_figures(self, of_month: date) -> Mapping[str, Mapping[str, Figure]]:
        """By agent: the figures of a frozen month as the newest file told them (its own, or an adjustment)."""
        ...

    def add_export(
        self,
        month: date,
        rows: Sequence[ExportRow],
        *,
        schema_version: int,
        digest: str,
        file_name: str,
        who: str,
    ) -> None:
        """Freeze a month.

        Raises:
            InputError: ``export.frozen`` where it is frozen already.
        """
        ...
