"""The agreement report as files: a page, a workbook, or a table."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path, PurePath
from urllib.parse import quote

from qa_pipeline.domain.period import Scope
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang, text
from qa_pipeline.pipeline.pages import check_folder, page_name, write_file
from qa_pipeline.pipeline.people_files import KINDS, table_of, write_tables
from qa_pipeline.privacy.names import public_name, public_text
from qa_pipeline.reporting.agreement_result import AgreementResult, CriterionResult
from qa_pipeline.reports.agreement_page import cases_of, render_agreement
from qa_pipeline.reports.workbook import Kind, Table
from qa_pipeline.scoring.agreement import Figure
from qa_pipeline.scoring.thresholds import Suggestion
from qa_pipeline.storage.base import Store

CALLS_NAMED = 5
"""In a sentence or a cell; all are in the table of differences."""
FIGURES = ("raw", "kappa", "unanimous", "alpha", "wrong_deductions", "missed")
SHARES = ("raw", "unanimous", "wrong_deductions", "missed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was compared, and of what."""

    found: AgreementResult
    start: date
    end: date
    """Day after the last."""
    scope: Scope
    enough: float
    lang: Lang
    suggestions: Sequence[Suggestion] = ()

    def say(self, key: str, /, **params: object) -> str:
        """The message ``people.<key>``."""
        return text(f"people.{key}", self.lang, **params)

    def head(self) -> str:
        """Days, calls and reviewers."""
        return self.say(
            "agreement_head",
            start=self.start,
            last=self.end - timedelta(days=1),
            calls=self.found.num_calls,
            reviewers=", ".join(self.found.reviewers) or self.say("none"),
        )

    def advice(self, one: CriterionResult, name: Callable[[str], str] = str) -> str:
        """What to do about a criterion, and which calls to hear, by the names that ``name`` gives them."""
        return self.say(
            f"advice_{one.advice}",
            title=one.title,
            criterion=one.criterion_id,
            rubric=one.rubric,
            calls=", ".join(map(name, one.calls_to_hear[:CALLS_NAMED])),
        )


def files_of(out: Path) -> tuple[Path, ...]:
    """What will be written: the file of that name, or in a folder the page and the workbook.

    Raises:
        InputError: ``agreement.bad_name``, ``input.out_unwritable``.
    """
    kind = out.suffix.lower()
    if out.is_dir() or not kind:
        check_folder(out)
        return out / "agreement.html", out / "agreement.xlsx"
    if kind not in (".html", *KINDS):
        raise InputError("agreement.bad_name", path=str(out))
    check_folder(out.parent)
    return (out,)


def write_agreement(
    report: Report, files: Sequence[Path], *, pages: Path | None, store: Store, who: str, tz: str
) -> None:
    """Write the files. That calls are told of in them is in the audit log before the first is written.

    Args:
        report: what to tell.
        files: of :func:`files_of`.
        pages: folder in which the pages of calls lie, to be linked.
        store: has the audit log.
        who: writes them.
        tz: business time zone.

    Raises:
        StorageError: they can't be written.
    """
    named = cases_of(report.found)
    everywhere = tuple(sorted({*named, *(c for one in report.found.criteria for c in one.calls_to_hear)}))
    store.audit_many(
        who,
        [
            ("call.exported", call_id, {"path": str(path.resolve()), "redacted": True})
            for path in files
            for call_id in (named if path.suffix.lower() == ".html" else everywhere)
        ],
    )
    for path in files:
        if path.suffix.lower() == ".html":
            write_file(path, _page(report, path.parent, pages, named).encode())
        else:
            about = [report.head(), report.say("agreement_note")]
            about += [report.advice(one, public_name) for one in report.found.criteria if one.needs_work]
            write_tables(path, _tables(report), about=about, lang=report.lang, tz=tz)


def _page(report: Report, folder: Path, pages: Path | None, named: Sequence[str]) -> str:
    links = {}
    if pages is not None:
        there = {call_id: pages / page_name(call_id) for call_id in named}
        links = {call_id: _address(path, folder) for call_id, path in there.items() if path.is_file()}
    return render_agreement(
        report.found,
        days=(report.start, report.end - timedelta(days=1)),
        scope=report.say(f"scope_{report.scope.kind.value}", id=report.scope.id),
        enough=report.enough,
        lang=report.lang,
        links=links,
        suggestions=report.suggestions,
    )


def _address(path: Path, folder: Path) -> str:
    return quote(PurePath(os.path.relpath(path.resolve(), folder.resolve())).as_posix())


def _tables(report: Report) -> list[Table]:
    columns: list[tuple[str, Kind]] = [("criterion", "text"), ("criterion_id", "text"), ("rubric", "text")]
    columns += [("calls", "int"), ("undecided", "int")]
    for name in FIGURES:
        kind: Kind = "percent" if name in SHARES else "number"
        columns += [(name, kind), (f"{name}_low", kind), (f"{name}_high", kind), (f"{name}_n", "int")]
    columns += [("diagnosis", "text"), ("hear", "text")]
    rows = []
    for one in report.found.criteria:
        figures: list[Figure] = [getattr(one.figures, name) for name in FIGURES]
        rows.append(
            (
                one.title,
                one.criterion_id,
                one.rubric,
                one.figures.num_calls,
                one.figures.undecided,
                *(cell for f in figures for cell in (f.value, f.low, f.high, f.n)),
                report.say(f"diagnosis_{one.figures.diagnosis}"),
                ", ".join(map(public_name, one.calls_to_hear[:CALLS_NAMED])),
            )
        )
    shown: list[tuple[str, Kind]] = [
        (name, "text") for name in ("criterion", "rubric", "call_id", "machine", "reviewer", "outcome", "why")
    ]
    differences = [
        (
            one.title,
            one.rubric,
            public_name(d.call_id),
            report.say(f"machine_{d.machine.value}"),
            d.reviewer,
            report.say(f"machine_{d.outcome.value}"),
            public_text(d.reason),
        )
        for one in report.found.criteria
        for d in one.differences
    ]
    return [
        table_of("agreement", columns, rows, report.lang),
        table_of("differences", shown, differences, report.lang),
    ]
