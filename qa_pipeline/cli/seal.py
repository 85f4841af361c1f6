"""``qa seal``: encrypts what an earlier release left in the clear, and changes the key."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from qa_pipeline.cli.common import default_lang, lang_option, load_settings
from qa_pipeline.cli.people import by_option, who
from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa_pipeline.storage.rekey import Rekeying

_EVERY_S = 2.0
_SHOWN = 20


def say(key: str, /, **params: object) -> str:
    """A sentence of these commands in the reader's language."""
    return text(f"seal.{key}", default_lang(), **params)


@click.group(help=say("help"), invoke_without_command=True)
@lang_option
@click.pass_context
def seal(context: click.Context, lang: Lang) -> None:
    """Encrypt the rest; a second run finds nothing."""
    if context.invoked_subcommand is not None:
        return
    settings = load_settings(lang)
    from qa_pipeline.storage.artifacts import FileArtifacts

    artifacts = FileArtifacts(settings)
    count = artifacts.seal_rest()
    if count:
        click.echo(say("sealed", count=count, source=artifacts.sealing().source))
    else:
        click.echo(say("sealed_nothing"))


@seal.command(help=say("help_rekey"))
@click.option("--prepare", is_flag=True, help=say("opt_prepare"))
@click.option("--dry-run", is_flag=True, help=say("opt_dry_run"))
@by_option
@lang_option
def rekey(prepare: bool, dry_run: bool, by: str | None, lang: Lang) -> int:
    """Change the key."""
    if prepare and dry_run:
        raise InputError("seal.one_of_two")
    settings = load_settings(lang)
    from qa_pipeline.storage.rekey import Rekeying
    from qa_pipeline.storage.seal import key_file

    use_case = Rekeying(settings)
    try:
        if prepare:
            told = say("prepared", key_file=key_file(settings), new=use_case.prepare())
            click.echo(told)
            return 0
        return _plan(use_case) if dry_run else _apply(use_case, who(by))
    finally:
        use_case.close()


def _plan(use_case: Rekeying) -> int:
    progress = _Progress("looked_through")
    plan = use_case.plan(on_progress=progress)
    new = plan.new or say("still_to_be_made")
    click.echo(say("plan_begun" if plan.begun else "plan", old=plan.old, new=new))
    click.echo(say("plan_counts", total=plan.total, left=plan.left))
    _unreadable(plan.unreadable)
    click.echo(say("nothing_changed"))
    return 1 if plan.unreadable else 0


def _apply(use_case: Rekeying, actor: str) -> int:
    done = use_case.apply(who=actor, on_progress=_Progress("changed_so_far"))
    click.echo(say("changed", count=done.changed, new=done.new))
    if done.unreadable:
        _unreadable(done.unreadable)
        click.echo(say("unfinished"), err=True)
        return 1
    if done.key_file is None:
        click.echo(say("finished_environment", old=done.old))
    else:
        click.echo(say("finished", old=done.old, key_file=done.key_file))
    return 0


def _unreadable(paths: Sequence[str]) -> None:
    if paths:
        click.echo(say("unreadable", count=len(paths)), err=True)
        for path in paths[:_SHOWN]:
            click.echo(f"  {path}", err=True)
        if len(paths) > _SHOWN:
            click.echo(say("and_more", count=len(paths) - _SHOWN), err=True)


class _Progress:
    """A line on the error stream every two seconds."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._next = time.monotonic() + _EVERY_S

    def __call__(self, count: int) -> None:
        if time.monotonic() >= self._next:
            click.echo(say(self._key, count=count), err=True)
            self._next = time.monotonic() + _EVERY_S
