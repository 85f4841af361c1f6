"""``qa flow score``: the same job as a Prefect flow."""

from __future__ import annotations

import os
from pathlib import Path

import click

from qa_pipeline.cli.common import load_settings, message
from qa_pipeline.cli.score import announce, score_options, show
from qa_pipeline.i18n import Lang


@click.group(help=message("help_flow"))
def flow() -> None:
    """Prefect flows."""


@flow.command("score", help=message("help_flow_score"))
@score_options
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("qa_report"),
    show_default=True,
    help=message("opt_out"),
)
def flow_score(
    paths: tuple[str, ...],
    rubric: str | None,
    calls: Path | None,
    out: Path,
    no_redact: bool,
    format_: str,
    lang: Lang,
) -> int:
    """Run the flow and print its result."""
    from qa_pipeline.pipeline.redaction import check_allowed

    settings = load_settings(lang)
    check_allowed(not no_redact, settings)
    prepare_prefect(settings.data_dir)
    from qa_pipeline import bootstrap, resources
    from qa_pipeline.cli.progress import Progress
    from qa_pipeline.pipeline.plan import make_plan

    module = resources.flow_module("score_recordings")
    plan = make_plan(paths, calls, settings)
    announce(plan, lang)
    with Progress(plan.jobs, plain=True) as progress:
        module.watcher.set(progress.done)
        report = module.score_recordings(
            paths=list(paths),
            calls=str(calls) if calls else None,
            rubric=rubric,
            out=str(out),
            lang=lang,
            redact=not no_redact,
        )
    return show(report, bootstrap.scoring(settings), settings, format_, lang, redact=not no_redact)


def prepare_prefect(data_dir: Path) -> None:
    """Keep Prefect's own files in the data folder, quiet and offline; what the user set stands."""
    defaults = {
        "PREFECT_HOME": str((data_dir / "prefect").resolve()),
        # Faults come out in our own words; Prefect would print the whole stack first.
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # A cold start on a busy two-core machine takes longer than the default 20 s allows.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
