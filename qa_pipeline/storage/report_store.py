"""What reports read from the database; nothing is changed here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, case, func, select

from qa_pipeline.domain.period import Scope
from qa_pipeline.domain.report_rows import (
    AppealRow,
    DayFigures,
    MeasureSums,
    Oddities,
    StatusCount,
)
from qa_pipeline.domain.tally import Tally
from qa_pipeline.storage.goals import GoalTables
from qa_pipeline.storage.purging import scorecards_purged_before
from qa_pipeline.storage.report_calls import CallReads
from qa_pipeline.storage.schema import (
    call_measures,
    calls,
    current_scorecards,
    measures,
    rubrics,
    scorecards,
)
from qa_pipeline.storage.schema_people import appeal_decisions, appeals
from qa_pipeline.storage.tally import STANDING, in_scope, read_tally


class SqlReportStore(CallReads, GoalTables):
    """The :class:`qa_pipeline.storage.report_base.ReportStore` port on SQLite and PostgreSQL."""

    def tally(self, start: date, end: date, scope: Scope) -> Tally:
        """Scored calls and their findings, counted; see the port."""
        return self._run(lambda db: read_tally(db, start, end, scope))

    def scorecards_purged_before(self) -> date | None:
        """The latest day to which scorecards were ever purged; see the port."""
        return self._run(scorecards_purged_before)

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

    def rubric_contents(self) -> Mapping[tuple[str, int], str]:
        """The text of every rubric version that ever scored a call."""
        query = select(rubrics.c.rubric_id, rubrics.c.version, rubrics.c.content)
        return self._run(lambda db: {(r.rubric_id, r.version): r.content for r in db.execute(query)})
