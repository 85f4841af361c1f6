"""Prefect flow: the nightly job, from new recordings to the reports that are owed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from qa_pipeline import bootstrap
from qa_pipeline.domain.scorecard import CallResult, CallStatus
from qa_pipeline.i18n import error_text, text
from qa_pipeline.pipeline.night import NightReport
from qa_pipeline.pipeline.output import reason_parts
from qa_pipeline.pipeline.report_calendar import DueReport
from qa_pipeline.pipeline.review_export import is_frozen
from qa_pipeline.privacy.names import public_text
from qa_pipeline.settings import Settings
from qa_pipeline.storage.keep_base import Kept

from .reports import make_report
from .score_recordings import score_batch

_FAILURES_TOLD = 20
"""A night with a broken disk would fill the page with one line a recording."""


@flow(name="nightly", validate_parameters=True, persist_result=False, log_prints=False)
def nightly(
    watch: list[str] | None = None,
    calls: str | None = None,
    reports: str | None = None,
    lang: Literal["zh", "en"] = "zh",
) -> NightReport:
    """夜间作业：给新录音打分，然后生成应出的日报、周报、月报；中断后再次运行会接着做完。

    Args:
        watch: 监看的文件夹、通配符或网址（不填用系统设置 QA_WATCH）
        calls: 通话信息表（CSV，可用通配符；不填用系统设置 QA_WATCH_CALLS）
        reports: 报告文件夹（不填用系统设置）
        lang: 报告语言：zh 中文，en 英文
    """
    changes: dict[str, object] = {"watch": tuple(watch)} if watch else {}
    if calls:
        changes["watch_calls"] = calls
    settings = Settings(lang=lang).model_copy(update=changes)
    out = reports or str(bootstrap.report_folder(settings))

    def made(due: DueReport) -> Path:
        return make_report(due.period, out, settings, revision=due.revision).files.page

    night = bootstrap.night(settings, made, is_frozen(bootstrap.exports(settings)))
    done = night.run(datetime.now(UTC), lambda jobs: score_batch(night.scoring, jobs))
    create_markdown_artifact(key="nightly", markdown=summary(done, lang))
    return done


def summary(night: NightReport, lang: Literal["zh", "en"]) -> str:
    """Counts, problems and links for Prefect's page and the terminal; never a word of what was said."""
    lines: list[str] = []
    if night.problem is not None:
        lines.append(text("cli.night_not_scored", lang, reason=error_text(night.problem, lang)))
    if night.scored is not None and night.due is not None:
        counts = night.scored.counts
        lines.append(
            text(
                "cli.night_scored",
                lang,
                new=len(night.scored.results),
                known=night.due.known,
                growing=len(night.due.growing),
                scored=counts[CallStatus.SCORED],
                not_scored=counts[CallStatus.NOT_SCORED],
                failed=counts[CallStatus.FAILED],
                pending=counts[CallStatus.PENDING],
            )
        )
        lines += [public_text(error_text(problem, lang)) for problem in night.due.plan.problems]
        lines += _failed(night.scored.results, lang)
    for report in night.reports:
        period = report.due.period
        what = text(f"cli.night_{period.kind.value}", lang, start=period.start.isoformat())
        if report.error is not None:
            lines.append(text("cli.night_no_report", lang, what=what, reason=error_text(report.error, lang)))
        elif report.page is not None:
            key = "cli.night_report" if report.due.revision == 1 else "cli.night_revised"
            lines.append(
                text(key, lang, what=what, revision=report.due.revision, link=report.page.resolve().as_uri())
            )
    if not night.reports:
        lines.append(text("cli.night_no_reports_due", lang))
    if night.purge_problem is not None:
        lines.append(text("keep.night_not_purged", lang, reason=error_text(night.purge_problem, lang)))
    if night.purged is not None:
        counts_by = {what.value: night.purged.calls.get(what, 0) for what in Kept}
        lines.append(text("keep.night_purged", lang, files=night.purged.files, **counts_by))
        lines += [error_text(problem, lang) for problem in night.purged.left]
    if night.audit_mark is not None:
        lines.append(text("keep.night_audit", lang, mark=night.audit_mark))
    return "\n\n".join(lines)


def _failed(results: Sequence[CallResult], lang: Literal["zh", "en"]) -> list[str]:
    """What could not be used, where it is and what to do; of many the first ones."""
    failed = [r for r in results if r.status is CallStatus.FAILED]
    lines = []
    for result in failed[:_FAILURES_TOLD]:
        say, do = reason_parts(result.code or "call.internal", result.params, lang)
        reason = f"{say}{do}" if lang == "zh" else f"{say} {do}"
        lines.append(text("cli.night_failed", lang, reason=public_text(reason)))
    if len(failed) > _FAILURES_TOLD:
        lines.append(text("cli.night_more_failed", lang, count=len(failed) - _FAILURES_TOLD))
    return lines
