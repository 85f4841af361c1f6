"""Deletion for age, in the database: what is due, a batch at a time, and files that are still owed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    insert,
    not_,
    select,
    tuple_,
)

from qa_pipeline.storage import audit
from qa_pipeline.storage.holds import HoldTables, held, holds_in_force, in_work, open_appeal
from qa_pipeline.storage.keep_base import WIPE_ROWS, DueCount, Kept, Owed, OwedKind, Place
from qa_pipeline.storage.purge_rows import (
    IDS,
    clear_audio,
    clear_heard,
    clear_scores,
    clear_words,
    opened,
    owe,
)
from qa_pipeline.storage.schema import calls, recordings, scorecards
from qa_pipeline.storage.schema_keeping import owed_files, purge_ends, purges


class PurgeTables(HoldTables):
    """The deletion for age of :class:`qa_pipeline.storage.keep_base.KeepStore`."""

    def due(self, what: Kept, before: date) -> DueCount:
        """What is kept too long; see the port."""

        def work(db: Connection) -> DueCount:
            in_force = holds_in_force(db)
            due, on_hold = _due(what, before), held(in_force)
            appealed, busy = open_appeal(), in_work(datetime.now(UTC))
            free = and_(due, not_(on_hold), not_(appealed), not_(busy))
            day = calls.c.business_date
            found = db.execute(select(func.count(), func.min(day), func.max(day)).where(free)).one()

            def count(*conditions: ColumnElement[bool]) -> int:
                return db.execute(
                    select(func.count()).select_from(calls).where(due, *conditions)
                ).scalar_one()

            by_hold = {hold_id: count(covers) for hold_id, covers in in_force.items()}
            return DueCount(
                num_calls=found[0],
                oldest=found[1],
                newest=found[2],
                held=count(on_hold),
                appealed=count(not_(on_hold), appealed),
                busy=count(not_(on_hold), not_(appealed), busy),
                held_by={hold_id: number for hold_id, number in by_hold.items() if number},
            )

        return self._run(work)

    def begin(self, *, rules: Mapping[str, object], scorecards_before: date | None, who: str) -> int:
        """Write down that a purge begins; see the port."""

        def work(db: Connection) -> int:
            return new_purge(db, "retention", rules, scorecards_before, reason="", who=who)

        return self._run(work, write=True)

    def purge_batch(
        self, purge: int, what: Kept, before: date, *, after: Place | None, limit: int, rule: str, who: str
    ) -> tuple[int, Place | None]:
        """Delete one kind of the next calls; see the port."""
        detail = {"purge": f"P{purge}", "rule": rule}

        def work(db: Connection) -> tuple[int, Place | None]:
            now = datetime.now(UTC)
            key = (calls.c.business_date, calls.c.call_pk)
            kept_back = (held(holds_in_force(db)), open_appeal(), in_work(now))
            query = select(calls).where(_due(what, before), *(not_(one) for one in kept_back))
            if after is not None:
                query = query.where(
                    calls.c.business_date >= after.day, tuple_(*key) > tuple_(after.day, after.call_pk)
                )
            rows = db.execute(query.order_by(*key).limit(limit)).mappings().all()
            if not rows:
                return 0, None
            with opened(db, purge):
                if what is Kept.SCORECARD:
                    # Contradictory settings are refused, but they may have changed between two runs.
                    clear_audio(db, rows, purge)
                    clear_heard(db, rows, purge)
                    clear_scores(db, rows, purge)
                else:
                    (clear_audio if what is Kept.AUDIO else clear_words)(db, rows, purge)
            owe(db, purge, [("wipe", WIPE_ROWS)])
            audit.append(db, now, who, [(f"call.{what}_purged", row["call_id"], detail) for row in rows])
            last = rows[-1]
            place = Place(day=last["business_date"], call_pk=last["call_pk"]) if len(rows) == limit else None
            return len(rows), place

        return self._run(work, write=True)

    def owed(self, kind: OwedKind) -> tuple[Owed, ...]:
        """What is still to be deleted; see the port."""
        query = select(owed_files).where(owed_files.c.kind == kind).order_by(owed_files.c.name)
        return self._run(
            lambda db: tuple(Owed(kind=kind, name=r.name, purge=r.purge_pk) for r in db.execute(query))
        )

    def settle(self, done: Sequence[Owed]) -> None:
        """These are deleted."""

        def work(db: Connection) -> None:
            for kind in {owed.kind for owed in done}:
                names = [owed.name for owed in done if owed.kind == kind]
                for start in range(0, len(names), IDS):
                    # Not pairs in a list: SQLite would look through the whole table for them.
                    some = owed_files.c.name.in_(names[start : start + IDS])
                    db.execute(delete(owed_files).where(owed_files.c.kind == kind, some))

        if done:
            self._run(work, write=True)

    def end(self, purge: int, counts: Mapping[str, int], *, who: str) -> None:
        """Write down what a purge has deleted; see the port."""

        def work(db: Connection) -> None:
            now = datetime.now(UTC)
            db.execute(insert(purge_ends).values(purge_pk=purge, counts=dict(counts), ended_at=now))
            audit.append(db, now, who, [("purge.finished", f"P{purge}", dict(counts))])

        self._run(work, write=True)

    def wipe(self, *, whole: bool) -> None:
        """Overwrite leftovers in the database's own files; see the port."""
        self._database.wipe(whole=whole)

    def scorecards_purged_before(self) -> date | None:
        """The latest day to which scorecards were ever purged; see the port."""
        return self._run(scorecards_purged_before)

    def purged_recordings(self, recording_ids: Sequence[str]) -> frozenset[str]:
        """Recordings of which nothing may be kept; see the port."""

        def work(db: Connection) -> frozenset[str]:
            found: set[str] = set()
            for start in range(0, len(recording_ids), IDS):
                some = recordings.c.recording_id.in_(recording_ids[start : start + IDS])
                query = (
                    select(recordings.c.recording_id)
                    .join(calls, calls.c.recording_pk == recordings.c.recording_pk)
                    .where(some)
                    .group_by(recordings.c.recording_id)
                    .having(func.count() == func.count(calls.c.transcript_purge))
                )
                found.update(db.execute(query).scalars())
            return frozenset(found)

        return self._run(work)

    def referenced(self) -> frozenset[str]:
        """Keys of all artifacts in use."""
        query = select(calls.c.artifacts).where(cast(calls.c.artifacts, Text) != "{}")
        return self._run(
            lambda db: frozenset(key for kept in db.execute(query).scalars() for key in kept.values())
        )


def scorecards_purged_before(db: Connection) -> date | None:
    """The latest day to which scorecards were ever purged for their age."""
    day: date | None = db.execute(select(func.max(purges.c.scorecards_before))).scalar()
    return day


def new_purge(
    db: Connection,
    kind: str,
    rules: Mapping[str, object],
    scorecards_before: date | None,
    *,
    reason: str,
    who: str,
) -> int:
    """The number of a new purge."""
    number: int = (db.execute(select(func.max(purges.c.purge_pk))).scalar() or 0) + 1
    now = datetime.now(UTC)
    db.execute(
        insert(purges).values(
            purge_pk=number,
            kind=kind,
            rules=dict(rules),
            scorecards_before=scorecards_before,
            reason=reason,
            made_by=who,
            started_at=now,
        )
    )
    detail: dict[str, object] = {"kind": kind, **rules} | ({"reason": reason} if reason else {})
    audit.append(db, now, who, [("purge.started", f"P{number}", detail)])
    return number


def _due(what: Kept, before: date) -> ColumnElement[bool]:
    old = calls.c.business_date < before
    if what is Kept.AUDIO:
        return and_(old, calls.c.source_uri != "")
    if what is Kept.TRANSCRIPT:
        scored = exists(select(scorecards.c.call_pk).where(scorecards.c.call_pk == calls.c.call_pk))
        heard = cast(calls.c.artifacts, Text) != "{}"
        return and_(old, calls.c.transcript_purge.is_(None), heard | scored)
    return and_(old, calls.c.scorecard_purge.is_(None), calls.c.status != "pending")
