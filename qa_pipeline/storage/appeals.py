"""Appeals in the database: append-only, every step with who made it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from qa_pipeline.domain.scorecard import Review
from qa_pipeline.errors import InputError
from qa_pipeline.storage import audit
from qa_pipeline.storage.appeal_base import Appeal, Decision
from qa_pipeline.storage.rows import review_values
from qa_pipeline.storage.schema import calls, current_scorecards, reviews, scorecards
from qa_pipeline.storage.schema_people import appeal_decisions, appeals
from qa_pipeline.storage.session import Session
from qa_pipeline.storage.tally import STANDING

_FINDING = ("rubric_id", "criterion_id", "criterion_digest")
_SELECT = (
    select(
        appeals,
        calls.c.call_id,
        func.coalesce(calls.c.agent_id, "").label("agent_id"),
        appeal_decisions.c.decision,
        appeal_decisions.c.reason.label("decision_reason"),
        appeal_decisions.c.decided_by,
        appeal_decisions.c.decided_at,
        appeal_decisions.c.review_id,
    )
    .join(calls, calls.c.call_pk == appeals.c.call_pk)
    .outerjoin(appeal_decisions, appeal_decisions.c.appeal_pk == appeals.c.appeal_pk)
    .order_by(appeals.c.appeal_pk)
)


class SqlAppealStore(Session):
    """The :class:`qa_pipeline.storage.appeal_base.AppealStore` port on SQLite and PostgreSQL."""

    def scored_at(self, call_id: str) -> datetime | None:
        """When the standing scorecard of a call was made."""
        query = (
            select(scorecards.c.made_at)
            .select_from(
                calls.join(current_scorecards, STANDING).join(
                    scorecards, scorecards.c.scorecard_pk == current_scorecards.c.scorecard_pk
                )
            )
            .where(calls.c.call_id == call_id)
        )
        return self._run(lambda db: db.execute(query).scalar())

    def add_appeal(self, appeal: Appeal) -> Appeal:
        """Keep an appeal; see the port."""

        def work(db: Connection) -> str:
            call_pk = db.execute(select(calls.c.call_pk).where(calls.c.call_id == appeal.call_id)).scalar()
            if call_pk is None:
                raise InputError("storage.call_unknown", call_id=appeal.call_id)
            same = [appeals.c[name] == getattr(appeal, name) for name in _FINDING]
            waiting = (
                select(appeals.c.appeal_id)
                .outerjoin(appeal_decisions, appeal_decisions.c.appeal_pk == appeals.c.appeal_pk)
                .where(appeals.c.call_pk == call_pk, *same, appeal_decisions.c.decision.is_(None))
            )
            known = db.execute(waiting).scalar()
            if known is not None:
                raise InputError("appeal.open", appeal_id=known)
            month = f"A{appeal.filed_at:%Y%m}-"
            ids = db.execute(select(appeals.c.appeal_id).where(appeals.c.appeal_id.startswith(month)))
            appeal_id = f"{month}{max((int(i.removeprefix(month)) for i in ids.scalars()), default=0) + 1}"
            names = (*_FINDING, "filed_by", "filed_at", "deadline", "reason")
            values = {name: getattr(appeal, name) for name in names}
            db.execute(insert(appeals).values(appeal_id=appeal_id, call_pk=call_pk, **values))
            detail = {"call_id": appeal.call_id, "criterion_id": appeal.criterion_id}
            audit.append(db, datetime.now(UTC), appeal.filed_by, [("appeal.filed", appeal_id, detail)])
            return appeal_id

        kept = self._run(work, write=True)
        return next(one for one in self.appeals(appeal.call_id) if one.appeal_id == kept)

    def decide_appeal(self, appeal_id: str, decision: Decision, review: Review | None) -> None:
        """Keep a decision; see the port."""

        def work(db: Connection) -> None:
            now = datetime.now(UTC)
            found = db.execute(_SELECT.where(appeals.c.appeal_id == appeal_id)).first()
            if found is None:
                raise InputError("appeal.unknown", appeal_id=appeal_id)
            if found.decision is not None:
                raise InputError("appeal.decided", appeal_id=appeal_id, decision=found.decision)
            entries: list[audit.Entry] = []
            if review is not None:
                values = review_values(review, found.call_pk)
                db.execute(insert(reviews).values(values))
                told = {k: v for k, v in values.items() if k not in ("call_pk", "reason", "reviewed_at")}
                entries.append(("review.added", review.call_id, told))
            db.execute(
                insert(appeal_decisions).values(
                    appeal_pk=found.appeal_pk,
                    decision=decision.decision,
                    reason=decision.reason,
                    decided_by=decision.decided_by,
                    decided_at=decision.decided_at,
                    review_id=decision.review_id,
                )
            )
            detail = {"call_id": found.call_id, "decision": decision.decision}
            entries.append(("appeal.decided", appeal_id, detail))
            audit.append(db, now, decision.decided_by, entries)

        self._run(work, write=True)

    def appeals(self, call_id: str | None = None) -> tuple[Appeal, ...]:
        """Appeals, oldest first."""
        query = _SELECT if call_id is None else _SELECT.where(calls.c.call_id == call_id)
        return self._run(lambda db: tuple(_appeal(row) for row in db.execute(query)))


def _appeal(row: Any) -> Appeal:
    decision = None
    if row.decision is not None:
        decision = Decision(
            decision=row.decision,
            reason=row.decision_reason,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            review_id=row.review_id,
        )
    return Appeal(
        appeal_id=row.appeal_id,
        call_id=row.call_id,
        agent_id=row.agent_id,
        rubric_id=row.rubric_id,
        criterion_id=row.criterion_id,
        criterion_digest=row.criterion_digest,
        filed_by=row.filed_by,
        filed_at=row.filed_at,
        deadline=row.deadline,
        reason=row.reason,
        decision=decision,
    )
