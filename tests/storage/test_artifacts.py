"""Artifacts: exact, whole or absent, and never in the way."""

import dataclasses
import gzip
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from storage_samples import Samples

from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.recording import AudioFacts
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.errors import SetupError, StorageError
from qa_pipeline.settings import Settings
from qa_pipeline.storage import codec
from qa_pipeline.storage.artifacts import FileArtifacts


@pytest.fixture
def artifacts(tmp_path: Path) -> FileArtifacts:
    return FileArtifacts(Settings(data_dir=tmp_path))


FACTS = AudioFacts(
    recording=Samples.recording(1),
    declared_duration_ms=None,
    activity=((Span(start_ms=0, end_ms=5),), ()),
    loudness_db=((-100.0, -23.123456789), ()),
    notes=("silent_channel_1",),
)


@pytest.mark.parametrize(
    "value", [Samples.call(), Samples.call().transcript, FACTS], ids=lambda v: type(v).__name__
)
def test_values_come_back_exactly(artifacts: FileArtifacts, value: object) -> None:
    key = artifacts.key("call", "x")
    artifacts.save(key, value)
    back = artifacts.load(key, type(value))
    assert back == value
    assert codec.dumps(back) == codec.dumps(value)


def test_keys_of_mappings_keep_their_types(artifacts: FileArtifacts) -> None:
    key = artifacts.key("call", "x")
    artifacts.save(key, Samples.call())
    back = artifacts.load(key, Call)
    assert back is not None
    assert {type(k) for k in back.info.channel_roles} == {int}
    assert all(isinstance(k, Role) for k in (*back.activity, *back.loudness_db, *back.speaking_rate))
    assert back.info.started_at is not None
    assert back.info.started_at.utcoffset() is not None


def test_equal_values_give_equal_bytes(artifacts: FileArtifacts, tmp_path: Path) -> None:
    call = Samples.call()
    turned = dataclasses.replace(
        call, info=dataclasses.replace(call.info, extra=dict(reversed(list(call.info.extra.items()))))
    )
    path, files = tmp_path / "artifacts" / artifacts.key("call", "a"), []
    for value in (call, turned):
        artifacts.save(artifacts.key("call", "a"), value)
        files.append(path.read_bytes())
        path.unlink()
    assert files[0] == files[1]
    assert codec.dumps(call) == codec.dumps(turned)
    assert codec.dumps(call).startswith(b'{"activity":')


def test_keys_depend_on_every_part_and_its_bounds(artifacts: FileArtifacts) -> None:
    lists = [
        ("ab", "c"),
        ("a", "bc"),
        ("abc",),
        ("abc", ""),
        ("", "abc"),
        ("ab", "d"),
        ("录", "音"),
        ("录音",),
    ]
    keys = {artifacts.key("transcript", *parts) for parts in lists}
    assert len(keys) == len(lists)
    kind, folder, name = artifacts.key("transcript", "a").split("/")
    assert (kind, folder, len(name)) == ("transcript", name[:2], 64 + len(".json.gz"))
    assert artifacts.key("facts", "a").partition("/")[2] == f"{folder}/{name}"


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
        lambda data: b"not gzip",
        lambda data: gzip.compress(b"{"),
        lambda data: gzip.compress(b'{"recording_id": 5}'),
        lambda data: gzip.compress(b"\xff\xfe"),
    ],
    ids=["empty", "cut", "flipped_bit", "other_format", "other_json", "other_type", "other_text"],
)
def test_a_damaged_file_counts_as_none_and_goes(artifacts: FileArtifacts, tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    key = artifacts.key("transcript", "x")
    transcript = Samples.call().transcript
    artifacts.save(key, transcript)
    path = tmp_path / "artifacts" / key
    path.write_bytes(damage(path.read_bytes()))
    assert artifacts.load(key, Transcript) is None
    assert not path.exists()
    assert artifacts.get_or_make(key, Transcript, lambda: transcript) == transcript
    assert artifacts.load(key, Transcript) == transcript


def test_made_only_once(artifacts: FileArtifacts) -> None:
    key, made = artifacts.key("transcript", "x"), []

    def make() -> Transcript:
        made.append(1)
        return Samples.call().transcript

    assert artifacts.get_or_make(key, Transcript, make) == artifacts.get_or_make(key, Transcript, make)
    assert made == [1]
    assert artifacts.load(artifacts.key("transcript", "y"), Transcript) is None


@pytest.mark.parametrize("scheme", ["file", "memory", "local"])
def test_other_places(tmp_path: Path, scheme: str) -> None:
    artifacts = FileArtifacts(Settings(data_dir=tmp_path, artifact_url=f"{scheme}://{tmp_path}/工件"))
    key = artifacts.key("call", "x")
    assert artifacts.load(key, Call) is None
    artifacts.save(key, Samples.call())
    assert artifacts.load(key, Call) == Samples.call()
    assert (tmp_path / "工件" / key).exists() == (scheme != "memory")


def test_a_damaged_remote_object_counts_as_none(tmp_path: Path) -> None:
    import fsspec

    artifacts = FileArtifacts(Settings(data_dir=tmp_path, artifact_url=f"memory://{tmp_path}"))
    key = artifacts.key("call", "x")
    artifacts.save(key, Samples.call())
    memory = fsspec.filesystem("memory")
    memory.pipe_file(f"{tmp_path}/{key}", b"half")
    assert artifacts.load(key, Call) is None
    assert not memory.exists(f"{tmp_path}/{key}")


@pytest.mark.parametrize("url", ["nosuch://place", "s9://x"])
def test_an_unknown_place_is_named(url: str, tmp_path: Path) -> None:
    artifacts = FileArtifacts(Settings(data_dir=tmp_path, artifact_url=url))
    with pytest.raises(SetupError) as caught:
        artifacts.save(artifacts.key("call", "x"), Samples.call())
    assert caught.value.code == "storage.bad_url"
    assert "QA_ARTIFACT_URL" in str(caught.value)


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "artifacts").write_text("in the way")
    artifacts = FileArtifacts(Settings(data_dir=tmp_path))
    with pytest.raises(SetupError) as caught:
        artifacts.save(artifacts.key("call", "x"), Samples.call())
    assert caught.value.code == "storage.cannot_open"
    assert str(tmp_path) in str(caught.value)


def test_leftovers_of_killed_processes_are_swept(tmp_path: Path) -> None:
    parts = tmp_path / "artifacts" / ".part"
    parts.mkdir(parents=True)
    for name, age_s in (("old", 100_000), ("young", 10)):
        (parts / name).write_bytes(b"half")
        os.utime(parts / name, (time.time() - age_s,) * 2)
    artifacts = FileArtifacts(Settings(data_dir=tmp_path))
    artifacts.save(artifacts.key("call", "x"), Samples.call())
    assert [p.name for p in parts.iterdir()] == ["young"]


def _save_as_nobody(folder: Path, connection) -> None:  # type: ignore[no-untyped-def]
    if os.getuid() == 0:  # permissions bind everybody but root
        os.setuid(65534)
    artifacts = FileArtifacts(Settings(data_dir=folder))
    try:
        artifacts.save(artifacts.key("call", "x"), Samples.call())
    except StorageError as error:
        connection.send(error)


def test_a_folder_we_may_not_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    ours, theirs = multiprocessing.get_context("fork").Pipe()
    child = multiprocessing.get_context("fork").Process(target=_save_as_nobody, args=(tmp_path, theirs))
    child.start()
    child.join()
    tmp_path.chmod(0o755)
    assert ours.poll()
    error = ours.recv()
    assert error.code == "storage.read_only"


_FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from storage_samples import Samples
from qa_pipeline.errors import StorageError
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts
artifacts = FileArtifacts(Settings(data_dir=Path(sys.argv[1])))
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    artifacts.save(artifacts.key("call", "x"), Samples.call(3000))
except StorageError as error:
    print(error.code)
"""


def test_no_room_leaves_nothing_half_written(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["storage.disk_full"]
    left = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert left == {"seal.key", "artifacts/seal.json"}
