"""``qa score``: recordings in, explained scorecards out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qa_pipeline.cli.common import F, format_option, lang_option, load_settings, message, no_redact_option
from qa_pipeline.i18n import Lang, error_text
from qa_pipeline.privacy.names import names_somebody

if TYPE_CHECKING:
    from qa_pipeline.domain.scorecard import CallResult
    from qa_pipeline.pipeline.plan import Plan
    from qa_pipeline.pipeline.run import RunReport
    from qa_pipeline.pipeline.scoring import Scoring
    from qa_pipeline.settings import Settings
    from qa_pipeline.storage.base import Store


def score_options(command: F) -> F:
    """Arguments that ``qa score`` and its flow share."""
    for decorate in (
        lang_option,
        format_option,
        no_redact_option,
        click.option("--calls", type=click.Path(path_type=Path), help=message("opt_calls")),
        click.option("--rubric", help=message("opt_rubric")),
        click.argument("paths", nargs=-1, required=True, metavar="PATH..."),
    ):
        command = decorate(command)
    return command


@click.command(help=message("help_score"))
@score_options
@click.option("--out", type=click.Path(path_type=Path), help=message("opt_out"))
def score(
    paths: tuple[str, ...],
    rubric: str | None,
    calls: Path | None,
    out: Path | None,
    no_redact: bool,
    format_: str,
    lang: Lang,
) -> int:
    """Score recordings."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.cli.progress import Progress
    from qa_pipeline.pipeline.plan import make_plan
    from qa_pipeline.pipeline.redaction import check_allowed
    from qa_pipeline.pipeline.run import run

    check_allowed(not no_redact, settings)
    plan = make_plan(paths, calls, settings)
    use_case = bootstrap.scoring(settings, rubric)
    writer = bootstrap.page_writer(out, use_case, settings, redact=not no_redact) if out else None
    announce(plan, lang)
    with Progress(plan.jobs) as progress:
        report = run(
            plan,
            use_case,
            batch_size=settings.batch_size,
            run_batch=lambda jobs: use_case.score_batch(jobs, progress.done),
            writer=writer,
            title=message("report_title"),
        )
    return show(report, use_case, settings, format_, lang, redact=not no_redact)


def announce(plan: Plan, lang: Lang) -> None:
    """Say on stderr what was passed over, so that nothing is missing silently."""
    for problem in plan.problems:
        click.echo(error_text(problem, lang), err=True)
    if plan.skipped:
        click.echo(
            message("skipped", count=len(plan.skipped), names=_some(Path(s).name for s in plan.skipped)),
            err=True,
        )
    if plan.orphan_rows:
        lines = _some(str(row.line) for row in plan.orphan_rows)
        click.echo(message("orphans", count=len(plan.orphan_rows), lines=lines), err=True)
    if plan.extra_columns:
        click.echo(message("extra_columns", columns=", ".join(plan.extra_columns)), err=True)
    if plan.respelt:
        columns = ", ".join(f"{name} ({count})" for name, count in plan.respelt.items())
        click.echo(message("respelt", columns=columns), err=True)
    named = sum(names_somebody(f"{job.info.call_id} {job.source.name}") for job in plan.jobs)
    if named:
        click.echo(message("private_names", count=named), err=True)


def show(
    report: RunReport, use_case: Scoring, settings: Settings, format_: str, lang: Lang, *, redact: bool
) -> int:
    """Print the results and return the exit code."""
    if format_ == "json":
        from qa_pipeline import bootstrap
        from qa_pipeline.pipeline.calls import opened
        from qa_pipeline.pipeline.output import result_json

        store = bootstrap.ports(settings).store
        audit_results(store, report.results, bootstrap.this_user(), redact=redact)
        for result in report.results:
            told = result if redact else opened(result, store, use_case)
            print_json(result_json(told, lang, open_=not redact))
    else:
        from qa_pipeline.cli.table import print_results, summary

        print_results(report, use_case.rubric_of, lang)
        click.echo(summary(report, lang))
        click.echo(message("report", path=report.index) if report.index else message("hint_out"))
    return report.exit_code


def audit_results(store: Store, results: Sequence[CallResult], who: str, *, redact: bool = True) -> None:
    """What of the results leaves the database on standard output."""
    scored = (result.call_id for result in results if result.scorecard is not None)
    detail = {"path": "-", "redacted": redact}
    store.audit_many(who, [("call.exported", call_id, detail) for call_id in scored])


def print_json(value: dict[str, Any]) -> None:
    """One JSON object a line, Chinese as it is."""
    click.echo(json.dumps(value, ensure_ascii=False))


def _some(names: Any, most: int = 8) -> str:
    listed: Sequence[str] = list(names)
    return ", ".join(listed[:most]) + (" …" if len(listed) > most else "")
