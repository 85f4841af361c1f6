"""``qa sample``: draws calls for people to review, and says from their marks what holds for all calls."""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from qa_pipeline.cli.common import format_option, lang_option, load_settings
from qa_pipeline.cli.people import (
    days_of,
    days_options,
    known_scope,
    last_month,
    say,
    scope_options,
    scope_text,
    show,
    who,
)
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang

if TYPE_CHECKING:
    from qa_pipeline.pipeline.sample import Estimates, Redone
    from qa_pipeline.scoring.sampling import MeanEstimate
    from qa_pipeline.settings import Settings
    from qa_pipeline.storage.draw_base import Draw


@click.command(help=say("help_sample"))
@days_options
@scope_options
@click.option(
    "--by",
    "strata",
    type=click.Choice(["agent", "team", "queue"]),
    default="agent",
    show_default=True,
    help=say("opt_by_stratum"),
)
@click.option("--per", type=int, default=5, show_default=True, help=say("opt_per"))
@click.option("--doubtful", type=int, default=0, show_default=True, help=say("opt_doubtful"))
@click.option("--seed", type=int, help=say("opt_seed"))
@click.option("--out", type=click.Path(path_type=Path), help=say("opt_table_out"))
@click.option("--redo", "redo_id", metavar="ID", help=say("opt_redo"))
@click.option("--estimate", "estimate_id", metavar="ID", help=say("opt_estimate"))
@click.option("--list", "list_", is_flag=True, help=say("opt_list_draws"))
@click.option("--drawn-by", metavar="NAME", help=say("opt_by"))
@format_option
@lang_option
def sample(
    month: str | None,
    first: date | None,
    last: date | None,
    agent: str | None,
    team: str | None,
    queue: str | None,
    strata: Literal["agent", "team", "queue"],
    per: int,
    doubtful: int,
    seed: int | None,
    out: Path | None,
    redo_id: str | None,
    estimate_id: str | None,
    list_: bool,
    drawn_by: str | None,
    format_: str,
    lang: Lang,
) -> int:
    """Draw a sample, or look at one."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.people_files import check_name
    from qa_pipeline.pipeline.sample import Wanted, estimate, known_draw, make_draw, redo

    if sum((redo_id is not None, estimate_id is not None, list_)) > 1:
        raise InputError("sample.one_job")
    if out is not None:
        check_name(out)
    store = bootstrap.draws(settings)
    if list_:
        _list(store.draws(), format_, settings.business_tz)
        return 0
    if estimate_id is not None:
        _tell(estimate(known_draw(estimate_id, store), bootstrap.reviewing(settings)), format_)
        return 0
    contents = bootstrap.people_store(settings).rubric_contents()
    if redo_id is not None:
        redone = redo(redo_id, store, contents)
        _compare(redone)
        _write(redone.then, settings, out, format_, lang)
        return 0 if redone.same else 1
    start, end = days_of(month, first, last, default=last_month(bootstrap.business_day(settings)))
    wanted = Wanted(
        start=start,
        end=end,
        scope=known_scope(settings, agent, team, queue),
        by=strata,
        per=per,
        doubtful=doubtful,
        seed=secrets.randbelow(2**31) if seed is None else seed,
    )
    drawn = make_draw(wanted, store, contents)
    new = store.add_draw(drawn, who=who(drawn_by))
    if format_ == "table":
        reasons = Counter(one.reason for one in drawn.calls)
        told = {reason: reasons[reason] for reason in ("fatal", "doubtful", "random")}
        click.echo(
            say(
                "drawn",
                id=drawn.draw_id,
                seed=drawn.seed,
                start=start,
                last=end - timedelta(days=1),
                scope=scope_text(wanted.scope),
                population=drawn.params["population"],
                count=len(drawn.calls),
                **told,
            )
        )
        if not new:
            click.echo(say("drawn_before"))
    _write(drawn, settings, out, format_, lang)
    if format_ == "table":
        click.echo(say("next_form", id=drawn.draw_id))
    return 0


def _write(drawn: Draw, settings: Settings, out: Path | None, format_: str, lang: Lang) -> None:
    from qa_pipeline import bootstrap
    from qa_pipeline.cli.common import message
    from qa_pipeline.domain.period import PeriodKind
    from qa_pipeline.pipeline.people_files import table_of, write_tables
    from qa_pipeline.reports.report_words import ReportWords

    store = bootstrap.stored(settings)[0]
    words = ReportWords(lang=lang, kind=PeriodKind.DAY, business_tz=settings.business_tz)
    rows = []
    for one in drawn.calls:
        call = store.call(one.call_id)
        assert call is not None, "a drawn call is in the database"
        info = call.info
        started = words.moment(info.started_at)
        place = (
            one.stratum,
            one.reason if format_ == "json" else say(f"reason_{one.reason}"),
            round(one.probability, 6),
        )
        rows.append((one.call_id, info.agent_id, info.team_id, info.queue, started, *place))
    keys = ("call_id", "agent", "team", "queue", "started", "stratum", "reason", "probability")
    if out is not None:
        kinds = [(key, "percent" if key == "probability" else "text") for key in keys]
        write_tables(
            out,
            [table_of("sample", kinds, rows, lang)],  # type: ignore[arg-type]
            about=[say(f"draw_{name}", value=value) for name, value in _about(drawn).items()],
            lang=lang,
            tz=settings.business_tz,
        )
        click.echo(message("exported", path=out), err=format_ == "json")
    elif format_ == "json":
        show(
            [{"draw_id": drawn.draw_id, **dict(zip(keys, row, strict=True))} for row in rows],
            format_=format_,
            nothing="",
        )
    else:
        show([dict(zip(keys, row, strict=True)) for row in rows], format_=format_, nothing="")


def _about(drawn: Draw) -> dict[str, object]:
    return {"draw_id": drawn.draw_id, "method": drawn.method, "seed": drawn.seed, **drawn.params}


def _list(draws: tuple[Draw, ...], format_: str, tz: str) -> None:
    from zoneinfo import ZoneInfo

    rows = []
    for one in draws:
        told = {name: str(value) for name, value in one.params.items()}
        last = date.fromisoformat(told["end"]) - timedelta(days=1)
        rows.append(
            {
                "id": one.draw_id,
                "days": f"{told['start']}–{last}",
                "by_stratum": told["by"],
                "per": told["per"],
                "doubtful": told["doubtful"],
                "seed": str(one.seed),
                "population": told["population"],
                "count": len(one.calls),
                "by": one.drawn_by,
                "at": f"{one.drawn_at.astimezone(ZoneInfo(tz)):%Y-%m-%d %H:%M}" if one.drawn_at else None,
            }
        )
    show(rows, format_=format_, nothing=say("no_draws"))


def _compare(redone: Redone) -> None:
    then, now = redone.then, redone.now
    old, new = ({one.call_id for one in draw.calls} for draw in (then, now))
    sizes = {"then": then.params["population"], "now": now.params["population"]}
    if redone.same:
        said = say("redo_same", id=then.draw_id, count=len(then.calls))
    elif old == new:
        said = say("redo_reordered", id=then.draw_id, **sizes)
    else:
        said = say("redo_differs", id=then.draw_id, gone=len(old - new), new=len(new - old), **sizes)
    click.echo(said, err=True)


def _tell(found: Estimates, format_: str) -> None:
    from dataclasses import asdict

    from qa_pipeline.cli.score import print_json

    named = {
        "score": (found.score, 1.0, 100.0),
        "machine": (found.machine, 1.0, 100.0),
        "agreement": (found.agreement, 100.0, 1.0),
        "changed": (found.changed, 100.0, 1.0),
    }
    if format_ == "json":
        head = {
            "draw_id": found.draw.draw_id,
            "num_drawn": len(found.draw.calls),
            "num_marked": found.num_marked,
        }
        print_json(head | {name: value and asdict(value) for name, (value, _, _) in named.items()})
        return
    population = found.draw.params["population"]
    click.echo(
        say(
            "estimate_head",
            id=found.draw.draw_id,
            count=len(found.draw.calls),
            marked=found.num_marked,
            population=population,
        )
    )
    for name, (value, factor, most) in named.items():
        click.echo(_sentence(say(f"estimate_{name}"), value, factor, most))


def _sentence(name: str, value: MeanEstimate | None, factor: float, most: float) -> str:
    if value is None:
        return say("estimate_none", name=name)
    mean = f"{factor * value.mean:.1f}%"
    if value.low is None or value.high is None:
        return say("estimate_value", name=name, value=mean)
    # Student's interval does not know that a share ends at 0 and 100 %.
    low, high = max(0.0, value.low), min(most, value.high)
    return say(
        "estimate_interval", name=name, value=mean, low=f"{factor * low:.1f}%", high=f"{factor * high:.1f}%"
    )
