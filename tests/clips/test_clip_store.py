"""Findings to choose from, on either database, newest first and never more than asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from clip_world import CUSTOMER, GOOD_TALK, PRIVATE_TALK, World
from sqlalchemy import create_engine
from sqlalchemy.dialects import sqlite

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.storage.clip_base import ALL_CALLS, CallFilter
from qa_pipeline.storage.clip_store import SqlClipStore, _query


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    made = World(tmp_path, database_url=url)
    for day, (call_id, lines) in enumerate(
        [("old", PRIVATE_TALK), ("new", PRIVATE_TALK), ("good", GOOD_TALK)], 1
    ):
        started = datetime(2026, 3, day, 4, tzinfo=UTC)
        made.score(replace(CUSTOMER, call_id=call_id, agent_id=f"a{day}", started_at=started), lines)
    yield made
    made.store.close()


def test_findings_come_newest_first_with_what_choosing_needs(world: World) -> None:
    store = SqlClipStore(world.settings)
    rows = store.findings(Outcome.NOT_MET, criteria=["soothe", "no_phone"], limit=10)
    assert [(r.call_id, r.criterion_id) for r in rows] == [
        ("new", "no_phone"),
        ("new", "soothe"),
        ("old", "no_phone"),
        ("old", "soothe"),
    ]
    first = rows[0]
    assert (first.agent_id, first.queue, first.severity) == ("a2", "complaint", "critical")
    assert (first.points, first.points_possible, first.confirmed) == (0, 5, False)
    assert first.hearing_pct > 50 and first.length_ms > 1000 and "〔号码〕" in first.quotes[0]
    assert [r.call_id for r in store.findings(Outcome.NOT_MET, criteria=["soothe"], limit=1)] == ["new"]
    assert [r.call_id for r in store.findings(Outcome.MET, criteria=["soothe"], limit=9)] == ["good"]
    mine = store.findings(Outcome.NOT_MET, calls=CallFilter(agent_id="a1"), limit=9)
    assert mine and {r.call_id for r in mine} == {"old"}
    store.close()


@pytest.mark.parametrize(
    ("outcome", "criteria", "index"),
    [
        (Outcome.NOT_MET, ["soothe"], "SEARCH findings USING INDEX ix_findings_looked_for (criterion_pk=?"),
        (Outcome.NOT_MET, [], "findings USING INDEX ix_findings_looked_for"),
        (Outcome.MET, ["soothe"], "SEARCH findings USING PRIMARY KEY (scorecard_pk=?"),
    ],
)
def test_sqlite_does_not_walk_all_findings(
    tmp_path: Path, outcome: Outcome, criteria: list[str], index: str
) -> None:
    made = World(tmp_path)
    made.score(CUSTOMER, PRIVATE_TALK)
    query = _query(outcome, criteria, ALL_CALLS, 10)
    plain = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    engine = create_engine(f"sqlite:///{made.settings.data_dir / 'qa.db'}")
    with engine.connect() as db:
        plan = "\n".join(row[3] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {plain}"))
    engine.dispose()
    made.store.close()
    assert index in plan
