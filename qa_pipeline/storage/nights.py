"""The nightly job's memory in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import Connection, delete, func, insert, select

from qa_pipeline.domain.period import Period
from qa_pipeline.storage.codec import clean
from qa_pipeline.storage.night_base import ReportRun, SeenFile
from qa_pipeline.storage.schema import calls, current_scorecards, reviews
from qa_pipeline.storage.schema_night import report_runs, seen_files
from qa_pipeline.storage.schema_people import appeal_decisions, appeals
from qa_pipeline.storage.session import Session

_CHUNK = 500


class SqlNightLog(Session):
    """The :class:`qa_pipeline.storage.night_base.NightLog` on SQLite and PostgreSQL."""

    def seen(self) -> Mapping[str, SeenFile]:
        """All watched files of earlier nights by URI."""

        def work(db: Connection) -> dict[str, SeenFile]:
            return {
                row.uri: SeenFile(
                    uri=row.uri,
                    stamp=row.stamp,
                    info_digest=row.info_digest,
                    call_id=row.call_id,
                    settled=row.settled,
                )
                for row in db.execute(select(seen_files))
            }

        return self._run(work)

    def remember(self, files: Sequence[SeenFile]) -> None:
        """Write down how these files stand now, in one transaction."""
        rows = {
            clean(f.uri): {
                "uri": f.uri,
                "stamp": f.stamp,
                "info_digest": f.info_digest,
                "call_id": f.call_id,
                "settled": f.settled,
            }
            for f in files
        }

        def work(db: Connection) -> None:
            now = datetime.now(UTC)
            uris = list(rows)
            for start in range(0, len(uris), _CHUNK):
                some = uris[start : start + _CHUNK]
                db.execute(delete(seen_files).where(seen_files.c.uri.in_(some)))
                db.execute(insert(seen_files), [rows[uri] | {"seen_at": now} for uri in some])

        if rows:
            self._run(work, write=True)

    def report_run(self, period: Period) -> ReportRun | None:
        """The newest report made of exactly this period."""
        query = (
            select(report_runs)
            .where(report_runs.c.kind == period.kind.value, report_runs.c.start_date == period.start)
            .order_by(report_runs.c.revision.desc())
            .limit(1)
        )
        row = self._run(lambda db: db.execute(query).first())
        if row is None:
            return None
        return ReportRun(
            period=period,
            revision=row.revision,
            fingerprint=row.fingerprint,
            folder=row.folder,
            made_at=row.made_at,
        )

    def add_report_run(self, run: ReportRun) -> None:
        """Write down a report; one of the same revision stands."""
        key = {"kind": run.period.kind.value, "start_date": run.period.start, "revision": run.revision}

        def work(db: Connection) -> None:
            known = select(report_runs.c.revision).filter_by(**key)
            if db.execute(known).first() is None:
                row = key | {"fingerprint": run.fingerprint, "folder": run.folder, "made_at": run.made_at}
                db.execute(insert(report_runs), [row])

        self._run(work, write=True)

    def fingerprint(self, period: Period) -> str:
        """SHA-256 over counts and sums; scorecards and marks are only ever added, so any change moves one of them."""
        ours = (calls.c.business_date >= period.start) & (calls.c.business_date < period.end)
        standing = (
            select(calls.c.status, calls.c.code, func.count(), func.sum(calls.c.call_pk))
            .where(ours)
            .group_by(calls.c.status, calls.c.code)
            .order_by(calls.c.status, calls.c.code)
        )
        pk = current_scorecards.c.scorecard_pk
        scores = (
            select(func.count(), func.max(pk), func.sum(pk))
            .select_from(current_scorecards.join(calls, calls.c.call_pk == current_scorecards.c.call_pk))
            .where(ours, current_scorecards.c.rubric_id == calls.c.scored_under)
        )
        marks = (
            select(func.count(), func.max(reviews.c.review_pk))
            .select_from(reviews.join(calls, calls.c.call_pk == reviews.c.call_pk))
            .where(ours)
        )
        filed = appeals.join(calls, calls.c.call_pk == appeals.c.call_pk).outerjoin(appeal_decisions)
        appealed = (
            select(func.count(), func.count(appeal_decisions.c.appeal_pk)).select_from(filed).where(ours)
        )

        def work(db: Connection) -> str:
            facts = [
                [str(v) for v in row] for q in (standing, scores, marks, appealed) for row in db.execute(q)
            ]
            return hashlib.sha256(repr(facts).encode()).hexdigest()

        return self._run(work)

    def has_calls(self, period: Period) -> bool:
        """Whether any call belongs to the period."""
        ours = (calls.c.business_date >= period.start) & (calls.c.business_date < period.end)
        query = select(calls.c.call_pk).where(ours).limit(1)
        return self._run(lambda db: db.execute(query).first()) is not None

    def days_with_calls(self) -> tuple[date, date] | None:
        """The first and the last business day that has a call; None where there is none."""
        query = select(func.min(calls.c.business_date), func.max(calls.c.business_date))
        first, last = self._run(lambda db: db.execute(query).one())
        return None if first is None else (first, last)
