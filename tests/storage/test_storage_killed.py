"""Killed at any moment, a batch is wholly there or wholly absent."""

import multiprocessing
import random
import sqlite3
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import func, select
from storage_samples import Samples

from qa_pipeline.settings import Settings
from qa_pipeline.storage.schema import current_scorecards, findings, scorecard_docs, scorecards
from qa_pipeline.storage.store import SqlStore

BATCH = 4


def write_for_ever(settings: Settings, saved: Connection) -> None:
    store = SqlStore(settings)
    first = len(list(store.calls()))
    saved.send(first)
    for start in range(first, 100_000, BATCH):
        store.save([Samples.scored(n) for n in range(start, start + BATCH)])
        saved.send(start + BATCH)


def test_twenty_kills_lose_and_halve_nothing(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    store = SqlStore(settings)
    store.register_rubric(Samples.RUBRIC, 1, Samples.RUBRIC_DIGEST, "rubric: inbound_enquiry\n")
    store.close()
    context = multiprocessing.get_context("fork")
    chance = random.Random(20)
    promised = 0
    for number in range(20):
        ours, theirs = context.Pipe(duplex=False)
        writer = context.Process(target=write_for_ever, args=(settings, theirs))
        writer.start()
        theirs.close()
        for _ in range(
            1 if number % 4 else 2
        ):  # on a busy machine too, some have saved before they are killed
            promised = max(promised, ours.recv())
        time.sleep(chance.uniform(0, 0.15))
        writer.kill()
        writer.join()
        with suppress(EOFError):
            while True:
                promised = max(promised, ours.recv())
        ours.close()
        raw = sqlite3.connect(tmp_path / "qa.db")
        assert raw.execute("PRAGMA quick_check").fetchone() == ("ok",)
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
        (there,) = raw.execute("SELECT count(*) FROM calls").fetchone()
        raw.close()
        assert there % BATCH == 0
        assert there >= promised
    assert promised > 0
    again = SqlStore(settings)
    ids = [row.info.call_id for row in again.calls()]
    assert ids == [f"c{n:04d}" for n in range(len(ids))]
    assert all(again.scorecard(call_id) == Samples.card(n) for n, call_id in enumerate(ids))
    tables = (scorecards, scorecard_docs, current_scorecards, findings)
    rows = [
        again._run(lambda db, t=t: db.execute(select(func.count()).select_from(t)).scalar()) for t in tables
    ]  # type: ignore[misc]
    assert rows == [len(ids), len(ids), len(ids), len(ids) * 8]
    assert again.verify_audit() == (len(ids) + 2, None)
    again.close()
