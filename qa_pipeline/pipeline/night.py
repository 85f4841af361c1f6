"""The nightly job: score what is new in the watched places, then make the reports that are owed.

Nothing is kept in memory from one step to the next that the database does not know: a night that is killed at any
point is finished by the next one, or by running it again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from qa_pipeline.domain.period import Period
from qa_pipeline.domain.scorecard import CallResult
from qa_pipeline.errors import QaError, StorageError
from qa_pipeline.pipeline.purge import Purged, Purging
from qa_pipeline.pipeline.report_calendar import DueReport, due_reports
from qa_pipeline.pipeline.run import RunBatch, RunReport, run
from qa_pipeline.pipeline.scoring import Job, Scoring
from qa_pipeline.pipeline.watch import Due, find_due, seen_files
from qa_pipeline.settings import Settings
from qa_pipeline.storage.night_base import NightLog, ReportRun

log = logging.getLogger(__name__)

NIGHT = "qa nightly"
"""Who deletes at night, in the audit log."""

MakeReport = Callable[[DueReport], Path]
"""Makes one report and returns the page to open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeReport:
    """A report of this night, or why it could not be made."""

    due: DueReport
    page: Path | None
    error: QaError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NightReport:
    """What a night did."""

    due: Due | None
    scored: RunReport | None
    problem: QaError | None
    """Why nothing was scored: no place to watch, or wrong metadata."""
    reports: tuple[MadeReport, ...]
    purged: Purged | None = None
    """What was deleted for its age; None where the settings don't ask for it."""
    purge_problem: QaError | None = None
    """Why nothing was: contradictory settings."""
    audit_mark: str | None = None
    """``COUNT:HASH`` of the audit log after the night, to be kept outside the machine."""

    @property
    def exit_code(self) -> int:
        """As for ``qa score``; a report that could not be made counts as a failure."""
        codes = [self.scored.exit_code if self.scored else 0, self.problem.exit_code if self.problem else 0]
        codes += [self.purged.exit_code] if self.purged else []
        codes += [self.purge_problem.exit_code] if self.purge_problem else []
        return max(codes + [1 for report in self.reports if report.error is not None])


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """The use case on its ports."""

    log: NightLog
    scoring: Scoring
    settings: Settings
    make_report: MakeReport
    is_frozen: Callable[[Period], bool]
    purging: Purging

    def run(self, now: datetime, run_batch: RunBatch) -> NightReport:
        """Do tonight's work.

        Args:
            now: aware; decides which days are over.
            run_batch: scores one batch; a flow passes a task here.

        Raises:
            StorageError: the database or the disk gave out; running again goes on from there.
        """
        due = scored = problem = None
        try:
            due = find_due(self.log, self.settings, now)
        except StorageError:
            raise
        except QaError as error:
            problem = error
            log.error("nightly job: nothing was scored: %s", error)
        if due is not None:
            scored = run(
                due.plan,
                self.scoring,
                batch_size=self.settings.batch_size,
                run_batch=lambda jobs: self._batch(due, jobs, run_batch),
                writer=None,
                title="",
            )
        today = now.astimezone(ZoneInfo(self.settings.business_tz)).date()
        owed = due_reports(
            self.log,
            today=today,
            look_back_days=self.settings.report_look_back_days,
            is_frozen=self.is_frozen,
            purged_before=self.purging.store.scorecards_purged_before(),
        )
        reports = tuple(self._report(one) for one in owed)
        purged, purge_problem = self._purge(today)
        return NightReport(
            due=due,
            scored=scored,
            problem=problem,
            reports=reports,
            purged=purged,
            purge_problem=purge_problem,
            audit_mark=self.purging.store.audit_mark(),
        )

    def _purge(self, today: date) -> tuple[Purged | None, QaError | None]:
        """After the reports: they rest on what may be deleted tonight."""
        if not self.settings.purge_nightly:
            return None, None
        try:
            return self.purging.apply(today, who=NIGHT), None
        except StorageError:
            raise
        except QaError as error:
            log.error("nightly job: nothing was deleted: %s", error)
            return None, error

    def _batch(self, due: Due, jobs: Sequence[Job], run_batch: RunBatch) -> Sequence[CallResult]:
        results = run_batch(jobs)
        self.log.remember(seen_files(due, jobs, results))
        return results

    def _report(self, due: DueReport) -> MadeReport:
        try:
            page = self.make_report(due)
        except StorageError:
            raise
        except QaError as error:
            log.error("nightly job: report %s %s: %s", due.period.kind.value, due.period.start, error)
            return MadeReport(due=due, page=None, error=error)
        self.log.add_report_run(
            ReportRun(
                period=due.period,
                revision=due.revision,
                fingerprint=due.fingerprint,
                folder=str(page.parent),
                made_at=datetime.now(tz=ZoneInfo("UTC")),
            )
        )
        return MadeReport(due=due, page=page)
