"""``qa export review``: the month's figures for the performance review, once and for all."""

from __future__ import annotations

import getpass
from datetime import date
from pathlib import Path

import click

from qa_pipeline.cli.common import lang_option, load_settings, message
from qa_pipeline.i18n import Lang, text


@click.group(help=message("help_export"))
def export() -> None:
    """Files for other systems."""


@export.command("review", help=message("help_export_review"))
@lang_option
@click.option("--month", "month_text", required=True, help=message("opt_month"))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("qa_report"),
    show_default=True,
    help=message("opt_out_export"),
)
@click.option("--even-if-pending", is_flag=True, help=message("opt_even_if_pending"))
def export_review(month_text: str, out: Path, even_if_pending: bool, lang: Lang) -> int:
    """Write and freeze a month's performance file."""
    from qa_pipeline import bootstrap
    from qa_pipeline.domain.period import PeriodKind
    from qa_pipeline.pipeline.pages import check_folder, write_file
    from qa_pipeline.pipeline.review_export import SCHEMA_VERSION, freeze, review_file
    from qa_pipeline.reports.report_csv import table_csv
    from qa_pipeline.reports.report_words import ReportWords
    from qa_pipeline.reports.review_table import review_table
    from qa_pipeline.reports.workbook import workbook

    settings = load_settings(lang)
    month = _month(month_text)
    check_folder(out)
    store = bootstrap.exports(settings)
    reporting, today = bootstrap.reporting(settings), bootstrap.business_day(settings)
    file = review_file(
        month,
        today=today,
        store=store,
        make_report=lambda period: reporting.report(period, today=today),
        even_if_pending=even_if_pending,
        purged_before=bootstrap.keep_store(settings).scorecards_purged_before(),
    )
    table = review_table(file.month, file.rows, lang)
    about = [
        text(f"review_file.about_{n}", lang, version=SCHEMA_VERSION, digest=file.digest) for n in (1, 2, 3)
    ]
    book = workbook(
        [table],
        title=table.title,
        about=about,
        words=ReportWords(lang=lang, kind=PeriodKind.MONTH, business_tz=settings.business_tz).dictionary(),
        author=text("review_file.author", lang),
    )
    stem = out / f"review-{file.month:%Y-%m}"
    write_file(stem.with_suffix(".csv"), table_csv(table, keys=True))
    write_file(stem.with_suffix(".xlsx"), book)
    if not file.frozen_before:
        # After the files are there: a month that nobody received must not be frozen.
        freeze(file, store, file_name=stem.with_suffix(".csv").name, who=getpass.getuser())
    click.echo(
        message(
            "exported_before" if file.frozen_before else "exported_month",
            month=f"{file.month:%Y-%m}",
            rows=sum(row.kind == "month" for row in file.rows),
            adjustments=sum(row.kind == "adjustment" for row in file.rows),
            path=str(stem.with_suffix(".xlsx")),
            digest=file.digest[:12],
        )
    )
    return 0


def _month(value: str) -> date:
    from qa_pipeline.errors import InputError

    try:
        return date.fromisoformat(f"{value}-01")
    except ValueError as error:
        raise InputError("export.bad_month", value=value) from error
