"""Measures of calls in narrow rows, and the agents' pitch baselines made of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, delete, insert, select, tuple_

from qa_pipeline.storage.codec import clean
from qa_pipeline.storage.report_base import BaselineRow, MeasureRow
from qa_pipeline.storage.schema import call_measures, calls, measures
from qa_pipeline.storage.schema_people import pitch_baselines
from qa_pipeline.storage.session import Session

_FIELDS = ("agent_id", "snapshot_date", "median_hz", "spread_semitones", "num_calls", "digest")


class MeasureTables(Session):
    """The :class:`qa_pipeline.storage.report_base.MeasureStore` half of the store."""

    def measures_of_agent(
        self, agent_id: str, *, before: date, measures: Sequence[str], limit: int
    ) -> tuple[MeasureRow, ...]:
        """Measures of the agent's last calls before a business day; see the port."""
        return self._run(lambda db: _of_agent(db, clean(agent_id), before, measures, limit))

    def add_baselines(self, rows: Sequence[BaselineRow]) -> int:
        """Append snapshots that are not there yet; see the port."""
        wanted = {
            (clean(row.agent_id), row.snapshot_date): {name: getattr(row, name) for name in _FIELDS}
            for row in rows
        }
        columns = (pitch_baselines.c.agent_id, pitch_baselines.c.snapshot_date)

        def work(db: Connection) -> int:
            there = db.execute(select(*columns).where(tuple_(*columns).in_(list(wanted))))
            known = {(row.agent_id, row.snapshot_date) for row in there}
            new = [values for key, values in wanted.items() if key not in known]
            if new:
                db.execute(insert(pitch_baselines), new)
            return len(new)

        return self._run(work, write=True) if wanted else 0

    def baseline(self, agent_id: str, on: date) -> BaselineRow | None:
        """The newest snapshot made on that day or before; see the port."""
        query = (
            select(*(pitch_baselines.c[name] for name in _FIELDS))
            .where(pitch_baselines.c.agent_id == agent_id, pitch_baselines.c.snapshot_date <= on)
            .order_by(pitch_baselines.c.snapshot_date.desc())
            .limit(1)
        )
        row = self._run(lambda db: db.execute(query).mappings().first())
        return None if row is None else BaselineRow(**row)


def save_measures(db: Connection, of_calls: Mapping[int, Mapping[tuple[str, str], float]]) -> None:
    """Replace the measures of these calls (by key). A figure that is not a number was not measured: it has no row."""
    if not of_calls:
        return
    pks = _measure_pks(db, {name for values in of_calls.values() for name in values})
    db.execute(delete(call_measures).where(call_measures.c.call_pk.in_(list(of_calls))))
    rows = [
        {"call_pk": call_pk, "measure_pk": pks[name], "value": value}
        for call_pk, values in of_calls.items()
        for name, value in values.items()
        if math.isfinite(value)
    ]
    if rows:
        db.execute(insert(call_measures), rows)


def _measure_pks(db: Connection, names: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    rows = db.execute(select(measures))
    known = {(row.role, row.measure): row.measure_pk for row in rows}
    for role, measure in sorted(names - known.keys()):
        new = insert(measures).values(role=role, measure=measure).returning(measures.c.measure_pk)
        known[role, measure] = db.execute(new).scalar_one()
    return known


def _of_agent(
    db: Connection, agent_id: str, before: date, names: Sequence[str], limit: int
) -> tuple[MeasureRow, ...]:
    wanted = select(measures.c.measure_pk).where(measures.c.measure.in_(names))
    has_one = (
        select(call_measures.c.call_pk)
        .where(call_measures.c.call_pk == calls.c.call_pk, call_measures.c.measure_pk.in_(wanted))
        .exists()
    )
    last = (
        select(calls.c.call_pk, calls.c.call_id, calls.c.started_at)
        .where(calls.c.agent_id == agent_id, calls.c.business_date < before, has_one)
        .order_by(calls.c.business_date.desc(), calls.c.started_at.desc(), calls.c.call_pk.desc())
        .limit(limit)
        .subquery()
    )
    rows = db.execute(
        select(last.c.call_id, measures.c.role, measures.c.measure, call_measures.c.value)
        .join(call_measures, call_measures.c.call_pk == last.c.call_pk)
        .join(measures, measures.c.measure_pk == call_measures.c.measure_pk)
        .where(measures.c.measure.in_(names))
        .order_by(last.c.started_at.desc(), last.c.call_pk.desc(), measures.c.role, measures.c.measure)
    )
    return tuple(MeasureRow(**row) for row in rows.mappings())
