"""``qa forget``: everything of one customer goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qa_pipeline.cli.common import lang_option, load_settings
from qa_pipeline.cli.keep_words import required, say, tell_left
from qa_pipeline.cli.people import who
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang

if TYPE_CHECKING:
    from qa_pipeline.pipeline.forget import ForgetPlan


@click.command(help=say("help_forget"))
@click.argument("customer", required=False)
@click.option("--call", "calls", multiple=True, metavar="ID", help=say("opt_forget_call"))
@click.option("--dry-run", is_flag=True, help=say("opt_forget_dry_run"))
@click.option("--reason", metavar="TEXT", help=say("opt_forget_reason"))
@click.option("--by", metavar="NAME", help=say("opt_forget_by"))
@lang_option
def forget(
    customer: str | None,
    calls: tuple[str, ...],
    dry_run: bool,
    reason: str | None,
    by: str | None,
    lang: Lang,
) -> int:
    """Forget a customer."""
    if (customer is None) == (not calls):
        raise InputError("forget.who")
    if customer is not None:
        required(customer, "CUSTOMER")
    if not dry_run and (reason is None or by is None):
        raise InputError("forget.reason_and_name")
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    use_case = bootstrap.forgetting(settings)
    plan = use_case.plan(customer.strip() if customer else None, calls)
    _tell(plan, done=not dry_run)
    if dry_run:
        click.echo(say("forget_nothing_done"))
        return 0
    done = use_case.apply(plan, reason=required(reason or "", "--reason"), who=who(by))
    for old, new in done.new_ids.items():
        click.echo(say("forgotten_call", old=old, new=new))
    click.echo(say("forgotten", purge=f"P{done.purge}", calls=len(done.new_ids), files=done.files))
    tell_left(done.left)
    return 1 if done.left else 0


def _tell(plan: ForgetPlan, *, done: bool) -> None:
    """What goes, what stays, and what the user must see to."""
    click.echo(say("forget_calls", calls=len(plan.calls), scorecards=plan.scorecards))
    click.echo(say("forget_scores_stay"))
    _list("forget_files", [*plan.traces.files, *plan.traces.folders])
    _list("forget_logs", plan.logs)
    _list("forget_by_hand", plan.traces.by_hand)
    _list("forget_missing", plan.traces.missing)
    _list("forget_sources", plan.sources)
    _list("forget_unread", plan.unread)


def _list(key: str, items: list[object] | tuple[object, ...]) -> None:
    if items:
        click.echo(say(key, count=len(items)))
        for item in items:
            click.echo(f"  {item}")
