"""``qa rubric diff``: how two forms differ, in words."""

from __future__ import annotations

import click

from qa_pipeline.cli.common import default_lang, format_option, lang_option, load_settings
from qa_pipeline.cli.score import print_json
from qa_pipeline.i18n import Lang, text


@click.command("diff", help=text("difference.help", default_lang()))
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@format_option
@lang_option
def diff(old: str, new: str, format_: str, lang: Lang) -> None:
    """Say what changed between two forms."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.reports.difference_text import DifferenceWords
    from qa_pipeline.rules.difference import differences

    forms = bootstrap.find_rubric(old, settings), bootstrap.find_rubric(new, settings)
    comparison = differences(*forms)
    words = DifferenceWords(*forms, lang)
    if format_ == "json":
        for found in comparison.differences:
            print_json(
                {
                    "kind": found.kind,
                    "id": found.id or None,
                    "title": found.title or None,
                    "what": found.what,
                    "name": found.name or None,
                    "used_by": list(found.used_by),
                    "text": words.say(found),
                }
            )
        print_json(
            {
                "kind": "summary",
                "changed_criteria": list(comparison.changed),
                "kept_criteria": list(comparison.kept),
            }
        )
        return
    click.echo(words.title())
    for line in words.lines(comparison):
        click.echo(line)
