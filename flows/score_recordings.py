"""Prefect flow: score a set of recordings and write the report."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Literal

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task, exponential_backoff

from qa_pipeline import bootstrap
from qa_pipeline.domain.scorecard import CallResult, CallStatus
from qa_pipeline.errors import StorageError
from qa_pipeline.i18n import text
from qa_pipeline.pipeline.plan import make_plan
from qa_pipeline.pipeline.redaction import check_allowed
from qa_pipeline.pipeline.run import RunReport, run
from qa_pipeline.pipeline.scoring import Job, OnResult, Scoring
from qa_pipeline.settings import Settings


async def is_infrastructure(task_: Task[..., object], run_: TaskRun, state: State[object]) -> bool:
    """A locked or unreachable database or a full disk may pass by itself; nothing else gets better by waiting."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, StorageError) and error.code in _MAY_PASS


_MAY_PASS = frozenset({"storage.locked", "storage.unreachable", "storage.disk_full"})

watcher: ContextVar[OnResult | None] = ContextVar("watcher", default=None)
"""Who is told of every finished call, where somebody watches; results are not a parameter that Prefect could show."""


@task(
    name="score-batch",
    retries=4,
    retry_delay_seconds=exponential_backoff(backoff_factor=5),
    retry_jitter_factor=1.0,
    retry_condition_fn=is_infrastructure,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def score_batch(use_case: Scoring, jobs: Sequence[Job]) -> tuple[CallResult, ...]:
    """One batch of calls: a task, a transaction."""
    return use_case.score_batch(jobs, watcher.get())


@flow(name="score-recordings", validate_parameters=True, persist_result=False, log_prints=False)
def score_recordings(
    paths: list[str],
    calls: str | None = None,
    rubric: str | None = None,
    out: str = "qa_report",
    lang: Literal["zh", "en"] = "zh",
    redact: bool = True,
) -> RunReport:
    """给录音打分并生成报告。

    Args:
        paths: 录音文件、文件夹、通配符或网址（可多个）
        calls: 通话信息表（CSV），可不填
        rubric: 评分表编号或文件；不填则按通话信息自动选择
        out: 报告文件夹
        lang: 报告语言：zh 中文，en 英文
        redact: 遮盖网页里的隐私内容；不遮盖须由管理员设置 QA_ALLOW_UNREDACTED=true，并记入审计日志
    """
    settings = Settings(lang=lang)
    check_allowed(redact, settings)
    plan = make_plan(paths, Path(calls) if calls else None, settings)
    use_case = bootstrap.scoring(settings, rubric)
    report = run(
        plan,
        use_case,
        batch_size=settings.batch_size,
        run_batch=lambda jobs: score_batch(use_case, jobs),
        writer=bootstrap.page_writer(Path(out), use_case, settings, redact=redact),
        title=text("cli.report_title", lang),
    )
    create_markdown_artifact(key="score-recordings", markdown=summary(report, lang))
    return report


def summary(report: RunReport, lang: Literal["zh", "en"]) -> str:
    """Counts and a link for Prefect's page; never a word of what was said."""
    counts = report.counts
    link = report.index.resolve().as_uri() if report.index else ""
    return text(
        "cli.artifact",
        lang,
        received=len(report.results),
        scored=counts[CallStatus.SCORED],
        not_scored=counts[CallStatus.NOT_SCORED],
        failed=counts[CallStatus.FAILED],
        pending=counts[CallStatus.PENDING],
        link=link,
    )
