"""``qa purge``: what is older than the settings allow goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qa_pipeline.cli.common import format_option, lang_option, load_settings, on_terminal
from qa_pipeline.cli.keep_words import say, tell_left
from qa_pipeline.cli.people import by_option, show, who
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qa_pipeline.storage.keep_base import DueCount, Kept


@click.command(help=say("help_purge"))
@click.option("--dry-run", is_flag=True, help=say("opt_dry_run"))
@click.option("--apply", "apply_", is_flag=True, help=say("opt_apply"))
@by_option
@format_option
@lang_option
def purge(dry_run: bool, apply_: bool, by: str | None, format_: str, lang: Lang) -> int:
    """Show or delete what is due."""
    if dry_run == apply_:
        raise InputError("keep.one_of_two")
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.keeping import keep_days

    days = keep_days(settings)
    use_case, today = bootstrap.purging(settings), bootstrap.business_day(settings)
    if not days:
        click.echo(say("kept_for_ever"), err=True)
    if dry_run:
        _show(use_case.due(today), days, format_)
        return 0
    done = use_case.apply(today, who=who(by), on_progress=_progress if on_terminal() else None)
    rows = [
        {
            "what": say(f"what_{what}") if format_ == "table" else what.value,
            "days": days[what],
            "calls": number,
        }
        for what, number in done.calls.items()
    ]
    show(rows, format_=format_, nothing=say("nothing_due"), words="keep")
    if done.purge is not None:
        click.echo(say("purged", purge=f"P{done.purge}", files=done.files), err=format_ == "json")
    tell_left(done.left)
    return done.exit_code


def _show(due: Mapping[Kept, DueCount], days: Mapping[Kept, int], format_: str) -> None:
    rows = [
        {
            "what": say(f"what_{what}") if format_ == "table" else what.value,
            "days": days[what],
            "calls": count.num_calls,
            "oldest": count.oldest.isoformat() if count.oldest else None,
            "newest": count.newest.isoformat() if count.newest else None,
            "held": count.held,
            "appealed": count.appealed,
            "busy": count.busy,
            "held_by": dict(count.held_by)
            if format_ == "json"
            else ", ".join(f"{hold_id}: {number}" for hold_id, number in count.held_by.items()),
        }
        for what, count in due.items()
    ]
    show(rows, format_=format_, nothing=say("nothing_due"), words="keep")


def _progress(what: Kept, done: int) -> None:
    click.echo(say("purged_so_far", what=say(f"what_{what}"), calls=done), err=True)
