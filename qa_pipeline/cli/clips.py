"""``qa clips``: typical cases for trainers, and coaching packs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from qa_pipeline.cli.common import default_lang, lang_option, load_settings, plain_option
from qa_pipeline.cli.people import by_option, days_of, days_options, known_scope, last_month, who
from qa_pipeline.i18n import Lang, error_text, text

if TYPE_CHECKING:
    from qa_pipeline.errors import QaError
    from qa_pipeline.pipeline.clip_export import Request
    from qa_pipeline.pipeline.clip_picked import Picked, Picks
    from qa_pipeline.pipeline.clip_wanted import Wanted
    from qa_pipeline.pipeline.clips import Clips
    from qa_pipeline.settings import Settings


def _words(key: str, /, **params: object) -> str:
    return text(f"clips.{key}", default_lang(), **params)


def _wishes(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is asked for."""
    for option in (
        click.option("--pairs", is_flag=True, help=_words("opt_pairs")),
        click.option("--top", type=int, default=10, show_default=True, help=_words("opt_top")),
        click.option("--varied", "modes", flag_value="varied", multiple=True),
        click.option("--typical", "modes", flag_value="typical", multiple=True),
        click.option("--worst", "modes", flag_value="worst", multiple=True),
        click.option("--best", "modes", flag_value="best", multiple=True, help=_words("opt_mode")),
        click.option("--team", callback=plain_option, help=_words("opt_team")),
        click.option("--agent", callback=plain_option, help=_words("opt_agent")),
        click.option("--topic", help=_words("opt_topic")),
        click.option("--text", "words", help=_words("opt_text")),
        click.option(
            "--role",
            type=click.Choice(["agent", "customer"]),
            default="agent",
            show_default=True,
            help=_words("opt_role"),
        ),
        click.option("--direction", type=click.Choice(["high", "low"]), help=_words("opt_direction")),
        click.option("--measure", help=_words("opt_measure")),
        click.option("--outcome", type=click.Choice(["not_met", "met"]), help=_words("opt_outcome")),
        click.option("--criterion", help=_words("opt_criterion")),
    ):
        command = option(command)
    return command


@click.command("clips", help=_words("help"))
@_wishes
@days_options
@click.option("--packs", is_flag=True, help=_words("opt_packs"))
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
@by_option
@lang_option
def clips(
    month: str | None,
    first: date | None,
    last: date | None,
    packs: bool,
    out: Path,
    zip_: bool,
    dry_run: bool,
    format_: Literal["mp3", "wav"],
    no_redact: bool,
    name_agents: bool,
    by: str | None,
    lang: Lang,
    **wishes: Any,
) -> int:
    """Choose, cut and write typical cases, or coaching packs."""
    from qa_pipeline.pipeline.clip_export import Request
    from qa_pipeline.pipeline.redaction import check_allowed

    settings = load_settings(lang)
    check_allowed(not no_redact, settings)
    wanted = _wanted(wishes)
    request = Request(
        out=out,
        format=format_,
        archive=zip_,
        redact=not no_redact,
        name_agents=name_agents,
        lang=lang,
        who=who(by),
    )
    if packs or month is not None or first is not None or last is not None:
        start, end = _days(month, first, last, settings)
        wanted = replace(wanted, first=start, before=end)
    work = _packs if packs else _clips
    return work(wanted, request, settings, dry_run=dry_run)


def _wanted(wishes: dict[str, Any]) -> Wanted:
    """The options as one wish.

    Raises:
        InputError: ``clips.one_mode``, ``clips.direction_or_mode``.
    """
    from qa_pipeline.domain.call import Role
    from qa_pipeline.domain.finding import Outcome
    from qa_pipeline.errors import InputError
    from qa_pipeline.pipeline.clip_measures import Side
    from qa_pipeline.pipeline.clip_select import Mode
    from qa_pipeline.pipeline.clip_wanted import Wanted

    modes = set(wishes.pop("modes"))
    if len(modes) > 1:
        raise InputError("clips.one_mode")
    direction, outcome = wishes.pop("direction"), wishes.pop("outcome")
    if direction is not None and modes & {"typical", "varied"}:
        raise InputError("clips.direction_or_mode")
    return Wanted(
        outcome=Outcome(outcome) if outcome else None,
        direction=Side(direction) if direction else None,
        role=Role(wishes.pop("role")),
        mode=Mode(modes.pop()) if modes else Mode.TYPICAL,
        **wishes,
    )


def _days(month: str | None, first: date | None, last: date | None, settings: Settings) -> tuple[date, date]:
    from qa_pipeline import bootstrap

    return days_of(month, first, last, default=last_month(bootstrap.business_day(settings)))


def _clips(wanted: Wanted, request: Request, settings: Settings, *, dry_run: bool) -> int:
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.clip_export import export_clips

    for agent, team in ((wanted.agent, None), (None, wanted.team)):
        known_scope(settings, agent, team, None)
    use_case = bootstrap.clips(settings)
    picks = use_case.pick(wanted, bootstrap.criterion_ids(settings), _teller(request.lang))
    _tell(picks, request.lang)
    if dry_run:
        for one in picks.picked:
            click.echo(_listed(one, use_case, request.lang))
        return 1 if picks.skipped else 0
    done = export_clips(
        use_case,
        picks.picked,
        request,
        store=bootstrap.stored(settings)[0],
        settings=settings,
        on_error=_teller(request.lang),
    )
    click.echo(_words("made", count=done.written, path=done.page))
    if done.archive is not None:
        click.echo(_words("zipped", path=done.archive))
    return 1 if done.failed or picks.skipped else 0


def _packs(wanted: Wanted, request: Request, settings: Settings, *, dry_run: bool) -> int:
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.pack_files import export_packs
    from qa_pipeline.pipeline.packs import check_packs

    days = check_packs(wanted)
    use_case = bootstrap.packs(settings)
    plans = use_case.plan(days, agent=wanted.agent, team=wanted.team)
    if dry_run:
        for plan in plans:
            click.echo(
                text(
                    "packs.listed",
                    request.lang,
                    number=plan.number,
                    agent=plan.agent_id,
                    calls=plan.figures.calls,
                    clips=len(plan.picked),
                )
            )
        return 0
    done = export_packs(
        use_case,
        plans,
        request,
        store=bootstrap.stored(settings)[0],
        settings=settings,
        on_error=_teller(request.lang),
    )
    click.echo(text("packs.made", request.lang, count=len(plans), clips=done.written, path=done.page))
    if done.archive is not None:
        click.echo(_words("zipped", path=done.archive))
    return 1 if done.failed else 0


def _teller(lang: Lang) -> Callable[[QaError], None]:
    return lambda error: click.echo(error_text(error, lang), err=True)


def _tell(picks: Picks, lang: Lang) -> None:
    for note in picks.notes:
        click.echo(text(f"clips.note_{note.key}", lang, **note.params))


def _listed(one: Picked, use_case: Clips, lang: Lang) -> str:
    from qa_pipeline.storage.clip_base import FindingRow, MeasuredRow, SaidRow

    row, kind, title = one.row, "shown", ""
    if isinstance(row, FindingRow):
        kind, title = "good" if row.outcome.value == "met" else "bad", use_case.title(row.criterion_id)
    elif isinstance(row, MeasuredRow):
        label = text(f"page.measure_{row.measure}", lang)
        title = f"{label} {row.value:g}"
    elif isinstance(row, SaidRow):
        title = text("clips.title_words", lang, words=row.words)
    return _words(
        "listed",
        number=one.number,
        title=title,
        outcome=text(f"clips.kind_{kind}", lang)
        if one.pair is None
        else text("clips.kind_of_pair", lang, kind=text(f"clips.kind_{kind}", lang), number=one.pair),
        call_id=row.call_id,
        agent=row.agent_id or "—",
        why=text(f"clips.why_{one.reason.key}", lang, **one.reason.params),
    )
