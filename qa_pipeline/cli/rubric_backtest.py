"""``qa rubric backtest``: what a new form would have made of the calls already heard."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from qa_pipeline.cli.common import default_lang, format_option, lang_option, load_settings, on_terminal
from qa_pipeline.i18n import Lang, text

if TYPE_CHECKING:
    from datetime import date

    from qa_pipeline.pipeline.backtest import Backtest
    from qa_pipeline.reports.backtest_page import BacktestWords

_SHOWN = 20
"""Calls in the terminal's table; the page and the JSON have all."""
_TELL_EVERY = 500


def words(key: str, /, **params: object) -> str:
    """A sentence of this command in the reader's language."""
    return text(f"backtest.{key}", default_lang(), **params)


@click.command("backtest", help=words("help"))
@click.argument("new", metavar="NEW")
@click.option("--against", "old", metavar="OLD", required=True, help=words("opt_against"))
@click.option("--from", "first", metavar="D", help=words("opt_from"))
@click.option("--to", "last", metavar="D", help=words("opt_to"))
@click.option("--out", type=click.Path(path_type=Path), help=words("opt_out"))
@format_option
@lang_option
def backtest(
    new: str, old: str, first: str | None, last: str | None, out: Path | None, format_: str, lang: Lang
) -> int:
    """Compare two forms on stored calls."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.backtest import backtest as run
    from qa_pipeline.pipeline.backtest_output import backtest_lines
    from qa_pipeline.pipeline.pages import check_folder
    from qa_pipeline.reports.backtest_page import BacktestWords, render_backtest

    days = _day(first), _day(last)
    forms = bootstrap.find_rubric(old, settings), bootstrap.find_rubric(new, settings)
    if out is not None:
        check_folder(out)
    with _Counter() as counter:
        result = run(
            *forms,
            settings,
            open_stored=bootstrap.stored,
            first_day=days[0],
            last_day=days[1],
            on_call=counter.one,
        )
    told = BacktestWords(old=forms[0], new=forms[1], lang=lang)
    lines = [json.dumps(line, ensure_ascii=False) for line in backtest_lines(result, lang)]
    if format_ == "json":
        for line in lines:
            click.echo(line)
    else:
        _print(result, told)
    if out is not None:
        page = render_backtest(
            result.totals, old=forms[0], new=forms[1], aside=_aside(result), days=days, lang=lang
        )
        (out / "backtest.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (out / "backtest.html").write_text(page, encoding="utf-8")
        click.echo(words("written", path=out / "backtest.html"), err=format_ == "json")
    return 0


def _day(value: str | None) -> date | None:
    from datetime import date

    from qa_pipeline.errors import InputError

    if value is None:
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise InputError("backtest.bad_day", value=value) from None


def _aside(result: Backtest) -> Mapping[str, Sequence[str]]:
    reasons = {
        reason: [aside.call_id for aside in result.set_aside if aside.reason == reason]
        for reason in ("gone", "not_scored", "internal")
    }
    return {**reasons, "leaving": result.leaving, "joining": result.joining}


def _print(result: Backtest, told: BacktestWords) -> None:
    from rich.table import Table

    from qa_pipeline.cli.cell import Cell
    from qa_pipeline.cli.table import console

    def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        if not rows:
            return
        table = Table(title=title, title_justify="left", show_lines=columns[-1] == "col_why")
        for key in columns:
            table.add_column(words(key), overflow="fold", ratio=1 if key == "col_why" else None)
        for row in rows:
            table.add_row(*(Cell(cell) for cell in row))
        console().print(table)

    totals = result.totals
    click.echo(told.title())
    if result.first_day or result.last_day:
        click.echo(told.days(result.first_day, result.last_day))
    for line in told.headlines(totals, _aside(result)):
        click.echo(line)
    show(
        words("criteria"),
        ("col_criterion", "col_moves", "col_lost"),
        [(s.title, told.moves(s), told.change(s.lost)) for s in totals.criteria()],
    )
    people = {person.agent_id: person for person in totals.people()}
    if totals.changed:
        show(
            words("people"),
            ("col_agent", "col_calls", "col_mean", "col_change", "col_grades", "col_fatal"),
            [
                (
                    told.person(p),
                    str(p.calls),
                    told.mean(p),
                    told.change(p.mean_change),
                    str(p.grade_changes),
                    str(p.newly_fatal),
                )
                for p in people.values()
            ],
        )
    calls = totals.calls()
    title = words("calls") if len(calls) <= _SHOWN else words("calls_shown", shown=_SHOWN, total=len(calls))
    show(
        title,
        ("col_call", "col_agent", "col_score", "col_grade", "col_why"),
        [
            (
                c.call_id,
                told.person(people[c.agent_id]),
                told.score(c),
                told.grade(c),
                "\n".join(told.why(c)),
            )
            for c in calls[:_SHOWN]
        ],
    )


class _Counter:
    """How many calls are done: a moving line on a terminal, a line every few hundred elsewhere, on stderr."""

    def __init__(self) -> None:
        self._count = 0
        self._status: Any = None

    def __enter__(self) -> _Counter:
        if on_terminal():
            from rich.console import Console

            self._status = Console(stderr=True).status(words("progress_title"))
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def one(self) -> None:
        """One more call is done."""
        self._count += 1
        if self._status is not None:
            self._status.update(words("progress", done=self._count))
        elif self._count % _TELL_EVERY == 0:
            click.echo(words("progress", done=self._count), err=True)
