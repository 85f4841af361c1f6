"""``qa redact``: whole recordings without what is private in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from qa_pipeline.cli.common import default_lang, lang_option, load_settings
from qa_pipeline.i18n import Lang, error_text, seconds, text

if TYPE_CHECKING:
    from qa_pipeline.pipeline.redact_calls import Redacted


def _words(key: str, /, **params: object) -> str:
    return text(f"clips.{key}", default_lang(), **params)


@click.command("redact", help=_words("help_redact"))
@click.argument("call_ids", metavar="CALL...", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help=_words("opt_redact_out"))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["mp3", "wav"]),
    default="mp3",
    show_default=True,
    help=_words("opt_audio"),
)
@lang_option
def redact(call_ids: tuple[str, ...], out: Path, format_: Literal["mp3", "wav"], lang: Lang) -> int:
    """Cover and write whole recordings."""
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.redact_calls import redact_calls

    settings = load_settings(lang)
    failed = redact_calls(
        call_ids,
        out,
        ports=bootstrap.ports(settings),
        scoring=bootstrap.scoring(settings),
        settings=settings,
        lang=lang,
        format_=format_,
        who=bootstrap.this_user(),
        on_done=_tell,
        on_error=lambda error: click.echo(error_text(error, lang), err=True),
    )
    return 1 if failed else 0


def _tell(done: Redacted) -> None:
    click.echo(
        _words(
            "redacted",
            call_id=done.call_id,
            count=len(done.hidden),
            seconds=seconds(done.covered_ms),
            path=done.folder,
        )
    )
