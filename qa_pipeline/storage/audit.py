"""The audit log: append-only rows, each sealed with the hash of the one before, so that a changed or missing
row shows.

A customer who is to be forgotten may stand in a row that an earlier release wrote. Such words can be taken out: a later
row of the chain (``audit.shortened``) says which rows were shortened and vouches for what they say now.

``hash = SHA-256(prev_hash + canonical JSON of [number, time, actor, action, subject, detail])``; the first
row's ``prev_hash`` is 32 zero bytes. Rows are numbered 1, 2, 3 … A log cut off at its end looks whole: keep
the last number and hash elsewhere to notice that.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from qa_pipeline.storage.codec import canonical, clean, plain
from qa_pipeline.storage.schema import audit

_START = bytes(32)
_PAGE = 2000
_SHORTENED = "audit.shortened"

Entry = tuple[str, str, Mapping[str, object]]
"""Action (``call.scored``), subject (a call id) and details."""


def default_actor() -> str:
    """Who runs this process: ``user@host``."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def append(connection: Connection, at: datetime, actor: str, entries: Sequence[Entry]) -> None:
    """Add rows inside the caller's write transaction (one writer at a time, so the chain can't fork)."""
    if not entries:
        return
    last = connection.execute(
        select(audit.c.audit_pk, audit.c.hash).order_by(audit.c.audit_pk.desc()).limit(1)
    ).first()
    number, previous = (0, _START) if last is None else (last.audit_pk, bytes(last.hash))
    rows = []
    for action, subject, detail in entries:
        number += 1
        row: dict[str, Any] = {
            "audit_pk": number,
            "at": at,
            "actor": clean(actor),
            "action": clean(action),
            "subject": clean(subject),
            "detail": plain(detail),
            "prev_hash": previous,
        }
        previous = row["hash"] = _hash(row)
        rows.append(row)
    connection.execute(insert(audit), rows)


def shorten(connection: Connection, at: datetime, actor: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Replace subject and detail of earlier rows, inside an open purge; the rows' hashes stay, and one more row vouches."""
    if not rows:
        return
    for row in rows:
        here = audit.c.audit_pk == row["audit_pk"]
        new = {"subject": row["subject"], "detail": row["detail"]}
        connection.execute(update(audit).where(here).values(new))
    digests = {str(row["audit_pk"]): _hash(row).hex() for row in rows}
    append(connection, at, actor, [(_SHORTENED, "audit", {"rows": digests})])


def verify(connection: Connection) -> tuple[int, int | None]:
    """How many rows are whole, and the number of the first that is not (changed, or follows a missing one).

    A row that a later one says was shortened to what it is now is whole.
    """
    number, previous = 0, _START
    changed: dict[int, str] = {}
    while True:
        page = (
            connection.execute(
                select(audit).where(audit.c.audit_pk > number).order_by(audit.c.audit_pk).limit(_PAGE)
            )
            .mappings()
            .all()
        )
        for row in page:
            if row["audit_pk"] != number + 1 or bytes(row["prev_hash"]) != previous:
                return _broken([*changed, row["audit_pk"]], number)
            number, previous, said = number + 1, bytes(row["hash"]), _hash(row)
            if previous != said:
                changed[number] = said.hex()
            elif row["action"] == _SHORTENED:
                vouched = row["detail"]["rows"]
                changed = {n: digest for n, digest in changed.items() if vouched.get(str(n)) != digest}
        if not page:
            return _broken(list(changed), number)


def _broken(numbers: list[int], whole: int) -> tuple[int, int | None]:
    first = min(numbers, default=None)
    return (whole, None) if first is None else (min(whole, first - 1), first)


def _hash(row: Any) -> bytes:
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    sealed = [row["audit_pk"], at, row["actor"], row["action"], row["subject"], row["detail"]]
    return hashlib.sha256(bytes(row["prev_hash"]) + canonical(sealed).encode("utf-8", "replace")).digest()
