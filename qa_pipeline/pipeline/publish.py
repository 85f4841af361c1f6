"""From a period to its report's files, with the call pages it points to: one way for the command line and the flows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from qa_pipeline.domain.period import Period, Scope
from qa_pipeline.domain.report import Note, PeriodReport
from qa_pipeline.i18n import Lang
from qa_pipeline.pipeline.pages import PageWriter, check_folder
from qa_pipeline.pipeline.report import Reporting
from qa_pipeline.pipeline.report_output import (
    ReportFiles,
    page_links,
    pointed_to,
    write_call_pages,
    write_report,
)
from qa_pipeline.reporting.exceptions import exceptions_of
from qa_pipeline.reporting.follow_ups import Due
from qa_pipeline.storage.base import Store
from qa_pipeline.storage.night_base import NightLog
from qa_pipeline.storage.report_base import GoalStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A report and where it lies."""

    report: PeriodReport
    files: ReportFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Makes reports and writes them."""

    reporting: Reporting
    store: Store
    page_writer: Callable[[Path], PageWriter]
    """Writes call pages into a folder; asked for only where there are pages to write."""
    goals: GoalStore
    nights: NightLog
    lang: Lang
    webhook_url: str | None = None

    def publish(
        self,
        period: Period,
        out: Path,
        *,
        today: date,
        scope: Scope | None = None,
        dues: Sequence[Due] = (),
        call_pages: bool = True,
        revision: int | None = None,
    ) -> Published:
        """Make the report of a period and write its files.

        Args:
            period: business days.
            out: the folder; call pages go into ``calls`` inside it.
            today: the business day on which it is made.
            scope: whose calls; default: the centre's.
            dues: customers who were to be called.
            call_pages: write the pages of calls the report points to.
            revision: above 1 the report says that it replaces an earlier one; default: that of the nightly job's.

        Raises:
            InputError: ``input.out_unwritable``.
            StorageError | SetupError: the database or the disk gave out.
        """
        check_folder(out)
        report = self.reporting.report(period, scope=scope, today=today, dues=dues)
        if period.end <= today:
            report = self._with_exceptions(report, today)
        revision = revision or self._revision(period, scope)
        if revision > 1:
            note = Note(key="revised", params={"revision": revision, "today": today.isoformat()})
            report = replace(report, notes=(note, *report.notes))
        pages = out / "calls"
        if call_pages and pointed_to(report):
            write_call_pages(report, self.store, self.page_writer(pages))
        files = write_report(
            report, out, lang=self.lang, links=page_links(pages, out), webhook_url=self.webhook_url
        )
        return Published(report=report, files=files)

    def _revision(self, period: Period, scope: Scope | None) -> int:
        """A report by hand lies where the nightly job's lay, so it must not look like a first one."""
        run = self.nights.report_run(period) if scope is None or scope == Scope() else None
        return run.revision if run is not None else 1

    def _with_exceptions(self, report: PeriodReport, today: date) -> PeriodReport:
        """What the report found that needs an owner is kept, and listed with what is still open from before."""
        if not self.goals.open_exceptions(exceptions_of(report)):
            return report
        known = self.reporting.store.exceptions(today)
        return replace(report, exceptions=tuple(e for e in known if e.state != "closed"))
