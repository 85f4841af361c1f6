"""``qa appeal``: agents object to deductions, other people decide, and the score follows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import click

from qa_pipeline.cli.common import format_option, lang_option, load_settings, plain_option
from qa_pipeline.cli.people import known_scope, say, show, who
from qa_pipeline.cli.review import effect
from qa_pipeline.i18n import Lang

if TYPE_CHECKING:
    from qa_pipeline.storage.appeal_base import Appeal


@click.group(help=say("help_appeal"))
def appeal() -> None:
    """Appeals."""


@appeal.command("file", help=say("help_appeal_file"))
@click.argument("call_id", metavar="CALL")
@click.argument("criterion_id", metavar="CRITERION")
@click.option("--by", required=True, metavar="NAME", help=say("opt_filed_by"))
@click.option("--reason", required=True, help=say("opt_appeal_reason"))
@lang_option
def file(call_id: str, criterion_id: str, by: str, reason: str, lang: Lang) -> None:
    """Object to a deduction."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    kept = bootstrap.appeals(settings).file(
        call_id, criterion_id, by=who(by), reason=reason, now=datetime.now(UTC)
    )
    click.echo(
        say(
            "appeal_filed", id=kept.appeal_id, call_id=call_id, criterion=criterion_id, deadline=kept.deadline
        )
    )


@appeal.command("decide", help=say("help_appeal_decide"))
@click.argument("appeal_id", metavar="ID")
@click.argument("verdict", type=click.Choice(["granted", "rejected", "withdrawn"]))
@click.option("--by", required=True, metavar="NAME", help=say("opt_decided_by"))
@click.option("--reason", required=True, help=say("opt_decision_reason"))
@click.option(
    "--outcome",
    type=click.Choice(["met", "not_applicable"]),
    default="met",
    show_default=True,
    help=say("opt_appeal_outcome"),
)
@lang_option
def decide(
    appeal_id: str,
    verdict: Literal["granted", "rejected", "withdrawn"],
    by: str,
    reason: str,
    outcome: str,
    lang: Lang,
) -> None:
    """Decide an appeal."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap
    from qa_pipeline.domain.finding import Outcome

    found = bootstrap.appeals(settings).decide(
        appeal_id, verdict, by=who(by), reason=reason, now=datetime.now(UTC), outcome=Outcome(outcome)
    )
    click.echo(say(f"appeal_{verdict}", id=found.appeal.appeal_id, call_id=found.appeal.call_id))
    if verdict == "granted":
        click.echo(effect(found.before, found.after))


@appeal.command("list", help=say("help_appeal_list"))
@click.option("--open", "open_", is_flag=True, help=say("opt_open_appeals"))
@click.option("--agent", callback=plain_option, help=say("opt_agent"))
@format_option
@lang_option
def list_(open_: bool, agent: str | None, format_: str, lang: Lang) -> None:
    """List appeals."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    known_scope(settings, agent, None, None)
    rows = [
        _row(one, format_, settings.business_tz)
        for one in bootstrap.appeals(settings).store.appeals()
        if (agent is None or one.agent_id == agent) and not (open_ and one.decision is not None)
    ]
    show(rows, format_=format_, nothing=say("no_appeals"))


def _row(one: Appeal, format_: str, tz: str) -> dict[str, object]:
    from zoneinfo import ZoneInfo

    state = one.decision.decision if one.decision is not None else "open"
    return {
        "id": one.appeal_id,
        "call_id": one.call_id,
        "agent": one.agent_id,
        "criterion": one.criterion_id,
        "filed": f"{one.filed_at.astimezone(ZoneInfo(tz)):%Y-%m-%d}",
        "filed_by": one.filed_by,
        "why": one.reason,
        "decision": say(f"state_{state}") if format_ == "table" else state,
        "decided_by": one.decision.decided_by if one.decision is not None else None,
        "decided_why": one.decision.reason if one.decision is not None else None,
        "_deadline": one.deadline.isoformat(),
    }
