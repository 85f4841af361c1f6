"""``qa models``: list, fetch and verify speech models."""

from __future__ import annotations

from dataclasses import asdict

import click

from qa_pipeline.cli.common import format_option, lang_option, load_settings, message
from qa_pipeline.cli.score import print_json
from qa_pipeline.i18n import Lang


@click.group(help=message("help_models"))
def models() -> None:
    """Speech models."""


@models.command("list", help=message("help_models_list"))
@format_option
@lang_option
def list_(format_: str, lang: Lang) -> None:
    """List the catalogue."""
    settings = load_settings(lang)
    from qa_pipeline.asr.fetch import status

    found = status(settings)
    if format_ == "json":
        for model in found:
            print_json({**asdict(model), "path": str(model.path)})
        return
    from rich.table import Table

    from qa_pipeline.cli.table import console

    table = Table()
    for key in ("model", "state", "size", "licence", "source", "notes"):
        table.add_column(message(f"col_{key}"), overflow="fold")
    for model in found:
        table.add_row(
            f"{'*' if model.selected else ' '} {model.name}",
            message(f"model_{model.state}"),
            f"{model.size / 1e6:.0f} MB" if model.size else "?",
            model.licence,
            message(f"source_{model.source}"),
            model.notes.get(lang, ""),
        )
    console().print(table)


@models.command("fetch", help=message("help_models_fetch"))
@click.argument("name")
@click.option("--force", is_flag=True, help=message("opt_force"))
@click.option("--trust", is_flag=True, help=message("opt_trust"))
@lang_option
def fetch(name: str, force: bool, trust: bool, lang: Lang) -> None:
    """Get or repair a model."""
    settings = load_settings(lang)
    from qa_pipeline.asr import fetch as fetching

    path = fetching.fetch(settings, name, force=force, trust=trust)
    click.echo(message("model_fetched", name=name, path=path))


@models.command("verify", help=message("help_models_verify"))
@click.argument("name", required=False)
@lang_option
def verify(name: str | None, lang: Lang) -> int:
    """Read every byte of a model; exit code 1 where one is wrong."""
    settings = load_settings(lang)
    from qa_pipeline.asr import fetch as fetching

    result = fetching.verify(settings, name)
    for check in result.checks:
        state = message("check_ok" if check.ok else "check_bad")
        click.echo(f"{state}  {check.name}  {check.actual or '—'}")
    if result.ok:
        click.echo(message("model_ok", name=result.name, path=result.path))
        return 0
    click.echo(message("model_not_ok", name=result.name), err=True)
    return 1
