"""``qa call``: look at what was heard and how it was scored."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa_pipeline.cli.common import format_option, lang_option, load_settings, message
from qa_pipeline.cli.review import effect
from qa_pipeline.cli.score import print_json
from qa_pipeline.i18n import Lang, seconds

if TYPE_CHECKING:
    from qa_pipeline.domain.call import Call
    from qa_pipeline.domain.scorecard import Scorecard
    from qa_pipeline.pipeline.calls import CallView


@click.group(help=message("help_call"))
def call() -> None:
    """Processed calls."""


@call.command("list", help=message("help_call_list"))
@click.option(
    "--status",
    type=click.Choice(["scored", "not_scored", "failed", "pending"]),
    help=message("opt_status"),
)
@click.option("--agent", help=message("opt_agent"))
@format_option
@lang_option
def list_(status: str | None, agent: str | None, format_: str, lang: Lang) -> None:
    """List calls."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.calls import list_calls
    from qa_pipeline.pipeline.output import result_json

    views = list_calls(bootstrap.ports(settings).store, status=status, agent_id=agent)
    results = [view.result for view in views]
    if format_ == "json":
        for result in results:
            print_json(result_json(result, lang))
        return
    from qa_pipeline.cli.table import print_table

    agents = {view.result.call_id: view.agent_id for view in views}
    print_table(results, agents, bootstrap.scoring(settings).rubric_of, lang)


@call.command("show", help=message("help_call_show"))
@click.argument("call_id")
@format_option
@lang_option
def show(call_id: str, format_: str, lang: Lang) -> None:
    """Show one call."""
    view = _view(call_id, lang)
    if format_ == "json":
        from qa_pipeline.pipeline.output import call_json, result_json, transcript_json

        heard = call_json(view.call) if view.call else transcript_json(call_id, view.transcript)
        document = {**heard, "scorecard": result_json(view.result, lang)}
        effective = _effective(view, lang)
        if effective is not None:
            document["effective"] = result_json(replace(view.result, scorecard=effective), lang)
        print_json(document)
        return
    if view.call is not None:
        _print_call(view.call)
    else:
        for utterance in view.transcript.utterances:
            click.echo(
                message(
                    "turn",
                    start=seconds(utterance.span.start_ms),
                    role=message("role_unknown"),
                    text=utterance.text,
                )
            )
    from qa_pipeline import bootstrap
    from qa_pipeline.cli.table import print_table

    rubric_of = bootstrap.scoring(load_settings(lang)).rubric_of
    print_table([view.result], {call_id: view.agent_id}, rubric_of, lang)
    effective = _effective(view, lang)
    if effective is not None and view.result.scorecard is not None:
        click.echo(effect(view.result.scorecard, effective))


@call.command("export", help=message("help_call_export"))
@click.argument("call_id")
@click.option("--out", type=click.Path(path_type=Path), default=Path(), help=message("opt_out"))
@lang_option
def export(call_id: str, out: Path, lang: Lang) -> None:
    """Export one call as a page and JSON."""
    view = _view(call_id, lang)
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.output import call_json, result_json, transcript_json
    from qa_pipeline.pipeline.pages import page_name, write_file

    writer = bootstrap.page_writer(out, bootstrap.scoring(settings), settings)
    heard = call_json(view.call) if view.call else transcript_json(call_id, view.transcript)
    document = {**heard, "scorecard": result_json(view.result, lang)}
    target = out / page_name(call_id).replace(".html", ".json")
    write_file(target, json.dumps(document, ensure_ascii=False, indent=1).encode())
    click.echo(message("exported", path=target))
    page = writer.call_page(view.result)
    if page is not None:
        click.echo(message("exported", path=page))


def _effective(view: CallView, lang: Lang) -> Scorecard | None:
    """The scorecard with people's marks; None where nobody has marked anything."""
    from qa_pipeline import bootstrap

    if view.result.scorecard is None:
        return None
    standing = bootstrap.reviewing(load_settings(lang)).standing(view.result.call_id)
    return standing.effective if standing.marked else None


def _view(call_id: str, lang: Lang) -> CallView:
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.pipeline.calls import view_call

    return view_call(bootstrap.ports(settings), bootstrap.scoring(settings), call_id)


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
