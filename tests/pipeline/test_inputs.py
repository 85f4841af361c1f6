"""Paths, folders, patterns and URLs become recordings; nothing is passed over silently."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from qa_pipeline.errors import InputError, RecordingError
from qa_pipeline.i18n import error_text
from qa_pipeline.pipeline.inputs import Source, discover


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def test_folder_is_searched_with_subfolders_and_lists_what_it_skips(tmp_path: Path) -> None:
    touch(tmp_path, "b.wav", "a.MP3", "calls.csv", "day2/c.m4a", ".hidden.wav")
    found = discover([str(tmp_path)])
    assert [s.name for s in found.sources] == ["a.MP3", "b.wav", "c.m4a"]
    assert [Path(s).name for s in found.skipped] == ["calls.csv"]
    assert found.problems == ()


def test_a_named_file_is_taken_whatever_its_ending(tmp_path: Path) -> None:
    touch(tmp_path, "call.v3x")
    assert [s.name for s in discover([str(tmp_path / "call.v3x")]).sources] == ["call.v3x"]


def test_the_same_file_twice_is_one_recording(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav")
    found = discover([str(tmp_path / "a.wav"), str(tmp_path), str(tmp_path / "*.wav")])
    assert len(found.sources) == 1


def test_paths_that_lead_nowhere_are_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav")
    found = discover([str(tmp_path / "missing.wav"), str(tmp_path / "*.ogg"), str(tmp_path / "a.wav")])
    assert [p.code for p in found.problems] == ["input.missing", "input.no_match"]
    assert str(tmp_path / "missing.wav") in str(found.problems[0])
    assert [s.name for s in found.sources] == ["a.wav"]


def test_url_is_listed_and_fetched(tmp_path: Path) -> None:
    touch(tmp_path, "in/a.wav", "in/notes.txt")
    found = discover([(tmp_path / "in").as_uri()])
    assert [s.name for s in found.sources] == ["a.wav"]
    assert [Path(s).name for s in found.skipped] == ["notes.txt"]
    with found.sources[0].local_path(tmp_path / "tmp") as path:
        assert path.read_bytes() == b"in/a.wav"
    assert not path.exists()


def test_what_a_killed_process_fetched_goes_with_the_next_fetch(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav")
    left = tmp_path / "tmp" / "audio-left"
    left.mkdir(parents=True)
    (left / ".lock").touch()
    (left / "13800138000.wav").write_bytes(b"a customer's voice")
    source = Source(uri=(tmp_path / "a.wav").as_uri())
    with source.local_path(tmp_path / "tmp") as path, source.local_path(tmp_path / "tmp") as again:
        assert path.read_bytes() == again.read_bytes() == b"a.wav"  # those in use stay
        assert not left.exists()
    assert list((tmp_path / "tmp").iterdir()) == []


def test_url_that_cannot_be_fetched_says_so(tmp_path: Path) -> None:
    with (
        pytest.raises(Exception, match=r"gone\.wav") as caught,
        Source(uri=(tmp_path / "gone.wav").as_uri()).local_path(tmp_path),
    ):
        pass
    assert getattr(caught.value, "code", None) == "input.fetch_failed"


def test_unknown_protocol_is_an_input_error() -> None:
    found = discover(["nowhere://x/y.wav"])
    (problem,) = found.problems
    assert isinstance(problem, InputError)
    assert problem.code == "input.fetch_failed"


_AS_NOBODY = """
import os, sys
from qa_pipeline.pipeline.inputs import discover
os.setuid(65534)
found = discover([sys.argv[1]])
print([(p.code, p.exit_code) for p in found.problems], [s.name for s in found.sources])
"""


def test_unreadable_folder_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Root reads everything, so a child gives up its rights first; without root the child keeps its own."""
    touch(tmp_path, "a.wav", "locked/b.wav")
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to(tempfile.gettempdir()) and folder != Path(tempfile.gettempdir()):
            folder.chmod(0o755)
    (tmp_path / "locked").chmod(0o000)
    script = _AS_NOBODY if os.geteuid() == 0 else _AS_NOBODY.replace("os.setuid(65534)\n", "")
    try:
        inside, named = (
            subprocess.run(
                [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
            )
            for path in (tmp_path, tmp_path / "locked")
        )
    finally:
        (tmp_path / "locked").chmod(0o755)
    assert inside.stdout.strip() == "[('input.unreadable_folder', 1)] ['a.wav']"
    assert named.stdout.strip() == "[('input.unreadable_folder', 2)] []", "what the user named is wrong input"


def test_a_name_from_chinese_windows_is_read_and_a_name_over_two_lines_becomes_one(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    for name in ("你好.wav".encode("gb18030"), "录音　1.wav".encode(), b"two\nlines.wav", b"odd\xff.wav"):
        with open(folder + b"/" + name, "wb"):  # noqa: PTH123  (no Path holds these bytes)
            pass
    stems = {s.stem for s in discover([str(tmp_path)]).sources}
    assert stems == {"你好", "录音　1", "two_lines", "odd�"}
    error = RecordingError("audio.empty", path=os.fsdecode(folder + "/你好.wav".encode("gb18030")))
    assert "你好.wav" in error_text(error)
    error_text(error).encode()


def test_a_link_to_a_folder_that_is_not_there_is_told_not_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav", "notes.txt")
    (tmp_path / "november").symlink_to(tmp_path / "unmounted")
    found = discover([str(tmp_path)])
    assert [Path(s).name for s in found.skipped] == ["notes.txt"]
    (problem,) = found.problems
    assert (problem.code, problem.exit_code) == ("audio.dangling_link", 1)
    assert "november" in str(problem) and "unmounted" in str(problem)
