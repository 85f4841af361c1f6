"""``qa review``: people's own marks, out as a form and in again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
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
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang

if TYPE_CHECKING:
    from qa_pipeline.domain.scorecard import Scorecard
    from qa_pipeline.pipeline.review_import import Change

LOOK_BACK_DAYS = 90
"""So far back ``--status needs_review`` looks where no days are given."""


@click.group(help=say("help_review"))
def review() -> None:
    """Marks of people."""


@review.command("export", help=say("help_review_export"))
@click.argument("call_ids", metavar="[CALL]...", nargs=-1)
@click.option("--draw", "draw_id", metavar="ID", help=say("opt_draw"))
@click.option("--status", type=click.Choice(["needs_review"]), help=say("opt_waiting"))
@click.option("--blind", is_flag=True, help=say("opt_blind"))
@click.option("--out", type=click.Path(path_type=Path), required=True, help=say("opt_table_out"))
@days_options
@scope_options
@by_option
@lang_option
def export(
    call_ids: tuple[str, ...],
    draw_id: str | None,
    status: str | None,
    blind: bool,
    out: Path,
    month: str | None,
    first: date | None,
    last: date | None,
    agent: str | None,
    team: str | None,
    queue: str | None,
    by: str | None,
    lang: Lang,
) -> None:
    """Write a form to be filled in."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.people_files import check_name, write_tables
    from qa_pipeline.pipeline.review_form import review_form, standings, waiting
    from qa_pipeline.pipeline.sample import known_draw

    if sum((bool(call_ids), draw_id is not None, status is not None)) != 1:
        raise InputError("review.one_choice")
    check_name(out)
    reviewing, draws = bootstrap.reviewing(settings), bootstrap.draws(settings)
    if draw_id is not None:
        call_ids = tuple(one.call_id for one in known_draw(draw_id, draws).calls)
    if status is not None:
        today = bootstrap.business_day(settings) + timedelta(days=1)
        start, end = days_of(month, first, last, default=(today - timedelta(days=LOOK_BACK_DAYS), today))
        calls = waiting(draws, reviewing, start, end, known_scope(settings, agent, team, queue))
    else:
        calls = standings(call_ids, reviewing)
    form = review_form(calls, blind=blind, lang=lang)
    about = [say(f"form_about_{number}") for number in (1, 2, 3)]
    write_tables(out, [form.table], about=about, lang=lang, tz=settings.business_tz)
    detail = {"calls": form.num_calls, "blind": blind, "draw": draw_id or ""}
    reviewing.store.audit(who(by), "review.form_exported", out.name, detail)
    click.echo(say("form_written", calls=form.num_calls, rows=len(form.table.rows), path=out))


@review.command("import", help=say("help_review_import"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--reviewer", metavar="NAME", help=say("opt_reviewer"))
@format_option
@lang_option
def import_(file: Path, reviewer: str | None, format_: str, lang: Lang) -> None:
    """Take in a filled-in form."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.review_import import changed_calls, import_reviews

    found = import_reviews(
        file,
        bootstrap.reviewing(settings),
        reviewer=reviewer,
        now=datetime.now(UTC),
        business_tz=settings.business_tz,
    )
    rows = [_change(change) for change in found.changes]
    if format_ == "table":
        click.echo(
            say(
                "imported",
                marks=found.num_marks,
                new=found.num_new,
                old=found.num_marks - found.num_new,
                blank=found.num_blank,
                calls=len(found.changes),
                changed=changed_calls(found.changes),
            )
        )
        if not rows:
            return
    show(rows, format_=format_, nothing="")


@review.command("list", help=say("help_review_list"))
@click.argument("call_id")
@format_option
@lang_option
def list_(call_id: str, format_: str, lang: Lang) -> None:
    """List the marks on a call."""
    settings = load_settings(lang)
    from zoneinfo import ZoneInfo

    from qa_pipeline import bootstrap

    standing = bootstrap.reviewing(settings).standing(call_id)
    applied = standing.effective.provenance.get("reviews", "").split(",")
    stale = standing.effective.provenance.get("stale_reviews", "").split(",")
    titles = {criterion.id: criterion.title for _, criterion in standing.rubric.criteria()}
    rows = []
    for mark in standing.reviews:
        state = "counts" if mark.review_id in applied else "stale" if mark.review_id in stale else "earlier"
        if mark.rubric_id != standing.first.rubric_id:
            state = "other_form"
        rows.append(
            {
                "at": f"{mark.reviewed_at.astimezone(ZoneInfo(settings.business_tz)):%Y-%m-%d %H:%M}",
                "reviewer": mark.reviewer,
                "criterion": titles.get(mark.criterion_id, mark.criterion_id)
                if format_ == "table"
                else mark.criterion_id,
                "outcome": say(f"machine_{mark.outcome.value}") if format_ == "table" else mark.outcome.value,
                "why": mark.reason,
                "counts": say(f"mark_{state}") if format_ == "table" else state,
                "_review_id": mark.review_id,
            }
        )
    show(rows, format_=format_, nothing=say("no_marks", call_id=call_id))
    if format_ == "table" and rows:
        click.echo(effect(standing.first, standing.effective))


def effect(before: Scorecard, after: Scorecard) -> str:
    """A sentence on what marks made of a score."""
    return say(
        "effect",
        before=_score(before),
        after=_score(after),
        fatal=", ".join(after.auto_failed_by) or say("none"),
        suspected=", ".join(after.suspected_fatal) or say("none"),
    )


def _change(change: Change) -> dict[str, object]:
    before, after = change.before, change.after
    return {
        "call_id": change.call_id,
        "new": change.num_new,
        "before": _score(before),
        "after": _score(after),
        "confirmed": ", ".join(after.auto_failed_by),
        "suspected": ", ".join(after.suspected_fatal),
        "_score_before": before.score_pct,
        "_score_after": after.score_pct,
    }


def _score(card: Scorecard) -> str:
    score = message("none") if card.score_pct is None else f"{card.score_pct:g}"
    return score if card.grade is None else f"{score} {card.grade}"
