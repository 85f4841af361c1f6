"""Samples in the database: append-only, with everything that is needed to draw them again."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.period import Scope
from qa_pipeline.errors import InputError
from qa_pipeline.scoring.sampling import Drawn
from qa_pipeline.storage import audit
from qa_pipeline.storage.codec import clean, plain
from qa_pipeline.storage.draw_base import CandidateRow, Draw
from qa_pipeline.storage.schema import calls, criteria, current_scorecards, findings, rubrics, scorecards
from qa_pipeline.storage.schema_people import draw_calls, draws
from qa_pipeline.storage.session import Session
from qa_pipeline.storage.tally import STANDING, in_scope

_IDS = 500
"""Ids in one statement; every database takes so many."""


class SqlDrawStore(Session):
    """The :class:`qa_pipeline.storage.draw_base.DrawStore` port on SQLite and PostgreSQL."""

    def candidates(self, start: date, end: date, scope: Scope) -> tuple[CandidateRow, ...]:
        """Scored calls that could be drawn; see the port."""
        joined = calls.join(current_scorecards, STANDING)
        here = [*in_scope(start, end, scope), calls.c.status == "scored"]
        cards = (
            select(
                calls.c.call_pk,
                calls.c.call_id,
                *(func.coalesce(calls.c[name], "").label(name) for name in ("agent_id", "team_id", "queue")),
                (scorecards.c.num_suspected_fatal > 0).label("suspected"),
                scorecards.c.grade,
                scorecards.c.points_possible,
                rubrics.c.rubric_id,
                rubrics.c.version,
            )
            .select_from(
                joined.join(scorecards, scorecards.c.scorecard_pk == current_scorecards.c.scorecard_pk).join(
                    rubrics, rubrics.c.rubric_pk == scorecards.c.rubric_pk
                )
            )
            .where(*here)
            .order_by(calls.c.call_id)
        )
        open_ = (
            select(calls.c.call_pk, criteria.c.criterion_id)
            .select_from(
                joined.join(findings, findings.c.scorecard_pk == current_scorecards.c.scorecard_pk).join(
                    criteria, criteria.c.criterion_pk == findings.c.criterion_pk
                )
            )
            .where(*here, findings.c.outcome == Outcome.NEEDS_REVIEW, criteria.c.operator != "human")
            .order_by(calls.c.call_pk, findings.c.position)
        )

        def work(db: Connection) -> tuple[CandidateRow, ...]:
            undecided: dict[int, list[str]] = defaultdict(list)
            for call_pk, criterion_id in db.execute(open_):
                undecided[call_pk].append(criterion_id)
            return tuple(
                CandidateRow(
                    call_id=row.call_id,
                    agent_id=row.agent_id,
                    team_id=row.team_id,
                    queue=row.queue,
                    suspected=bool(row.suspected),
                    grade=row.grade,
                    rubric_id=row.rubric_id,
                    rubric_version=row.version,
                    points_possible=row.points_possible,
                    undecided=tuple(undecided.get(row.call_pk, ())),
                )
                for row in db.execute(cards)
            )

        return self._run(work)

    def add_draw(self, draw: Draw, *, who: str) -> bool:
        """Keep a draw; see the port."""
        # The table of a draw's calls has no room for the reason; it is part of how the draw came about.
        params = plain({**draw.params, "reasons": [drawn.reason for drawn in draw.calls]})

        def work(db: Connection) -> bool:
            if db.execute(select(draws.c.draw_pk).where(draws.c.draw_id == draw.draw_id)).first():
                return False
            now = datetime.now(UTC)
            pks = _call_pks(db, [drawn.call_id for drawn in draw.calls])
            values = {
                "draw_id": draw.draw_id,
                "method": draw.method,
                "seed": draw.seed,
                "params": params,
                "drawn_by": who,
                "drawn_at": now,
            }
            pk = db.execute(insert(draws).values(values).returning(draws.c.draw_pk)).scalar_one()
            rows = [
                {
                    "draw_pk": pk,
                    "position": position,
                    "call_pk": pks[clean(drawn.call_id)],
                    "stratum": drawn.stratum,
                    "probability": drawn.probability,
                }
                for position, drawn in enumerate(draw.calls)
            ]
            if rows:
                db.execute(insert(draw_calls), rows)
            detail = {**plain(dict(draw.params)), "seed": draw.seed, "calls": len(rows)}
            audit.append(db, now, who, [("sample.drawn", draw.draw_id, detail)])
            return True

        return self._run(work, write=True)

    def find_draw(self, draw_id: str) -> Draw | None:
        """One draw; see the port."""

        def work(db: Connection) -> Draw | None:
            row = db.execute(select(draws).where(draws.c.draw_id == draw_id)).first()
            return None if row is None else _draw(db, row)

        return self._run(work)

    def draws(self) -> tuple[Draw, ...]:
        """All draws, newest first."""
        query = select(draws).order_by(draws.c.drawn_at.desc(), draws.c.draw_pk.desc())
        return self._run(lambda db: tuple(_draw(db, row) for row in db.execute(query).all()))


def _draw(db: Connection, row: Any) -> Draw:
    members = (
        select(calls.c.call_id, draw_calls.c.position, draw_calls.c.stratum, draw_calls.c.probability)
        .join(calls, calls.c.call_pk == draw_calls.c.call_pk)
        .where(draw_calls.c.draw_pk == row.draw_pk)
        .order_by(draw_calls.c.position)
    )
    params = dict(row.params)
    reasons = params.pop("reasons")
    return Draw(
        draw_id=row.draw_id,
        method=row.method,
        seed=row.seed,
        params=params,
        calls=tuple(
            # By position: the lines of calls that are no longer kept are gone.
            Drawn(call_id=m.call_id, stratum=m.stratum, reason=reasons[m.position], probability=m.probability)
            for m in db.execute(members)
        ),
        drawn_by=row.drawn_by,
        drawn_at=row.drawn_at,
    )


def _call_pks(db: Connection, call_ids: list[str]) -> dict[str, int]:
    wanted = [clean(call_id) for call_id in call_ids]
    found: dict[str, int] = {}
    for first in range(0, len(wanted), _IDS):
        query = select(calls.c.call_id, calls.c.call_pk).where(
            calls.c.call_id.in_(wanted[first : first + _IDS])
        )
        found |= {row.call_id: row.call_pk for row in db.execute(query)}
    for call_id in wanted:
        if call_id not in found:
            raise InputError("storage.call_unknown", call_id=call_id)
    return found
