"""``qa rubric``: check, test and read rubrics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa_pipeline.cli.common import default_lang, format_option, lang_option, load_settings, message
from qa_pipeline.cli.rubric_backtest import backtest
from qa_pipeline.cli.rubric_diff import diff
from qa_pipeline.cli.rubric_suggest import suggest
from qa_pipeline.cli.rubric_test import named, test
from qa_pipeline.cli.score import print_json
from qa_pipeline.errors import QaError
from qa_pipeline.i18n import Lang, error_text, text

if TYPE_CHECKING:
    from qa_pipeline.rules.rubric import Rubric


@click.group(help=message("help_rubric"))
def rubric() -> None:
    """Rubrics."""


rubric.add_command(test)
rubric.add_command(backtest)
rubric.add_command(diff)
rubric.add_command(suggest)


@rubric.command("check", help=message("help_rubric_check"))
@click.argument("files", nargs=-1, metavar="[FILE|ID]...")
@lang_option
def check(files: tuple[str, ...], lang: Lang) -> int:
    """Check files; exit code 2 where one is wrong."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    faults = 0
    names = files or tuple(str(path) for path in bootstrap.rubric_paths(settings))
    for name in names:
        try:
            loaded = bootstrap.find_rubric(name, settings)
        except QaError as error:
            faults += len(getattr(error, "errors", (error,)))
            click.echo(error_text(error, lang), err=True)
            continue
        click.echo(
            message(
                "rubric_ok",
                file=name,
                criteria=len(list(loaded.criteria())),
                points=_points(loaded),
                examples=sum(len(c.examples) for _, c in loaded.criteria()),
            )
        )
    click.echo(message("file_total", count=len(names), faults=faults))
    return 2 if faults else 0


@rubric.command("list", help=message("help_rubric_list"))
@format_option
@lang_option
def list_(format_: str, lang: Lang) -> None:
    """List the rubrics in force."""
    for loaded in named((), load_settings(lang)):
        if format_ == "json":
            print_json(_rubric_json(loaded))
        else:
            click.echo(
                message(
                    "rubric_line",
                    rubric=loaded.rubric,
                    version=loaded.version,
                    title=loaded.title,
                    criteria=len(list(loaded.criteria())),
                    points=_points(loaded),
                    since=loaded.effective_from or message("always"),
                    file=loaded.file,
                )
            )


@rubric.command("show", help=message("help_rubric_show"))
@click.argument("name", metavar="FILE|ID")
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), help=text("form.opt_html", default_lang())
)
@format_option
@lang_option
def show(name: str, html: Path | None, format_: str, lang: Lang) -> None:
    """Show a form: sections, criteria, points; or write it as a page."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    loaded = bootstrap.find_rubric(name, settings)
    if html is not None:
        from qa_pipeline.pipeline.pages import check_folder
        from qa_pipeline.reports.form_page import render_form

        check_folder(html.parent)
        html.write_text(render_form(loaded, lang=lang), encoding="utf-8")
        click.echo(text("form.written", lang, path=html))
        return
    if format_ == "json":
        print_json(_rubric_json(loaded))
        return
    click.echo(
        message(
            "rubric_head",
            title=loaded.title,
            rubric=loaded.rubric,
            version=loaded.version,
            since=loaded.effective_from or message("always"),
            points=_points(loaded),
        )
    )
    for section in loaded.sections:
        click.echo(section.title)
        for criterion in section.criteria:
            click.echo(
                message(
                    "rubric_row",
                    points=criterion.points,
                    title=criterion.title,
                    criterion=criterion.id,
                    severity=message(f"severity_{criterion.severity}"),
                    standard=f", {criterion.standard}" if criterion.standard else "",
                )
            )


@rubric.command("schema", help=message("help_rubric_schema"))
def schema() -> None:
    """Print the JSON Schema."""
    from qa_pipeline.rules.reference import json_schema

    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


def _points(loaded: Rubric) -> float:
    return sum(c.points for _, c in loaded.criteria() if c.score != "bonus")


def _rubric_json(loaded: Rubric) -> dict[str, object]:
    return {
        "rubric": loaded.rubric,
        "version": loaded.version,
        "title": loaded.title,
        "effective_from": loaded.effective_from.isoformat() if loaded.effective_from else None,
        "file": Path(loaded.file).name,
        "digest": loaded.digest,
        "sections": [
            {
                "id": section.id,
                "title": section.title,
                "criteria": [
                    {
                        "id": c.id,
                        "title": c.title,
                        "standard": c.standard,
                        "points": c.points,
                        "severity": c.severity,
                        "examples": len(c.examples),
                        "better": list(c.better),
                    }
                    for c in section.criteria
                ],
            }
            for section in loaded.sections
        ],
    }
