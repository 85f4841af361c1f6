"""Legal holds in the database, and which calls nobody may delete now."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, or_, select

from qa_pipeline.domain.call import plain_id
from qa_pipeline.errors import InputError
from qa_pipeline.storage import audit
from qa_pipeline.storage.codec import clean
from qa_pipeline.storage.keep_base import Hold, HoldKind
from qa_pipeline.storage.schema import calls
from qa_pipeline.storage.schema_keeping import hold_lifts, holds
from qa_pipeline.storage.schema_people import appeal_decisions, appeals
from qa_pipeline.storage.session import Session

_COLUMNS = {"call": calls.c.call_id, "customer": calls.c.customer_id, "agent": calls.c.agent_id}
_SELECT = (
    select(holds, hold_lifts.c.lifted_by, hold_lifts.c.lifted_at, hold_lifts.c.reason.label("lift_reason"))
    .outerjoin(hold_lifts, hold_lifts.c.hold_pk == holds.c.hold_pk)
    .order_by(holds.c.hold_pk)
)


class HoldTables(Session):
    """The holds of :class:`qa_pipeline.storage.keep_base.KeepStore`."""

    def holds(self, *, lifted: bool = False) -> tuple[Hold, ...]:
        """Holds with the calls they cover; see the port."""
        query = _SELECT if lifted else _SELECT.where(hold_lifts.c.hold_pk.is_(None))
        return self._run(lambda db: tuple(_hold(db, row) for row in db.execute(query).all()))

    def set_hold(
        self,
        kind: HoldKind,
        subject: str,
        *,
        first_day: date | None = None,
        last_day: date | None = None,
        reason: str,
        who: str,
    ) -> Hold:
        """Hold calls back; see the port."""

        def work(db: Connection) -> Hold:
            now = datetime.now(UTC)
            number = (db.execute(select(func.max(holds.c.hold_pk))).scalar() or 0) + 1
            values = {
                "hold_pk": number,
                "kind": kind,
                "subject": clean(subject),
                "first_day": first_day,
                "last_day": last_day,
            }
            db.execute(insert(holds).values(**values, reason=reason, set_by=who, set_at=now))
            detail: dict[str, object] = {"kind": kind}
            if kind in ("call", "agent"):  # a customer's number must not get into the log
                detail["of"] = subject
            if first_day is not None:
                detail["days"] = [str(first_day), str(last_day)]
            audit.append(db, now, who, [("hold.set", f"H{number}", detail)])
            return _hold(db, db.execute(_SELECT.where(holds.c.hold_pk == number)).one())

        return self._run(work, write=True)

    def lift_hold(self, hold_id: str, *, reason: str, who: str) -> None:
        """End a hold; see the port."""

        def work(db: Connection) -> None:
            now = datetime.now(UTC)
            number = hold_id.strip().upper().removeprefix("H")
            found = None
            if number.isascii() and number.isdigit() and len(number) < 10:
                found = db.execute(_SELECT.where(holds.c.hold_pk == int(number))).first()
            if found is None:
                raise InputError("hold.unknown", hold_id=hold_id)
            if found.lifted_at is not None:
                raise InputError("hold.lifted", hold_id=hold_id, who=found.lifted_by)
            values = {"hold_pk": found.hold_pk, "reason": reason, "lifted_by": who, "lifted_at": now}
            db.execute(insert(hold_lifts).values(values))
            audit.append(db, now, who, [("hold.lifted", f"H{found.hold_pk}", {"kind": found.kind})])

        self._run(work, write=True)


def holds_in_force(db: Connection) -> dict[str, ColumnElement[bool]]:
    """By hold id: the condition on ``calls`` that it covers a call."""
    rows = db.execute(_SELECT.where(hold_lifts.c.hold_pk.is_(None))).all()
    return {f"H{row.hold_pk}": _covers(row) for row in rows}


def held(in_force: dict[str, ColumnElement[bool]]) -> ColumnElement[bool]:
    """Whether any hold covers a call."""
    return or_(calls.c.call_pk < 0, *in_force.values())  # without holds: none


def open_appeal() -> ColumnElement[bool]:
    """Whether an appeal against the call's score waits for a decision: until then it must remain possible to hear why."""
    return exists(
        select(appeals.c.appeal_pk)
        .outerjoin(appeal_decisions, appeal_decisions.c.appeal_pk == appeals.c.appeal_pk)
        .where(appeals.c.call_pk == calls.c.call_pk, appeal_decisions.c.appeal_pk.is_(None))
        .correlate(calls)
    )


def in_work(now: datetime) -> ColumnElement[bool]:
    """Whether a process has a lease on the call."""
    return and_(calls.c.lease_owner.is_not(None), calls.c.lease_until > now)


def _covers(row: Any) -> ColumnElement[bool]:
    if row.kind == "days":
        return calls.c.business_date.between(row.first_day, row.last_day)
    # A call without a customer must count as not covered, not as unknown: unknown calls would never be due.
    spellings = {row.subject, plain_id(row.subject)}
    named: ColumnElement[bool] = func.coalesce(_COLUMNS[row.kind], "").in_(spellings)
    return named


def _hold(db: Connection, row: Any) -> Hold:
    covered = 0
    if row.lifted_at is None:
        covered = db.execute(select(func.count()).select_from(calls).where(_covers(row))).scalar_one()
    return Hold(
        hold_id=f"H{row.hold_pk}",
        kind=row.kind,
        subject=row.subject,
        first_day=row.first_day,
        last_day=row.last_day,
        reason=row.reason,
        set_by=row.set_by,
        set_at=row.set_at,
        lifted_by=row.lifted_by,
        lifted_at=row.lifted_at,
        lift_reason=row.lift_reason,
        num_calls=covered,
    )
