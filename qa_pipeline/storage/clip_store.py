"""Findings for typical cases, from the narrow rows and the stored scorecards."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, func, select, text

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.storage.clip_base import ALL_CALLS, CallFilter, FindingRow, HeardCall, MeasuredRow
from qa_pipeline.storage.codec import decompress
from qa_pipeline.storage.schema import (
    call_measures,
    criteria,
    current_scorecards,
    findings,
    measures,
    reviews,
    scorecard_docs,
)
from qa_pipeline.storage.schema import calls as _calls
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
        calls: CallFilter = ALL_CALLS,
        limit: int,
    ) -> tuple[FindingRow, ...]:
        """The newest decided findings; see the port."""
        query = _query(outcome, criteria, calls, limit)

        def work(db: Connection) -> tuple[FindingRow, ...]:
            marks = _marks(db, criteria)
            rows = []
            for row in db.execute(query):
                mark = marks.get((row.call_id, row.criterion_id, row.criterion_digest))
                if mark in (None, outcome):
                    rows.append(_finding(row, outcome, confirmed=mark is not None))
            return tuple(rows)

        return self._run(work)

    def measured(
        self, measure: str, role: str, *, calls: CallFilter = ALL_CALLS, limit: int
    ) -> tuple[MeasuredRow, ...]:
        """A measure of the newest calls; see the port."""
        query = _measured(measure, role, calls, limit)
        rows = self._run(lambda db: db.execute(query).all())
        return tuple(
            MeasuredRow(
                call_id=row.call_id,
                agent_id=row.agent_id or "",
                queue=row.queue or "",
                hearing_pct=row.hearing_pct or 0.0,
                measure=measure,
                role=role,
                value=row.value,
            )
            for row in rows
        )

    def heard(self, *, calls: CallFilter = ALL_CALLS, limit: int) -> tuple[HeardCall, ...]:
        """The newest calls with a transcript; see the port."""
        query = _heard(calls, limit)
        rows = self._run(lambda db: db.execute(query).all())
        return tuple(
            HeardCall(
                call_id=row.call_id,
                agent_id=row.agent_id or "",
                queue=row.queue or "",
                hearing_pct=row.hearing_pct or 0.0,
                transcript=row.artifacts["transcript"],
            )
            for row in rows
            if "transcript" in row.artifacts
        )

    def without_recording(self, calls: CallFilter = ALL_CALLS) -> int:
        """Scored calls whose recording was cleared; see the port."""
        query = select(func.count()).select_from(_calls).where(*_of(calls), _calls.c.source_uri == "")
        return int(self._run(lambda db: db.execute(query).scalar_one()))


def _of(wanted: CallFilter) -> list[ColumnElement[bool]]:
    """Conditions on ``calls``."""
    # Nearly all calls are scored: an index of that would lead SQLite through all of them, so it may not be used.
    found = [func.coalesce(_calls.c.status, "") == "scored"]
    if wanted.agent_id is not None:
        found.append(_calls.c.agent_id == wanted.agent_id)
    if wanted.team_id is not None:
        found.append(_calls.c.team_id == wanted.team_id)
    if wanted.first is not None:
        found.append(_calls.c.business_date >= wanted.first)
    if wanted.before is not None:
        found.append(_calls.c.business_date < wanted.before)
    if wanted.call_ids is not None:
        found.append(_calls.c.call_id.in_(sorted(wanted.call_ids)))
    return found


def _measured(measure: str, role: str, wanted: CallFilter, limit: int) -> Select[Any]:
    return (
        select(
            _calls.c.call_id,
            _calls.c.agent_id,
            _calls.c.queue,
            call_measures.c.value,
            _hearing(_calls.c.call_pk).label("hearing_pct"),
        )
        .join(call_measures, call_measures.c.call_pk == _calls.c.call_pk)
        .join(measures, measures.c.measure_pk == call_measures.c.measure_pk)
        .where(
            *_of(wanted), _calls.c.source_uri != "", measures.c.role == role, measures.c.measure == measure
        )
        .order_by(_calls.c.business_date.desc(), _calls.c.call_id)
        .limit(limit)
    )


def _heard(wanted: CallFilter, limit: int) -> Select[Any]:
    return (
        select(
            _calls.c.call_id,
            _calls.c.agent_id,
            _calls.c.queue,
            _calls.c.artifacts,
            _hearing(_calls.c.call_pk).label("hearing_pct"),
        )
        .where(*_of(wanted), _calls.c.source_uri != "")
        .order_by(_calls.c.business_date.desc(), _calls.c.call_id)
        .limit(limit)
    )


def _hearing(call_pk: ColumnElement[int]) -> ScalarSelect[Any]:
    """The hearing quality of a call, per cent."""
    value, named = call_measures.alias(), measures.alias()
    return (
        select(value.c.value)
        .join(named, named.c.measure_pk == value.c.measure_pk)
        .where(value.c.call_pk == call_pk, named.c.role == "", named.c.measure == "hearing_quality_pct")
        .scalar_subquery()
    )


def _query(outcome: Outcome, wanted: Sequence[str], of_calls: CallFilter, limit: int) -> Select[Any]:
    """Choose by the narrow rows first, then fetch the documents of those that are left."""
    mine = [*_of(of_calls), _calls.c.source_uri != ""]
    where: list[Any] = [*mine, findings.c.outcome == outcome, findings.c.decided]
    if outcome is Outcome.NOT_MET:
        # The very words of the index of faults: only so do the databases see that it serves.
        where.append(text("findings.outcome IN (2, 4)"))
    else:
        newest = select(_calls.c.call_pk).where(*mine).order_by(_calls.c.business_date.desc())
        where.append(_calls.c.call_pk.in_(newest.limit(_CALLS_PER_FINDING * limit)))
    if wanted:
        where.append(criteria.c.criterion_id.in_(list(wanted)))
    joined = (
        findings.join(criteria, criteria.c.criterion_pk == findings.c.criterion_pk)
        .join(current_scorecards, current_scorecards.c.scorecard_pk == findings.c.scorecard_pk)
        .join(_calls, STANDING)
    )
    order = (_calls.c.business_date.desc(), _calls.c.call_id, findings.c.position)
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
            _calls.c.call_pk,
            _calls.c.call_id,
            _calls.c.agent_id,
            _calls.c.queue,
            _calls.c.business_date,
        )
        .select_from(joined)
        .where(*where)
        .order_by(*order)
        .limit(limit)
        .subquery()
    )
    hearing = _hearing(picked.c.call_pk)
    return (
        select(picked, hearing.label("hearing_pct"), scorecard_docs.c.doc)
        .join(scorecard_docs, scorecard_docs.c.scorecard_pk == picked.c.scorecard_pk)
        .order_by(picked.c.business_date.desc(), picked.c.call_id, picked.c.position)
    )


def _marks(db: Connection, wanted: Sequence[str]) -> Marks:
    """People's newest decided marks by call, criterion and its digest."""
    query = (
        select(_calls.c.call_id, reviews.c.criterion_id, reviews.c.criterion_digest, reviews.c.outcome)
        .join(_calls, _calls.c.call_pk == reviews.c.call_pk)
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
