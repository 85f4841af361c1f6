"""Reads a filled-in review form, CSV or workbook, into cells by column: what people type is checked elsewhere."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

from qa_pipeline.errors import InputError, SourceLocation
from qa_pipeline.i18n import Lang, text
from qa_pipeline.pipeline.review_form import KEYS

NEEDED = ("call_id", "criterion_id", "verdict")
Cell = str | date | datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the form. ``number`` counts as a spreadsheet does, the headings being 1."""

    number: int
    cells: Mapping[str, Cell]
    """By column key; blank ones are absent."""

    def text(self, key: str) -> str:
        """A cell as text, empty where it is blank."""
        return str(self.cells.get(key, ""))


def read_rows(path: Path) -> tuple[Row, ...]:
    """The lines of a form that have anything in them.

    Columns are known by their headings in either language, or by their keys; others are passed over.

    Raises:
        InputError: ``review.missing``, ``review.quotes``, ``review.encoding``, ``review.no_workbook``,
            ``review.no_columns``, ``review.bad_name``.
    """
    kind = path.suffix.lower()
    if kind not in (".csv", ".xlsx"):
        raise InputError("review.bad_name", path=str(path))
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError("review.missing", path=str(path), reason=str(error.strerror)) from error
    tables = [_csv(content, path)] if kind == ".csv" else _sheets(content, path)
    seen: list[str] = []
    for rows in tables:
        header = [_name(cell) for cell in rows[0]] if rows else []
        if all(key in header for key in NEEDED):
            return _rows(rows, header, path)
        seen += [str(cell) for cell in (rows[0] if rows else ()) if cell is not None]
    headings = ", ".join(text(f"people.form_{key}", "zh") for key in NEEDED)
    raise InputError(
        "review.no_columns",
        location=SourceLocation(file=str(path)),
        needed=headings,
        columns=", ".join(seen[:12]) or "—",
    )


def _rows(rows: Sequence[Sequence[Any]], header: Sequence[str], path: Path) -> tuple[Row, ...]:
    for key in KEYS:
        if header.count(key) > 1:
            place = SourceLocation(file=str(path), line=1)
            raise InputError("review.column_twice", location=place, column=text(f"people.form_{key}", "zh"))
    found = []
    for number, cells in enumerate(rows[1:], start=2):
        values = {key: _cell(cell) for key, cell in zip(header, cells, strict=False) if key in KEYS}
        filled = {key: value for key, value in values.items() if value != ""}
        if filled:
            found.append(Row(number=number, cells=filled))
    return tuple(found)


def _name(cell: Any) -> str:
    """A column's key, from its key or its heading in either language."""
    said = str(cell or "").strip()
    for key in KEYS:
        if said == key or any(said == text(f"people.form_{key}", lang) for lang in get_args(Lang)):
            return key
    return ""


def _cell(value: Any) -> Cell:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a spreadsheet's 31 for the text 31
    said = str(value).strip()
    # What our CSV marks as text, so that no spreadsheet runs it (see report_csv).
    return said[1:] if said[:1] == "'" and said[1:2] in ("=", "+", "-", "@") else said


def _csv(content: bytes, path: Path) -> list[Sequence[Any]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            decoded = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Strict: an open quotation mark would swallow the marks after it.
        reader = csv.reader(io.StringIO(decoded, newline=""), strict=True)
        rows: list[Sequence[Any]] = []
        line = 0
        try:
            for cells in reader:
                rows.append(cells)
                line = reader.line_num
        except csv.Error as error:
            # The reader stands at the end of what it swallowed; the fault is where the row began.
            place = SourceLocation(file=str(path), line=line + 1)
            raise InputError("review.quotes", location=place) from error
        return rows
    raise InputError("review.encoding", path=str(path))


def _sheets(content: bytes, path: Path) -> list[list[Sequence[Any]]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            # Spreadsheets save validations and styles that the library passes over, and says so of each file.
            warnings.simplefilter("ignore", UserWarning)
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            tables = [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError) as error:
        # Damaged XML in it is a SyntaxError.
        raise InputError("review.no_workbook", path=str(path)) from error
    return tables
