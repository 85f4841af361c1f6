"""``qa score``: recordings in, explained scorecards out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qa_pipeline.cli.common import F, format_option, lang_option, load_settings, message
from qa_pipeline.i18n import Lang, error_text

if TYPE_CHECKING:
    from qa_pipeline.cli.table import RubricOf
    from qa_pipeline.pipeline.plan import Plan
    from qa_pipeline.pipeline.run import RunReport


def score_options(command: F) -> F:
    """Arguments that ``qa score`` and its flow share."""
    for decorate in (
        lang_option,
        format_option,
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
    paths: tuple[str, ...], rubric: str | None, calls: Path | None, out: Path | None, format_: str, lang: Lang
) -> int:
    """Score recordings."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.cli.progress import Progress
    from qa_pipeline.pipeline.plan import make_plan
    from qa_pipeline.pipeline.run import run

    plan = make_plan(paths, calls, settings)
    use_case = bootstrap.scoring(settings, rubric)
    writer = bootstrap.page_writer(out, use_case, settings) if out else None
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
    return show(report, use_case.rubric_of, format_, lang)


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


def show(report: RunReport, rubric_of: RubricOf, format_: str, lang: Lang) -> int:
    """Print the results and return the exit code."""
    if format_ == "json":
        from qa_pipeline.pipeline.output import result_json

        for result in report.results:
            print_json(result_json(result, lang))
    else:
        from qa_pipeline.cli.table import print_results, summary

        print_results(report, rubric_of, lang)
        click.echo(summary(report, lang))
        click.echo(message("report", path=report.index) if report.index else message("hint_out"))
    return report.exit_code


def print_json(value: dict[str, Any]) -> None:
    """One JSON object a line, Chinese as it is."""
    click.echo(json.dumps(value, ensure_ascii=False))


def _some(names: Any, most: int = 8) -> str:
    listed: Sequence[str] = list(names)
    return ", ".join(listed[:most]) + (" …" if len(listed) > most else "")
