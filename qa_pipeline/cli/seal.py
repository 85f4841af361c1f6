"""``qa seal``: encrypts what an earlier release left in the clear."""

from __future__ import annotations

import click

from qa_pipeline.cli.common import lang_option, load_settings, message
from qa_pipeline.i18n import Lang


@click.command(help=message("help_seal"))
@lang_option
def seal(lang: Lang) -> None:
    """Encrypt the rest; a second run finds nothing."""
    settings = load_settings(lang)
    from qa_pipeline.storage.artifacts import FileArtifacts

    artifacts = FileArtifacts(settings)
    count = artifacts.seal_rest()
    if count:
        click.echo(message("sealed", count=count, source=artifacts.sealing().source))
    else:
        click.echo(message("sealed_nothing"))
