"""``qa hold``: what must not be deleted for as long as a dispute or an inquiry lasts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from qa_pipeline.cli.common import format_option, lang_option, load_settings, plain_option
from qa_pipeline.cli.keep_words import required, say
from qa_pipeline.cli.people import Day, by_option, show, who
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang

if TYPE_CHECKING:
    from qa_pipeline.settings import Settings
    from qa_pipeline.storage.keep_base import Hold, HoldKind


@click.group(help=say("help_hold"))
def hold() -> None:
    """Legal holds."""


@hold.command("set", help=say("help_hold_set"))
@click.option("--call", metavar="ID", help=say("opt_hold_call"))
@click.option("--customer", callback=plain_option, help=say("opt_hold_customer"))
@click.option("--agent", callback=plain_option, help=say("opt_hold_agent"))
@click.option("--from", "first", type=Day(), help=say("opt_hold_from"))
@click.option("--to", "last", type=Day(), help=say("opt_hold_to"))
@click.option("--reason", required=True, metavar="TEXT", help=say("opt_hold_reason"))
@by_option
@lang_option
def set_(
    call: str | None,
    customer: str | None,
    agent: str | None,
    first: date | None,
    last: date | None,
    reason: str,
    by: str | None,
    lang: Lang,
) -> None:
    """Set a hold."""
    kind, subject = _of(call, customer, agent, first, last)
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    _check(kind, subject, settings)
    made = bootstrap.keep_store(settings).set_hold(
        kind,
        subject,
        first_day=first,
        last_day=last,
        reason=required(reason, "--reason"),
        who=who(by),
    )
    click.echo(say("hold_set", id=made.hold_id, calls=made.num_calls))
    if not made.num_calls:
        click.echo(say("hold_covers_nothing", id=made.hold_id), err=True)


@hold.command("lift", help=say("help_hold_lift"))
@click.argument("hold_id", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help=say("opt_lift_reason"))
@by_option
@lang_option
def lift(hold_id: str, reason: str, by: str | None, lang: Lang) -> None:
    """End a hold."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    why = required(reason, "--reason")
    bootstrap.keep_store(settings).lift_hold(hold_id, reason=why, who=who(by))
    click.echo(say("hold_lifted", id=hold_id.strip().upper()))


@hold.command("list", help=say("help_hold_list"))
@click.option("--all", "all_", is_flag=True, help=say("opt_all_holds"))
@format_option
@lang_option
def list_(all_: bool, format_: str, lang: Lang) -> None:
    """Show holds."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    holds = bootstrap.keep_store(settings).holds(lifted=all_)
    show([_row(one, format_) for one in holds], format_=format_, nothing=say("no_holds"), words="keep")


def _of(
    call: str | None, customer: str | None, agent: str | None, first: date | None, last: date | None
) -> tuple[HoldKind, str]:
    if (first is None) != (last is None):
        raise InputError("hold.two_days")
    if first is not None and last is not None and last < first:
        raise InputError("hold.days_backwards", first=first.isoformat(), last=last.isoformat())
    named: dict[HoldKind, str | None] = {"call": call, "customer": customer, "agent": agent}
    given = {kind: value.strip() for kind, value in named.items() if value is not None}
    if len(given) + (first is not None) != 1:
        raise InputError("hold.one_of")
    for kind, value in given.items():
        return kind, required(value, f"--{kind}")
    return "days", ""


def _check(kind: HoldKind, subject: str, settings: Settings) -> None:
    """A misspelt call or agent would be held in vain; a customer may have their first call tomorrow."""
    from qa_pipeline import bootstrap
    from qa_pipeline.domain.period import Scope, ScopeKind
    from qa_pipeline.pipeline.scopes import refuse_unknown

    if kind == "call" and bootstrap.stored(settings)[0].call(subject) is None:
        raise InputError("input.unknown_call", call_id=subject)
    if kind == "agent":
        refuse_unknown(Scope(kind=ScopeKind.AGENT, id=subject), bootstrap.people_store(settings))


def _row(one: Hold, format_: str) -> dict[str, object]:
    days = None if one.first_day is None else f"{one.first_day} – {one.last_day}"
    return {
        "id": one.hold_id,
        "kind": say(f"hold_{one.kind}") if format_ == "table" else one.kind,
        "of": one.subject or days,
        "calls": one.num_calls,
        "reason": one.reason,
        "by": one.set_by,
        "since": one.set_at.date().isoformat(),
        "lifted_by": one.lifted_by,
        "lifted": one.lifted_at.date().isoformat() if one.lifted_at else None,
        "_lift_reason": one.lift_reason,
    }
