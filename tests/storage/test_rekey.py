"""The key is changed: everything can be opened at every moment, nothing is lost, nothing deleted comes back."""

from __future__ import annotations

import base64
import itertools
import multiprocessing
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rekey_samples import KEYS, TRANSCRIPT, all_open, audit, closed_with, made, opened, rekey, settings
from sqlalchemy import delete, insert

from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.errors import SetupError, StorageError
from qa_pipeline.storage import places, rekey_rows
from qa_pipeline.storage.forgetting import SqlKeepStore
from qa_pipeline.storage.rekey import Rekeying
from qa_pipeline.storage.schema_keeping import owed_files


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A store to change the key of."""
    return made(tmp_path)


def test_everything_is_closed_with_the_new_key_as_if_it_had_always_been(data: Path, tmp_path: Path) -> None:
    old = opened(data).sealing().fingerprint
    assert old is not None
    done = rekey(data)
    assert (done.old, done.changed, done.unreadable) == (old, 4, ())
    assert done.new != old
    assert closed_with(data) == {done.new}
    all_open(data)
    assert len((data / "seal.key").read_bytes().split()) == 1
    state = opened(data).sealing()
    assert (state.fingerprint, state.unfinished, state.prepared, state.num_sealed) == (
        done.new,
        False,
        None,
        4,
    )
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    shutil.copy(data / "seal.key", fresh)
    opened(fresh).save(KEYS[0], TRANSCRIPT)
    assert (fresh / "artifacts" / KEYS[0]).read_bytes() == (data / "artifacts" / KEYS[0]).read_bytes()
    assert audit(data) == ["seal.rekey_started", "seal.rekeyed"]
    assert rekey(data).old == done.new  # next year


def test_looking_changes_nothing(data: Path) -> None:
    before = {p: p.read_bytes() for p in data.rglob("*") if p.is_file() and "qa.db" not in p.name}
    plan = Rekeying(settings(data)).plan()
    assert (plan.total, plan.left, plan.new, plan.begun, plan.unreadable) == (4, 4, None, False, ())
    assert {p: p.read_bytes() for p in data.rglob("*") if p.is_file() and "qa.db" not in p.name} == before


def _work_for_ever(folder: Path, going: Any, told: Any) -> None:
    """A night that began before: it reads everything again and again, and writes."""
    artifacts = opened(folder)
    try:
        for number in itertools.count():
            assert all(artifacts.load(key, Transcript) == TRANSCRIPT for key in KEYS)
            artifacts.save(f"transcript/ff/{number}.json.gz", TRANSCRIPT)
            if number == 2:
                told.put("running")
            if not going.value:
                told.put("well")
                return
    except BaseException as error:
        told.put(repr(error))


def test_a_night_that_runs_meanwhile_notices_nothing(data: Path) -> None:
    context = multiprocessing.get_context("fork")
    told, going = context.Queue(), context.Value("b", 1)
    night = context.Process(target=_work_for_ever, args=(data, going, told))
    night.start()
    assert told.get(timeout=60) == "running"
    for _ in range(3):
        new = rekey(data).new
    going.value = 0
    assert told.get(timeout=60) == "well"
    night.join()
    assert closed_with(data) == {new}
    all_open(data)


def test_who_had_the_old_key_in_memory_writes_with_the_new_one(data: Path) -> None:
    early = opened(data)
    assert early.load(KEYS[0], Transcript) == TRANSCRIPT
    new = rekey(data).new
    assert early.load(KEYS[0], Transcript) == TRANSCRIPT
    early.save(KEYS[1], TRANSCRIPT)
    assert closed_with(data) == {new}


def test_a_change_that_overtakes_a_writer_is_noticed_by_it(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is changed from beginning to end between a writer's look at the mark and its writing."""
    slow, write, new = opened(data), places._Folder.write, []

    def overtaken(place: places._Folder, key: str, data_: bytes) -> None:
        monkeypatch.setattr(places._Folder, "write", write)
        new.append(rekey(data).new)
        write(place, key, data_)

    monkeypatch.setattr(places._Folder, "write", overtaken)
    slow.save(KEYS[0], TRANSCRIPT)
    assert closed_with(data) == set(new)
    all_open(data)


def _doom(keep: SqlKeepStore, key: str) -> None:
    """As a purge does in its transaction."""
    owed = insert(owed_files).values(kind="artifact", name=key, purge_pk=1)
    keep._run(lambda db: db.execute(owed), write=True)


def _purge_row(keep: SqlKeepStore) -> None:
    keep.begin(rules={}, scorecards_before=None, who="tester")


def _gone(keep: SqlKeepStore, folder: Path, key: str) -> None:
    (folder / "artifacts" / key).unlink()
    keep._run(lambda db: db.execute(delete(owed_files)), write=True)


@pytest.mark.parametrize("when", ["wholly", "half"])
def test_what_a_purge_deletes_meanwhile_does_not_come_back(
    data: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """A purge passes by after an artifact was read and before it is put back: wholly, or with its deletions still to do."""
    keep, stage = SqlKeepStore(settings(data)), places._Folder.stage
    _purge_row(keep)
    waited: list[float] = []

    def passed_by(place: places._Folder, key: str, data_: bytes) -> Callable[[], bool]:
        put = stage(place, key, data_)
        if key == KEYS[2]:
            _doom(keep, key)
            if when == "wholly":
                _gone(keep, data, key)
        return put

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if when == "half" and len(waited) == 1:
            _gone(keep, data, KEYS[2])

    monkeypatch.setattr(places._Folder, "stage", passed_by)
    monkeypatch.setattr(rekey_rows.time, "sleep", sleep)
    done = rekey(data)
    assert not (data / "artifacts" / KEYS[2]).exists()
    assert closed_with(data) == {done.new}
    assert len(waited) == (when == "half")
    assert not [p for p in (data / "artifacts" / ".part").iterdir() if p.is_file()]
    keep.close()


def test_a_purge_that_never_ends_is_named(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = SqlKeepStore(settings(data))
    _purge_row(keep)
    _doom(keep, KEYS[2])
    monkeypatch.setattr(rekey_rows, "_PATIENCE_S", 0.0)
    with pytest.raises(StorageError) as caught:
        rekey(data)
    assert caught.value.code == "seal.purge_unfinished"
    all_open(data)
    _gone(keep, data, KEYS[2])
    keep.close()
    new = rekey(data).new
    assert closed_with(data) == {new}


def test_machines_that_share_a_place_get_the_new_key_first(tmp_path: Path, postgres_url: str) -> None:
    shared: dict[str, object] = {"artifact_url": str(tmp_path / "shared"), "database_url": postgres_url}
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    for key in KEYS:
        opened(one, **shared).save(key, TRANSCRIPT)
    for machine in (two, three):
        machine.mkdir()
        shutil.copy(one / "seal.key", machine)
    night = opened(two, **shared)
    assert night.load(KEYS[0], Transcript) == TRANSCRIPT
    with pytest.raises(SetupError) as caught:
        rekey(one, **shared)
    assert caught.value.code == "seal.prepare_first"
    assert len((one / "seal.key").read_bytes().split()) == 1
    use_case = Rekeying(settings(one, **shared))
    new = use_case.prepare()
    assert use_case.prepare() == new
    use_case.close()
    state = opened(one, **shared).sealing()
    assert (state.prepared, state.unfinished) == (new, False)
    opened(one, **shared).save(KEYS[0], TRANSCRIPT)
    assert new not in closed_with(tmp_path / "shared")  # the others could not read it yet
    shutil.copy(one / "seal.key", two)
    done = rekey(two, **shared)
    assert (done.new, done.unreadable) == (new, ())
    night.save(KEYS[1], TRANSCRIPT)
    assert closed_with(tmp_path / "shared") == {new}
    for machine in (one, two):
        all_open(machine, **shared)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    for action in (
        lambda: opened(three, **shared).load(KEYS[0], Transcript),
        lambda: opened(three, **shared).save(KEYS[0], TRANSCRIPT),
        lambda: rekey(three, **shared),
    ):
        with pytest.raises(SetupError) as caught:
            action()
        assert caught.value.code == "seal.rekeyed"
        assert str(three / "seal.key") in str(caught.value)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_keys_in_the_environment_are_changed_by_hand(data: Path) -> None:
    old = (data / "seal.key").read_text().strip()
    new = base64.b64encode(bytes(range(64))).decode()
    (data / "seal.key").unlink()
    with pytest.raises(SetupError) as caught:
        rekey(data, seal_key=old)
    assert caught.value.code == "seal.key_in_environment"
    done = rekey(data, seal_key=f"{new} {old}")
    assert (done.key_file, done.unreadable) == (None, ())
    all_open(data, seal_key=new)
    with pytest.raises(SetupError) as caught:
        opened(data, seal_key=old).load(KEYS[0], Transcript)
    assert caught.value.code == "seal.rekeyed"
    assert not any(one in repr(caught.value.params) for one in (old, new))


def test_the_key_file_stays_where_and_whose_it_was(data: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "disk" / "real.key"
    elsewhere.parent.mkdir()
    (data / "seal.key").rename(elsewhere)
    (data / "seal.key").symlink_to(elsewhere)
    elsewhere.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(elsewhere, 1234, 1235)
    before = elsewhere.stat()
    rekey(data)
    assert (data / "seal.key").is_symlink()
    after = elsewhere.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert [p.name for p in elsewhere.parent.iterdir()] == ["real.key"]
    all_open(data)


def test_a_remote_place(tmp_path: Path) -> None:
    more: dict[str, object] = {"artifact_url": f"memory://{tmp_path}/shared"}
    folder = tmp_path / "data"
    for key in KEYS:
        opened(folder, **more).save(key, TRANSCRIPT)
    use_case = Rekeying(settings(folder, **more))
    new = use_case.prepare()
    use_case.close()
    assert rekey(folder, **more).new == new
    all_open(folder, **more)
    assert opened(folder, **more).sealing().num_sealed == 4
