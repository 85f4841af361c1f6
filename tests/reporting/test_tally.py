"""The one-pass tally equals what plain sums over the scorecards give, on both databases."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from report_world import IDS, MARCH, MET, NONE, NOT_MET, PENDING, World, form

from qa_pipeline.domain.period import Scope
from qa_pipeline.domain.tally import Tally
from qa_pipeline.storage import tally as tally_module


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    made = World(tmp_path, database_url=url)
    rng = np.random.default_rng(3)
    outcomes = (MET, NOT_MET, PENDING, NONE)
    for n in range(60):
        marks = tuple(outcomes[k] for k in rng.choice(4, 4, p=[0.6, 0.2, 0.1, 0.1]))
        made.call(
            date(2026, 3, 1 + n % 31),
            marks,
            agent=None if n % 20 == 0 else f"a{n % 3}",
            team=f"t{n % 2}",
            queue=("q1", None)[n % 2],
            rubric=form(1 + n % 2, greeting=f"您好第{n % 2}号"),
            measures={("", "hearing_quality_pct"): 50.0 + n} if n % 2 else None,
        )
    made.call(date(2026, 4, 1), (NOT_MET,) * 4, rubric=form(1, greeting="您好第0号"))
    yield made
    made.close()


def tallied(world: World) -> Tally:
    return world.reports.tally(MARCH.start, MARCH.end, Scope())


def test_the_tally_is_the_sum_of_the_scorecards(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_module, "CHUNK", 7)
    tally = tallied(world)
    expected: Counter[tuple[object, ...]] = Counter()
    scores, seconds = [], 0.0
    for row in world.store.calls():
        card = world.store.scorecard(row.info.call_id)
        assert card is not None
        if row.info.started_at is None or row.info.started_at.month != 3:
            continue
        seconds += 60
        scores.append(card.score_pct)
        for mark in card.findings:
            outcome = mark.finding.outcome
            where = (row.info.agent_id or "", row.info.team_id, row.info.queue or "", card.rubric_version)
            key = (*where, mark.finding.criterion_id)
            expected[*key, "failed"] += outcome is NOT_MET
            expected[*key, "decided"] += outcome in (MET, NOT_MET)
            expected[*key, "pending"] += outcome is PENDING
            expected[*key, "points_lost"] += (mark.points_possible - mark.points) * (outcome is NOT_MET)
    names, cells = tally.names, tally.cells
    found: Counter[tuple[object, ...]] = Counter()
    for k in range(len(cells)):
        criterion = names.criteria[cells.criterion[k]]
        where = (names.agents[cells.agent[k]], names.teams[cells.team[k]], names.queues[cells.queue[k]])
        for figure in ("failed", "decided", "pending", "points_lost"):
            found[*where, criterion.rubric_version, criterion.criterion_id, figure] += getattr(cells, figure)[
                k
            ]
    assert +found == +expected
    assert len(tally.calls) == 60
    assert sorted(x for x in tally.calls.score.tolist() if x == x) == sorted(
        x for x in scores if x is not None
    )
    assert tally.calls.duration_s.sum() == seconds
    assert int(np.isnan(tally.calls.hearing).sum()) == 30
    assert np.nanmax(tally.calls.hearing) == pytest.approx(1.09)
    assert tally.calls.failed.sum() + sum(
        v for k, v in expected.items() if k[-2:] == ("abuse", "failed")
    ) == sum(v for k, v in expected.items() if k[-1] == "failed")


def test_chunks_of_any_size_give_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tallies = []
    for size in (1, 13, 20_000):
        monkeypatch.setattr(tally_module, "CHUNK", size)
        tallies.append(tallied(world))
    for tally in tallies[1:]:
        assert tally.names == tallies[0].names
        for part in ("calls", "cells"):
            one, other = getattr(tally, part), getattr(tallies[0], part)
            for field in one.__dataclass_fields__:
                np.testing.assert_array_equal(getattr(one, field), getattr(other, field))


def test_cells_point_to_the_first_call_of_each_kind(world: World) -> None:
    tally = tallied(world)
    ids = world.reports.call_ids(set(tally.cells.failed_call.tolist()) - {-1})
    for k in np.flatnonzero(tally.cells.failed > 0).tolist():
        card = world.store.scorecard(ids[int(tally.cells.failed_call[k])])
        assert card is not None
        criterion = tally.names.criteria[tally.cells.criterion[k]].criterion_id
        assert card.findings[IDS.index(criterion)].finding.outcome is NOT_MET


def test_a_whole_report_on_either_database(world: World) -> None:
    call = next(iter(world.store.calls())).info.call_id
    world.mark(call, "abuse", NOT_MET, form(1, greeting="您好第0号"))
    report = world.report()
    assert report.counts.scored == 60
    assert any(case.state == "confirmed" for case in report.urgent)
    assert {case.severity for case in report.urgent} == {"fatal", "critical"}
    severities = [case.severity for case in report.urgent]
    assert severities == sorted(severities, reverse=True)
    days = [case.business_date for case in report.urgent if case.severity == "critical"]
    assert days == sorted(days, reverse=True)
