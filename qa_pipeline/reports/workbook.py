"""Workbooks of real tables: typed cells, frozen headings, filters, a sheet a question, and a dictionary of all columns.

Every text is written as text: a call id like ``=HYPERLINK(...)`` stays the harmless characters that it is. Equal tables
give equal bytes.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal
from unicodedata import east_asian_width

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

Kind = Literal["text", "int", "number", "percent", "date", "time", "seconds"]
"""``percent`` takes a share of 0 to 1, ``seconds`` milliseconds, ``time`` an aware time in the business time zone."""
Value = str | int | float | date | datetime | bool | None
_FORMATS = {
    "int": "#,##0",
    "number": "0.00",
    "percent": "0.0%",
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm",
    "seconds": "0.0",
}
_BY_HAND = 24
_MOST_WIDE = 60
_CELL_CHARS = 32_767
"""What a cell of a workbook holds at most."""
_CREATED = datetime(2000, 1, 1)
"""A fixed time, so that equal tables give equal bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: what machines call it, what people read, and what exactly it says."""

    key: str
    title: str
    kind: Kind
    help: str = ""
    choices: tuple[str, ...] = ()
    """What may be filled in, offered as a list; empty: anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The answer to one question."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DictionaryWords:
    """Headings of the sheet that explains all others."""

    title: str
    sheet: str
    column: str
    key: str
    kind: str
    meaning: str
    empty: str
    """What a table without rows says."""
    kinds: dict[str, str]


def workbook(
    tables: Sequence[Table], *, title: str, about: Sequence[str], words: DictionaryWords, author: str
) -> bytes:
    """An XLSX file.

    Args:
        tables: a sheet each, in order.
        title: of the document.
        about: sentences in front of the dictionary: what period, what to know before reading.
        words: headings of the dictionary.
        author: who made it.
    """
    from xlsxwriter import Workbook

    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(file, {"in_memory": True, **options})
    book.set_properties({"title": title, "author": author, "created": _CREATED})
    names = _sheet_names([words.title, *(table.title for table in tables)])
    _dictionary(book, names[0], tables, names[1:], title, about, words)
    for table, name in zip(tables, names[1:], strict=True):
        _sheet(book, table, name, words.empty)
    book.close()
    return file.getvalue()


def _sheet_names(titles: Sequence[str]) -> list[str]:
    """Names that the format takes: at most 31 characters, none of ``[]:*?/\\``, none twice."""
    names: list[str] = []
    for title in titles:
        name = re.sub(r"[\[\]:*?/\\]", " ", title).strip("'")[:31]
        number = 2
        while name.lower() in (n.lower() for n in names):
            name = f"{name[:27]} ({number})"
            number += 1
        names.append(name)
    return names


def _sheet(book: Workbook, table: Table, name: str, empty: str) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    formats = {kind: book.add_format({"num_format": shape}) for kind, shape in _FORMATS.items()}
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter"})
    for column, about in enumerate(table.columns):
        values = [row[column] for row in table.rows]
        sheet.set_column(column, column, _width(about, values))
        sheet.write_string(0, column, about.title, heading)
        for row, value in enumerate(values, start=1):
            _cell(sheet, row, column, value, about.kind, formats)
    if not table.rows:
        sheet.write_string(1, 0, empty)
        return
    for column, about in enumerate(table.columns):
        if about.choices:
            rule = {"validate": "list", "source": list(about.choices)}
            sheet.data_validation(1, column, len(table.rows), column, rule)
    headings = [{"header": c.title, "header_format": heading} for c in table.columns]
    last = (len(table.rows), len(table.columns) - 1)
    # The names of a table's columns must differ, or spreadsheets call the file damaged.
    if len({c.title for c in table.columns}) != len(table.columns):
        raise ValueError(f"{table.key}: two columns of one name")
    options = {"name": f"t_{table.key}", "columns": headings, "style": "Table Style Light 9"}
    if sheet.add_table(0, 0, *last, options) != 0:
        raise ValueError(f"{table.key}: no table")


def _cell(sheet: Worksheet, row: int, column: int, value: Value, kind: Kind, formats: dict[str, Any]) -> None:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return
    style = formats.get(kind)
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.replace(tzinfo=None), style)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, value[:_CELL_CHARS])
    else:
        sheet.write_number(row, column, value / 1000 if kind == "seconds" else value, style)


def _dictionary(
    book: Workbook,
    name: str,
    tables: Sequence[Table],
    names: Sequence[str],
    title: str,
    about: Sequence[str],
    words: DictionaryWords,
) -> None:
    sheet = book.add_worksheet(name)
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
    for number, sentence in enumerate(about, start=1):
        sheet.write_string(number, 0, sentence[:_CELL_CHARS])
    start = len(about) + 2
    for column, (heading, width) in enumerate(
        ((words.sheet, 22), (words.column, 26), (words.key, 24), (words.kind, 14), (words.meaning, 90))
    ):
        sheet.write_string(start, column, heading, bold)
        sheet.set_column(column, column, width)
    row = start + 1
    for table, sheet_name in zip(tables, names, strict=True):
        if table.note:
            sheet.write_string(row, 0, sheet_name, wrap)
            sheet.write_string(row, 4, table.note, wrap)
            row += 1
        for about_column in table.columns:
            texts = (
                sheet_name,
                about_column.title,
                f"{table.key}.{about_column.key}",
                words.kinds[about_column.kind],
                about_column.help,
            )
            for column, said in enumerate(texts):
                sheet.write_string(row, column, said, wrap)
            row += 1
    sheet.freeze_panes(start + 1, 0)
    sheet.autofilter(start, 0, max(start, row - 1), 4)


def _width(column: Column, values: Sequence[Value]) -> float:
    if column.kind != "text":
        return max(11, _chars(column.title) + 4)
    longest = max((_chars(v) for v in values[:500] if isinstance(v, str)), default=0)
    # What is empty throughout is filled in by hand.
    return min(_MOST_WIDE, max(10 if longest else _BY_HAND, _chars(column.title) + 4, longest + 2))


def _chars(said: str) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in said)
