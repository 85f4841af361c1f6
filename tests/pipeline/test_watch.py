"""The nightly job finds what is new, changed or unfinished, and leaves the rest alone."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qa_pipeline.domain.scorecard import CallResult, CallStatus
from qa_pipeline.errors import CollectedErrors, InputError
from qa_pipeline.pipeline.watch import Due, find_due, seen_files
from qa_pipeline.settings import Settings
from qa_pipeline.storage.nights import SqlNightLog

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)


def put(path: Path, content: str, age: timedelta = timedelta(hours=3)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    then = (NOW - age).timestamp()
    os.utime(path, (then, then))
    return path


def due_names(due: Due) -> list[str]:
    return [job.source.name for job in due.plan.jobs]


def finish(log: SqlNightLog, due: Due, status: CallStatus, code: str | None = None) -> None:
    results = [
        CallResult(call_id=j.info.call_id, source_name=j.source.name, status=status, code=code)
        for j in due.plan.jobs
    ]
    log.remember(seen_files(due, due.plan.jobs, results))


def memory(tmp_path: Path) -> SqlNightLog:
    return SqlNightLog(Settings(data_dir=tmp_path / "data"))


def settings(tmp_path: Path, **more: object) -> Settings:
    return Settings(watch=(str(tmp_path / "in"),), data_dir=tmp_path / "data", **more)  # type: ignore[arg-type]


def test_a_scored_file_is_not_looked_at_again_until_its_bytes_change(tmp_path: Path) -> None:
    put(tmp_path / "in" / "a.wav", "one")
    log = memory(tmp_path)
    first = find_due(log, settings(tmp_path), NOW)
    assert due_names(first) == ["a.wav"]
    finish(log, first, CallStatus.SCORED)
    second = find_due(log, settings(tmp_path), NOW)
    assert (due_names(second), second.known) == ([], 1)
    put(tmp_path / "in" / "a.wav", "other")
    assert due_names(find_due(log, settings(tmp_path), NOW)) == ["a.wav"]


def test_a_file_that_is_still_growing_waits(tmp_path: Path) -> None:
    path = put(tmp_path / "in" / "a.wav", "half", age=timedelta(seconds=30))
    due = find_due(memory(tmp_path), settings(tmp_path), NOW)
    assert (due_names(due), due.growing) == ([], (str(path),))
    assert due_names(find_due(memory(tmp_path), settings(tmp_path), NOW + timedelta(minutes=5))) == ["a.wav"]


@pytest.mark.parametrize(
    ("status", "code", "again"),
    [
        (CallStatus.PENDING, "call.claimed_elsewhere", True),
        (CallStatus.FAILED, "input.fetch_failed", True),
        (CallStatus.FAILED, "call.internal", True),
        (CallStatus.FAILED, "audio.truncated", False),
        (CallStatus.NOT_SCORED, "call.no_speech", False),
    ],
)
def test_unfinished_calls_are_due_again_and_broken_files_are_not(
    tmp_path: Path, status: CallStatus, code: str, again: bool
) -> None:
    put(tmp_path / "in" / "a.wav", "one")
    log = memory(tmp_path)
    finish(log, find_due(log, settings(tmp_path), NOW), status, code)
    assert bool(due_names(find_due(log, settings(tmp_path), NOW))) is again


def test_metadata_that_arrive_a_day_late_make_the_call_due_again(tmp_path: Path) -> None:
    put(tmp_path / "in" / "a.wav", "one")
    put(tmp_path / "in" / "b.wav", "two")
    pattern = settings(tmp_path, watch_calls=str(tmp_path / "meta" / "calls-*.csv"))
    put(tmp_path / "meta" / "calls-1.csv", "file,agent_id\nb.wav,007\n")
    log = memory(tmp_path)
    finish(log, find_due(log, pattern, NOW), CallStatus.SCORED)
    assert due_names(find_due(log, pattern, NOW)) == []
    put(tmp_path / "meta" / "calls-2.csv", "file,agent_id\na.wav,008\n")
    due = find_due(log, pattern, NOW)
    assert [(j.source.name, j.info.agent_id) for j in due.plan.jobs] == [("a.wav", "008")]


def test_of_two_metadata_files_the_later_name_counts(tmp_path: Path) -> None:
    put(tmp_path / "in" / "a.wav", "one")
    put(tmp_path / "in" / "b.wav", "two")
    put(tmp_path / "calls-1.csv", "file,call_id,agent_id\na.wav,A,007\nb.wav,B,007\n")
    put(tmp_path / "calls-2.csv", "file,call_id,agent_id\na.wav,A,008\n")
    due = find_due(memory(tmp_path), settings(tmp_path, watch_calls=str(tmp_path / "calls-*.csv")), NOW)
    assert [(j.info.call_id, j.info.agent_id) for j in due.plan.jobs] == [("A", "008"), ("B", "007")]


def test_a_wrong_metadata_file_stops_before_anything_is_scored_without_it(tmp_path: Path) -> None:
    put(tmp_path / "in" / "a.wav", "one")
    put(tmp_path / "calls.csv", "file,ring_s\na.wav,soon\n")
    with pytest.raises(CollectedErrors):
        find_due(memory(tmp_path), settings(tmp_path, watch_calls=str(tmp_path / "calls.csv")), NOW)
    with pytest.raises(InputError) as missing:
        find_due(memory(tmp_path), settings(tmp_path, watch_calls=str(tmp_path / "none.csv")), NOW)
    assert missing.value.code == "csv.missing"


def test_a_url_is_watched_by_its_size_and_time(tmp_path: Path) -> None:
    put(tmp_path / "in" / "a.wav", "one")
    watched = Settings(watch=((tmp_path / "in").as_uri(),), data_dir=tmp_path / "data")
    log = memory(tmp_path)
    due = find_due(log, watched, NOW)
    assert due_names(due) == ["a.wav"]
    finish(log, due, CallStatus.SCORED)
    assert due_names(find_due(log, watched, NOW)) == []


def test_no_watched_place_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        find_due(memory(tmp_path), Settings(data_dir=tmp_path), NOW)
    assert error.value.code == "input.nothing_watched"


def test_places_are_separated_by_semicolons_or_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_WATCH", " /a/b ;s3://x/y,z\n/c\n")
    assert Settings().watch == ("/a/b", "s3://x/y,z", "/c")
