"""``qa rubric suggest``: would another number in a form agree better with people? Told, never applied."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa_pipeline.cli.common import format_option, lang_option, load_settings, on_terminal
from qa_pipeline.cli.people import days_of, days_options, known_scope, scope_options
from qa_pipeline.cli.review import LOOK_BACK_DAYS
from qa_pipeline.cli.suggest_told import next_steps, say, tell
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang

if TYPE_CHECKING:
    from qa_pipeline.rules.rubric import Rubric


@click.command("suggest", help=say("help"))
@click.argument("name", metavar="FILE|ID")
@click.option("--criterion", "criteria", multiple=True, metavar="ID", help=say("opt_criterion"))
@days_options
@scope_options
@click.option(
    "--wrong-weight",
    type=click.FloatRange(0, 100, min_open=True),
    default=3.0,
    show_default=True,
    help=say("opt_wrong_weight"),
)
@click.option(
    "--enough",
    type=click.FloatRange(0, 100, min_open=True),
    default=90.0,
    show_default=True,
    help=say("opt_enough"),
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help=say("opt_out"))
@format_option
@lang_option
def suggest(
    name: str,
    criteria: tuple[str, ...],
    month: str | None,
    first: date | None,
    last: date | None,
    agent: str | None,
    team: str | None,
    queue: str | None,
    wrong_weight: float,
    enough: float,
    out: Path | None,
    format_: str,
    lang: Lang,
) -> None:
    """Suggest thresholds."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.cli.score import print_json
    from qa_pipeline.pipeline.threshold_output import check_out, suggestion_lines, write_proposal
    from qa_pipeline.pipeline.thresholds import suggest as run

    rubric = bootstrap.find_rubric(name, settings)
    _check_criteria(criteria, rubric)
    if out is not None:
        check_out(out, rubric)
    tomorrow = bootstrap.business_day(settings) + timedelta(days=1)
    start, end = days_of(month, first, last, default=(tomorrow - timedelta(days=LOOK_BACK_DAYS), tomorrow))
    with _progress() as told:
        result = run(
            rubric,
            settings,
            bootstrap.people_store(settings),
            open_stored=bootstrap.stored,
            start=start,
            end=end,
            scope=known_scope(settings, agent, team, queue),
            only=criteria,
            wrong_weight=wrong_weight,
            enough=enough / 100,
            on_calls=told,
        )
    if format_ == "json":
        for line in suggestion_lines(result):
            print_json(line)
    else:
        tell(result, asked=bool(criteria))
    if not result.suggestions():
        if out is not None:
            click.echo(say("nothing_written"), err=format_ == "json")
        return
    if out is not None:
        write_proposal(result, out, lang)
        click.echo(say("written", path=out), err=format_ == "json")
    if format_ != "json":
        click.echo(next_steps(result.rubric, out))


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """How many criteria are done, moving on a terminal; elsewhere nothing, as it takes a minute at most."""
    if not on_terminal():
        yield lambda done, total: None
        return
    from rich.console import Console

    with Console(stderr=True).status(say("progress_calls")) as status:
        yield lambda done, total: status.update(say("progress", done=done, total=total))


def _check_criteria(criteria: Sequence[str], rubric: Rubric) -> None:
    known = [c.id for _, c in rubric.criteria()]
    for wanted in criteria:
        if wanted not in known:
            nearest = difflib.get_close_matches(wanted, known, n=1, cutoff=0.0)[0]
            raise InputError(
                "suggest.unknown_criterion", rubric=rubric.rubric, criterion=wanted, nearest=nearest
            )
