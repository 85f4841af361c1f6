"""Writes a report's files: the page, the workbook, the JSON, and the list of urgent cases that can be sent on."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from qa_pipeline.domain.period import PeriodKind, ScopeKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.scorecard import CallResult
from qa_pipeline.i18n import Lang
from qa_pipeline.pipeline.calls import result_of
from qa_pipeline.pipeline.pages import PageWriter, check_folder, page_name, safe_name, write_file
from qa_pipeline.reports.report_csv import table_csv
from qa_pipeline.reports.report_json import report_bytes
from qa_pipeline.reports.report_other_tables import all_tables
from qa_pipeline.reports.report_page import render_report, report_title
from qa_pipeline.reports.report_tables import Links, cases
from qa_pipeline.reports.report_webhook import post
from qa_pipeline.reports.report_words import ReportWords
from qa_pipeline.reports.workbook import workbook
from qa_pipeline.storage.base import Store

MOST_PAGES = 40
"""Call pages written for one report: urgent cases first, then the places it names as examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """Where a report lies."""

    page: Path
    workbook: Path
    data: Path
    cases: Path | None
    """The list of suspected and confirmed fatal and critical cases; of days only."""
    problem: str | None = None
    """Why the list did not reach the webhook."""


def write_report(
    report: PeriodReport, out: Path, *, lang: Lang, links: Links, webhook_url: str | None = None
) -> ReportFiles:
    """Write all files of a report; each appears whole or not at all, and an earlier one of the same name is replaced.

    Args:
        report: what it says.
        out: the folder; it is made.
        lang: the reader's language.
        links: where calls have a page, relative to ``out``.
        webhook_url: who is told of a day's cases; a failure is told in ``problem`` and stops nothing.

    Raises:
        InputError: ``input.out_unwritable``.
        StorageError: ``storage.disk_full``, ``storage.read_only``.
    """
    check_folder(out)
    words = ReportWords.of(report, lang)
    stem = report_stem(report)
    page, book, data = (out / f"{stem}.{kind}" for kind in ("html", "xlsx", "json"))
    write_file(data, report_bytes(report))
    write_file(book, _workbook(report, words, links))
    of_day = report.period.kind is PeriodKind.DAY
    listed = out / f"{stem}-cases.csv" if of_day else None
    if listed is not None:
        write_file(listed, table_csv(cases(report, words, links)))
    # The page is what says that the report is there, so it comes last.
    write_file(page, render_report(report, lang=lang, links=links).encode("utf-8", "replace"))
    problem = None
    if webhook_url and listed is not None and report.scope.kind is ScopeKind.CENTRE:
        problem = post(webhook_url, urgent_message(report, page, listed))
    return ReportFiles(page=page, workbook=book, data=data, cases=listed, problem=problem)


def report_stem(report: PeriodReport) -> str:
    """The files' name without ending, e.g. ``month-2026-03-01-team-华东一组``; safe on every system."""
    name = f"{report.period.kind.value}-{report.period.start}"
    if report.scope.kind is not ScopeKind.CENTRE:
        name += f"-{report.scope.kind.value}-{report.scope.id}"
    return safe_name(name)


def urgent_message(report: PeriodReport, page: Path, listed: Path) -> dict[str, object]:
    """Counts and where to look; no words of a call and nobody's name."""
    fatal = [case for case in report.urgent if case.severity == "fatal"]
    return {
        "kind": "qa_urgent_cases",
        "schema_version": 1,
        "date": report.period.start.isoformat(),
        "received": report.counts.received,
        "scored": report.counts.scored,
        "suspected_fatal": sum(case.state == "suspected" for case in fatal),
        "confirmed_fatal": sum(case.state == "confirmed" for case in fatal),
        "critical": len(report.urgent) - len(fatal),
        "report": page.resolve().as_uri(),
        "list": listed.resolve().as_uri(),
    }


def _workbook(report: PeriodReport, words: ReportWords, links: Links) -> bytes:
    about = [words.period(report.period)]
    about += [words.note(note, "report_notes") for note in report.notes]
    about += [
        words(key, min_calls=report.min_calls, tz=report.business_tz)
        for key in ("about_chance", "about_compare", "about_machine")
    ]
    return workbook(
        all_tables(report, words, links),
        title=report_title(report, words),
        about=about,
        words=words.dictionary(),
        author=words("author"),
    )


def page_links(folder: Path, out: Path) -> Links:
    """Links to the call pages that lie in ``folder``, relative to ``out``; calls without one have no link."""

    def link(call_id: str, second: float | None) -> str | None:
        path = folder / page_name(call_id)
        if not path.is_file():
            return None
        at = "" if second is None else f"#t={second:.1f}"
        return f"{quote(Path(os.path.relpath(path, out)).as_posix())}{at}"

    return link


def write_call_pages(report: PeriodReport, store: Store, writer: PageWriter) -> int:
    """Write the pages of the calls that the report points to, as far as what was heard is still kept.

    Pages that are there already stay, unless more is known now of what is private. Returns how many there are.
    """
    wanted = pointed_to(report)[:MOST_PAGES]
    missing = [call_id for call_id in wanted if not writer.is_current(call_id)]
    results = (_result(call_id, store) for call_id in missing)
    written = writer.call_pages([result for result in results if result is not None])
    return len(wanted) - len(missing) + len(written)


def pointed_to(report: PeriodReport) -> tuple[str, ...]:
    """Ids of the calls a reader may want to hear: urgent ones first, then examples."""
    found: Iterable[str] = (
        *(case.call_id for case in report.urgent),
        *(row.examples[0].call_id for row in report.criteria if row.examples),
        *(topic.examples[0].call_id for topic in report.topics if topic.examples),
        *(mark.example.call_id for a in report.agents for mark in a.weakest[:1] if mark.example),
    )
    return tuple(dict.fromkeys(found))


def _result(call_id: str, store: Store) -> CallResult | None:
    row = store.call(call_id)
    return None if row is None else result_of(row, store)
