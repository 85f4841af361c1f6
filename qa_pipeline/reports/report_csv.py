"""A table as CSV that opens right in Excel: UTF-8 with a mark, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime

from qa_pipeline.reports.workbook import Table, Value

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets take a cell that begins so for a formula (OWASP, "CSV Injection")."""


def table_csv(table: Table, *, keys: bool = False) -> bytes:
    """A row a line. Percentages are shares of 0 to 1, times carry their zone.

    Args:
        table: what to write.
        keys: head the columns by their stable keys, for machines; else in the reader's language.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([column.key if keys else column.title for column in table.columns])
    for row in table.rows:
        writer.writerow(
            [
                _cell(value, milliseconds=column.kind == "seconds")
                for value, column in zip(row, table.columns, strict=True)
            ]
        )
    return b"\xef\xbb\xbf" + file.getvalue().encode("utf-8", "replace")


def _cell(value: Value, *, milliseconds: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_DANGEROUS) else value
    if milliseconds:
        return f"{value / 1000:.1f}"
    return str(value)
