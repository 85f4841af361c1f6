"""``qa rubric suggest``: would another number in a form agree better with people? Told, never applied."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa_pipeline.cli.common import default_lang, format_option, lang_option, load_settings, on_terminal
from qa_pipeline.cli.people import days_of, days_options, scope_options
from qa_pipeline.cli.review import LOOK_BACK_DAYS
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang, seconds, text
from qa_pipeline.reporting.periods import scope_of

if TYPE_CHECKING:
    from qa_pipeline.pipeline.threshold_confidence import ConfidenceResult
    from qa_pipeline.pipeline.thresholds import CriterionResult, SuggestResult
    from qa_pipeline.rules.rubric import Rubric
    from qa_pipeline.scoring.agreement import Figure
    from qa_pipeline.scoring.thresholds import ChangedCall, Errors, Suggestion, Tried

_CALLS_SHOWN = 8


def say(key: str, /, **params: object) -> str:
    """A sentence of this command in the reader's language."""
    return text(f"suggest.{key}", default_lang(), **params)


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
            scope=scope_of(agent, team, queue),
            only=criteria,
            wrong_weight=wrong_weight,
            enough=enough / 100,
            on_calls=told,
        )
    if format_ == "json":
        for line in suggestion_lines(result):
            print_json(line)
    else:
        _tell(result, asked=bool(criteria))
    if not result.suggestions():
        if out is not None:
            click.echo(say("nothing_written"), err=format_ == "json")
        return
    if out is not None:
        write_proposal(result, out, lang)
        click.echo(say("written", path=out), err=format_ == "json")
    if format_ != "json":
        click.echo(_next(result.rubric, out))


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


def _tell(result: SuggestResult, *, asked: bool) -> None:
    click.echo(
        say(
            "head",
            rubric=result.rubric.rubric,
            version=result.rubric.version,
            start=result.start,
            last=result.end - timedelta(days=1),
            calls=result.num_calls,
            weight=result.wrong_weight,
        )
    )
    _tell_left_out(result)
    shown = [c for c in result.criteria if asked or c.tried.num_calls or c.earlier]
    if not shown:
        click.echo(say("no_reviews"))
        return
    _table(shown)
    if len(shown) < len(result.criteria):
        click.echo(say("unmarked", count=len(result.criteria) - len(shown)))
    for one in result.criteria:
        if one.suggestion is not None:
            _tell_suggestion(one.suggestion, one.tried, result.rubric)
        elif one.shared and one.tried.verdict in ("no_value_helps", "not_supported"):
            click.echo(say("shared", title=one.title, conditions=", ".join(one.shared)))
    for setting in result.confidence:
        _tell_confidence(setting)
    click.echo(say("note", weight=result.wrong_weight))


def _tell_left_out(result: SuggestResult) -> None:
    marked, rubric = result.marked, result.rubric
    others = {v: n for v, n in sorted(marked.versions.items()) if v != rubric.version}
    if others:
        versions = ", ".join(f"v{v} ({n})" for v, n in others.items())
        click.echo(say("other_versions", versions=versions, version=rubric.version))
    if marked.earlier:
        click.echo(say("earlier", marks=marked.earlier.total(), criteria=", ".join(sorted(marked.earlier))))
    if marked.appeals:
        click.echo(say("appeals", marks=marked.appeals.total()))
    for reason, calls in result.set_aside.items():
        if calls:
            click.echo(say(reason, calls=len(calls)))


def _table(shown: Sequence[CriterionResult]) -> None:
    from rich.table import Table

    from qa_pipeline.cli.cell import Cell
    from qa_pipeline.cli.table import console

    table = Table()
    for key in ("criterion", "calls", "agreement", "kappa", "value", "verdict"):
        table.add_column(say(f"col_{key}"), overflow="fold")
    for one in shown:
        now = one.tried.now
        cells = (
            one.title,
            f"{one.tried.num_calls} / {one.tried.num_marks}",
            say("none") if now is None else _percent(now.raw),
            say("none") if now is None else _plain(now.kappa),
            say("none") if one.suggestion is None else _values(one.suggestion),
            say(f"verdict_{one.tried.verdict}", marks=one.tried.num_marks),
        )
        table.add_row(*(Cell(cell) for cell in cells))
    console().print(table)


def _tell_suggestion(one: Suggestion, tried: Tried, rubric: Rubric) -> None:
    click.echo("")
    click.echo(
        say("suggestion", title=one.title, criterion=one.criterion_id, path=one.path, values=_values(one))
    )
    click.echo(
        say(
            "figures",
            agreement_now=_percent(one.now.raw),
            agreement_then=_percent(one.then.raw),
            kappa_now=_plain(one.now.kappa),
            kappa_then=_plain(one.then.kappa),
        )
    )
    click.echo(say("errors", now=_errors(one.errors_now), then=_errors(one.errors_then)))
    click.echo(
        say(
            "gain",
            gain=_plain(one.gain),
            by_agent=_plain(one.gain_by_agent),
            calls=one.num_calls,
            marks=one.num_marks,
            agents=one.num_agents,
        )
    )
    click.echo(say("changed", count=len(one.changed)))
    for changed in one.changed[:_CALLS_SHOWN]:
        click.echo("  " + _change(changed))
    if len(one.changed) > _CALLS_SHOWN:
        click.echo("  " + say("more", count=len(one.changed) - _CALLS_SHOWN))
    if one.failing_examples:
        click.echo(say("failing", lines=", ".join(map(str, one.failing_examples))))
    click.echo(say("line", file=rubric.file, line=one.line))
    click.echo(one.diff.rstrip())


def _change(one: ChangedCall) -> str:
    people = ", ".join(f"{who} {say(o.value)}" for who, o in sorted(one.people.items()))
    where = say("nowhere") if one.start_ms is None else seconds(one.start_ms)
    return say(
        "change",
        call=one.call_id,
        where=where,
        before=say(one.before.value),
        after=say(one.after.value),
        people=people,
    )


def _tell_confidence(one: ConfidenceResult) -> None:
    if not one.bins:
        return
    click.echo("")
    click.echo(say(f"confidence_{one.setting}", current=one.current))
    for part in one.bins:
        click.echo(
            "  "
            + say(
                "bin" if part.counts else "bin_pending",
                range=f"{part.low:g}" if part.high is None else f"{part.low:g}–{part.high:g}",
                share=_percent(part.confirmed),
                marks=part.confirmed.n,
            )
        )
    if one.reliable_from is None:
        click.echo(say("unreliable"))
    else:
        click.echo(say("reliable_from", edge=one.reliable_from))
    if one.suggested is None:
        none_better = one.tried.verdict in ("agreed", "no_value_helps")
        key = "no_gain" if none_better else f"verdict_{one.tried.verdict}"
        verdict = say(key, marks=one.tried.num_marks)
        click.echo(say("keep", setting=f"QA_{one.setting.upper()}", verdict=verdict))
    else:
        click.echo(
            say(
                "raise" if one.suggested > one.current else "lower",
                setting=f"QA_{one.setting.upper()}",
                current=one.current,
                suggested=one.suggested,
                gain=_plain(one.tried.gain),
                now=_errors(one.tried.errors_now),
                then=_errors(one.tried.errors_then),
            )
        )
    click.echo(say("never_lower", default=one.default))


def _next(rubric: Rubric, out: Path | None) -> str:
    file = shlex.quote(str(out or say("new_file")))
    return say(
        "next" if out is not None else "next_by_hand",
        file=file,
        version=rubric.version + 1,
        old=shlex.quote(rubric.file if Path(rubric.file).is_file() else rubric.rubric),
    )


def _values(one: Suggestion) -> str:
    current = say("by_length") if one.current is None else f"{one.current:g}"
    return f"{one.key} {current} → {one.suggested:g}"


def _errors(errors: Errors) -> str:
    return say(
        "error_counts",
        wrong=errors.wrong_deductions,
        missed=errors.missed,
        other=errors.other,
        undecided=errors.undecided,
    )


def _percent(figure: Figure) -> str:
    if figure.value is None:
        return say("none")
    if figure.low is None or figure.high is None:
        return f"{figure.value:.0%}"
    return f"{figure.value:.0%} ({figure.low:.0%}–{figure.high:.0%})"


def _plain(figure: Figure) -> str:
    if figure.value is None:
        return say("none")
    if figure.low is None or figure.high is None:
        return f"{figure.value:.2f}"
    return f"{figure.value:.2f} ({figure.low:.2f}–{figure.high:.2f})"
