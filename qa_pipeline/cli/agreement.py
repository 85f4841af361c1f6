"""``qa agreement``: machine against people and people among themselves, and the criteria that need work."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa_pipeline.cli.common import format_option, lang_option, load_settings, message
from qa_pipeline.cli.people import days_of, days_options, say, scope_options, show
from qa_pipeline.cli.review import LOOK_BACK_DAYS
from qa_pipeline.i18n import Lang
from qa_pipeline.reporting.periods import scope_of

if TYPE_CHECKING:
    from qa_pipeline.pipeline.agreement import AgreementResult, CriterionResult
    from qa_pipeline.scoring.agreement import Figure

_CALLS_NAMED = 5
_COLUMNS = ("raw", "kappa", "unanimous", "alpha", "wrong_deductions", "missed")
_SHARES = ("raw", "unanimous", "wrong_deductions", "missed")


@click.command(help=say("help_agreement"))
@days_options
@scope_options
@click.option("--draw", "draw_id", metavar="ID", help=say("opt_agreement_draw"))
@click.option(
    "--enough",
    type=click.FloatRange(0, 100, min_open=True),
    default=90.0,
    show_default=True,
    help=say("opt_enough"),
)
@click.option("--out", type=click.Path(path_type=Path), help=say("opt_table_out"))
@format_option
@lang_option
def agreement(
    month: str | None,
    first: date | None,
    last: date | None,
    agent: str | None,
    team: str | None,
    queue: str | None,
    draw_id: str | None,
    enough: float,
    out: Path | None,
    format_: str,
    lang: Lang,
) -> None:
    """Compare marks."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.agreement import agreement_of
    from qa_pipeline.pipeline.people_files import check_name
    from qa_pipeline.pipeline.sample import known_draw

    if out is not None:
        check_name(out)
    only, tomorrow = None, bootstrap.business_day(settings) + timedelta(days=1)
    default = (tomorrow - timedelta(days=LOOK_BACK_DAYS), tomorrow)
    if draw_id is not None:
        drawn = known_draw(draw_id, bootstrap.draws(settings))
        only = frozenset(one.call_id for one in drawn.calls)
        default = (
            date.fromisoformat(str(drawn.params["start"])),
            date.fromisoformat(str(drawn.params["end"])),
        )
    start, end = days_of(month, first, last, default=default)
    found = agreement_of(
        bootstrap.people_store(settings),
        start,
        end,
        scope_of(agent, team, queue),
        enough=enough / 100,
        only=only,
    )
    if format_ == "json":
        show([_json(one) for one in found.criteria], format_=format_, nothing="")
    else:
        _tell(found, start, end)
    if out is not None:
        _write(found, out, start, end, lang, settings.business_tz)
        click.echo(message("exported", path=out), err=format_ == "json")


def _tell(found: AgreementResult, start: date, end: date) -> None:
    click.echo(
        say(
            "agreement_head",
            start=start,
            last=end - timedelta(days=1),
            calls=found.num_calls,
            reviewers=", ".join(found.reviewers) or say("none"),
        )
    )
    rows = [
        {
            "criterion": one.title,
            "rubric": _rubric(one),
            "calls": one.figures.num_calls,
            **{name: _shown(getattr(one.figures, name), name) for name in _COLUMNS},
            "diagnosis": say(f"diagnosis_{one.figures.diagnosis}"),
        }
        for one in found.criteria
    ]
    show(rows, format_="table", nothing=say("no_agreement"))
    for one in found.criteria:
        if one.needs_work:
            click.echo(_advice(one))
    if rows:
        click.echo(say("agreement_note"))


def _advice(one: CriterionResult) -> str:
    figures = one.figures
    calls = ", ".join(one.calls_to_hear[:_CALLS_NAMED])
    kind: str = figures.diagnosis
    if kind == "threshold":
        strict, lax = figures.wrong_deductions.value or 0.0, figures.missed.value or 0.0
        kind = "too_strict" if strict > lax else "too_lax" if lax > strict else "threshold"
    return say(
        f"advice_{kind}", title=one.title, criterion=one.criterion_id, rubric=_rubric(one), calls=calls
    )


def _rubric(one: CriterionResult) -> str:
    return f"{one.rubric_id} v{','.join(map(str, one.versions))}"


def _shown(figure: Figure, name: str) -> str | None:
    if figure.value is None:
        return None
    if figure.low is None or figure.high is None:
        return _scaled(figure.value, name)
    return f"{_scaled(figure.value, name)} ({_scaled(figure.low, name)}–{_scaled(figure.high, name)})"


def _scaled(value: float, name: str) -> str:
    return f"{100 * value:.0f}%" if name in _SHARES else f"{value:.2f}"


def _json(one: CriterionResult) -> dict[str, object]:
    from dataclasses import asdict

    figures = one.figures
    return {
        "rubric": one.rubric_id,
        "rubric_versions": list(one.versions),
        "criterion_id": one.criterion_id,
        "title": one.title,
        "num_calls": figures.num_calls,
        **{name: asdict(getattr(figures, name)) for name in _COLUMNS},
        "undecided": figures.undecided,
        "diagnosis": figures.diagnosis,
        "calls": list(one.calls_to_hear),
    }


def _write(found: AgreementResult, out: Path, start: date, end: date, lang: Lang, tz: str) -> None:
    from qa_pipeline.pipeline.people_files import table_of, write_tables
    from qa_pipeline.reports.workbook import Kind

    columns: list[tuple[str, Kind]] = [("criterion", "text"), ("criterion_id", "text"), ("rubric", "text")]
    columns += [("calls", "int"), ("undecided", "int")]
    for name in _COLUMNS:
        kind: Kind = "percent" if name in _SHARES else "number"
        columns += [(name, kind), (f"{name}_low", kind), (f"{name}_high", kind), (f"{name}_n", "int")]
    columns += [("diagnosis", "text"), ("hear", "text")]
    rows = []
    for one in found.criteria:
        figures = [getattr(one.figures, name) for name in _COLUMNS]
        rows.append(
            (
                one.title,
                one.criterion_id,
                _rubric(one),
                one.figures.num_calls,
                one.figures.undecided,
                *(cell for f in figures for cell in (f.value, f.low, f.high, f.n)),
                say(f"diagnosis_{one.figures.diagnosis}"),
                ", ".join(one.calls_to_hear[:_CALLS_NAMED]),
            )
        )
    shown: list[tuple[str, Kind]] = [
        (name, "text") for name in ("criterion", "rubric", "call_id", "machine", "reviewer", "outcome", "why")
    ]
    differences = [
        (
            one.title,
            _rubric(one),
            d.call_id,
            say(f"machine_{d.machine.value}"),
            d.reviewer,
            say(f"machine_{d.outcome.value}"),
            d.reason,
        )
        for one in found.criteria
        for d in one.differences
    ]
    about = [
        say(
            "agreement_head",
            start=start,
            last=end - timedelta(days=1),
            calls=found.num_calls,
            reviewers=", ".join(found.reviewers),
        ),
        say("agreement_note"),
        *(_advice(one) for one in found.criteria if one.needs_work),
    ]
    tables = [
        table_of("agreement", columns, rows, lang),
        table_of("differences", shown, differences, lang),
    ]
    write_tables(out, tables, about=about, lang=lang, tz=tz)
