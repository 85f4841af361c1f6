"""Reads the list of customers who were to be called (``qa report --followups``), with every fault and its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from qa_pipeline.domain.call import plain_id
from qa_pipeline.errors import CollectedErrors, InputError, QaError, SourceLocation
from qa_pipeline.reporting.follow_ups import Due

COLUMNS = ("customer_id", "due", "since")


def read_follow_ups(path: Path) -> tuple[Due, ...]:
    """The lines of a CSV with the columns ``customer_id``, ``due`` and, if given, ``since``; others are passed over.

    UTF-8 with or without BOM, or GB18030; days as 2026-03-09 or 2026/3/9; a customer may be listed for several days.

    Raises:
        CollectedErrors: all faults at once, with their lines.
        InputError: ``followups.missing``, ``followups.encoding``, ``followups.empty``, ``followups.syntax``.
    """
    here = str(path)
    reader = csv.reader(io.StringIO(_decode(path), newline=""), strict=True)
    table: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            table.append((reader.line_num, [c.strip() for c in cells]))
    except csv.Error as error:
        # The reader stands at the end of what it swallowed; the fault is where the row began.
        place = SourceLocation(file=here, line=table[-1][0] + 1 if table else 1)
        raise InputError("followups.syntax", location=place) from error
    table = [(line, cells) for line, cells in table if any(cells)]
    if not table:
        raise InputError("followups.empty", location=SourceLocation(file=here))
    head_line, header = table[0]
    missing = [name for name in COLUMNS[:2] if name not in header]
    if missing:
        place = SourceLocation(file=here, line=head_line)
        raise InputError(
            "followups.no_column", location=place, missing=", ".join(missing), columns=", ".join(header)
        )
    errors: list[QaError] = []
    seen: dict[Due, int] = {}
    for line, cells in table[1:]:
        values = dict(zip(header, cells, strict=False))
        due = _due(values, SourceLocation(file=here, line=line), errors)
        if due is None:
            continue
        if due in seen:
            errors.append(
                InputError(
                    "followups.twice",
                    location=SourceLocation(file=here, line=line),
                    customer_id=due.customer_id,
                    first=seen[due],
                )
            )
        seen.setdefault(due, line)
    if errors:
        raise CollectedErrors(tuple(errors))
    return tuple(seen)


def _decode(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError("followups.missing", path=str(path), reason=str(error.strerror)) from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("followups.encoding", location=SourceLocation(file=str(path)))


def _due(values: Mapping[str, str], place: SourceLocation, errors: list[QaError]) -> Due | None:
    found = len(errors)
    customer_id = plain_id(values.get("customer_id", ""))
    if not customer_id:
        errors.append(InputError("followups.no_customer", location=place))
    days: dict[str, date | None] = {}
    for column in COLUMNS[1:]:
        text = values.get(column, "")
        days[column] = _day(text)
        if days[column] is None and (text or column == "due"):
            errors.append(InputError("followups.bad_day", location=place, column=column, value=text))
    due, since = days["due"], days["since"]
    if due is not None and since is not None and since > due:
        errors.append(InputError("followups.order", location=place, since=str(since), due=str(due)))
    return None if due is None or len(errors) > found else Due(customer_id=customer_id, due=due, since=since)


def _day(text: str) -> date | None:
    """A day; spreadsheets write 2026/3/9, some with a time behind it."""
    for shape in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"):
        try:
            return datetime.strptime(text.replace("/", "-"), shape).date()
        except ValueError:
            continue
    return None
