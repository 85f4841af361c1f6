"""What the commands share by which people put in and get out: who, when, which days, and tables of what is kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

from qa_pipeline.cli.common import default_lang
from qa_pipeline.cli.report import FIRST_YEAR, LAST_YEAR
from qa_pipeline.cli.score import print_json
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import text

if TYPE_CHECKING:
    from qa_pipeline.domain.period import Scope
    from qa_pipeline.settings import Settings

    _DayType = click.ParamType[date]
else:
    _DayType = click.ParamType  # older versions of the library know no parameter

F = TypeVar("F", bound=Callable[..., Any])


def say(key: str, /, **params: object) -> str:
    """A sentence of these commands in the reader's language."""
    return text(f"people.{key}", default_lang(), **params)


class Day(_DayType):
    """A day such as 2026-10-05.

    Raises:
        InputError: ``input.bad_date``.
    """

    name = "YYYY-MM-DD"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Text to day."""
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(value.strip().replace("/", "-"))
        except ValueError as error:
            raise InputError("input.bad_date", value=value) from error
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise InputError("input.bad_date", value=value)
        return day


def by_option(command: F) -> F:
    """``--by``: who does it; default: who runs the process."""
    return click.option("--by", "by", metavar="NAME", help=say("opt_by"))(command)


def who(name: str | None) -> str:
    """The name given, or ``user@host``.

    Raises:
        InputError: ``goal.no_name`` where it is blank.
    """
    if name is None:
        from qa_pipeline.storage.audit import default_actor

        return default_actor()
    if not name.strip():
        raise InputError("goal.no_name")
    return name.strip()


def scope_options(command: F) -> F:
    """``--agent``, ``--team``, ``--queue``."""
    for option in ("queue", "team", "agent"):
        command = click.option(f"--{option}", help=say(f"opt_{option}"))(command)
    return command


def known_scope(settings: Settings, agent: str | None, team: str | None, queue: str | None) -> Scope:
    """Whose calls, where nothing comes out for somebody without any.

    Raises:
        InputError: ``input.one_scope``, ``input.unknown_scope`` with the nearest names.
    """
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.scopes import refuse_unknown
    from qa_pipeline.reporting.periods import scope_of

    scope = scope_of(agent, team, queue)
    refuse_unknown(scope, bootstrap.people_store(settings))
    return scope


def told_if_new(scope: Scope, settings: Settings) -> None:
    """Say on stderr that nobody of this name had a call yet: a team may get its goal before its first."""
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.scopes import unknown

    error = unknown(scope, bootstrap.people_store(settings))
    if error is not None:
        click.echo(say("scope_is_new", scope=scope_text(scope), near=error.params["near"]), err=True)


def scope_text(scope: Scope) -> str:
    """Whose calls, in words."""
    return say(f"scope_{scope.kind.value}", id=scope.id)


def days_options(command: F) -> F:
    """``--month``, ``--from``, ``--to``."""
    command = click.option("--to", "last", type=Day(), help=say("opt_to"))(command)
    command = click.option("--from", "first", type=Day(), help=say("opt_from"))(command)
    return click.option("--month", metavar="YYYY-MM", help=say("opt_month"))(command)


def days_of(
    month: str | None, first: date | None, last: date | None, *, default: tuple[date, date]
) -> tuple[date, date]:
    """Business days from the first to before the second.

    Args:
        month: a month, alone.
        first: the first day.
        last: the last day; with ``first`` alone, everything since.
        default: where nothing is given.

    Raises:
        InputError: ``goal.days_twice``, ``goal.days_order``, ``export.bad_month``.
    """
    if month is not None:
        if first is not None or last is not None:
            raise InputError("goal.days_twice")
        try:
            start = date.fromisoformat(f"{month.strip()}-01")
        except ValueError:
            raise InputError("export.bad_month", value=month) from None
        return start, (start + timedelta(days=31)).replace(day=1)
    if first is None and last is None:
        return default
    start, end = first or date(FIRST_YEAR, 1, 1), (last or date(LAST_YEAR, 12, 31)) + timedelta(days=1)
    if start >= end:
        raise InputError("goal.days_order", first=str(first), last=str(last))
    return start, end


def last_month(today: date) -> tuple[date, date]:
    """The month that has just ended."""
    end = today.replace(day=1)
    return (end - timedelta(days=1)).replace(day=1), end


def show(rows: Sequence[Mapping[str, Any]], *, format_: str, nothing: str, words: str = "people") -> None:
    """A table with headings ``<words>.col_<key>``, or one JSON object a line.

    Args:
        rows: all with the same keys and plain values; keys that begin with ``_`` are for JSON only.
        format_: ``table`` or ``json``.
        nothing: what to say where there are no rows.
        words: the catalogue of the headings.
    """
    if format_ == "json":
        for row in rows:
            print_json({key.lstrip("_"): value for key, value in row.items()})
        return
    if not rows:
        click.echo(nothing)
        return
    from rich.console import Console
    from rich.table import Table

    from qa_pipeline.cli.cell import Cell

    table = Table()
    keys = [key for key in rows[0] if not key.startswith("_")]
    for key in keys:
        table.add_column(text(f"{words}.col_{key}", default_lang()), overflow="fold")
    for row in rows:
        table.add_row(*(Cell(_written(row[key])) for key in keys))
    # Nothing may be cut off where no terminal sets a width: a mark's reason is what people look for.
    width = None if sys.stdout.isatty() else 170
    Console(width=width, highlight=False, file=sys.stdout).print(table)


def _written(value: Any) -> str:
    if value is None or value == "":
        return say("none")
    if isinstance(value, bool):
        return say("yes" if value else "no")
    return f"{value:g}" if isinstance(value, float) else str(value)
