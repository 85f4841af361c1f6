"""``qa audit``: who did what, and whether the log of it is whole."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import click

from qa_pipeline.cli.common import default_lang, format_option, lang_option, load_settings
from qa_pipeline.cli.keep_words import say
from qa_pipeline.cli.people import Day, show
from qa_pipeline.errors import InputError, StorageError
from qa_pipeline.i18n import Lang, catalogue, error_text, text


def _words(key: str, /, **params: object) -> str:
    return text(f"clips.{key}", default_lang(), **params)


@click.group(help=_words("help_audit"))
def audit() -> None:
    """The audit log."""


@audit.command("verify", help=_words("help_audit_verify"))
@click.option("--expect", metavar="COUNT:HASH", help=say("opt_audit_expect"))
@lang_option
def verify(expect: str | None, lang: Lang) -> int:
    """Check the chain of hashes; exit code 1 where it is broken, cut off, or another."""
    noted = _noted(expect) if expect is not None else None
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    whole, broken = bootstrap.audit_log(settings)
    store = bootstrap.keep_store(settings)
    fault = None
    if broken is not None:
        fault = StorageError("audit.broken", number=broken, whole=whole)
    elif noted is not None and noted[0] > whole:
        fault = StorageError("audit.cut_off", whole=whole, expected=noted[0])
    elif noted is not None and store.audit_mark(noted[0]) != f"{noted[0]}:{noted[1]}":
        fault = StorageError("audit.differs", number=noted[0])
    if fault is not None:
        click.echo(error_text(fault, lang), err=True)
        return 1
    click.echo(_words("audit_whole", count=whole))
    if noted is not None:
        click.echo(say("audit_as_noted", count=noted[0]))
    click.echo(say("audit_note", mark=store.audit_mark(whole) or "—"))
    return 0


def _noted(expect: str) -> tuple[int, str]:
    """What ``--expect`` says.

    Raises:
        InputError: ``audit.bad_mark``.
    """
    count, _, digest = expect.strip().lower().partition(":")
    if not re.fullmatch(r"[1-9][0-9]{0,11}", count) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise InputError("audit.bad_mark", value=expect)
    return int(count), digest


@audit.command("list", help=say("help_audit_list"))
@click.option("--call", "subject", metavar="ID", help=say("opt_audit_call"))
@click.option("--by", "actor", metavar="NAME", help=say("opt_audit_by"))
@click.option("--action", "action", metavar="A", help=say("opt_audit_action"))
@click.option("--from", "first", type=Day(), help=say("opt_audit_from"))
@click.option("--to", "last", type=Day(), help=say("opt_audit_to"))
@click.option(
    "--limit", type=click.IntRange(1, 1_000_000), default=200, show_default=True, help=say("opt_limit")
)
@format_option
@lang_option
def list_(
    subject: str | None,
    actor: str | None,
    action: str | None,
    first: date | None,
    last: date | None,
    limit: int,
    format_: str,
    lang: Lang,
) -> None:
    """Show the newest rows that fit, oldest first."""
    settings = load_settings(lang)
    from qa_pipeline import bootstrap

    store, zone = bootstrap.keep_store(settings), ZoneInfo(settings.business_tz)
    rows = store.audit_rows(
        subject=subject,
        actor=actor,
        actions=_actions(action, store.audit_actions()) if action else (),
        start=_midnight(first, zone),
        end=_midnight(last + timedelta(days=1), zone) if last else None,
        limit=limit + 1,
    )
    shown = rows[-limit:]
    names = catalogue("audit", lang)
    as_json = format_ == "json"
    show(
        [
            {
                "number": row.number,
                "at": row.at.isoformat() if as_json else f"{row.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
                "by": row.actor,
                "action": row.action if as_json else names.get(row.action, row.action),
                "subject": row.subject,
                "detail": row.detail if as_json else _brief(row.detail),
            }
            for row in shown
        ],
        format_=format_,
        nothing=say("no_audit_rows"),
        words="keep",
    )
    if len(rows) > limit:
        click.echo(say("audit_more", shown=limit), err=True)


def _actions(wanted: str, there: tuple[str, ...]) -> tuple[str, ...]:
    """The actions meant by a code (``call.read``), its first part (``call``), or a name as the table shows it.

    Raises:
        InputError: ``audit.unknown_action`` with the nearest.
    """
    codes = {code: (code,) for code in there}
    for lang in ("zh", "en"):
        for code, name in catalogue("audit", lang).items():
            codes.setdefault(code, (code,))
            codes.setdefault(name, (code,))
    areas: dict[str, tuple[str, ...]] = {}
    for code in {one for several in codes.values() for one in several}:
        area = code.partition(".")[0]
        areas[area] = (*areas.get(area, ()), code)
    found = codes.get(wanted.strip()) or areas.get(wanted.strip())
    if found is None:
        known = [*codes, *areas]
        near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.4) or sorted(areas)
        raise InputError("audit.unknown_action", name=wanted, near=", ".join(near))
    return found


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone).astimezone(UTC)


def _brief(detail: Mapping[str, object]) -> str:
    """Details on a line; digests by their beginnings."""
    parts = []
    for key, value in detail.items():
        written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        parts.append(f"{key}={written if len(written) <= 60 else written[:59] + '…'}")
    return "  ".join(parts)
