"""The database behind the ``Store`` port: SQLite by default, PostgreSQL by ``QA_DATABASE_URL``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, delete, insert, or_, select, update

from qa_pipeline.domain.scorecard import CallStatus, Review, Scorecard
from qa_pipeline.errors import InputError
from qa_pipeline.storage import audit, codec
from qa_pipeline.storage.base import CallRow, SavedCall
from qa_pipeline.storage.lease import is_dead
from qa_pipeline.storage.measures import MeasureTables
from qa_pipeline.storage.rows import SELECT_CALLS, call_row, review, review_values
from qa_pipeline.storage.schema import (
    calls,
    current_scorecards,
    engines,
    recordings,
    reviews,
    rubrics,
    scorecard_docs,
    scorecards,
)
from qa_pipeline.storage.writer import BatchWriter

T = TypeVar("T")
_PAGE = 500


class SqlStore(MeasureTables):
    """Calls, rubrics, scorecards, reviews and the audit log in one SQL database.

    Nothing is opened before the first use; then the schema is created or upgraded. Safe to share between
    threads.
    """

    def register_rubric(self, rubric_id: str, version: int, digest: str, content: str) -> None:
        """Keep the rubric's text for ever; see the port."""

        def work(db: Connection) -> None:
            mine = (rubrics.c.rubric_id == rubric_id) & (rubrics.c.version == version)
            known = db.execute(select(rubrics.c.digest).where(mine)).scalar()
            if known == digest:
                return
            if known is not None:
                raise InputError("rubric.version_changed", rubric_id=rubric_id, version=version)
            now = datetime.now(UTC)
            row = {"rubric_id": rubric_id, "version": version, "digest": digest, "content": content}
            db.execute(insert(rubrics), [row | {"registered_at": now}])
            detail = {"version": version, "digest": digest}
            audit.append(db, now, self._actor, [("rubric.registered", rubric_id, detail)])

        if self._rubric_digest(rubric_id, version) != digest:
            self._run(work, write=True)

    def rubric_content(self, rubric_id: str, version: int, digest: str | None = None) -> str | None:
        """The kept text of a rubric; see the port."""
        query = select(rubrics.c.content).where(
            rubrics.c.rubric_id == rubric_id, rubrics.c.version == version
        )
        if digest is not None:
            query = query.where(rubrics.c.digest == digest)
        return self._run(lambda db: db.execute(query).scalar())

    def claim(self, call_ids: Sequence[str], *, owner: str, ttl_s: int) -> tuple[str, ...]:
        """Take or renew leases; see the port. Only calls in the table can be ours: ``save`` them as pending first.

        ``owner`` comes from :func:`qa_pipeline.storage.lease.this_process`. Machines that share a database
        need clocks that agree to well within ``ttl_s``; where they don't, a call may be worked on twice, and
        the second result changes nothing.
        """
        wanted = [codec.clean(call_id) for call_id in call_ids]

        def work(db: Connection) -> set[str]:
            now = datetime.now(UTC)
            mine: set[str] = set()
            for some in _chunks(wanted):
                here = calls.c.call_id.in_(some)
                owners = db.execute(select(calls.c.lease_owner).where(here).distinct()).scalars()
                free = [name for name in owners if name is not None and (name == owner or is_dead(name))]
                open_ = or_(
                    calls.c.lease_owner.is_(None), calls.c.lease_until <= now, calls.c.lease_owner.in_(free)
                )
                taken = db.execute(
                    update(calls)
                    .where(here & open_)
                    .values(lease_owner=owner, lease_until=now + timedelta(seconds=ttl_s))
                    .returning(calls.c.call_id)
                )
                mine.update(taken.scalars())
            return mine

        got = self._run(work, write=True) if wanted else set()
        return tuple(i for i in dict.fromkeys(call_ids) if codec.clean(i) in got)

    def release(self, call_ids: Sequence[str], *, owner: str) -> None:
        """Give leases back; those of others stay."""
        wanted = [codec.clean(call_id) for call_id in call_ids]

        def work(db: Connection) -> None:
            for some in _chunks(wanted):
                mine = calls.c.call_id.in_(some) & (calls.c.lease_owner == owner)
                db.execute(update(calls).where(mine).values(lease_owner=None, lease_until=None))

        if wanted:
            self._run(work, write=True)

    def save(self, outcomes: Sequence[SavedCall]) -> None:
        """Write one batch in one transaction; see the port.

        A row that says ``pending`` registers its call (the store sets ``received_at``) and leaves a settled
        one settled. Metadata a row lacks stay as they are known, and so does the recording. A result without
        a scorecard (``not_scored``, ``failed``) ends the standing of the earlier one: ``scorecard(call_id)``
        is None then. A changed agent, team, time or other metadata is audited with both values.

        Raises:
            InputError: ``call.other_audio``; ``storage.rubric_unknown`` where ``register_rubric`` was not called.
            StorageError: ``storage.locked``, ``storage.disk_full``, ``storage.read_only``, …
        """

        def work(db: Connection) -> None:
            now = datetime.now(UTC)
            for some in _chunks(outcomes):
                BatchWriter(db, now=now, business_tz=self._business_tz, actor=self._actor).save(some)

        if outcomes:
            self._run(work, write=True)

    def call(self, call_id: str) -> CallRow | None:
        """One call."""
        query = SELECT_CALLS.where(calls.c.call_id == call_id)
        row = self._run(lambda db: db.execute(query).mappings().first())
        return None if row is None else call_row(row)

    def calls(
        self, *, status: CallStatus | None = None, agent_id: str | None = None, limit: int | None = None
    ) -> Iterator[CallRow]:
        """Calls in order of call id, read in pages: no transaction stays open between them."""
        query = SELECT_CALLS.order_by(calls.c.call_id)
        if status is not None:
            query = query.where(calls.c.status == status.value)
        if agent_id is not None:
            query = query.where(calls.c.agent_id == agent_id)
        left, page = limit, query
        while left is None or left > 0:
            size = _PAGE if left is None else min(_PAGE, left)
            rows = self._page(page.limit(size))
            yield from rows
            if len(rows) < size:
                return
            left = None if left is None else left - size
            page = query.where(calls.c.call_id > rows[-1].info.call_id)

    def calls_of_recording(self, recording_id: str) -> tuple[str, ...]:
        """Ids of the calls that point to these bytes, first registered first."""
        query = (
            select(calls.c.call_id)
            .join(recordings, calls.c.recording_pk == recordings.c.recording_pk)
            .where(recordings.c.recording_id == recording_id)
            .order_by(calls.c.call_pk)
        )
        return self._run(lambda db: tuple(db.execute(query).scalars()))

    def discard(self, call_id: str) -> None:
        """Take back a registration; see the port."""
        mine = (calls.c.call_id == call_id) & calls.c.recording_pk.is_(None) & (calls.c.status == "pending")
        self._run(lambda db: db.execute(delete(calls).where(mine)), write=True)

    def scorecard(self, call_id: str, rubric_id: str | None = None) -> Scorecard | None:
        """The current scorecard of a call under that rubric, or the one that stands as the call's result."""
        current = current_scorecards.c
        under = calls.c.scored_under if rubric_id is None else rubric_id
        query = (
            select(scorecard_docs.c.doc)
            .join(current_scorecards, current.scorecard_pk == scorecard_docs.c.scorecard_pk)
            .join(calls, calls.c.call_pk == current.call_pk)
            .where((calls.c.call_id == call_id) & (current.rubric_id == under))
        )
        return self._scorecard(query)

    def find_scorecard(
        self, call_id: str, rubric_id: str, version: int, rubric_digest: str, engine_digest: str
    ) -> Scorecard | None:
        """The scorecard of exactly this identity, current or not."""
        query = (
            select(scorecard_docs.c.doc)
            .join(scorecards, scorecards.c.scorecard_pk == scorecard_docs.c.scorecard_pk)
            .join(calls, calls.c.call_pk == scorecards.c.call_pk)
            .join(rubrics, rubrics.c.rubric_pk == scorecards.c.rubric_pk)
            .join(engines, engines.c.engine_pk == scorecards.c.engine_pk)
            .where(
                calls.c.call_id == call_id,
                rubrics.c.rubric_id == rubric_id,
                rubrics.c.version == version,
                rubrics.c.digest == rubric_digest,
                engines.c.engine_digest == engine_digest,
            )
        )
        return self._scorecard(query)

    def reviews(self, call_id: str) -> tuple[Review, ...]:
        """People's marks on a call, oldest first."""
        query = (
            select(reviews, calls.c.call_id)
            .join(calls, calls.c.call_pk == reviews.c.call_pk)
            .where(calls.c.call_id == call_id)
            .order_by(reviews.c.reviewed_at, reviews.c.review_pk)
        )
        return self._run(lambda db: tuple(review(row) for row in db.execute(query).mappings()))

    def add_reviews(self, reviews_: Iterable[Review]) -> int:
        """Append marks in one transaction; see the port.

        Raises:
            InputError: ``storage.call_unknown``; ``storage.review_changed`` where the id is known with another content.
        """
        marks = {codec.clean(mark.review_id): mark for mark in reviews_}
        if not marks:
            return 0
        return self._run(lambda db: self._add_reviews(db, marks), write=True)

    def audit(self, actor: str, action: str, subject: str, detail: Mapping[str, object]) -> None:
        """Append one row to the audit log."""
        self.audit_many(actor, [(action, subject, detail)])

    def audit_many(self, actor: str, entries: Sequence[tuple[str, str, Mapping[str, object]]]) -> None:
        """Append rows to the audit log; see the port."""
        if entries:
            self._run(lambda db: audit.append(db, datetime.now(UTC), actor, entries), write=True)

    def verify_audit(self) -> tuple[int, int | None]:
        """How many rows of the audit log are whole from its start, and the number of the first that is not, or None."""
        return self._run(audit.verify)

    def check(self) -> None:
        """Open, read and write (nothing is changed); see the port."""

        def work(db: Connection) -> None:
            db.execute(select(calls.c.call_pk).limit(1))
            # No row has a negative key, but the database must be writable to find that out.
            db.execute(update(calls).where(calls.c.call_pk < 0).values(code=None))

        self._run(work, write=True)

    def _rubric_digest(self, rubric_id: str, version: int) -> str | None:
        query = select(rubrics.c.digest).where(rubrics.c.rubric_id == rubric_id, rubrics.c.version == version)
        return self._run(lambda db: db.execute(query).scalar())

    def _page(self, query: Select[Any]) -> list[CallRow]:
        return self._run(lambda db: [call_row(row) for row in db.execute(query).mappings()])

    def _scorecard(self, query: Select[Any]) -> Scorecard | None:
        doc = self._run(lambda db: db.execute(query).scalar())
        return None if doc is None else codec.loads(codec.decompress(bytes(doc)), Scorecard)

    def _add_reviews(self, db: Connection, marks: Mapping[str, Review]) -> int:
        call_ids = {codec.clean(mark.call_id) for mark in marks.values()}
        found = db.execute(select(calls.c.call_id, calls.c.call_pk).where(calls.c.call_id.in_(call_ids)))
        pks = {row.call_id: row.call_pk for row in found}
        there = db.execute(select(reviews).where(reviews.c.review_id.in_(marks))).mappings()
        known = {row["review_id"]: row for row in there}
        new: list[audit.Entry] = []
        for review_id, mark in marks.items():
            call_id = codec.clean(mark.call_id)
            if call_id not in pks:
                raise InputError("storage.call_unknown", call_id=call_id)
            values = review_values(mark, pks[call_id])
            if review_id not in known:
                db.execute(insert(reviews).values(values))
                detail = {k: v for k, v in values.items() if k not in ("call_pk", "reason", "reviewed_at")}
                new.append(("review.added", call_id, detail))
            elif any(known[review_id][name] != value for name, value in values.items()):
                raise InputError("storage.review_changed", review_id=review_id)
        audit.append(db, datetime.now(UTC), self._actor, new)
        return len(new)


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Pieces that stay below every database's limit of parameters in a statement."""
    for start in range(0, len(items), 500):
        yield items[start : start + 500]
