"""``qa audit``: whether the log of who did what is whole."""

from __future__ import annotations

import click

from qa_pipeline.cli.common import default_lang, lang_option, load_settings
from qa_pipeline.i18n import Lang, error_text, text


def _words(key: str, /, **params: object) -> str:
    return text(f"clips.{key}", default_lang(), **params)


@click.group(help=_words("help_audit"))
def audit() -> None:
    """The audit log."""


@audit.command("verify", help=_words("help_audit_verify"))
@lang_option
def verify(lang: Lang) -> int:
    """Check the chain of hashes; exit code 1 where it is broken."""
    from qa_pipeline import bootstrap
    from qa_pipeline.errors import StorageError

    whole, broken = bootstrap.audit_log(load_settings(lang))
    if broken is None:
        click.echo(_words("audit_whole", count=whole))
        return 0
    click.echo(error_text(StorageError("audit.broken", number=broken, whole=whole), lang), err=True)
    return 1
