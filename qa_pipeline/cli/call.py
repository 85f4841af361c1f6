"""``qa call``: look at what was heard and how it was scored."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qa_pipeline.cli.common import (
    format_option,
    lang_option,
    load_settings,
    message,
    no_redact_option,
    plain_option,
)
from qa_pipeline.cli.people import known_scope
from qa_pipeline.cli.review import effect
from qa_pipeline.cli.score import audit_results, print_json
from qa_pipeline.i18n import Lang, seconds

if TYPE_CHECKING:
    from qa_pipeline.domain.call import Call
    from qa_pipeline.domain.scorecard import CallResult, Scorecard
    from qa_pipeline.pipeline.calls import CallView
    from qa_pipeline.settings import Settings


@click.group(help=message("help_call"))
def call() -> None:
    """Processed calls."""


@call.command("list", help=message("help_call_list"))
@click.option(
    "--status",
    type=click.Choice(["scored", "not_scored", "failed", "pending"]),
    help=message("opt_status"),
)
@click.option("--agent", callback=plain_option, help=message("opt_agent"))
@format_option
@lang_option
def list_(status: str | None, agent: str | None, format_: str, lang: Lang) -> None:
    """List calls."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.calls import list_calls
    from qa_pipeline.pipeline.output import result_json

    known_scope(settings, agent, None, None)
    store = bootstrap.ports(settings).store
    views = list_calls(store, status=status, agent_id=agent)
    results = [view.result for view in views]
    if format_ == "json":
        audit_results(store, results, bootstrap.this_user())
        for result in results:
            print_json(result_json(result, lang))
        return
    from qa_pipeline.cli.table import print_table

    agents = {view.result.call_id: view.agent_id for view in views}
    print_table(results, agents, bootstrap.scoring(settings).rubric_of, lang)


@call.command("show", help=message("help_call_show"))
@click.argument("call_id")
@no_redact_option
@format_option
@lang_option
def show(call_id: str, no_redact: bool, format_: str, lang: Lang) -> None:
    """Show one call."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    view = _view(call_id, settings, lang, redact=not no_redact)
    store, who = bootstrap.ports(settings).store, bootstrap.this_user()
    if format_ == "json":
        document = _document(view, lang)
        effective = _effective(view, settings)
        if effective is not None:
            document["effective"] = _result(view, lang, replace(view.result, scorecard=effective))
        store.audit(who, "call.exported", call_id, {"path": "-", "redacted": not no_redact})
        print_json(document)
        return
    store.audit(who, "call.read", call_id, {"redacted": False} if no_redact else {})
    if view.call is not None:
        _print_call(view.clean.shown)
    else:
        for utterance in view.clean.shown.transcript.utterances:
            click.echo(
                message(
                    "turn",
                    start=seconds(utterance.span.start_ms),
                    role=message("role_unknown"),
                    text=utterance.text,
                )
            )
    from qa_pipeline.cli.table import print_table

    rubric_of = bootstrap.scoring(settings).rubric_of
    print_table([view.result], {call_id: view.agent_id}, rubric_of, lang)
    effective = _effective(view, settings)
    if effective is not None and view.result.scorecard is not None:
        click.echo(effect(view.result.scorecard, effective))


@call.command("export", help=message("help_call_export"))
@click.argument("call_id")
@click.option("--out", type=click.Path(path_type=Path), default=Path(), help=message("opt_out"))
@no_redact_option
@lang_option
def export(call_id: str, out: Path, no_redact: bool, lang: Lang) -> None:
    """Export one call as a page and JSON."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.pages import page_name, write_file

    view = _view(call_id, settings, lang, redact=not no_redact)
    writer = bootstrap.page_writer(out, bootstrap.scoring(settings), settings, redact=not no_redact)
    target = out / page_name(call_id).replace(".html", ".json")
    detail = {"path": str(target.resolve()), "redacted": not no_redact}
    bootstrap.ports(settings).store.audit(bootstrap.this_user(), "call.exported", call_id, detail)
    write_file(target, json.dumps(_document(view, lang), ensure_ascii=False, indent=1).encode())
    click.echo(message("exported", path=target))
    for page in writer.call_pages([view.result]).values():
        click.echo(message("exported", path=page))


def _document(view: CallView, lang: Lang) -> dict[str, Any]:
    """What was heard and how it was scored."""
    from qa_pipeline.pipeline.output import call_json, transcript_json

    shown = view.clean.shown
    heard = call_json(view.call, shown) if view.call else transcript_json(shown)
    return {**heard, "scorecard": _result(view, lang, view.result)}


def _result(view: CallView, lang: Lang, result: CallResult) -> dict[str, Any]:
    from qa_pipeline.pipeline.output import result_json

    return result_json(result, lang, open_=not view.clean.redact)


def _effective(view: CallView, settings: Settings) -> Scorecard | None:
    """The scorecard with people's marks; None where nobody has marked anything."""
    from qa_pipeline import bootstrap

    if view.result.scorecard is None:
        return None
    standing = bootstrap.reviewing(settings).standing(view.result.call_id)
    return view.clean.scorecard(standing.effective) if standing.marked else None


def _view(call_id: str, settings: Settings, lang: Lang, *, redact: bool) -> CallView:
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.calls import view_call

    return view_call(
        bootstrap.ports(settings), bootstrap.scoring(settings), call_id, settings, lang=lang, redact=redact
    )


def _print_call(heard: Call) -> None:
    texts = {u.utterance_id: u.text for u in heard.transcript.utterances}
    click.echo(
        message(
            "call_head",
            call_id=heard.info.call_id,
            duration=seconds(heard.recording.duration_ms),
            quality=heard.hearing_quality,
        )
    )
    for turn in heard.turns:
        click.echo(
            message(
                "turn",
                start=seconds(turn.span.start_ms),
                role=message(f"role_{turn.role.value}"),
                text="".join(texts[i] for i in turn.utterance_ids),
            )
        )
    for gap in heard.dead_air:
        click.echo(
            message(
                "dead_air",
                start=seconds(gap.span.start_ms),
                end=seconds(gap.span.end_ms),
                role=message(f"role_{gap.after_role.value}"),
            )
        )
    for overlap in heard.talk_overs:
        click.echo(
            message(
                "talk_over",
                start=seconds(overlap.span.start_ms),
                end=seconds(overlap.span.end_ms),
                role=message(f"role_{overlap.interrupter.value}"),
            )
        )
    for role, rate in sorted(heard.speaking_rate.items()):
        click.echo(message("rate", role=message(f"role_{role.value}"), rate=rate))
