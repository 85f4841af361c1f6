"""Progress: what is left is estimated by seconds of audio; nothing of it reaches stdout."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.cli import progress as progress_module
from qa_pipeline.cli.progress import Progress
from qa_pipeline.cli.workload import RECENT_CALLS, Workload
from qa_pipeline.domain.call import CallInfo
from qa_pipeline.domain.scorecard import CallResult, CallStatus
from qa_pipeline.pipeline.inputs import Source
from qa_pipeline.pipeline.scoring import Job


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def job(folder: Path, name: str, size: int) -> Job:
    (folder / name).write_bytes(bytes(size))
    return Job(source=Source(uri=str(folder / name)), info=CallInfo(call_id=Path(name).stem))


def finished(call_id: str, seconds: float | None, status: CallStatus = CallStatus.SCORED) -> CallResult:
    return CallResult(
        call_id=call_id,
        source_name=call_id,
        status=status,
        duration_ms=None if seconds is None else round(seconds * 1000),
    )


def test_long_recordings_weigh_more_than_short_ones(tmp_path: Path) -> None:
    clock = Clock()
    work = Workload([job(tmp_path, "a.wav", 1000), job(tmp_path, "b.wav", 9000)], clock=clock)
    assert work.pace().left_s is None
    clock.now += 2
    pace = work.done(finished("a", 60))
    assert pace.speed == 30
    assert pace.audio_left_s == 540
    assert pace.left_s == 18
    assert pace.share == pytest.approx(0.1)


def test_kinds_of_files_have_their_own_rate(tmp_path: Path) -> None:
    jobs = [
        job(tmp_path, n, s) for n, s in (("a.wav", 8000), ("b.mp3", 1000), ("c.mp3", 500), ("d.ogg", 100))
    ]
    work = Workload(jobs, clock=Clock())
    work.done(finished("a", 1))
    pace = work.done(finished("b", 10))
    assert pace.audio_left_s == pytest.approx(500 * 10 / 1000 + 100 * 11 / 9000)


def test_failures_and_repetitions_do_not_spoil_the_count(tmp_path: Path) -> None:
    clock = Clock()
    jobs = [job(tmp_path, n, 1000) for n in ("a.wav", "b.wav", "c.wav")]
    work = Workload(jobs, clock=clock)
    clock.now += 1
    pace = work.done(finished("a", None, CallStatus.FAILED))
    assert (pace.calls_done, pace.left_s) == (1, None)
    assert pace.share == pytest.approx(1 / 3)
    clock.now += 1
    work.done(finished("b", 20))
    pace = work.done(finished("b", 20))
    assert (pace.calls_done, pace.audio_done_s, pace.audio_left_s) == (2, 20, 20)
    assert pace.speed == 10
    last = work.done(finished("c", 20))
    assert (last.calls_done, last.audio_left_s, last.share) == (3, 0, 1)


def test_what_was_recalled_quickly_does_not_promise_the_same_for_the_rest(tmp_path: Path) -> None:
    clock = Clock()
    jobs = [job(tmp_path, f"c{i}.wav", 1000) for i in range(2 * RECENT_CALLS + 10)]
    work = Workload(jobs, clock=clock)
    for i in range(RECENT_CALLS):
        clock.now += 0.01
        work.done(finished(f"c{i}", 60))
    for i in range(RECENT_CALLS, 2 * RECENT_CALLS):
        clock.now += 6
        pace = work.done(finished(f"c{i}", 60))
    assert pace.speed == pytest.approx(10)
    assert pace.left_s == pytest.approx(60)


def test_urls_count_as_the_usual_call(tmp_path: Path) -> None:
    url = Job(source=Source(uri="https://example.com/b.wav"), info=CallInfo(call_id="b"))
    work = Workload([job(tmp_path, "a.wav", 1000), url], clock=Clock())
    assert work.done(finished("a", 90)).audio_left_s == 90


def test_lines_tell_speed_and_time_left_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Progress([job(tmp_path, "a.wav", 1000), job(tmp_path, "b.wav", 1000)]) as progress:
        progress.done(finished("a", 3600))
        progress.done(finished("b", None, CallStatus.FAILED))
    out, err = capsys.readouterr()
    first, second = err.splitlines()
    assert out == ""
    assert first.startswith("[1/2] a ")
    assert "小时录音" in first
    assert "约剩 0:00:0" in first
    assert second.startswith("[2/2] b ")
    assert "约剩" not in second


def test_a_terminal_gets_one_bar(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "on_terminal", lambda: True)
    jobs = [job(tmp_path, "[red]a.wav", 1000), job(tmp_path, "b.wav", 1000)]
    with Progress(jobs) as progress:
        progress.done(finished("[red]a", 3600))
        assert progress._bar.tasks[0].completed == pytest.approx(0.5)
        assert "1/2 通" in progress._bar.tasks[0].description
        assert "约剩" in progress._bar.tasks[0].description
    assert capsys.readouterr().out == ""
    with Progress(jobs, plain=True) as progress:
        progress.done(finished("b", 10))
    assert capsys.readouterr().err.startswith("[1/2] b ")
