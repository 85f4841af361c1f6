"""Goals, measures taken and exceptions: append-only, every change with who made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, insert, select

from qa_pipeline.domain.call import plain_id
from qa_pipeline.domain.period import Scope, ScopeKind
from qa_pipeline.domain.report_follow_up import ExceptionItem
from qa_pipeline.domain.report_rows import ImprovementRow, TargetRow
from qa_pipeline.errors import InputError
from qa_pipeline.storage import audit
from qa_pipeline.storage.codec import clean, plain
from qa_pipeline.storage.schema_people import (
    exception_events,
    exceptions,
    improvement_closings,
    improvements,
    targets,
)
from qa_pipeline.storage.session import Session


class GoalTables(Session):
    """The :class:`qa_pipeline.storage.report_base.GoalStore` port, and what reports read of it."""

    def targets(self, on: date) -> tuple[TargetRow, ...]:
        """Goals in force on a day; see the port."""
        query = (
            select(targets)
            .where(targets.c.from_date <= on)
            .order_by(targets.c.from_date, targets.c.target_pk)
        )

        def work(db: Connection) -> tuple[TargetRow, ...]:
            newest = {(row.scope, plain_id(row.scope_id), row.measure): row for row in db.execute(query)}
            return tuple(
                TargetRow(
                    scope=_scope(row.scope, row.scope_id),
                    measure=row.measure,
                    value=row.value,
                    from_date=row.from_date,
                    set_by=row.set_by,
                )
                for _, row in sorted(newest.items())
                if row.value is not None
            )

        return self._run(work)

    def set_target(
        self, scope: Scope, measure: str, value: float | None, *, from_date: date, who: str
    ) -> None:
        """Set or end a goal; see the port."""
        row = {"scope": scope.kind.value, "scope_id": scope.id, "measure": measure, "value": value}

        def work(db: Connection) -> None:
            now = datetime.now(UTC)
            db.execute(insert(targets).values(**row, from_date=from_date, set_by=who, set_at=now))
            audit.append(db, now, who, [("target.set", measure, {**row, "from_date": from_date.isoformat()})])

        self._run(work, write=True)

    def improvements(self) -> tuple[ImprovementRow, ...]:
        """Measures taken; see the port."""
        query = (
            select(improvements, improvement_closings.c.closed_on)
            .outerjoin(
                improvement_closings, improvement_closings.c.improvement_pk == improvements.c.improvement_pk
            )
            .order_by(improvements.c.from_date, improvements.c.improvement_pk)
        )
        return self._run(lambda db: tuple(_improvement(row) for row in db.execute(query).mappings()))

    def add_improvement(self, row: ImprovementRow, *, who: str) -> None:
        """Keep a measure taken; see the port."""
        values = {
            "improvement_id": row.improvement_id,
            "what": row.what,
            "measure": row.measure,
            "scope": row.scope.kind.value,
            "scope_id": row.scope.id,
            "owner": row.owner,
        }

        def work(db: Connection) -> None:
            now = datetime.now(UTC)
            if _improvement_pk(db, row.improvement_id) is not None:
                raise InputError("storage.improvement_known", improvement_id=row.improvement_id)
            db.execute(
                insert(improvements).values(**values, from_date=row.from_date, added_by=who, added_at=now)
            )
            detail = {**values, "from_date": row.from_date.isoformat()}
            audit.append(db, now, who, [("improvement.added", row.improvement_id, detail)])

        self._run(work, write=True)

    def close_improvement(self, improvement_id: str, *, on: date, note: str, who: str) -> None:
        """Say that a measure ended; see the port."""

        def work(db: Connection) -> None:
            now = datetime.now(UTC)
            pk = _improvement_pk(db, improvement_id)
            if pk is None:
                raise InputError("storage.improvement_unknown", improvement_id=improvement_id)
            table = improvement_closings
            if db.execute(select(table.c.closed_on).where(table.c.improvement_pk == pk)).first() is not None:
                raise InputError("storage.improvement_closed", improvement_id=improvement_id)
            db.execute(
                insert(table).values(improvement_pk=pk, closed_on=on, closed_by=who, note=note, closed_at=now)
            )
            detail = {"on": on.isoformat(), "note": note}
            audit.append(db, now, who, [("improvement.closed", improvement_id, detail)])

        self._run(work, write=True)

    def exceptions(self, on: date) -> tuple[ExceptionItem, ...]:
        """Exceptions with their present state; see the port."""

        def work(db: Connection) -> tuple[ExceptionItem, ...]:
            last = {
                e.exception_pk: e
                for e in db.execute(select(exception_events).order_by(exception_events.c.event_pk))
            }
            items = [
                _exception(row, last.get(row["exception_pk"]), on)
                for row in db.execute(select(exceptions)).mappings()
            ]
            return tuple(sorted(items, key=_pressing))

        return self._run(work)

    def open_exceptions(self, items: Sequence[ExceptionItem]) -> int:
        """Keep what needs an owner; see the port."""
        wanted = {clean(item.exception_id): item for item in items}

        def work(db: Connection) -> int:
            now = datetime.now(UTC)
            ids = exceptions.c.exception_id
            known = set(db.execute(select(ids).where(ids.in_(list(wanted)))).scalars())
            new = [item for exception_id, item in wanted.items() if exception_id not in known]
            for item in new:
                db.execute(
                    insert(exceptions).values(
                        exception_id=item.exception_id,
                        kind=item.kind,
                        subject=item.subject,
                        detail=plain(dict(item.params)),
                        opened_on=item.opened_on,
                        opened_at=now,
                    )
                )
            opened = [("exception.opened", item.exception_id, {"kind": item.kind}) for item in new]
            audit.append(db, now, self._actor, opened)
            return len(new)

        return self._run(work, write=True) if wanted else 0

    def assign_exception(
        self, exception_id: str, *, owner: str, deadline: date | None, note: str, who: str
    ) -> None:
        """Give it to somebody; see the port."""
        self._event(exception_id, "assigned", owner=owner, deadline=deadline, note=note, who=who)

    def close_exception(self, exception_id: str, *, note: str, who: str) -> None:
        """Say that it is settled; see the port."""
        self._event(exception_id, "closed", owner=None, deadline=None, note=note, who=who)

    def _event(
        self, exception_id: str, action: str, *, owner: str | None, deadline: date | None, note: str, who: str
    ) -> None:
        def work(db: Connection) -> None:
            now = datetime.now(UTC)
            found = select(exceptions.c.exception_pk).where(exceptions.c.exception_id == exception_id)
            pk = db.execute(found).scalar()
            if pk is None:
                raise InputError("storage.exception_unknown", exception_id=exception_id)
            table = exception_events
            newest = select(table).where(table.c.exception_pk == pk).order_by(table.c.event_pk.desc())
            last = db.execute(newest.limit(1)).mappings().first()
            if action == "closed" and last is not None and last["action"] == "closed":
                raise InputError("storage.exception_closed", exception_id=exception_id)
            values = {
                "exception_pk": pk,
                "action": action,
                "owner": owner if owner is not None else ("" if last is None else last["owner"]),
                "deadline": deadline if owner is not None or last is None else last["deadline"],
                "note": note,
                "by": who,
                "at": now,
            }
            db.execute(insert(table).values(values))
            detail = {"owner": values["owner"], "deadline": str(values["deadline"] or ""), "note": note}
            audit.append(db, now, who, [(f"exception.{action}", exception_id, detail)])

        self._run(work, write=True)


def _scope(kind: str, scope_id: str) -> Scope:
    # Rows from before ids had one spelling stay as they are.
    return Scope(kind=ScopeKind(kind), id=plain_id(scope_id))


def _improvement_pk(db: Connection, improvement_id: str) -> int | None:
    query = select(improvements.c.improvement_pk).where(improvements.c.improvement_id == improvement_id)
    pk: int | None = db.execute(query).scalar()
    return pk


def _improvement(row: Mapping[Any, Any]) -> ImprovementRow:
    return ImprovementRow(
        improvement_id=row["improvement_id"],
        what=row["what"],
        measure=row["measure"],
        scope=_scope(row["scope"], row["scope_id"]),
        from_date=row["from_date"],
        owner=row["owner"],
        closed_on=row["closed_on"],
    )


def _exception(row: Mapping[Any, Any], event: Any, on: date) -> ExceptionItem:
    state: Literal["open", "assigned", "closed"] = "open" if event is None else event.action
    deadline = None if event is None else event.deadline
    return ExceptionItem(
        exception_id=row["exception_id"],
        kind=row["kind"],
        subject=row["subject"],
        params=row["detail"],
        opened_on=row["opened_on"],
        state=state,
        owner=(event.owner or None) if event is not None else None,
        deadline=deadline,
        overdue=state != "closed" and deadline is not None and deadline < on,
    )


def _pressing(item: ExceptionItem) -> tuple[bool, bool, date, str]:
    return item.state == "closed", not item.overdue, item.opened_on, item.exception_id
