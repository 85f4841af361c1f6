"""``qa report``: the figures of a day, a week or a month, as page, workbook and JSON."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa_pipeline.cli.common import format_option, lang_option, load_settings, message
from qa_pipeline.cli.score import print_json
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang, text

if TYPE_CHECKING:
    from qa_pipeline.domain.period import Period
    from qa_pipeline.domain.report import PeriodReport
    from qa_pipeline.pipeline.report_output import ReportFiles


MONTH = re.compile(r"\d{4}-\d{2}")
FIRST_YEAR, LAST_YEAR = 1980, 2200
"""A year outside is a slip of the pen, and dates end at the year 1."""


@click.command(help=message("help_report"))
@click.argument("kind", type=click.Choice(["day", "week", "month"]))
@click.option("--date", "--month", "day", metavar="YYYY-MM[-DD]", help=message("opt_report_date"))
@click.option("--agent", help=message("opt_report_agent"))
@click.option("--team", help=message("opt_report_team"))
@click.option("--queue", help=message("opt_report_queue"))
@click.option("--followups", type=click.Path(path_type=Path), help=message("opt_followups"))
@click.option("--out", type=click.Path(path_type=Path), help=message("opt_report_out"))
@click.option("--call-pages/--no-call-pages", default=True, help=message("opt_call_pages"))
@format_option
@lang_option
def report(
    kind: str,
    day: str | None,
    agent: str | None,
    team: str | None,
    queue: str | None,
    followups: Path | None,
    out: Path | None,
    call_pages: bool,
    format_: str,
    lang: Lang,
) -> None:
    """Make a report."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.follow_up_list import read_follow_ups
    from qa_pipeline.reporting.periods import scope_of

    today = bootstrap.business_day(settings)
    period, scope = _period(kind, day, today), scope_of(agent, team, queue)
    dues = read_follow_ups(followups) if followups is not None else ()
    published = bootstrap.publisher(settings).publish(
        period,
        out or bootstrap.report_folder(settings),
        today=today,
        scope=scope,
        dues=dues,
        call_pages=call_pages,
    )
    made, files = published.report, published.files
    if format_ == "json":
        from qa_pipeline.reports.report_json import report_json

        print_json(report_json(made))
    else:
        _show(made, files, lang)
    if files.problem is not None:
        click.echo(text("report.webhook_failed", lang, reason=files.problem), err=True)


def _period(kind: str, day: str | None, today: date) -> Period:
    """The period that holds the day; without one, the last that is over."""
    from qa_pipeline.domain.period import PeriodKind
    from qa_pipeline.reporting.periods import last_finished, period_of

    if day is None:
        return last_finished(PeriodKind(kind), today)
    try:
        # A month may be written as other commands take it: 2026-03.
        chosen = date.fromisoformat(f"{day}-01" if kind == "month" and MONTH.fullmatch(day) else day)
    except ValueError as error:
        raise InputError("input.bad_date", value=day) from error
    if not FIRST_YEAR <= chosen.year <= LAST_YEAR:
        raise InputError("input.bad_date", value=day)
    return period_of(PeriodKind(kind), chosen)


def _show(made: PeriodReport, files: ReportFiles, lang: Lang) -> None:
    from qa_pipeline.reports.report_page import report_title
    from qa_pipeline.reports.report_words import ReportWords

    words = ReportWords.of(made, lang)
    click.echo(
        words(
            "summary",
            title=report_title(made, words),
            period=words.period(made.period),
            received=made.counts.received,
            scored=made.counts.scored,
            suspected=sum(c.state == "suspected" and c.severity == "fatal" for c in made.urgent),
            critical=sum(c.severity == "critical" for c in made.urgent),
        )
    )
    for note in made.notes:
        click.echo(words.note(note, "report_notes"))
    for path in (files.page, files.workbook, files.data, files.cases):
        if path is not None:
            click.echo(words("wrote", path=path))
