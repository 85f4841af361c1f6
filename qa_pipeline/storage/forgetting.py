"""Forgetting a customer, in the database: what we know of them, and one transaction that takes it away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from qa_pipeline.domain.call import plain_id
from qa_pipeline.storage import audit
from qa_pipeline.storage.audit_rows import AuditTables
from qa_pipeline.storage.codec import clean
from qa_pipeline.storage.holds import holds_in_force, in_work
from qa_pipeline.storage.keep_base import WIPE_ALL, CustomerCall, Written, refuse_blocked
from qa_pipeline.storage.purge_rows import IDS, Row, clear_audio, clear_words, opened, owe
from qa_pipeline.storage.purging import PurgeTables, new_purge
from qa_pipeline.storage.rows import PRIVATE
from qa_pipeline.storage.schema import audit as audit_log
from qa_pipeline.storage.schema import calls, recordings, reviews, scorecards
from qa_pipeline.storage.schema_keeping import hold_lifts, holds
from qa_pipeline.storage.schema_night import report_runs
from qa_pipeline.storage.schema_people import appeal_decisions, appeals, exception_events, exceptions

_PERIODS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}
_SURE = 5
"""A term so long is looked for inside of texts; a shorter one must be the whole text: "7" stands in many."""
_WRITTEN = ("call.exported", "call.redacted")


class SqlKeepStore(PurgeTables, AuditTables):
    """The :class:`qa_pipeline.storage.keep_base.KeepStore` port on SQLite and PostgreSQL."""

    def calls_of_customer(self, customer_id: str | None, call_ids: Sequence[str]) -> tuple[CustomerCall, ...]:
        """Calls of a customer or by id; see the port."""

        def work(db: Connection) -> tuple[CustomerCall, ...]:
            ids = {clean(i) for i in (*call_ids, *map(plain_id, call_ids))}
            wanted: list[ColumnElement[bool]] = [calls.c.call_id.in_(ids)]
            if customer_id is not None:
                wanted.append(calls.c.customer_id == clean(plain_id(customer_id)))
            same = select(calls.c.recording_pk).where(or_(*wanted), calls.c.recording_pk.is_not(None))
            found = _calls(db, or_(*wanted, calls.c.recording_pk.in_(same)))
            copies = _copies_of(db, found)
            others = _calls(db, calls.c.call_pk.in_(copies.keys() - {c.call_pk for c in found}))
            return (*found, *(replace(c, recording_id=copies[c.call_pk]) for c in others))

        return self._run(work)

    def written_about(self, call_ids: Sequence[str]) -> tuple[Written, ...]:
        """Files that the audit log names; see the port."""

        def work(db: Connection) -> tuple[Written, ...]:
            found: list[Written] = []
            about = select(audit_log).where(audit_log.c.action.in_(_WRITTEN))
            for start in range(0, len(call_ids), IDS):
                some = audit_log.c.subject.in_(call_ids[start : start + IDS])
                found += [_written(row, row.subject) for row in db.execute(about.where(some))]
            clips = select(audit_log).where(audit_log.c.action == "clips.exported")
            wanted = set(call_ids)
            for row in db.execute(clips):
                listed = row.detail.get("calls") or [clip["call_id"] for clip in row.detail.get("clips", ())]
                found += [_written(row, call_id) for call_id in listed if call_id in wanted]
            return tuple(dict.fromkeys(one for one in found if one.path not in ("", "-")))

        return self._run(work)

    def report_folders(self, days: Sequence[date]) -> tuple[str, ...]:
        """Folders of reports over these days; see the port."""
        query = (
            select(report_runs).where(report_runs.c.start_date <= max(days)).order_by(report_runs.c.made_at)
        )

        def work(db: Connection) -> tuple[str, ...]:
            return tuple(
                dict.fromkeys(
                    row.folder
                    for row in db.execute(query)
                    if any(row.start_date <= day < row.start_date + _PERIODS[row.kind] for day in days)
                )
            )

        return self._run(work) if days else ()

    def forget(
        self, calls_: Sequence[CustomerCall], owed: Sequence[tuple[str, str]], *, reason: str, who: str
    ) -> tuple[int, Mapping[str, str]]:
        """Delete all that says who the customer is; see the port."""

        def work(db: Connection) -> tuple[int, Mapping[str, str]]:
            now = datetime.now(UTC)
            pks = [call.call_pk for call in calls_]
            there = _calls(db, calls.c.call_pk.in_(pks))
            refuse_blocked(there)
            purge = new_purge(db, "customer", {}, None, reason=reason, who=who)
            ids = {call.call_pk: f"forgotten-{purge}-{number}" for number, call in enumerate(there, 1)}
            new_ids = {call.call_id: ids[call.call_pk] for call in there}
            terms = new_ids | {c.customer_id: f"P{purge}" for c in there if c.customer_id}
            with opened(db, purge):
                for start in range(0, len(pks), IDS):
                    some = calls.c.call_pk.in_(pks[start : start + IDS])
                    rows = db.execute(select(calls).where(some)).mappings().all()
                    clear_audio(db, rows, purge)
                    clear_words(db, rows, purge, new_ids=ids)
                    _clear_rows(db, rows, purge, ids)
                _clear_notes(db, pks)
                shortened = _rename_exceptions(db, terms)
                shortened += _audited_values(db, list(new_ids))
                _clear_holds(db, terms)
                audit.shorten(db, now, who, shortened)
            owe(db, purge, [*owed, ("wipe", WIPE_ALL)])
            detail = {"purge": f"P{purge}", "rule": "customer request"}
            audit.append(
                db, now, who, [("call.forgotten", old, detail | {"now": new}) for old, new in new_ids.items()]
            )
            return purge, new_ids

        return self._run(work, write=True)


def _copies_of(db: Connection, found: Sequence[CustomerCall]) -> dict[int, str | None]:
    """Calls that were set aside because their recording is that of one of these, and which; they point to none."""
    ids = {call.call_id: call.recording_id for call in found}
    query = select(calls.c.call_pk, calls.c.params).where(
        calls.c.status == "not_scored", calls.c.code == "call.duplicate_recording"
    )
    twins = {row.call_pk: row.params.get("call_id") for row in db.execute(query)} if found else {}
    return {pk: ids[twin] for pk, twin in twins.items() if twin in ids}


def _calls(db: Connection, wanted: ColumnElement[bool]) -> tuple[CustomerCall, ...]:
    now = datetime.now(UTC)
    cards = (
        select(func.count())
        .select_from(scorecards)
        .where(scorecards.c.call_pk == calls.c.call_pk)
        .scalar_subquery()
    )
    waiting = (
        select(func.min(appeals.c.appeal_id))
        .outerjoin(appeal_decisions, appeal_decisions.c.appeal_pk == appeals.c.appeal_pk)
        .where(appeals.c.call_pk == calls.c.call_pk, appeal_decisions.c.appeal_pk.is_(None))
        .scalar_subquery()
    )
    query = (
        select(
            calls,
            recordings.c.recording_id,
            cards.label("num_scorecards"),
            waiting.label("appeal"),
            in_work(now).label("busy"),
        )
        .outerjoin(recordings, recordings.c.recording_pk == calls.c.recording_pk)
        .where(wanted, calls.c.customer_purge.is_(None))
        .order_by(calls.c.call_pk)
    )
    rows = db.execute(query).all()
    holding: dict[int, str] = {}
    for hold_id, covers in holds_in_force(db).items():
        for pk in db.execute(select(calls.c.call_pk).where(wanted, covers)).scalars():
            holding.setdefault(pk, hold_id)
    return tuple(
        CustomerCall(
            call_pk=row.call_pk,
            call_id=row.call_id,
            day=row.business_date,
            source_uri=row.source_uri,
            source_name=row.source_name or "",
            customer_id=row.customer_id,
            extra=row.extra,
            recording_id=row.recording_id,
            num_scorecards=row.num_scorecards,
            blocked_by=holding.get(row.call_pk) or row.appeal or ("busy" if row.busy else None),
        )
        for row in rows
    )


def _clear_rows(db: Connection, rows: Sequence[Row], purge: int, ids: Mapping[int, str]) -> None:
    """The call keeps its day, its agent and its score; a call nobody has read yet will never be."""
    for row in rows:
        values: dict[str, Any] = {
            "call_id": ids[row["call_pk"]],
            "customer_id": None,
            "extra": {},
            "customer_purge": purge,
        }
        if row["status"] == "pending":
            values |= {"status": "not_scored", "code": "call.forgotten", "params": {}}
        db.execute(update(calls).where(calls.c.call_pk == row["call_pk"]).values(values))


def _clear_notes(db: Connection, pks: Sequence[int]) -> None:
    """What people wrote about the calls may name the customer."""
    for start in range(0, len(pks), IDS):
        some = pks[start : start + IDS]
        filed = select(appeals.c.appeal_pk).where(appeals.c.call_pk.in_(some))
        db.execute(update(reviews).where(reviews.c.call_pk.in_(some)).values(reason=""))
        db.execute(update(appeal_decisions).where(appeal_decisions.c.appeal_pk.in_(filed)).values(reason=""))
        db.execute(update(appeals).where(appeals.c.call_pk.in_(some)).values(reason=""))


def _rename_exceptions(db: Connection, terms: Mapping[str, str]) -> list[dict[str, Any]]:
    """Exceptions about these calls or this customer get other names; returns the audit rows to shorten."""
    changed: list[dict[str, Any]] = []
    for row in db.execute(select(exceptions)).all():
        subject = _replaced(row.subject, terms)
        name = _replaced(row.exception_id.replace(row.subject, subject), terms)
        if (subject, name) == (row.subject, row.exception_id):
            continue
        mine = exceptions.c.exception_pk == row.exception_pk
        db.execute(update(exceptions).where(mine).values(subject=subject, exception_id=name))
        noted = exception_events.c.exception_pk == row.exception_pk
        db.execute(update(exception_events).where(noted).values(note=""))
        about = select(audit_log).where(audit_log.c.subject == row.exception_id)
        for entry in db.execute(about).mappings():
            detail = {key: value for key, value in entry["detail"].items() if key != "note"}
            changed.append(dict(entry) | {"subject": name, "detail": detail})
    return changed


def _replaced(text: str, terms: Mapping[str, str]) -> str:
    for term, new in terms.items():
        if text == term:
            return new
        if len(term) >= _SURE:
            text = text.replace(term, new)
    return text


def _audited_values(db: Connection, call_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Rows in which an earlier release wrote what the centre said of the customer."""
    shortened = []
    for start in range(0, len(call_ids), IDS):
        some = audit_log.c.subject.in_(call_ids[start : start + IDS])
        query = select(audit_log).where(audit_log.c.action == "call.metadata_changed", some)
        for row in db.execute(query).mappings():
            detail = {name: True if name in PRIVATE else value for name, value in row["detail"].items()}
            if detail != row["detail"]:
                shortened.append(dict(row) | {"detail": detail})
    return shortened


def _clear_holds(db: Connection, terms: Mapping[str, str]) -> None:
    """Holds that were lifted: the log knows them by number."""
    for row in db.execute(select(holds).where(holds.c.kind.in_(["call", "customer"]))).all():
        if row.subject in terms:
            mine = holds.c.hold_pk == row.hold_pk
            db.execute(update(holds).where(mine).values(subject=terms[row.subject], reason=""))
            db.execute(update(hold_lifts).where(hold_lifts.c.hold_pk == row.hold_pk).values(reason=""))


def _written(row: Any, call_id: str) -> Written:
    path = row.detail.get("path") or (row.subject if row.action == "clips.exported" else "")
    return Written(action=row.action, path=str(path), call_id=call_id)
