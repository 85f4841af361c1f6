"""``qa agreement``: machine against people and people among themselves, and the criteria that need work."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa_pipeline.cli.common import format_option, lang_option, load_settings, message
from qa_pipeline.cli.people import (
    by_option,
    days_of,
    days_options,
    known_scope,
    say,
    scope_options,
    show,
    who,
)
from qa_pipeline.cli.review import LOOK_BACK_DAYS
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang

if TYPE_CHECKING:
    from qa_pipeline.domain.period import Scope
    from qa_pipeline.pipeline.agreement_output import Report
    from qa_pipeline.reporting.agreement_result import AgreementResult, CriterionResult
    from qa_pipeline.scoring.agreement import Figure
    from qa_pipeline.scoring.thresholds import Suggestion
    from qa_pipeline.settings import Settings


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
@click.option("--out", type=click.Path(path_type=Path), help=say("opt_agreement_out"))
@click.option(
    "--pages", type=click.Path(path_type=Path, exists=True, file_okay=False), help=say("opt_agreement_pages")
)
@click.option("--suggest", is_flag=True, help=say("opt_agreement_suggest"))
@by_option
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
    pages: Path | None,
    suggest: bool,
    by: str | None,
    format_: str,
    lang: Lang,
) -> None:
    """Compare marks."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.agreement import agreement_of
    from qa_pipeline.pipeline.agreement_output import Report, files_of, write_agreement
    from qa_pipeline.pipeline.sample import known_draw

    files = files_of(out) if out is not None else ()
    if suggest and not any(path.suffix.lower() == ".html" for path in files):
        raise InputError("agreement.suggest_needs_page")
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
    scope = known_scope(settings, agent, team, queue)
    found = agreement_of(bootstrap.people_store(settings), start, end, scope, enough=enough / 100, only=only)
    report = Report(
        found=found,
        start=start,
        end=end,
        scope=scope,
        enough=enough / 100,
        lang=lang,
        suggestions=_suggestions(found, settings, start, end, scope, enough / 100) if suggest else (),
    )
    if format_ == "json":
        show([_json(one) for one in found.criteria], format_=format_, nothing="")
    else:
        _tell(report)
    if files:
        store = bootstrap.stored(settings)[0]
        write_agreement(report, files, pages=pages, store=store, who=who(by), tz=settings.business_tz)
        for path in files:
            click.echo(message("exported", path=path), err=format_ == "json")


def _suggestions(
    found: AgreementResult, settings: Settings, start: date, end: date, scope: Scope, enough: float
) -> list[Suggestion]:
    """Other values for the criteria on which the machine differs from people who agree with each other."""
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.thresholds import suggest

    wanted: dict[str, list[str]] = {}
    for one in found.criteria:
        if one.figures.diagnosis == "threshold":
            wanted.setdefault(f"{one.rubric_id}@{max(one.versions)}", []).append(one.criterion_id)
    return [
        suggestion
        for form, criteria in wanted.items()
        for suggestion in suggest(
            bootstrap.find_rubric(form, settings),
            settings,
            bootstrap.people_store(settings),
            open_stored=bootstrap.stored,
            start=start,
            end=end,
            scope=scope,
            only=criteria,
            enough=enough,
        ).suggestions()
    ]


def _tell(report: Report) -> None:
    from qa_pipeline.pipeline.agreement_output import FIGURES

    click.echo(report.head())
    rows = [
        {
            "criterion": one.title,
            "rubric": one.rubric,
            "calls": one.figures.num_calls,
            **{name: _shown(getattr(one.figures, name), name) for name in FIGURES},
            "diagnosis": say(f"diagnosis_{one.figures.diagnosis}"),
        }
        for one in report.found.criteria
    ]
    show(rows, format_="table", nothing=say("no_agreement"))
    for one in report.found.criteria:
        if one.needs_work:
            click.echo(report.advice(one))
    if rows:
        click.echo(say("agreement_note"))


def _shown(figure: Figure, name: str) -> str | None:
    if figure.value is None:
        return None
    if figure.low is None or figure.high is None:
        return _scaled(figure.value, name)
    return f"{_scaled(figure.value, name)} ({_scaled(figure.low, name)}–{_scaled(figure.high, name)})"


def _scaled(value: float, name: str) -> str:
    from qa_pipeline.pipeline.agreement_output import SHARES

    return f"{100 * value:.0f}%" if name in SHARES else f"{value:.2f}"


def _json(one: CriterionResult) -> dict[str, object]:
    from dataclasses import asdict

    from qa_pipeline.pipeline.agreement_output import FIGURES

    figures = one.figures
    return {
        "rubric": one.rubric_id,
        "rubric_versions": list(one.versions),
        "criterion_id": one.criterion_id,
        "title": one.title,
        "num_calls": figures.num_calls,
        **{name: asdict(getattr(figures, name)) for name in FIGURES},
        "undecided": figures.undecided,
        "diagnosis": figures.diagnosis,
        "calls": list(one.calls_to_hear),
    }
