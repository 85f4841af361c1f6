"""What was heard can't be read without the key, and a key that is lost or wrong destroys nothing."""

import base64
import gzip
import logging
import multiprocessing
import os
import pickle
from pathlib import Path

import fsspec
import pytest
from storage_samples import Samples

from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.errors import QaError, SetupError, StorageError
from qa_pipeline.i18n import error_text
from qa_pipeline.settings import Settings
from qa_pipeline.storage import codec, places
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.seal import sealed_by

TRANSCRIPT = Samples.call().transcript
WORDS = "".join(word.text for word in TRANSCRIPT.utterances[0].words)
OTHER_KEY = base64.b64encode(bytes(range(64))).decode()


def opened(folder: Path, **settings: object) -> FileArtifacts:
    """As a process just started sees it."""
    return FileArtifacts(Settings.model_validate({"data_dir": folder, **settings}))


@pytest.fixture
def key(tmp_path: Path) -> str:
    """Of a transcript that is stored."""
    artifacts = opened(tmp_path)
    key = artifacts.key("transcript", "x")
    artifacts.save(key, TRANSCRIPT)
    return key


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def refused(folder: Path, key: str, **settings: object) -> QaError:
    """Reading and writing fail with the same error, and not a byte changes."""
    before = files(folder)
    errors = []
    for action in (
        lambda a: a.load(key, Transcript),
        lambda a: a.load(a.key("transcript", "never made"), Transcript),
        lambda a: a.save(a.key("transcript", "y"), TRANSCRIPT),
        lambda a: a.sealing(),
        lambda a: a.seal_rest(),
    ):
        with pytest.raises(SetupError) as caught:
            action(opened(folder, **settings))
        errors.append(caught.value)
    assert files(folder) == before
    assert len({error.code for error in errors}) == 1
    return errors[0]


def test_no_word_lies_in_the_clear(tmp_path: Path, key: str) -> None:
    assert opened(tmp_path).load(key, Transcript) == TRANSCRIPT
    assert len(WORDS) > 3
    found = files(tmp_path)
    assert set(found) == {"seal.key", "artifacts/seal.json", f"artifacts/{key}"}
    for data in found.values():
        assert WORDS.encode() not in data
        assert b"utterances" not in data
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(found[f"artifacts/{key}"])


def test_the_key_file_is_its_owners_only(tmp_path: Path, key: str) -> None:
    assert (tmp_path / "seal.key").stat().st_mode & 0o777 == 0o600
    assert len(base64.b64decode((tmp_path / "seal.key").read_bytes())) == 64
    assert not list(tmp_path.glob(".seal*"))


def test_a_disk_without_hard_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(places.os, "link", no_links)
    artifacts = opened(tmp_path)
    artifacts.save("transcript/a.json.gz", TRANSCRIPT)
    assert opened(tmp_path).load("transcript/a.json.gz", Transcript) == TRANSCRIPT
    assert (tmp_path / "seal.key").stat().st_mode & 0o777 == 0o600
    assert not places.write_once(tmp_path / "seal.key", b"other", mode=0o600)


def test_a_lost_key_is_named_and_nothing_is_made_anew(tmp_path: Path, key: str) -> None:
    (tmp_path / "seal.key").rename(tmp_path / "elsewhere")
    error = refused(tmp_path, key)
    assert error.code == "seal.key_lost"
    assert str(tmp_path / "seal.key") in str(error)
    (tmp_path / "artifacts" / "seal.json").unlink()
    with pytest.raises(SetupError, match=r"seal\.key"):
        opened(tmp_path).save(key, TRANSCRIPT)
    assert not (tmp_path / "seal.key").exists()
    (tmp_path / "elsewhere").rename(tmp_path / "seal.key")
    assert opened(tmp_path).load(key, Transcript) == TRANSCRIPT


def test_another_key_is_refused_and_removes_nothing(tmp_path: Path, key: str) -> None:
    error = refused(tmp_path, key, seal_key=OTHER_KEY)
    assert error.code == "seal.other_key"
    assert "QA_SEAL_KEY" in str(error)
    (tmp_path / "artifacts" / "seal.json").unlink()  # and where only the files themselves tell
    with pytest.raises(SetupError) as caught:
        opened(tmp_path, seal_key=OTHER_KEY).save("transcript/y.json.gz", TRANSCRIPT)
    assert caught.value.code == "seal.other_key"
    assert opened(tmp_path).load(key, Transcript) == TRANSCRIPT


def test_a_lost_mark_is_written_again(tmp_path: Path, key: str) -> None:
    mark = tmp_path / "artifacts" / "seal.json"
    before = mark.read_bytes()
    mark.unlink()
    opened(tmp_path).save(key, TRANSCRIPT)
    assert mark.read_bytes() == before


@pytest.mark.parametrize("mark", [b"", b"{", b"[]", b'{"format": "qa-seal/2", "fingerprint": "00"}'])
def test_a_damaged_mark_stops_everything(tmp_path: Path, key: str, mark: bytes) -> None:
    (tmp_path / "artifacts" / "seal.json").write_bytes(mark)
    assert refused(tmp_path, key).code == "seal.bad_marker"


def test_machines_that_share_artifacts_need_one_key(tmp_path: Path) -> None:
    shared = str(tmp_path / "shared")
    first, second = tmp_path / "first", tmp_path / "second"
    a, b = opened(first, artifact_url=shared), opened(second, artifact_url=shared)
    a.save("transcript/a.json.gz", TRANSCRIPT)
    for _ in range(2):  # it stays refused
        with pytest.raises(SetupError) as caught:
            b.save("transcript/b.json.gz", TRANSCRIPT)
        assert caught.value.code in ("seal.key_lost", "seal.other_key")
    second.mkdir(exist_ok=True)
    (second / "seal.key").write_bytes((first / "seal.key").read_bytes())
    third = opened(second, artifact_url=shared)
    assert third.load("transcript/a.json.gz", Transcript) == TRANSCRIPT
    third.save("transcript/b.json.gz", TRANSCRIPT)
    assert a.load("transcript/b.json.gz", Transcript) == TRANSCRIPT


def test_a_remote_place_is_marked_too(tmp_path: Path) -> None:
    url = f"memory://{tmp_path}/shared"
    opened(tmp_path / "a", artifact_url=url).save("transcript/a.json.gz", TRANSCRIPT)
    with pytest.raises(SetupError) as caught:
        opened(tmp_path / "b", artifact_url=url).load("transcript/a.json.gz", Transcript)
    assert caught.value.code == "seal.key_lost"
    memory = fsspec.filesystem("memory")
    memory.rm_file(f"{tmp_path}/shared/seal.json")
    with pytest.raises(SetupError) as caught:
        opened(tmp_path / "b", artifact_url=url).save("transcript/b.json.gz", TRANSCRIPT)
    assert caught.value.code == "seal.key_lost"
    assert opened(tmp_path / "a", artifact_url=url).sealing().num_sealed == 1


def test_a_machine_that_was_quicker_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both looked before either had written its mark."""
    shared = str(tmp_path / "shared")
    slow, quick = (opened(tmp_path / name, artifact_url=shared) for name in ("slow", "quick"))
    create = places._Folder.create

    def beaten(place: places._Folder, key: str, data: bytes) -> bool:
        monkeypatch.setattr(places._Folder, "create", create)
        quick.save("transcript/a.json.gz", TRANSCRIPT)
        return create(place, key, data)

    monkeypatch.setattr(places._Folder, "create", beaten)
    with pytest.raises(SetupError) as caught:
        slow.save("transcript/b.json.gz", TRANSCRIPT)
    assert caught.value.code == "seal.other_key"
    assert [p.name for p in (tmp_path / "shared").rglob("*.gz")] == ["a.json.gz"]


def _first_save(folder: Path, number: int, start, done) -> None:  # type: ignore[no-untyped-def]
    start.wait()
    try:
        opened(folder).save(f"transcript/{number}.json.gz", TRANSCRIPT)
        done.put(None)
    except Exception as error:  # told to the parent
        done.put(repr(error))


def test_processes_that_begin_at_once_make_one_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for number in range(5):
        folder, start, done = tmp_path / str(number), context.Barrier(4), context.Queue()
        children = [context.Process(target=_first_save, args=(folder, n, start, done)) for n in range(4)]
        for child in children:
            child.start()
        assert [done.get(timeout=60) for _ in children] == [None] * 4
        for child in children:
            child.join()
        for n in range(4):
            assert opened(folder).load(f"transcript/{n}.json.gz", Transcript) == TRANSCRIPT
        assert [p.name for p in folder.iterdir() if p.is_file()] == ["seal.key"]


def test_a_process_sees_the_key_that_another_made_meanwhile(tmp_path: Path) -> None:
    early = opened(tmp_path)
    assert early.load("transcript/a.json.gz", Transcript) is None
    opened(tmp_path).save("transcript/a.json.gz", TRANSCRIPT)
    assert early.load("transcript/a.json.gz", Transcript) == TRANSCRIPT


@pytest.mark.parametrize("at", [16, 40, -1], ids=["tag", "middle", "end"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, key: str, at: int) -> None:
    path = tmp_path / "artifacts" / key
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    assert opened(tmp_path).load(key, Transcript) is None
    assert not path.exists()


def test_a_damaged_fingerprint_is_no_reason_to_delete(tmp_path: Path, key: str) -> None:
    path = tmp_path / "artifacts" / key
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(data)
    with pytest.raises(SetupError) as caught:
        opened(tmp_path).load(key, Transcript)
    assert caught.value.code == "seal.other_key"
    assert str(path) in str(caught.value)
    assert path.exists()
    assert opened(tmp_path).sealing().num_foreign == 1


def test_a_swapped_file_is_noticed(tmp_path: Path, key: str) -> None:
    other = opened(tmp_path).key("transcript", "y")
    path = tmp_path / "artifacts" / other
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((tmp_path / "artifacts" / key).read_bytes())
    assert opened(tmp_path).load(other, Transcript) is None
    assert opened(tmp_path).load(key, Transcript) == TRANSCRIPT


def plain(folder: Path, name: str) -> Path:
    """A file as earlier releases wrote it."""
    path = folder / "artifacts" / "transcript" / f"{name}.json.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(codec.compress(codec.dumps(TRANSCRIPT)))
    return path


def test_what_an_earlier_release_left_is_read_and_sealed(tmp_path: Path) -> None:
    path = plain(tmp_path, "a")
    assert opened(tmp_path).load("transcript/a.json.gz", Transcript) == TRANSCRIPT
    assert sealed_by(path.read_bytes()) is not None
    assert opened(tmp_path).load("transcript/a.json.gz", Transcript) == TRANSCRIPT


def test_the_rest_is_sealed_at_once(tmp_path: Path, key: str) -> None:
    left = [plain(tmp_path, name) for name in "abc"]
    left[2].write_bytes(b"damaged")
    assert opened(tmp_path).sealing().num_plain == 3
    assert opened(tmp_path).seal_rest() == 2
    state = opened(tmp_path).sealing()
    assert (state.num_sealed, state.num_plain, state.num_foreign, state.mode) == (3, 0, 0, 0o600)
    assert not left[2].exists()
    assert opened(tmp_path).load("transcript/b.json.gz", Transcript) == TRANSCRIPT
    assert opened(tmp_path).seal_rest() == 0


def test_a_store_that_can_only_be_read_can_be_read(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = plain(tmp_path, "a")
    before = path.read_bytes()

    def read_only(*_: object) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(Path, "replace", read_only)
    assert opened(tmp_path).load("transcript/a.json.gz", Transcript) == TRANSCRIPT
    assert path.read_bytes() == before
    with pytest.raises(StorageError):
        opened(tmp_path).save(key, TRANSCRIPT)


def test_deleting_needs_no_key(tmp_path: Path, key: str) -> None:
    (tmp_path / "seal.key").unlink()
    opened(tmp_path).remove(key)
    assert not (tmp_path / "artifacts" / key).exists()


def test_the_key_can_lie_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "other disk" / "qa.key"
    opened(tmp_path / "data", seal_key_file=path).save("transcript/a.json.gz", TRANSCRIPT)
    assert path.exists()
    assert set(files(tmp_path / "data")) == {"artifacts/seal.json", "artifacts/transcript/a.json.gz"}
    kept = path.read_text()
    path.unlink()
    by_environment = opened(tmp_path / "data", seal_key=kept)
    assert by_environment.load("transcript/a.json.gz", Transcript) == TRANSCRIPT
    assert by_environment.sealing().mode is None


@pytest.mark.parametrize(
    "bad", ["", "secret!", base64.b64encode(b"s" * 63).decode(), base64.b64encode(b"s" * 65).decode(), "§§"]
)
@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_bad_key_is_refused_without_showing_it(tmp_path: Path, bad: str, where: str) -> None:
    if where == "file":
        (tmp_path / "seal.key").write_text(bad)
    artifacts = opened(tmp_path, **({"seal_key": bad} if where == "environment" else {}))
    with pytest.raises(SetupError) as caught:
        artifacts.save("transcript/a.json.gz", TRANSCRIPT)
    assert caught.value.code == "seal.bad_key"
    told = [error_text(caught.value, "zh"), error_text(caught.value, "en"), repr(caught.value.params)]
    assert caught.value.__cause__ is None
    assert not bad or not any(bad in one for one in told)
    assert not (tmp_path / "artifacts").exists()


def test_the_key_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("QA_SEAL_KEY", OTHER_KEY)
    caplog.set_level(logging.DEBUG)
    settings = Settings(data_dir=tmp_path)
    artifacts = FileArtifacts(settings)
    artifacts.save("transcript/a.json.gz", TRANSCRIPT)
    monkeypatch.setenv("QA_SEAL_KEY", base64.b64encode(os.urandom(64)).decode())
    with pytest.raises(SetupError) as caught:
        FileArtifacts(Settings(data_dir=tmp_path)).load("transcript/a.json.gz", Transcript)
    told = [repr(settings), str(settings), settings.model_dump_json(), codec.canonical(settings.model_dump())]
    told += [repr(artifacts.sealing()), str(caught.value), caplog.text]
    told += [data.decode("latin-1") for data in files(tmp_path).values()]
    assert not any(OTHER_KEY in one for one in told)
    assert pickle.loads(pickle.dumps(settings)) == settings  # workers are given it
