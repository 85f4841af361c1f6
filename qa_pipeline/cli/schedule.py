"""``qa schedule``: the nightly job, every night or now."""

from __future__ import annotations

import os
from pathlib import Path

import click

from qa_pipeline.cli.common import lang_option, load_settings, message
from qa_pipeline.cli.flow import prepare_prefect
from qa_pipeline.i18n import Lang


@click.command(help=message("help_schedule"))
@click.argument("watch", nargs=-1, metavar="[PATH...]")
@click.option("--calls", metavar="FILE.csv", help=message("opt_watch_calls"))
@click.option("--reports", type=click.Path(path_type=Path), help=message("opt_reports"))
@click.option("--once", is_flag=True, help=message("opt_once"))
@lang_option
def schedule(watch: tuple[str, ...], calls: str | None, reports: Path | None, once: bool, lang: Lang) -> int:
    """Serve the flows with their schedule, or run tonight's job now."""
    # The flows run in processes of their own: what was said on the command line reaches them as settings.
    given = {
        "QA_WATCH": "\n".join(watch) or None,
        "QA_WATCH_CALLS": calls,
        "QA_REPORT_DIR": str(reports.resolve()) if reports else None,
    }
    os.environ.update({name: value for name, value in given.items() if value is not None})
    os.environ["QA_LANG"] = lang
    settings = load_settings(lang)
    if not settings.watch:
        from qa_pipeline.errors import InputError

        raise InputError("input.nothing_watched")
    prepare_prefect(settings.data_dir)
    from qa_pipeline import resources

    if once:
        module = resources.flow_module("nightly")
        night = module.nightly(lang=lang)
        click.echo(module.summary(night, lang))
        return int(night.exit_code)
    from qa_pipeline.cli.service import serve

    serve(settings)
    return 0
