"""A change of the key that is killed, or stopped by a full disk, damage or a wrong key, loses nothing and goes on."""

from __future__ import annotations

import base64
import errno
import itertools
import multiprocessing
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rekey_samples import KEYS, all_open, audit, closed_with, made, opened, rekey, settings

from qa_pipeline.errors import SetupError, StorageError
from qa_pipeline.storage import places, rekey_rows
from qa_pipeline.storage import rekey as rekeying
from qa_pipeline.storage.rekey import Rekeying
from qa_pipeline.storage.seal_mark import Mark


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A store to change the key of."""
    return made(tmp_path)


MOMENTS = ("fsync", "replace", "rename", "unlink", "link", "mkdir")


def _killed_at(folder: Path, number: int, counted: Any) -> None:
    """Change the key, and die before or after the so-manyth thing that is done to the disk."""
    moments = itertools.count()

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            for step in ("before", "after"):
                if step == "after":
                    result = real(*args, **kwargs)
                if next(moments) == number:
                    os._exit(9)
            return result

        return call

    for name in MOMENTS:
        setattr(os, name, dying(getattr(os, name)))
    run = rekey_rows.RekeyRows._run
    rekey_rows.RekeyRows._run = dying(run)  # type: ignore[method-assign]
    rekey(folder)
    counted.send(next(moments))
    os._exit(0)


def test_killed_at_any_moment_everything_can_be_opened_and_the_next_run_goes_on(
    data: Path, tmp_path: Path
) -> None:
    context = multiprocessing.get_context("fork")
    old = opened(data).sealing().fingerprint
    ours, theirs = context.Pipe(duplex=False)
    whole = tmp_path / "whole"
    shutil.copytree(data, whole)
    child = context.Process(target=_killed_at, args=(whole, -1, theirs))
    child.start()
    moments = ours.recv()
    child.join()
    assert moments > 40
    for number in range(moments):
        folder = tmp_path / str(number)
        shutil.copytree(data, folder)
        child = context.Process(target=_killed_at, args=(folder, number, theirs))
        child.start()
        child.join()
        assert child.exitcode == 9
        all_open(folder)
        done = rekey(folder)
        assert done.unreadable == ()
        assert closed_with(folder) == {done.new}
        all_open(folder)
        state = opened(folder).sealing()
        assert (state.num_sealed, state.unfinished, state.prepared) == (4, False, None)
        assert len((folder / "seal.key").read_bytes().split()) == 1
        assert not list(folder.glob(".seal*"))
        # Killed after its end, the next run is a second change.
        assert audit(folder) == ["seal.rekey_started", "seal.rekeyed"] * (1 if done.old == old else 2)
        shutil.rmtree(folder)


def test_a_disk_that_is_full_at_any_moment_loses_nothing(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    for number in itertools.count():
        folder = tmp_path / str(number)
        shutil.copytree(data, folder)
        calls = itertools.count()

        def full(descriptor: int, number: int = number, calls: Any = calls) -> None:
            if next(calls) == number:
                raise OSError(errno.ENOSPC, "No space left on device")
            real(descriptor)

        monkeypatch.setattr(os, "fsync", full)
        try:
            rekey(folder)
        except StorageError as error:
            assert error.code == "storage.disk_full"
        else:
            break
        finally:
            monkeypatch.setattr(os, "fsync", real)
        all_open(folder)
        new = rekey(folder).new
        assert closed_with(folder) == {new}
        all_open(folder)
    assert number > 8


@pytest.mark.parametrize("found", ["old", "new", "either"])
def test_a_lost_mark_in_the_middle_is_no_harm(
    data: Path, monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    """Whichever key the next writer concludes from what it finds."""
    old = opened(data).sealing().fingerprint

    def full(*_: object) -> Callable[[], bool]:
        raise StorageError("storage.disk_full", path="x", reason="x")

    stage, seen = places._Folder.stage, itertools.count()
    monkeypatch.setattr(rekeying, "_AT_ONCE", 1)
    monkeypatch.setattr(places._Folder, "stage", lambda *a: full() if next(seen) == 2 else stage(*a))
    with pytest.raises(StorageError):
        rekey(data)
    monkeypatch.undo()
    assert len(closed_with(data)) > 1
    path = data / "artifacts" / "seal.json"
    new = Mark.loads(path.read_bytes()).fingerprint
    path.unlink()
    if found != "either":
        path.write_bytes(Mark(fingerprint=str(old) if found == "old" else new).dumps())
    all_open(data)
    assert opened(data).sealing().num_old > 0
    done = rekey(data)
    assert (done.old, done.new) == (old, new)
    assert closed_with(data) == {done.new}
    assert len((data / "seal.key").read_bytes().split()) == 1
    all_open(data)


class Damage:
    """Ways in which a file can't be opened."""

    @staticmethod
    def flipped(data: bytearray) -> bytes:
        data[-3] ^= 1
        return bytes(data)

    @staticmethod
    def truncated(data: bytearray) -> bytes:
        return bytes(data[:200])

    @staticmethod
    def stub(data: bytearray) -> bytes:
        return bytes(data[:5])

    @staticmethod
    def empty(_: bytearray) -> bytes:
        return b""

    @staticmethod
    def foreign(data: bytearray) -> bytes:
        data[10] ^= 1
        return bytes(data)


@pytest.mark.parametrize("how", ["flipped", "truncated", "stub", "empty", "foreign"])
def test_what_cannot_be_opened_stays_and_keeps_the_old_key(data: Path, how: str) -> None:
    path = data / "artifacts" / KEYS[1]
    good, bad = path.read_bytes(), getattr(Damage, how)(bytearray(path.read_bytes()))
    path.write_bytes(bad)
    old = opened(data).sealing().fingerprint
    assert Rekeying(settings(data)).plan().unreadable == (str(path),)
    for changed in (3, 0):  # and again
        done = rekey(data)
        assert (done.unreadable, done.changed) == ((str(path),), changed)
        assert path.read_bytes() == bad
        state = opened(data).sealing()
        assert state.unfinished
        assert len((data / "seal.key").read_bytes().split()) == 2
    path.write_bytes(good)  # from a backup, under the old key
    all_open(data)
    done = rekey(data)
    assert (done.old, done.unreadable, done.changed) == (old, (), 1)
    all_open(data)
    assert audit(data) == ["seal.rekey_started", "seal.rekeyed"]


@pytest.mark.parametrize("bad", ["", "secret!", base64.b64encode(b"s" * 63).decode()])
def test_a_damaged_key_file_stops_before_anything(data: Path, bad: str) -> None:
    path = data / "seal.key"
    path.write_text(f"{bad}\n{path.read_text()}" if bad else "")
    before = {p: p.read_bytes() for p in data.rglob("*") if p.is_file()}
    with pytest.raises(SetupError) as caught:
        rekey(data)
    assert caught.value.code == "seal.bad_key"
    assert not bad or bad not in str(caught.value)
    assert {p: p.read_bytes() for p in data.rglob("*") if p.is_file()} == before


def test_another_installations_key_and_no_key(data: Path, tmp_path: Path) -> None:
    kept = (data / "seal.key").read_bytes()
    (data / "seal.key").write_bytes(base64.b64encode(bytes(range(64))))
    with pytest.raises(SetupError) as caught:
        rekey(data)
    assert caught.value.code == "seal.other_key"
    (data / "seal.key").unlink()
    with pytest.raises(SetupError) as caught:
        rekey(data)
    assert caught.value.code == "seal.key_lost"
    assert not (data / "seal.key").exists()
    (data / "seal.key").write_bytes(kept)
    all_open(data)
    with pytest.raises(SetupError) as caught:
        rekey(tmp_path / "nothing")
    assert caught.value.code == "seal.nothing_yet"


def test_a_key_file_that_was_swapped_meanwhile_is_not_emptied(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, stage = (data / "seal.key").read_bytes(), places._Folder.stage
    both: list[bytes] = []

    def swapped(place: places._Folder, key: str, data_: bytes) -> Callable[[], bool]:
        both[:] = both or [(data / "seal.key").read_bytes()]
        (data / "seal.key").write_bytes(kept)
        return stage(place, key, data_)

    monkeypatch.setattr(places._Folder, "stage", swapped)
    with pytest.raises(SetupError) as caught:
        rekey(data)
    assert caught.value.code in ("seal.key_lost", "seal.rekeyed")
    assert (data / "seal.key").read_bytes() == kept
    monkeypatch.undo()
    (data / "seal.key").write_bytes(both[0])
    all_open(data)
    rekey(data)
    all_open(data)
