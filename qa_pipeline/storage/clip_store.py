"""Findings for typical cases, from the narrow rows and the stored scorecards."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select, text

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.storage.clip_base import FindingRow
from qa_pipeline.storage.codec import decompress
from qa_pipeline.storage.schema import (
    call_measures,
    calls,
    criteria,
    current_scorecards,
    findings,
    measures,
    reviews,
    scorecard_docs,
)
from qa_pipeline.storage.session import Session
from qa_pipeline.storage.tally import STANDING

_CALLS_PER_FINDING = 5
"""What is met is not indexed, as most is: it is looked for in so many of the newest calls a finding."""
_DECIDED = (Outcome.MET, Outcome.NOT_MET)
Marks = Mapping[tuple[str, str, str], Outcome]


class SqlClipStore(Session):
    """The :class:`qa_pipeline.storage.clip_base.ClipStore` port on SQLite and PostgreSQL."""

    def findings(
        self,
        outcome: Outcome,
        *,
        criteria: Sequence[str] = (),
        agent_id: str | None = None,
        limit: int,
    ) -> tuple[FindingRow, ...]:
        """The newest decided findings; see the port."""
        query = _query(outcome, criteria, agent_id, limit)

        def work(db: Connection) -> tuple[FindingRow, ...]:
            marks = _marks(db, criteria)
            rows = []
            for row in db.execute(query):
                mark = marks.get((row.call_id, row.criterion_id, row.criterion_digest))
                if mark in (None, outcome):
                    rows.append(_finding(row, outcome, confirmed=mark is not None))
            return tuple(rows)

        return self._run(work)


def _query(outcome: Outcome, wanted: Sequence[str], agent_id: str | None, limit: int) -> Select[Any]:
    """Choose by the narrow rows first, then fetch the documents of those that are left."""
    # Nearly all calls are scored: an index of that would lead SQLite through all of them, so it may not be used.
    scored = func.coalesce(calls.c.status, "") == "scored"
    mine = [scored] if agent_id is None else [scored, calls.c.agent_id == agent_id]
    where: list[Any] = [*mine, findings.c.outcome == outcome, findings.c.decided]
    if outcome is Outcome.NOT_MET:
        # The very words of the index of faults: only so do the databases see that it serves.
        where.append(text("findings.outcome IN (2, 4)"))
    else:
        newest = select(calls.c.call_pk).where(*mine).order_by(calls.c.business_date.desc())
        where.append(calls.c.call_pk.in_(newest.limit(_CALLS_PER_FINDING * limit)))
    if wanted:
        where.append(criteria.c.criterion_id.in_(list(wanted)))
    joined = (
        findings.join(criteria, criteria.c.criterion_pk == findings.c.criterion_pk)
        .join(current_scorecards, current_scorecards.c.scorecard_pk == findings.c.scorecard_pk)
        .join(calls, STANDING)
    )
    order = (calls.c.business_date.desc(), calls.c.call_id, findings.c.position)
    picked = (
        select(
            findings.c.scorecard_pk,
            findings.c.position,
            findings.c.confidence,
            findings.c.points,
            findings.c.points_possible,
            criteria.c.criterion_id,
            criteria.c.criterion_digest,
            criteria.c.severity,
            calls.c.call_pk,
            calls.c.call_id,
            calls.c.agent_id,
            calls.c.queue,
            calls.c.business_date,
        )
        .select_from(joined)
        .where(*where)
        .order_by(*order)
        .limit(limit)
        .subquery()
    )
    hearing = (
        select(call_measures.c.value)
        .join(measures, measures.c.measure_pk == call_measures.c.measure_pk)
        .where(
            call_measures.c.call_pk == picked.c.call_pk,
            measures.c.role == "",
            measures.c.measure == "hearing_quality_pct",
        )
        .scalar_subquery()
    )
    return (
        select(picked, hearing.label("hearing_pct"), scorecard_docs.c.doc)
        .join(scorecard_docs, scorecard_docs.c.scorecard_pk == picked.c.scorecard_pk)
        .order_by(picked.c.business_date.desc(), picked.c.call_id, picked.c.position)
    )


def _marks(db: Connection, wanted: Sequence[str]) -> Marks:
    """People's newest decided marks by call, criterion and its digest."""
    query = (
        select(calls.c.call_id, reviews.c.criterion_id, reviews.c.criterion_digest, reviews.c.outcome)
        .join(calls, calls.c.call_pk == reviews.c.call_pk)
        .where(reviews.c.outcome.in_(_DECIDED))
        .order_by(reviews.c.reviewed_at, reviews.c.review_pk)
    )
    if wanted:
        query = query.where(reviews.c.criterion_id.in_(list(wanted)))
    return {(r.call_id, r.criterion_id, r.criterion_digest): r.outcome for r in db.execute(query)}


def _finding(row: Any, outcome: Outcome, *, confirmed: bool) -> FindingRow:
    # Plain JSON: building ten thousand whole scorecards would take a minute.
    evidence = json.loads(decompress(bytes(row.doc)))["findings"][row.position]["finding"]["evidence"]
    spans = [e["span"] for e in evidence]
    return FindingRow(
        call_id=row.call_id,
        agent_id=row.agent_id or "",
        queue=row.queue or "",
        criterion_id=row.criterion_id,
        severity=row.severity,
        outcome=outcome,
        confidence=row.confidence,
        points=row.points,
        points_possible=row.points_possible,
        hearing_pct=row.hearing_pct or 0.0,
        length_ms=max((s["end_ms"] for s in spans), default=0)
        - min((s["start_ms"] for s in spans), default=0),
        quotes=tuple(e["quote"] for e in evidence if e["quote"]),
        confirmed=confirmed,
    )
