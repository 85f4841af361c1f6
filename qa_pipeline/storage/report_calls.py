"""What reports read of single calls: faults, marks, whole scorecards, complaints, customers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Select, select

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.period import Scope, ScopeKind
from qa_pipeline.domain.report_rows import CallOfCustomer, FaultRow
from qa_pipeline.domain.scorecard import Scorecard
from qa_pipeline.storage import codec
from qa_pipeline.storage.base import CallRow
from qa_pipeline.storage.report_base import ReviewedCall
from qa_pipeline.storage.rows import SELECT_CALLS, call_row, review
from qa_pipeline.storage.schema import (
    calls,
    criteria,
    current_scorecards,
    findings,
    reviews,
    rubrics,
    scorecard_docs,
    scorecards,
)
from qa_pipeline.storage.session import Session
from qa_pipeline.storage.tally import SCOPE_COLUMN, STANDING, in_scope

_PAGE = 500


class CallReads(Session):
    """The part of :class:`qa_pipeline.storage.report_base.ReportStore` that names calls."""

    def faults(
        self, start: date, end: date, scope: Scope, *, severities: Sequence[str], limit: int
    ) -> tuple[FaultRow, ...]:
        """Findings not met of these severities; see the port.

        Day by day from the last one, until there are enough: a month may hold a hundred thousand of them.
        """
        found: list[FaultRow] = []
        for severity in severities:
            day = end
            while day > start and len(found) < limit:
                # Fatal ones are rare and indexed: all days at once.
                first = start if severity == severities[0] else day - timedelta(days=1)
                query = _faults(first, day, scope, severity).limit(limit - len(found))
                found += self._fault_rows(query)
                day = first
        return tuple(found)

    def _fault_rows(self, query: Select[Any]) -> list[FaultRow]:
        return self._run(lambda db: [FaultRow(**_fault(row)) for row in db.execute(query).mappings()])

    def reviewed_calls(self, start: date, end: date, scope: Scope) -> Iterator[ReviewedCall]:
        """Scored calls that a person marked; see the port."""
        query = (
            SELECT_CALLS.add_columns(scorecard_docs.c.doc)
            .join(current_scorecards, STANDING)
            .join(scorecard_docs, scorecard_docs.c.scorecard_pk == current_scorecards.c.scorecard_pk)
            .where(
                *in_scope(start, end, scope),
                calls.c.status == "scored",
                calls.c.call_pk.in_(select(reviews.c.call_pk)),
            )
            .order_by(calls.c.call_pk)
            .limit(_PAGE)
        )
        last = -1
        while True:
            page = self._run(lambda db, after=last: _reviewed(db, query.where(calls.c.call_pk > after)))  # type: ignore[misc]
            yield from page
            if len(page) < _PAGE:
                return
            last = page[-1].call_pk

    def scorecards_of(self, call_pks: Collection[int]) -> Mapping[int, Scorecard]:
        """The standing scorecards of these calls; see the port."""
        found: dict[int, Scorecard] = {}
        wanted = sorted(call_pks)
        for first in range(0, len(wanted), _PAGE):
            query = (
                select(calls.c.call_pk, scorecard_docs.c.doc)
                .join(current_scorecards, STANDING)
                .join(scorecard_docs, scorecard_docs.c.scorecard_pk == current_scorecards.c.scorecard_pk)
                .where(calls.c.call_pk.in_(wanted[first : first + _PAGE]))
            )
            rows = self._run(lambda db, q=query: db.execute(q).all())  # type: ignore[misc]
            found |= {row.call_pk: codec.loads(codec.decompress(bytes(row.doc)), Scorecard) for row in rows}
        return found

    def call_ids(self, call_pks: Collection[int]) -> Mapping[int, str]:
        """Ids of calls by their numbers."""
        found: dict[int, str] = {}
        wanted = sorted(call_pks)
        for first in range(0, len(wanted), _PAGE):
            query = select(calls.c.call_pk, calls.c.call_id).where(
                calls.c.call_pk.in_(wanted[first : first + _PAGE])
            )
            found |= {row.call_pk: row.call_id for row in self._run(lambda db, q=query: db.execute(q).all())}  # type: ignore[misc]
        return found

    def calls_where_decided(
        self, start: date, end: date, scope: Scope, criterion_ids: Collection[str], *, limit: int
    ) -> tuple[tuple[CallRow, ...], int]:
        """Calls to which one of these criteria applied; see the port."""
        of_ids = select(criteria.c.criterion_pk).where(criteria.c.criterion_id.in_(sorted(criterion_ids)))
        applied = (
            select(findings.c.scorecard_pk)
            .where(
                findings.c.scorecard_pk == current_scorecards.c.scorecard_pk,
                findings.c.criterion_pk.in_(of_ids),
                findings.c.outcome.in_([Outcome.MET, Outcome.NOT_MET]),
            )
            .exists()
        )
        query = (
            select(calls.c.call_id)
            .join(current_scorecards, STANDING)
            .where(*in_scope(start, end, scope), calls.c.status == "scored", applied)
            .order_by(calls.c.call_id)
        )

        def work(db: Connection) -> tuple[tuple[CallRow, ...], int]:
            ids = db.execute(query).scalars().all()
            step = max(1.0, len(ids) / limit)
            picked = [ids[int(k * step)] for k in range(min(limit, len(ids)))]
            rows = []
            for first in range(0, len(picked), _PAGE):
                some = SELECT_CALLS.where(calls.c.call_id.in_(picked[first : first + _PAGE]))
                rows += [call_row(row) for row in db.execute(some.order_by(calls.c.call_id)).mappings()]
            return tuple(rows), len(ids)

        return self._run(work)

    def calls_of_customers(self, start: date, end: date) -> tuple[CallOfCustomer, ...]:
        """Calls of these days with a customer and a start, in order of time."""
        query = (
            select(calls.c.call_id, calls.c.customer_id, calls.c.started_at, calls.c.agent_id)
            .where(
                *in_scope(start, end, Scope()),
                calls.c.customer_id.is_not(None),
                calls.c.started_at.is_not(None),
            )
            .order_by(calls.c.started_at, calls.c.call_id)
        )
        return self._run(lambda db: tuple(CallOfCustomer(**row) for row in db.execute(query).mappings()))

    def names(self, kind: ScopeKind) -> tuple[str, ...]:
        """All agents, teams or queues that ever had a call, in order."""
        column = SCOPE_COLUMN[kind]
        query = select(column).where(column.is_not(None)).distinct().order_by(column)
        return self._run(lambda db: tuple(db.execute(query).scalars()))


_FAULT_CALL = (
    "call_pk",
    "call_id",
    "agent_id",
    "agent_name",
    "team_id",
    "queue",
    "started_at",
    "business_date",
)


def _faults(start: date, end: date, scope: Scope, severity: str) -> Select[Any]:
    joined = (
        calls.join(current_scorecards, STANDING)
        .join(findings, findings.c.scorecard_pk == current_scorecards.c.scorecard_pk)
        .join(criteria, criteria.c.criterion_pk == findings.c.criterion_pk)
        .join(rubrics, rubrics.c.rubric_pk == criteria.c.rubric_pk)
        .join(scorecards, scorecards.c.scorecard_pk == findings.c.scorecard_pk)
    )
    return (
        select(
            *(calls.c[name] for name in _FAULT_CALL),
            rubrics.c.rubric_id,
            rubrics.c.version.label("rubric_version"),
            criteria.c.criterion_id,
            criteria.c.criterion_digest,
            criteria.c.severity,
            findings.c.confidence,
            (scorecards.c.num_auto_failed > 0).label("took_effect"),
            _marked().label("marked"),
        )
        .select_from(joined)
        .where(
            *in_scope(start, end, scope),
            calls.c.status == "scored",
            criteria.c.severity == severity,
            findings.c.outcome == Outcome.NOT_MET,
        )
        .order_by(
            calls.c.business_date.desc(), calls.c.started_at.desc(), calls.c.call_id, findings.c.position
        )
    )


def _marked() -> Any:
    """The latest mark on the same content of the criterion."""
    return (
        select(reviews.c.outcome)
        .where(
            reviews.c.call_pk == calls.c.call_pk,
            reviews.c.rubric_id == rubrics.c.rubric_id,
            reviews.c.criterion_id == criteria.c.criterion_id,
            reviews.c.criterion_digest == criteria.c.criterion_digest,
        )
        .order_by(reviews.c.reviewed_at.desc(), reviews.c.review_id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _fault(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {**row, "took_effect": bool(row["took_effect"]) and row["severity"] == "fatal"}


def _reviewed(db: Connection, query: Any) -> list[ReviewedCall]:
    rows = db.execute(query).mappings().all()
    marks: dict[int, list[Any]] = {row["call_pk"]: [] for row in rows}
    wanted = select(reviews, calls.c.call_id).join(calls, calls.c.call_pk == reviews.c.call_pk)
    for mark in db.execute(wanted.where(reviews.c.call_pk.in_(list(marks)))).mappings():
        marks[mark["call_pk"]].append(review(mark))
    return [
        ReviewedCall(
            call_pk=row["call_pk"],
            day=row["business_date"],
            row=call_row(row),
            card=codec.loads(codec.decompress(bytes(row["doc"])), Scorecard),
            reviews=tuple(sorted(marks[row["call_pk"]], key=lambda r: (r.reviewed_at, r.review_id))),
        )
        for row in rows
    ]
