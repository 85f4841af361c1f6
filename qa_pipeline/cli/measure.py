"""``qa measure``: what was done to get better; reports compute whether it worked."""

from __future__ import annotations

from datetime import date

import click

from qa_pipeline.cli.common import format_option, lang_option, load_settings
from qa_pipeline.cli.people import Day, by_option, say, scope_options, scope_text, show, told_if_new, who
from qa_pipeline.i18n import Lang
from qa_pipeline.reporting.periods import scope_of


@click.group(help=say("help_measure"))
def measure() -> None:
    """Measures taken."""


@measure.command("add", help=say("help_measure_add"))
@click.argument("what")
@click.option("--moves", required=True, help=say("opt_moves"))
@click.option("--owner", required=True, help=say("opt_owner"))
@click.option("--from", "from_date", type=Day(), help=say("opt_measure_from"))
@scope_options
@by_option
@lang_option
def add(
    what: str,
    moves: str,
    owner: str,
    from_date: date | None,
    agent: str | None,
    team: str | None,
    queue: str | None,
    by: str | None,
    lang: Lang,
) -> None:
    """Keep a measure taken."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.goals import add_improvement, moved_by

    store = bootstrap.people_store(settings)
    scope = scope_of(agent, team, queue)
    moved = moved_by(moves, bootstrap.criterion_ids(settings))
    row = add_improvement(
        store,
        store.improvements(),
        what=what,
        measure=moved,
        scope=scope,
        from_date=from_date or bootstrap.business_day(settings),
        owner=owner,
        who=who(by),
    )
    click.echo(
        say("measure_added", id=row.improvement_id, what=row.what, moves=row.measure, since=row.from_date)
    )
    told_if_new(scope, settings)


@measure.command("list", help=say("help_measure_list"))
@format_option
@lang_option
def list_(format_: str, lang: Lang) -> None:
    """List measures taken."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    rows = [
        {
            "id": row.improvement_id,
            "what": row.what,
            "moves": row.measure,
            "scope": scope_text(row.scope),
            "since": row.from_date.isoformat(),
            "closed": row.closed_on.isoformat() if row.closed_on else None,
            "owner": row.owner,
        }
        for row in bootstrap.people_store(settings).improvements()
    ]
    show(rows, format_=format_, nothing=say("no_measures"))


@measure.command("close", help=say("help_measure_close"))
@click.argument("id_", metavar="ID")
@click.option("--on", "day", type=Day(), help=say("opt_closed_on"))
@click.option("--note", default="", help=say("opt_note"))
@by_option
@lang_option
def close(id_: str, day: date | None, note: str, by: str | None, lang: Lang) -> None:
    """Say that a measure ended."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.errors import InputError

    store = bootstrap.people_store(settings)
    on = day or bootstrap.business_day(settings)
    for row in store.improvements():
        if row.improvement_id == id_ and on < row.from_date:
            raise InputError("goal.closed_before", id=id_, day=on, since=row.from_date)
    store.close_improvement(id_, on=on, note=note, who=who(by))
    click.echo(say("measure_closed", id=id_, day=on))
