"""``qa rubric suggest`` in the terminal: a table, then each suggestion with its figures, calls and line."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa_pipeline.cli.common import default_lang
from qa_pipeline.i18n import seconds, text

if TYPE_CHECKING:
    from qa_pipeline.pipeline.threshold_confidence import ConfidenceResult
    from qa_pipeline.pipeline.thresholds import CriterionResult, SuggestResult
    from qa_pipeline.rules.rubric import Rubric
    from qa_pipeline.scoring.agreement import Figure
    from qa_pipeline.scoring.thresholds import ChangedCall, Errors, Suggestion

_CALLS_SHOWN = 8


def say(key: str, /, **params: object) -> str:
    """A sentence of this command in the reader's language."""
    return text(f"suggest.{key}", default_lang(), **params)


def tell(result: SuggestResult, *, asked: bool) -> None:
    """The whole result; ``asked``: criteria were named, so that each has its row."""
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
            _tell_suggestion(one.suggestion, result.rubric)
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


def _tell_suggestion(one: Suggestion, rubric: Rubric) -> None:
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
    if one.reliable_from is None and not one.tried.verdict.startswith("too_few"):
        click.echo(say("unreliable"))
    elif one.reliable_from is not None:
        edge, share = one.reliable_from
        click.echo(say("reliable_from", edge=edge, share=_percent(share), marks=share.n))
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


def next_steps(rubric: Rubric, out: Path | None) -> str:
    """The commands that come next; ``out``: where the proposal lies."""
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
