"""Reads the audit log for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from qa_pipeline.storage.codec import clean
from qa_pipeline.storage.keep_base import AuditRow
from qa_pipeline.storage.schema import audit
from qa_pipeline.storage.session import Session


class AuditTables(Session):
    """The audit log of :class:`qa_pipeline.storage.keep_base.KeepStore`."""

    def audit_rows(
        self,
        *,
        subject: str | None = None,
        actor: str | None = None,
        actions: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
    ) -> tuple[AuditRow, ...]:
        """Rows of the log; see the port."""
        query = select(audit).order_by(audit.c.audit_pk.desc()).limit(limit)
        if subject is not None:
            query = query.where(audit.c.subject == clean(subject))
        if actor is not None:
            query = query.where(audit.c.actor == clean(actor))
        if actions:
            query = query.where(audit.c.action.in_(actions))
        if start is not None:
            query = query.where(audit.c.at >= start)
        if end is not None:
            query = query.where(audit.c.at < end)
        rows = self._run(lambda db: db.execute(query).all())
        return tuple(
            AuditRow(
                number=row.audit_pk,
                at=row.at,
                actor=row.actor,
                action=row.action,
                subject=row.subject,
                detail=row.detail,
            )
            for row in reversed(rows)
        )

    def audit_mark(self, number: int | None = None) -> str | None:
        """Number and hash of a row; see the port."""
        query = select(audit.c.audit_pk, audit.c.hash).order_by(audit.c.audit_pk.desc()).limit(1)
        if number is not None:
            query = query.where(audit.c.audit_pk == number)
        row = self._run(lambda db: db.execute(query).first())
        return None if row is None else f"{row.audit_pk}:{bytes(row.hash).hex()}"

    def audit_actions(self) -> tuple[str, ...]:
        """All kinds of actions in the log."""
        query = select(audit.c.action).distinct().order_by(audit.c.action)
        return self._run(lambda db: tuple(db.execute(query).scalars()))
