"""The performance file's columns: stable keys for machines, headings and explanations for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from qa_pipeline.domain.performance import ExportRow
from qa_pipeline.i18n import Lang, catalogue, text
from qa_pipeline.reports.workbook import Column, Kind, Table, Value

_SHARES = ("pass_rate", "nonfatal_error_rate")
_COUNTS = ("calls_", "position_", "agents_compared", "confirmed_", "suspected_", "penalties", "appeals_")
_TEXTS = frozenset(
    {"agent_name", "team_id", "other_teams", "too_few_calls", "against_centre"}
    | {f"{side}_{what}" for side in ("strongest", "weakest") for what in ("criterion", "example")}
)


def review_table(month: date, rows: Sequence[ExportRow], lang: Lang) -> Table:
    """All rows of a file; the columns are the same whatever the rows hold."""
    keys = [key.removesuffix(".title") for key in catalogue("review_file", lang) if key.endswith(".title")]
    columns = tuple(
        Column(
            key=key,
            title=text(f"review_file.{key}.title", lang),
            kind=_kind(key),
            help=text(f"review_file.{key}.help", lang),
        )
        for key in keys
    )
    return Table(
        key="review",
        title=text("review_file.sheet", lang, month=f"{month:%Y-%m}"),
        columns=columns,
        rows=tuple(tuple(_value(key, month, row) for key in keys) for row in rows),
    )


def _kind(key: str) -> Kind:
    if key in ("month", "of_month"):
        return "date"
    if key in _TEXTS or key in ("row_kind", "agent_id"):
        return "text"
    if key.startswith(_SHARES):
        return "percent"
    if key.startswith(_COUNTS) and not key.startswith("penalty_points"):
        return "int"
    return "number"


def _value(key: str, month: date, row: ExportRow) -> Value:
    own: dict[str, Value] = {
        "month": month,
        "of_month": row.of_month,
        "row_kind": row.kind,
        "agent_id": row.agent_id,
    }
    return own[key] if key in own else row.figures.get(key)
