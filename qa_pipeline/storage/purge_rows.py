"""What deleting one kind of thing means, row by row, for a handful of calls inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from qa_pipeline.storage.night_base import tombstone
from qa_pipeline.storage.schema import (
    call_measures,
    calls,
    current_scorecards,
    findings,
    reviews,
    scorecard_docs,
    scorecards,
    section_scores,
)
from qa_pipeline.storage.schema_keeping import open_purges, owed_files
from qa_pipeline.storage.schema_night import seen_files
from qa_pipeline.storage.schema_people import appeal_decisions, appeals, draw_calls
from qa_pipeline.storage.words import mute_params, without_words

IDS = 500
"""Ids in one statement; every database takes so many."""
Row = Mapping[Any, Any]


@contextmanager
def opened(db: Connection, purge: int) -> Iterator[None]:
    """Lets the append-only tables go of what this purge takes, until the end of the block."""
    db.execute(insert(open_purges).values(purge_pk=purge, never=-1))
    yield
    db.execute(delete(open_purges))


def clear_audio(db: Connection, rows: Sequence[Row], purge: int) -> None:
    """Forget where the recordings lie and what they are called."""
    _update_calls(
        db,
        rows,
        lambda row: {
            "source_uri": "",
            "source_name": None if row["source_name"] is None else "",
            "params": mute_params(row["params"]),
            "audio_purge": row["audio_purge"] or purge,
        },
    )
    forget_watched(db, [row["call_id"] for row in rows])


def clear_words(
    db: Connection, rows: Sequence[Row], purge: int, *, new_ids: Mapping[int, str] | None = None
) -> None:
    """Forget what was heard; scorecards keep outcomes, points and seconds.

    Args:
        db: inside a transaction in which the purge is open.
        rows: of ``calls``.
        purge: its number.
        new_ids: by call key, where the customer is to be forgotten.
    """
    ids = new_ids or {}
    query = (
        select(scorecards.c.call_pk, scorecard_docs)
        .join(scorecards, scorecards.c.scorecard_pk == scorecard_docs.c.scorecard_pk)
        .where(scorecards.c.call_pk.in_([row["call_pk"] for row in rows]))
    )
    docs = [
        {"pk": doc.scorecard_pk, "doc": without_words(bytes(doc.doc), call_id=ids.get(doc.call_pk))}
        for doc in db.execute(query)
    ]
    if docs:
        here = scorecard_docs.c.scorecard_pk == bindparam("pk")
        db.execute(update(scorecard_docs).where(here).values(doc=bindparam("doc")), docs)
    clear_heard(db, rows, purge)


def clear_heard(db: Connection, rows: Sequence[Row], purge: int) -> None:
    """Artifacts become owed files, but for those that another call needs still."""
    needed = _needed_by_others(db, rows)
    keys = [key for row in rows for key in row["artifacts"].values() if key not in needed]
    listens = [
        key for row in rows for kind, key in row["artifacts"].items() if kind == "transcript" and key in keys
    ]
    owe(db, purge, [*(("artifact", key) for key in keys), *(("listens", key) for key in listens)])
    _update_calls(
        db, rows, lambda row: {"artifacts": {}, "transcript_purge": row["transcript_purge"] or purge}
    )


def clear_scores(db: Connection, rows: Sequence[Row], purge: int) -> None:
    """Forget scores, marks and measures; what stays says that there was a call, so that it is not scored again."""
    pks = [row["call_pk"] for row in rows]
    cards = select(scorecards.c.scorecard_pk).where(scorecards.c.call_pk.in_(pks))
    filed = select(appeals.c.appeal_pk).where(appeals.c.call_pk.in_(pks))
    db.execute(delete(appeal_decisions).where(appeal_decisions.c.appeal_pk.in_(filed)))
    for table in (appeals, reviews, draw_calls, call_measures, current_scorecards):
        db.execute(delete(table).where(table.c.call_pk.in_(pks)))
    for table in (findings, section_scores, scorecard_docs):
        db.execute(delete(table).where(table.c.scorecard_pk.in_(cards)))
    db.execute(delete(scorecards).where(scorecards.c.call_pk.in_(pks)))

    def values(row: Row) -> dict[str, Any]:
        scored = row["status"] == "scored"
        return {
            "status": "not_scored" if scored else row["status"],
            "code": "call.purged" if scored else row["code"],
            "params": {} if scored else mute_params(row["params"]),
            "scored_under": None,
            "customer_id": None,
            "extra": {},
            "scorecard_purge": purge,
        }

    _update_calls(db, rows, values)


def forget_watched(db: Connection, call_ids: Sequence[str]) -> None:
    """The nightly job goes on knowing the files as they were, but no longer their names."""
    seen = db.execute(select(seen_files).where(seen_files.c.call_id.in_(call_ids))).mappings().all()
    for row in seen:
        mark = tombstone(row["uri"], row["stamp"])
        db.execute(delete(seen_files).where(seen_files.c.uri.in_([row["uri"], mark])))
        if row["settled"]:
            values = {"uri": mark, "stamp": "", "info_digest": "", "call_id": "", "settled": True}
            db.execute(insert(seen_files).values(**values, seen_at=row["seen_at"]))


def owe(db: Connection, purge: int, files: Iterable[tuple[str, str]]) -> None:
    """What is to be deleted outside the database is written down with what is deleted inside, and so survives a kill."""
    wanted = dict.fromkeys(files)
    for kind in {kind for kind, _ in wanted}:
        names = [name for of, name in wanted if of == kind]
        for start in range(0, len(names), IDS):
            some = names[start : start + IDS]
            here = (owed_files.c.kind == kind) & owed_files.c.name.in_(some)
            known = set(db.execute(select(owed_files.c.name).where(here)).scalars())
            new = [{"kind": kind, "name": n, "purge_pk": purge} for n in some if n not in known]
            if new:
                db.execute(insert(owed_files), new)


def _needed_by_others(db: Connection, rows: Sequence[Row]) -> set[str]:
    ours = [row["call_pk"] for row in rows]
    recordings = sorted({row["recording_pk"] for row in rows if row["recording_pk"] is not None})
    query = select(calls.c.artifacts).where(
        calls.c.recording_pk.in_(recordings), calls.c.call_pk.not_in(ours)
    )
    return {key for artifacts in db.execute(query).scalars() for key in artifacts.values()}


def _update_calls(db: Connection, rows: Sequence[Row], values: Callable[[Row], dict[str, Any]]) -> None:
    """One statement for all: built for every call anew, it would take most of a purge's time."""
    new = [
        {"pk": row["call_pk"], **{f"new_{name}": value for name, value in values(row).items()}}
        for row in rows
    ]
    if new:
        columns: dict[str, Any] = {
            name.removeprefix("new_"): bindparam(name) for name in new[0] if name != "pk"
        }
        db.execute(update(calls).where(calls.c.call_pk == bindparam("pk")).values(columns), new)
