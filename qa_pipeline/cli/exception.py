"""``qa exception``: what needs an owner and a deadline until it is settled."""

from __future__ import annotations

from datetime import date

import click

from qa_pipeline.cli.common import format_option, lang_option, load_settings
from qa_pipeline.cli.people import Day, by_option, say, show, who
from qa_pipeline.i18n import Lang


@click.group(help=say("help_exception"))
def exception() -> None:
    """Exceptions."""


@exception.command("add", help=say("help_exception_add"))
@click.argument("subject")
@click.option("--on", "day", type=Day(), help=say("opt_seen_on"))
@lang_option
def add(subject: str, day: date | None, lang: Lang) -> None:
    """Report an exception."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.goals import open_exception

    store, today = bootstrap.people_store(settings), bootstrap.business_day(settings)
    item = open_exception(store, store.exceptions(today), subject=subject, on=day or today)
    click.echo(say("exception_added", id=item.exception_id, subject=item.subject))


@exception.command("list", help=say("help_exception_list"))
@click.option("--all", "all_", is_flag=True, help=say("opt_all_exceptions"))
@format_option
@lang_option
def list_(all_: bool, format_: str, lang: Lang) -> None:
    """List exceptions, the pressing ones first."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.domain.period import PeriodKind
    from qa_pipeline.reports.report_words import ReportWords

    words = ReportWords(lang=lang, kind=PeriodKind.DAY, business_tz=settings.business_tz)
    items = bootstrap.people_store(settings).exceptions(bootstrap.business_day(settings))
    rows = [
        {
            "id": item.exception_id,
            "subject": words.exception(item),
            "state": words(f"exception_{item.state}") if format_ == "table" else item.state,
            "owner": item.owner,
            "deadline": item.deadline.isoformat() if item.deadline else None,
            "overdue": item.overdue,
            "since": item.opened_on.isoformat(),
        }
        for item in items
        if all_ or item.state != "closed"
    ]
    show(rows, format_=format_, nothing=say("no_exceptions"))


@exception.command("assign", help=say("help_exception_assign"))
@click.argument("id_", metavar="ID")
@click.option("--to", "owner", required=True, help=say("opt_assign_to"))
@click.option("--deadline", type=Day(), help=say("opt_deadline"))
@click.option("--note", default="", help=say("opt_note"))
@by_option
@lang_option
def assign(id_: str, owner: str, deadline: date | None, note: str, by: str | None, lang: Lang) -> None:
    """Give an exception to somebody."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    to = who(owner)
    bootstrap.people_store(settings).assign_exception(
        id_, owner=to, deadline=deadline, note=note, who=who(by)
    )
    click.echo(say("exception_assigned", id=id_, owner=to, deadline=deadline or say("none")))


@exception.command("close", help=say("help_exception_close"))
@click.argument("id_", metavar="ID")
@click.option("--note", required=True, help=say("opt_settled_how"))
@by_option
@lang_option
def close(id_: str, note: str, by: str | None, lang: Lang) -> None:
    """Say that an exception is settled."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    bootstrap.people_store(settings).close_exception(id_, note=note, who=who(by))
    click.echo(say("exception_closed", id=id_))
