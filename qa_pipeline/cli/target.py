"""``qa target``: goals that reports compare their figures with."""

from __future__ import annotations

from datetime import date

import click

from qa_pipeline.cli.common import format_option, lang_option, load_settings
from qa_pipeline.cli.people import Day, by_option, say, scope_options, scope_text, show, told_if_new, who
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang, text
from qa_pipeline.reporting.periods import scope_of


@click.group(help=say("help_target"))
def target() -> None:
    """Goals."""


@target.command("set", help=say("help_target_set"))
@click.argument("figure")
@click.argument("value", required=False)
@click.option("--end", is_flag=True, help=say("opt_target_end"))
@click.option("--from", "from_date", type=Day(), help=say("opt_target_from"))
@scope_options
@by_option
@lang_option
def set_(
    figure: str,
    value: str | None,
    end: bool,
    from_date: date | None,
    agent: str | None,
    team: str | None,
    queue: str | None,
    by: str | None,
    lang: Lang,
) -> None:
    """Set or end a goal."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.goals import figure_of, goal_value

    if end == (value is not None):
        raise InputError("goal.value_or_end")
    name, scope = figure_of(figure), scope_of(agent, team, queue)
    goal = None if value is None else goal_value(value, name)
    since = from_date or bootstrap.business_day(settings)
    bootstrap.people_store(settings).set_target(scope, name, goal, from_date=since, who=who(by))
    shown = say("target_none") if goal is None else _written(goal, name)
    named = text(f"report.figure_{name}", lang)
    click.echo(say("target_set", scope=scope_text(scope), figure=named, value=shown, since=since))
    told_if_new(scope, settings)


@target.command("list", help=say("help_target_list"))
@click.option("--on", "day", type=Day(), help=say("opt_on"))
@format_option
@lang_option
def list_(day: date | None, format_: str, lang: Lang) -> None:
    """List goals in force."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    on = day or bootstrap.business_day(settings)
    rows = [
        {
            "scope": scope_text(goal.scope),
            "figure": text(f"report.figure_{goal.measure}", lang) if format_ == "table" else goal.measure,
            "goal": _written(goal.value, goal.measure) if format_ == "table" else goal.value,
            "since": goal.from_date.isoformat(),
            "by": goal.set_by,
        }
        for goal in bootstrap.people_store(settings).targets(on)
    ]
    show(rows, format_=format_, nothing=say("no_targets", day=on))


def _written(value: float, figure: str) -> str:
    from qa_pipeline.reports.report_words import UNITS

    return f"{100 * value:g}%" if UNITS[figure] == "rate" else f"{value:g}"
