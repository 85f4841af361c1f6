"""Whatever happens to the decoding child happens to it alone."""

import os
import signal
import struct
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest
from odd_audio import settings, tone, wav

from qa_pipeline.audio.child import DecodingChild
from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.errors import RecordingError, StorageError
from qa_pipeline.i18n import error_text


def endless(path: Path, hours: float = 5) -> Path:
    """Hours of digital silence that take no room on disk."""
    size = int(hours * 3600 * 16000)
    header = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + header + b"data" + struct.pack("<I", size)
    path.write_bytes(b"RIFF" + struct.pack("<I", size + 36) + body)
    os.truncate(path, size + 44)
    return path


def test_a_file_that_takes_too_long(tmp_path: Path) -> None:
    reader = PyAvReader(settings(tmp_path, decode_timeout_s=1))
    with pytest.raises(RecordingError) as caught, reader.open(endless(tmp_path / "a.wav")):
        pass
    assert caught.value.code == "audio.timeout"
    assert "QA_DECODE_TIMEOUT_S" in str(caught.value)
    reader._child._timeout_s = 60  # on a busy machine a second is short even to start a new child
    with reader.open(wav(tmp_path / "b.wav", [tone(1, 8000)])) as audio:  # the next one is fine
        assert audio.facts.recording.duration_ms == 1000
    assert list((tmp_path / "data" / "tmp").iterdir()) == []


def test_a_child_without_memory(tmp_path: Path) -> None:
    child = DecodingChild(memory_mb=40, timeout_s=30)
    with pytest.raises(RecordingError) as caught:
        child.run("pcm", wav(tmp_path / "a.wav", [tone(1, 8000)]), tmp_path, max_duration_s=60)
    child.close()
    assert caught.value.code in ("audio.out_of_memory", "audio.decoder_crashed")
    assert str(tmp_path / "a.wav") in error_text(caught.value, "en")


def test_a_child_that_crashes_while_decoding(tmp_path: Path) -> None:
    reader = PyAvReader(settings(tmp_path))
    path = endless(tmp_path / "a.wav")
    # A process of its own kills the child as soon as it writes samples, twice, as a reused child gets a second chance.
    killer = textwrap.dedent(
        """
        import psutil, sys, time
        seen = set()
        while True:
            for child in psutil.Process(int(sys.argv[1])).children(recursive=True):
                if "qa_pipeline.audio.worker" in child.cmdline() and child.pid not in seen:
                    if any(f.path.endswith(".s16") for f in child.open_files()):
                        seen.add(child.pid)
                        child.send_signal(11)
            time.sleep(0.02)
        """
    )
    helper = subprocess.Popen([sys.executable, "-c", killer, str(os.getpid())], stderr=subprocess.DEVNULL)
    try:
        with pytest.raises(RecordingError) as caught, reader.open(path):
            pass
    finally:
        helper.kill()
        helper.wait()
    assert caught.value.code == "audio.decoder_crashed"
    assert caught.value.params["reason"] == "SIGSEGV"
    assert "SIGSEGV" in str(caught.value)
    with reader.open(wav(tmp_path / "b.wav", [tone(1, 8000)])) as audio:
        assert audio.facts.recording.duration_ms == 1000


def test_an_idle_child_that_was_killed_costs_no_recording(tmp_path: Path) -> None:
    reader = PyAvReader(settings(tmp_path))
    path = wav(tmp_path / "a.wav", [tone(1, 8000)])
    with reader.open(path):
        pass
    process = reader._child._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    with reader.open(path) as audio:
        assert audio.facts.recording.duration_ms == 1000
    assert reader._child._process is not process


def test_one_child_serves_many_recordings_and_ends_with_its_reader(tmp_path: Path) -> None:
    reader = PyAvReader(settings(tmp_path))
    pids = set()
    for number in range(3):
        with reader.open(wav(tmp_path / f"{number}.wav", [tone(1, 8000)])):
            assert reader._child._process is not None
            pids.add(reader._child._process.pid)
    assert len(pids) == 1
    del reader
    assert not psutil.pid_exists(pids.pop())


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's own ENOSPC: the samples are led to /dev/full."""
    reader = PyAvReader(settings(tmp_path))
    decode = reader._child.run

    def on_full_disk(do: str, path: Path, target: Path, **limits: float) -> object:
        (target / "channel_0.s16" if do == "pcm" else target).symlink_to("/dev/full")
        return decode(do, path, target, **limits)  # type: ignore[arg-type]

    path = wav(tmp_path / "a.wav", [tone(20, 8000)])
    with monkeypatch.context() as patch:
        patch.setattr(reader._child, "run", on_full_disk)
        for attempt in (lambda: reader.open(path).__enter__(), lambda: reader.listening_copy(path)):
            with pytest.raises(StorageError) as caught:
                attempt()
            assert caught.value.code == "storage.disk_full"
            assert str(tmp_path / "data" / "tmp") in str(caught.value)
    assert list((tmp_path / "data" / "tmp").iterdir()) == []
    with reader.open(path) as audio:  # room again
        assert audio.facts.recording.duration_ms == 20000


def test_a_data_folder_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in the way")
    reader = PyAvReader(settings(tmp_path))
    with pytest.raises(StorageError) as caught, reader.open(wav(tmp_path / "a.wav", [tone(1, 8000)])):
        pass
    assert caught.value.code == "storage.read_only"
    assert str(tmp_path / "data" / "tmp") in str(caught.value)


def test_what_a_killed_process_left_is_swept_and_what_lives_is_not(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", [tone(1, 8000)])
    tmp = tmp_path / "data" / "tmp"
    script = textwrap.dedent(
        f"""
        import os, pathlib
        from qa_pipeline.audio.decode import PyAvReader
        from qa_pipeline.settings import Settings
        with PyAvReader(Settings(data_dir=pathlib.Path({str(tmp_path / "data")!r}))).open(pathlib.Path({str(path)!r})):
            os.kill(os.getpid(), 9)
        """
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == -9
    left = set(tmp.iterdir())
    assert len(left) == 1
    with PyAvReader(settings(tmp_path)).open(path):
        alive = set(tmp.iterdir())
        assert not left & alive
        with PyAvReader(settings(tmp_path)).open(path):  # another process would sweep likewise
            assert alive < set(tmp.iterdir())
    assert list(tmp.iterdir()) == []


def test_the_working_directory_can_not_slip_a_module_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(7)")
    path = wav(tmp_path / "a.wav", [tone(1, 8000)])
    monkeypatch.chdir(tmp_path)
    with PyAvReader(settings(tmp_path)).open(path) as audio:
        assert audio.facts.recording.duration_ms == 1000
