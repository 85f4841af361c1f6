"""Tables as files for people: a CSV or a workbook, by the name they give."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qa_pipeline.domain.period import PeriodKind
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang, text
from qa_pipeline.pipeline.pages import check_folder, write_file
from qa_pipeline.reports.report_csv import table_csv
from qa_pipeline.reports.report_words import ReportWords
from qa_pipeline.reports.workbook import Column, Kind, Table, Value, workbook

KINDS = (".csv", ".xlsx")


def check_name(path: Path) -> None:
    """Whether a table can be written under this name.

    Raises:
        InputError: ``review.bad_name``, ``input.out_unwritable``.
    """
    if path.suffix.lower() not in KINDS:
        raise InputError("review.bad_name", path=str(path))
    check_folder(path.parent)


def table_of(
    key: str, columns: Sequence[tuple[str, Kind]], rows: Sequence[tuple[Value, ...]], lang: Lang
) -> Table:
    """A table with titles ``people.col_<key>``."""
    return Table(
        key=key,
        title=text(f"people.table_{key}", lang),
        columns=tuple(
            Column(key=name, title=text(f"people.col_{name}", lang), kind=kind) for name, kind in columns
        ),
        rows=tuple(rows),
    )


def write_tables(path: Path, tables: Sequence[Table], *, about: Sequence[str], lang: Lang, tz: str) -> None:
    """Write a CSV of the first table, or a workbook of all.

    Raises:
        StorageError: it can't be written.
    """
    if path.suffix.lower() == ".csv":
        write_file(path, table_csv(tables[0]))
        return
    words = ReportWords(lang=lang, kind=PeriodKind.MONTH, business_tz=tz).dictionary()
    book = workbook(
        tables, title=tables[0].title, about=about, words=words, author=text("review_file.author", lang)
    )
    write_file(path, book)
