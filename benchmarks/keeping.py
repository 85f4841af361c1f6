"""How long deleting takes: ``python -m benchmarks.keeping NEW_DIR 425`` makes a store of 425 calls a day and empties it.

Every made-up call gets two artifacts. Then one customer is forgotten, and links, words and scorecards of all the others are
purged, one kind after the other; wall and processor seconds are printed.
"""

from __future__ import annotations

import secrets
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from benchmarks.histories import planted
from benchmarks.history_bulk import save
from qa_pipeline.pipeline.forget import Forgetting
from qa_pipeline.pipeline.purge import Purging
from qa_pipeline.settings import Settings
from qa_pipeline.storage import codec
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.forgetting import SqlKeepStore
from qa_pipeline.storage.seal import find_seals

T = TypeVar("T")
CUSTOMERS = 20_000
HEARD_BYTES = 4_000
TODAY = date(2027, 3, 1)
DAYS = 300
KINDS = ("keep_audio_days", "keep_transcripts_days", "keep_scorecards_days")


def main(folder: Path, calls_a_day: int) -> None:
    """Make, forget, purge."""
    settings = Settings(data_dir=folder)
    artifacts = FileArtifacts(settings)
    centre = replace(planted(date(2026, 3, 1)).centre, calls_a_day=calls_a_day)
    print(f"{save(centre, folder)} calls")
    _equip(folder, artifacts)
    store = SqlKeepStore(settings)
    forgetting = Forgetting(store=store, artifacts=artifacts, settings=settings)
    plan = forgetting.plan("C-7", ())
    _timed(
        f"forget {len(plan.calls)} calls", lambda: forgetting.apply(plan, reason="benchmark", who="benchmark")
    )
    changes: dict[str, int] = {}
    for kind in KINDS:
        changes[kind] = DAYS
        purging = Purging(store=store, artifacts=artifacts, settings=settings.model_copy(update=changes))
        _timed("count", lambda p=purging: p.due(TODAY))  # type: ignore[misc]
        done = _timed(kind, lambda p=purging: p.apply(TODAY, who="benchmark"))  # type: ignore[misc]
        print({what.value: number for what, number in done.calls.items()}, done.files, "files")
    store.close()


def _equip(folder: Path, artifacts: FileArtifacts) -> None:
    """Give every call a customer, a recording and two sealed files of the size that a call of 70 s has."""
    sample = artifacts.key("facts", "sample")
    artifacts.save(sample, "")  # makes the key
    artifacts.remove(sample)
    seal, heard = find_seals(Settings(data_dir=folder))[0], codec.compress(secrets.token_bytes(HEARD_BYTES))
    with closing(sqlite3.connect(folder / "qa.db")) as db:
        for call_pk, call_id in db.execute("SELECT call_pk, call_id FROM calls").fetchall():
            keys = {kind: artifacts.key(kind, call_id) for kind in ("facts", "transcript")}
            for key in keys.values():
                path = folder / "artifacts" / key
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(seal.close(heard, key))
            values = (codec.canonical(keys), f"C-{call_pk % CUSTOMERS}", f"/calls/{call_id}.wav", call_pk)
            db.execute("UPDATE calls SET artifacts=?, customer_id=?, source_uri=? WHERE call_pk=?", values)
        db.commit()


def _timed(name: str, work: Callable[[], T]) -> T:
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    print(
        f"{name}: {time.perf_counter() - wall:.1f} s, processor {time.process_time() - cpu:.1f} s", flush=True
    )
    return done


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
