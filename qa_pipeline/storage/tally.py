"""Reads scored calls into narrow columns, in one pass and bounded memory.

Each call comes as one row with all its findings in one text, ``criterion and outcome and points lost`` as whole numbers:
twenty rows a call through Python would take most of the time. Sorting twenty million findings by agent in SQL takes
longer still; here they are counted chunk by chunk, with numpy.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, Connection, Select, Text, case, cast, exists, func, select

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.period import Scope, ScopeKind
from qa_pipeline.domain.tally import Tally
from qa_pipeline.storage.schema import (
    call_measures,
    calls,
    criteria,
    current_scorecards,
    findings,
    measures,
    recordings,
    reviews,
    scorecards,
)
from qa_pipeline.storage.tally_columns import LOST, Collector

CHUNK = 20_000
"""Calls a chunk: about 400,000 findings, some tens of megabytes."""
SCOPE_COLUMN = {
    ScopeKind.TEAM: calls.c.team_id,
    ScopeKind.AGENT: calls.c.agent_id,
    ScopeKind.QUEUE: calls.c.queue,
}

STANDING = (current_scorecards.c.call_pk == calls.c.call_pk) & (
    current_scorecards.c.rubric_id == calls.c.scored_under
)
"""The scorecard that stands as a call's result."""


def in_scope(start: date, end: date, scope: Scope) -> list[Any]:
    """Conditions on ``calls`` for business days from ``start`` to before ``end``."""
    where: list[Any] = [calls.c.business_date >= start, calls.c.business_date < end]
    if scope.kind is not ScopeKind.CENTRE:
        column = SCOPE_COLUMN[scope.kind]
        where.append(func.coalesce(column, "") == "" if scope.id == "" else column == scope.id)
    return where


def read_tally(db: Connection, start: date, end: date, scope: Scope) -> Tally:
    """The calls that have a standing scorecard, and their findings counted."""
    fatal = db.execute(select(criteria.c.criterion_pk).where(criteria.c.severity == "fatal")).scalars().all()
    collector = Collector(start, np.array(fatal, dtype=np.int64))
    rows = db.execute(_query(db, start, end, scope).execution_options(yield_per=CHUNK))
    for chunk in rows.partitions():
        collector.add(chunk)
    return collector.tally(db)


def _query(db: Connection, start: date, end: date, scope: Scope) -> Select[Any]:
    lost = case(
        (
            findings.c.outcome == Outcome.NOT_MET,
            func.round((findings.c.points_possible - findings.c.points) * 100),
        ),
        else_=0,
    )
    code = cast(findings.c.outcome, BigInteger) + cast(findings.c.criterion_pk, BigInteger) * 8
    packed = cast(code * LOST + cast(lost, BigInteger), Text)
    marks = (
        select(func.aggregate_strings(packed, ","))
        .where(findings.c.scorecard_pk == scorecards.c.scorecard_pk)
        .scalar_subquery()
    )
    hearing = (
        select(call_measures.c.value / 100)
        .where(call_measures.c.call_pk == calls.c.call_pk, call_measures.c.measure_pk == _hearing(db))
        .scalar_subquery()
    )
    return (
        select(
            calls.c.call_pk,
            func.coalesce(calls.c.agent_id, ""),
            func.coalesce(calls.c.team_id, ""),
            func.coalesce(calls.c.queue, ""),
            calls.c.business_date,
            scorecards.c.rubric_pk,
            func.coalesce(scorecards.c.grade, ""),
            scorecards.c.score_pct,
            hearing,
            recordings.c.num_samples * 1.0 / recordings.c.sample_rate_hz,
            scorecards.c.num_suspected_fatal,
            scorecards.c.num_auto_failed,
            exists().where(reviews.c.call_pk == calls.c.call_pk),
            calls.c.agent_name,
            marks,
        )
        .select_from(calls)
        .join(current_scorecards, STANDING)
        .join(scorecards, scorecards.c.scorecard_pk == current_scorecards.c.scorecard_pk)
        .outerjoin(recordings, recordings.c.recording_pk == calls.c.recording_pk)
        .where(*in_scope(start, end, scope), calls.c.status == "scored")
    )


def _hearing(db: Connection) -> int:
    """The number of that measure; −1 where no call has it."""
    query = select(measures.c.measure_pk).where(
        measures.c.role == "", measures.c.measure == "hearing_quality_pct"
    )
    return db.execute(query).scalar() or -1
