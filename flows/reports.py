"""What the flows of reports share: one report as a task, and the link on Prefect's page."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.tasks import exponential_backoff

from qa_pipeline import bootstrap
from qa_pipeline.domain.period import Period, PeriodKind, Scope
from qa_pipeline.i18n import text
from qa_pipeline.pipeline.publish import Published
from qa_pipeline.reporting.periods import last_finished, period_of, scope_of
from qa_pipeline.settings import Settings

from .score_recordings import is_infrastructure

Lang = Literal["zh", "en"]


@task(
    name="make-report",
    retries=4,
    retry_delay_seconds=exponential_backoff(backoff_factor=5),
    retry_condition_fn=is_infrastructure,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def make_report(
    period: Period, out: str, settings: Settings, *, scope: Scope | None = None, revision: int = 1
) -> Published:
    """One report with its files."""
    return bootstrap.publisher(settings).publish(
        period, Path(out), today=bootstrap.business_day(settings), scope=scope, revision=revision
    )


def report_now(
    kind: PeriodKind,
    day: date | None,
    *,
    team: str | None,
    agent: str | None,
    queue: str | None,
    out: str | None,
    lang: Lang,
) -> Published:
    """Make the report of the period that holds ``day`` (default: the last that is over) and link it on Prefect's page."""
    settings = Settings(lang=lang)
    period = period_of(kind, day) if day else last_finished(kind, bootstrap.business_day(settings))
    made = make_report(
        period,
        out or str(bootstrap.report_folder(settings)),
        settings,
        scope=scope_of(agent, team, queue),
    )
    create_markdown_artifact(key=f"report-{kind.value}", markdown=told(made, lang))
    return made


def told(made: Published, lang: Lang) -> str:
    """Counts and a link; never a word of what was said."""
    counts = made.report.counts
    return text(
        "cli.report_artifact",
        lang,
        start=made.report.period.start.isoformat(),
        last=made.report.period.last_day.isoformat(),
        received=counts.received,
        scored=counts.scored,
        urgent=len(made.report.urgent),
        link=made.files.page.resolve().as_uri(),
    )
