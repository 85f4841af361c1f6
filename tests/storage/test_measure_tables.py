"""Measures of calls and the baselines of agents' voices."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from storage_samples import Samples

from qa_pipeline.storage.report_base import BaselineRow
from qa_pipeline.storage.store import SqlStore


def test_measures_replace_those_kept_and_none_leaves_them(store: SqlStore) -> None:
    first = replace(
        Samples.scored(1),
        measures={("agent", "pitch_hz"): 201.5, ("", "hearing"): 0.9, ("", "bad"): float("nan")},
    )
    store.save([first, Samples.scored(2)])
    store.save([replace(first, measures=None)])

    def kept(names: tuple[str, ...]) -> list[tuple[str, str, str, float]]:
        rows = store.measures_of_agent("0031", before=date(2026, 5, 1), measures=names, limit=9)
        return [(r.call_id, r.role, r.measure, r.value) for r in rows]

    assert kept(("pitch_hz", "bad")) == [("c0001", "agent", "pitch_hz", 201.5)]
    store.save([replace(first, measures={("agent", "pitch_hz"): 190.0})])
    assert kept(("pitch_hz", "hearing")) == [("c0001", "agent", "pitch_hz", 190.0)]


def test_an_agents_last_calls_before_a_day(store: SqlStore) -> None:
    noon = datetime(2026, 3, 1, 4, tzinfo=UTC)
    for number in range(1, 7):
        info = Samples.info(
            number, started_at=noon + timedelta(days=number), agent_id="A" if number < 6 else "B"
        )
        measured = {("agent", "pitch_hz"): 200.0 + number} if number != 3 else {("agent", "other"): 1.0}
        saved = Samples.scored(number)
        store.save([replace(saved, row=replace(saved.row, info=info), measures=measured)])
    rows = store.measures_of_agent("A", before=date(2026, 3, 6), measures=["pitch_hz"], limit=2)
    assert [(row.call_id, row.value) for row in rows] == [("c0004", 204.0), ("c0002", 202.0)]


def test_the_first_baseline_of_a_day_stands(store: SqlStore) -> None:
    row = BaselineRow(
        agent_id="0031",
        snapshot_date=date(2026, 3, 1),
        median_hz=210.25,
        spread_semitones=1.5,
        num_calls=30,
        digest="d" * 64,
    )
    later = replace(row, snapshot_date=date(2026, 4, 1), median_hz=220.0)
    assert store.add_baselines([row, later]) == 2
    assert store.add_baselines([replace(row, median_hz=99.0)]) == 0
    assert store.baseline("0031", date(2026, 2, 28)) is None
    assert store.baseline("0031", date(2026, 3, 31)) == row
    assert store.baseline("0031", date(2026, 4, 1)) == later
    assert store.baseline("0032", date(2026, 4, 1)) is None
