"""What reports read from the database; nothing is changed here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, case, func, select

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.report import Scope
from qa_pipeline.domain.report_rows import (
    AppealRow,
    CallOfCustomer,
    DayFigures,
    FaultRow,
    MeasureSums,
    Oddities,
    StatusCount,
)
from qa_pipeline.domain.scorecard import Scorecard
from qa_pipeline.domain.tally import Tally
from qa_pipeline.storage import codec
from qa_pipeline.storage.base import CallRow
from qa_pipeline.storage.goals import GoalTables
from qa_pipeline.storage.report_base import ReviewedCall
from qa_pipeline.storage.rows import SELECT_CALLS, call_row, review
from qa_pipeline.storage.schema import (
    call_measures,
    calls,
    criteria,
    current_scorecards,
    findings,
    measures,
    reviews,
    rubrics,
    scorecard_docs,
    scorecards,
)
from qa_pipeline.storage.schema_people import appeal_decisions, appeals
from qa_pipeline.storage.tally import in_scope, read_tally

_PAGE = 500

STANDING = (current_scorecards.c.call_pk == calls.c.call_pk) & (
    current_scorecards.c.rubric_id == calls.c.scored_under
)
"""The scorecard that stands as a call's result."""


class SqlReportStore(GoalTables):
    """The :class:`qa_pipeline.storage.report_base.ReportStore` port on SQLite and PostgreSQL."""

    def tally(self, start: date, end: date, scope: Scope) -> Tally:
        """Scored calls and their findings, counted; see the port."""
        return self._run(lambda db: read_tally(db, start, end, scope))

    def statuses(self, start: date, end: date, scope: Scope) -> tuple[StatusCount, ...]:
        """Calls without a score; see the port."""
        texts = [
            func.coalesce(calls.c[name], "").label(name) for name in ("agent_id", "team_id", "queue", "code")
        ]
        query = (
            select(
                *texts,
                calls.c.status,
                func.count().label("num_calls"),
                func.min(calls.c.call_id).label("call_id"),
            )
            .where(*in_scope(start, end, scope), calls.c.status.in_(["not_scored", "failed", "pending"]))
            .group_by(*texts, calls.c.status)
            .order_by(calls.c.status, *texts)
        )
        return self._run(lambda db: tuple(StatusCount(**row) for row in db.execute(query).mappings()))

    def daily(self, start: date, end: date, scope: Scope) -> tuple[DayFigures, ...]:
        """Scores added up by day; see the port."""
        grade = func.coalesce(scorecards.c.grade, "")
        query = (
            select(
                calls.c.business_date.label("day"),
                rubrics.c.rubric_id,
                rubrics.c.version.label("rubric_version"),
                grade.label("grade"),
                func.count().label("num_calls"),
                func.count(scorecards.c.score_pct).label("num_scores"),
                func.coalesce(func.sum(scorecards.c.score_pct), 0.0).label("score_sum"),
                func.sum(case((scorecards.c.num_suspected_fatal > 0, 1), else_=0)).label("suspected"),
                func.sum(case((scorecards.c.num_auto_failed > 0, 1), else_=0)).label("confirmed"),
            )
            .select_from(calls)
            .join(current_scorecards, STANDING)
            .join(scorecards, scorecards.c.scorecard_pk == current_scorecards.c.scorecard_pk)
            .join(rubrics, rubrics.c.rubric_pk == scorecards.c.rubric_pk)
            .where(*in_scope(start, end, scope), calls.c.status == "scored")
            .group_by(calls.c.business_date, rubrics.c.rubric_id, rubrics.c.version, grade)
            .order_by(calls.c.business_date, rubrics.c.rubric_id, rubrics.c.version, grade)
        )
        return self._run(lambda db: tuple(DayFigures(**row) for row in db.execute(query).mappings()))

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

    def measure_sums(self, start: date, end: date, scope: Scope) -> tuple[MeasureSums, ...]:
        """Measures added up by agent; see the port."""
        agent = func.coalesce(calls.c.agent_id, "")
        value = call_measures.c.value
        query = (
            select(
                agent.label("agent_id"),
                call_measures.c.measure_pk,
                func.count().label("num_calls"),
                func.sum(value).label("total"),
                func.sum(value * value).label("squares"),
            )
            .select_from(calls)
            .join(call_measures, call_measures.c.call_pk == calls.c.call_pk)
            .where(*in_scope(start, end, scope), calls.c.status == "scored")
            .group_by(agent, call_measures.c.measure_pk)
        )

        def work(db: Connection) -> tuple[MeasureSums, ...]:
            names = {row.measure_pk: (row.role, row.measure) for row in db.execute(select(measures))}
            rows = [
                MeasureSums(
                    agent_id=row.agent_id,
                    role=names[row.measure_pk][0],
                    measure=names[row.measure_pk][1],
                    num_calls=row.num_calls,
                    total=row.total,
                    squares=row.squares,
                )
                for row in db.execute(query)
            ]
            return tuple(sorted(rows, key=lambda r: (r.measure, r.role, r.agent_id)))

        return self._run(work)

    def oddities(self, start: date, end: date, scope: Scope) -> Oddities:
        """Calls whose metadata look wrong; see the port."""
        closed = datetime.combine(end + timedelta(days=1), time(), ZoneInfo(self._business_tz))
        odd = {
            "future": calls.c.started_at > calls.c.received_at,
            "late": calls.c.received_at >= closed,
            "undated": calls.c.started_at.is_(None),
            "no_agent": func.coalesce(calls.c.agent_id, "") == "",
            "no_team": (func.coalesce(calls.c.agent_id, "") != "")
            & (func.coalesce(calls.c.team_id, "") == ""),
        }
        counts = [func.coalesce(func.sum(case((c, 1), else_=0)), 0).label(key) for key, c in odd.items()]
        examples = [
            func.min(case((odd[key], calls.c.call_id))).label(f"{key}_example") for key in ("future", "late")
        ]
        query = select(*counts, *examples).where(*in_scope(start, end, scope))
        return self._run(lambda db: Oddities(**db.execute(query).mappings().one()))

    def appeals(self, start: date, end: date, scope: Scope) -> tuple[AppealRow, ...]:
        """Appeals on calls of these days; see the port."""
        query = (
            select(
                func.coalesce(calls.c.agent_id, "").label("agent_id"),
                calls.c.call_id,
                appeal_decisions.c.decision,
            )
            .select_from(appeals)
            .join(calls, calls.c.call_pk == appeals.c.call_pk)
            .outerjoin(appeal_decisions, appeal_decisions.c.appeal_pk == appeals.c.appeal_pk)
            .where(*in_scope(start, end, scope))
            .order_by(appeals.c.appeal_id)
        )
        return self._run(lambda db: tuple(AppealRow(**row) for row in db.execute(query).mappings()))

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

    def rubric_contents(self) -> Mapping[tuple[str, int], str]:
        """The text of every rubric version that ever scored a call."""
        query = select(rubrics.c.rubric_id, rubrics.c.version, rubrics.c.content)
        return self._run(lambda db: {(r.rubric_id, r.version): r.content for r in db.execute(query)})

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
