"""Made-up histories: the quick way of writing them gives what the real store gives."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy import text

from benchmarks import histories, history_bulk, history_store
from qa_pipeline.settings import Settings
from qa_pipeline.storage.store import SqlStore

TABLES = {
    "findings": "position, outcome, criterion_id, severity, f.points, f.points_possible, hits, decided",
    "section_scores": "position, f.section_id, f.points, f.points_possible, f.score_pct, f.auto_failed",
}


def rows(store: SqlStore, table: str) -> list[tuple[object, ...]]:
    criteria = "JOIN criteria USING (criterion_pk)" if table == "findings" else ""
    query = (
        f"SELECT call_id, {TABLES[table]} FROM {table} f JOIN scorecards s USING (scorecard_pk) {criteria} "
        "JOIN calls c USING (call_pk) ORDER BY call_id, position"
    )
    return ask(store, query)


def ask(store: SqlStore, query: str) -> list[tuple[object, ...]]:
    return store._run(lambda db: [tuple(row) for row in db.execute(text(query))])


def test_both_writers_give_the_same_database(tmp_path: Path) -> None:
    plan = histories.planted(date(2026, 3, 1), calls_a_day=25).centre
    # Around the day on which the new form takes effect.
    plan = replace(plan, first_day=date(2026, 3, 9), days=2)
    stores = []
    for writer in (history_store, history_bulk):
        assert writer.save(plan, tmp_path / writer.__name__) > 30
        stores.append(SqlStore(Settings(data_dir=tmp_path / writer.__name__)))
    real, quick = stores
    scored = 0
    for one, other in zip(real.calls(), quick.calls(), strict=True):
        assert one == other
        card = real.scorecard(one.info.call_id)
        assert card == quick.scorecard(one.info.call_id)
        scored += card is not None
    assert scored > 30
    measured = (
        "SELECT call_id, role, measure, value FROM call_measures JOIN measures USING (measure_pk) "
        "JOIN calls USING (call_pk) ORDER BY 1, 2, 3"
    )
    assert len(ask(real, measured)) > 6 * 30
    assert ask(real, measured) == ask(quick, measured)
    for table in TABLES:
        assert rows(real, table) == rows(quick, table)
    for store in stores:
        store.close()


def test_planted_effects_are_in_the_history() -> None:
    month = histories.planted(date(2026, 3, 1), calls_a_day=300)
    failed: dict[str, list[bool]] = {}
    for block in histories.blocks(month.centre):
        if block.day < date(2026, 3, 1):
            continue
        columns = [criterion.id for _, criterion in block.form.criteria()]
        for agent, outcomes in zip(block.agents, block.outcomes, strict=True):
            late = "after" if block.day >= month.training_on else "before"
            if month.centre.team_of(agent) == month.trained:
                outcome = outcomes[columns.index(month.trained_in)]
                failed.setdefault(late, []).append(outcome == histories.NOT_MET)
    before, after = (sum(failed[k]) / len(failed[k]) for k in ("before", "after"))
    assert before > 2 * after
    versions = {b.form.version for b in histories.blocks(month.centre) if b.queue == "complaint"}
    assert versions == {2, 3}
