"""``qa clips``: typical cases for trainers."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from qa_pipeline.cli.common import default_lang, lang_option, load_settings
from qa_pipeline.i18n import Lang, error_text, text

if TYPE_CHECKING:
    from qa_pipeline.pipeline.clips import Picked


def _words(key: str, /, **params: object) -> str:
    return text(f"clips.{key}", default_lang(), **params)


@click.command("clips", help=_words("help"))
@click.option("--criterion", help=_words("opt_criterion"))
@click.option("--outcome", type=click.Choice(["not_met", "met"]), help=_words("opt_outcome"))
@click.option("--text", "words", help=_words("opt_text"))
@click.option("--agent", help=_words("opt_agent"))
@click.option("--best", "modes", flag_value="best", multiple=True, help=_words("opt_mode"))
@click.option("--worst", "modes", flag_value="worst", multiple=True)
@click.option("--typical", "modes", flag_value="typical", multiple=True)
@click.option("--varied", "modes", flag_value="varied", multiple=True)
@click.option("--top", type=int, default=10, show_default=True, help=_words("opt_top"))
@click.option("--pairs", is_flag=True, help=_words("opt_pairs"))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("qa_clips"),
    show_default=True,
    help=_words("opt_out"),
)
@click.option("--zip", "zip_", is_flag=True, help=_words("opt_zip"))
@click.option("--dry-run", is_flag=True, help=_words("opt_dry_run"))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["mp3", "wav"]),
    default="mp3",
    show_default=True,
    help=_words("opt_audio"),
)
@click.option("--no-redact", is_flag=True, help=_words("opt_no_redact"))
@click.option("--name-agents", is_flag=True, help=_words("opt_name_agents"))
@lang_option
def clips(
    criterion: str | None,
    outcome: str | None,
    words: str | None,
    agent: str | None,
    modes: tuple[str, ...],
    top: int,
    pairs: bool,
    out: Path,
    zip_: bool,
    dry_run: bool,
    format_: Literal["mp3", "wav"],
    no_redact: bool,
    name_agents: bool,
    lang: Lang,
) -> int:
    """Choose, cut and write typical cases."""
    from qa_pipeline import bootstrap
    from qa_pipeline.domain.finding import Outcome
    from qa_pipeline.errors import InputError
    from qa_pipeline.pipeline.clip_export import Request, check_allowed, export_clips
    from qa_pipeline.pipeline.clip_select import Mode
    from qa_pipeline.pipeline.clips import Wanted

    if len(set(modes)) > 1:
        raise InputError("clips.one_mode")
    settings = load_settings(lang)
    check_allowed(not no_redact, settings)
    wanted = Wanted(
        criterion=criterion,
        outcome=Outcome(outcome) if outcome else None,
        words=words,
        agent=agent,
        mode=Mode(modes[0]) if modes else Mode.TYPICAL,
        top=top,
        pairs=pairs,
    )
    use_case = bootstrap.clips(settings)
    picked = use_case.pick(wanted, bootstrap.criterion_ids(settings))
    if dry_run:
        _list(picked, lang)
        return 0
    request = Request(
        out=out,
        format=format_,
        archive=zip_,
        redact=not no_redact,
        name_agents=name_agents,
        lang=lang,
        who=getpass.getuser(),
    )
    done = export_clips(
        use_case,
        picked,
        request,
        store=bootstrap.stored(settings)[0],
        settings=settings,
        on_error=lambda error: click.echo(error_text(error, lang), err=True),
    )
    click.echo(_words("made", count=done.written, path=done.page))
    if done.archive is not None:
        click.echo(_words("zipped", path=done.archive))
    return 1 if done.failed else 0


def _list(picked: Sequence[Picked], lang: Lang) -> None:
    for one in picked:
        row = one.row
        click.echo(
            _words(
                "listed",
                number=one.number,
                title=row.criterion_id,
                outcome=_words("kind_good" if row.outcome.value == "met" else "kind_bad"),
                call_id=row.call_id,
                agent=row.agent_id or "—",
                why=text(f"clips.why_{one.reason.key}", lang, **one.reason.params),
            )
        )
