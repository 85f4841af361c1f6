"""A night scores what is new and makes the reports that are owed, and can be killed anywhere without loss."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from test_scoring import World

from qa_pipeline.domain.period import PeriodKind
from qa_pipeline.domain.scorecard import CallResult, CallStatus
from qa_pipeline.errors import InputError, StorageError
from qa_pipeline.pipeline.night import Night, NightReport
from qa_pipeline.pipeline.pages import write_file
from qa_pipeline.pipeline.purge import Purging
from qa_pipeline.pipeline.report_calendar import DueReport
from qa_pipeline.pipeline.scoring import Job
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.forgetting import SqlKeepStore
from qa_pipeline.storage.nights import SqlNightLog

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
"""02:00 on Tuesday the 24th in Shanghai."""
CALLS = [
    ("a.wav", "good", "2026-11-22 10:00"),
    ("b.wav", "rude", "2026-11-22 11:00"),
    ("c.wav", "broken", "2026-11-23 09:00"),
    ("d.wav", "good", "2026-11-23 10:00"),
    ("e.wav", "rude", "2026-11-23 11:00"),
]


class Killed(BaseException):
    """What SIGKILL would be, if it could be caught."""


class Place:
    """A watched folder, a data folder, and the night on them."""

    def __init__(self, folder: Path, calls: Sequence[tuple[str, str, str]] = CALLS) -> None:
        self.world = World(folder)
        self.watched = folder / "in"
        self.reports = folder / "reports"
        self.watched.mkdir()
        self.reports.mkdir()
        self.rows: list[str] = ["file,agent_id,started_at"]
        for name, kind, started in calls:
            self.add(name, kind, started)
        self.settings = self.world.settings.model_copy(
            update={
                "watch": (str(self.watched),),
                "watch_calls": str(self.watched / "calls.csv"),
                "batch_size": 2,
            }
        )
        self.log = SqlNightLog(self.settings)
        self.purging = Purging(
            store=SqlKeepStore(self.settings), artifacts=FileArtifacts(self.settings), settings=self.settings
        )
        self.frozen_before = date.min
        self.batches: list[list[str]] = []

    def add(self, name: str, kind: str, started: str) -> None:
        path = Path(self.world.file(f"in/{name}", kind))
        then = NOW.timestamp() - 7200
        os.utime(path, (then, then))
        self.rows.append(f"{name},007,{started}")
        (self.watched / "calls.csv").write_text("\n".join(self.rows), encoding="utf-8")

    def night(self, step: Callable[[], None] = lambda: None, now: datetime = NOW) -> NightReport:
        scoring = self.world.scoring()

        def batch(jobs: Sequence[Job]) -> Sequence[CallResult]:
            step()
            self.batches.append([job.info.call_id for job in jobs])
            done = scoring.score_batch(jobs)
            step()
            return done

        def report(due: DueReport) -> Path:
            step()
            path = self.reports / f"{due.period.kind.value}-{due.period.start}-{due.revision}.html"
            write_file(path, due.fingerprint.encode())
            step()
            return path

        night = Night(
            log=Stepping(self.log, step),  # type: ignore[arg-type]
            scoring=scoring,
            settings=self.settings,
            make_report=report,
            is_frozen=lambda period: period.start < self.frozen_before,
            purging=self.purging,
        )
        return night.run(now, batch)

    def state(self) -> tuple[object, ...]:
        store = self.world.store
        cards = {r.info.call_id: (r.status, r.code, store.scorecard(r.info.call_id)) for r in store.calls()}
        made = sorted(p.name for p in self.reports.glob("*"))
        return cards, dict(self.log.seen()), made, [p.read_text() for p in sorted(self.reports.glob("*"))]

    def close(self) -> None:
        self.log.close()
        self.purging.store.close()  # type: ignore[attr-defined]
        self.world.store.close()


class Stepping:
    """A log that lets the test break in before and after every write."""

    def __init__(self, log: SqlNightLog, step: Callable[[], None]) -> None:
        self._log, self._step = log, step

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._log, name)
        if name not in ("remember", "add_report_run"):
            return method

        def stepped(*arguments: object) -> None:
            self._step()
            method(*arguments)
            self._step()

        return stepped


@pytest.fixture
def place(tmp_path: Path) -> Any:
    made = Place(tmp_path)
    yield made
    made.close()


def reports(night: NightReport) -> list[str]:
    return [f"{r.due.period.kind.value} {r.due.period.start:%m-%d} {r.due.revision}" for r in night.reports]


def test_a_night_scores_what_is_new_and_makes_what_is_owed(place: Place) -> None:
    first = place.night()
    assert first.scored is not None
    assert [(r.call_id, r.status) for r in first.scored.results] == [
        ("a", CallStatus.SCORED),
        ("b", CallStatus.SCORED),
        ("c", CallStatus.FAILED),
        ("d", CallStatus.SCORED),
        ("e", CallStatus.SCORED),
    ]
    assert reports(first) == ["day 11-22 1", "week 11-16 1", "day 11-23 1"]
    assert first.exit_code == 1
    second = place.night()
    assert second.scored is not None and second.due is not None
    assert (second.scored.results, second.due.known, reports(second), second.exit_code) == ((), 5, [], 0)


def test_a_link_to_nothing_fails_alone_every_night_until_its_file_is_there(place: Place) -> None:
    (place.watched / "link.wav").symlink_to(place.watched.parent / "away.wav")
    for fresh in (5, 0):
        night = place.night()
        assert night.scored is not None and night.due is not None
        told = {r.call_id: (r.status, r.code) for r in night.scored.results}
        assert told.pop("link") == (CallStatus.FAILED, "audio.missing")
        assert len(told) == fresh, "the other recordings are done once"
        assert night.exit_code == 1
    path = Path(place.world.file("away.wav", "good"))
    os.utime(path, (NOW.timestamp() - 7200,) * 2)
    mended = place.night()
    assert mended.scored is not None
    assert [(r.call_id, r.status) for r in mended.scored.results] == [("link", CallStatus.SCORED)]
    assert mended.exit_code == 0


def test_a_late_recording_revises_its_day_and_week(place: Place) -> None:
    place.night()
    place.add("late.wav", "good", "2026-11-21 16:00")
    assert reports(place.night()) == ["day 11-21 1", "week 11-16 2"]


def test_an_exported_month_keeps_its_reports(place: Place) -> None:
    place.night()
    place.frozen_before = date(2026, 12, 1)
    place.add("late.wav", "good", "2026-11-22 16:00")
    night = place.night()
    assert night.scored is not None and len(night.scored.results) == 1
    assert reports(night) == []


def test_wrong_metadata_score_nothing_but_the_reports_are_made(place: Place) -> None:
    place.night()
    (place.watched / "calls.csv").write_text("file,ring_s\nnew.wav,soon\n", encoding="utf-8")
    place.world.file("in/new.wav", "good")
    tomorrow = datetime(2026, 11, 24, 18, tzinfo=UTC)
    night = place.night(now=tomorrow)
    assert night.problem is not None and night.scored is None
    assert place.world.store.call("new") is None
    assert reports(night) == ["day 11-24 1"]
    assert night.exit_code == 2


def test_a_report_that_cannot_be_made_does_not_keep_the_others_from_being_made(place: Place) -> None:
    original = place.night

    def refuse(due: DueReport) -> Path:
        if due.period.kind is PeriodKind.WEEK:
            raise InputError("input.out_unwritable", path="x", reason="y")
        return place.reports / "page.html"

    place.night()
    place.add("late.wav", "good", "2026-11-22 16:00")
    scoring = place.world.scoring()
    night = Night(
        log=place.log,
        scoring=scoring,
        settings=place.settings,
        make_report=refuse,
        is_frozen=lambda period: False,
        purging=place.purging,
    ).run(NOW, scoring.score_batch)
    assert [(r.due.period.kind.value, r.error is None) for r in night.reports] == [
        ("day", True),
        ("week", False),
    ]
    assert reports(original()) == ["week 11-16 2"]


def test_a_full_disk_stops_the_night_and_the_next_one_goes_on(place: Place) -> None:
    def full() -> None:
        raise StorageError("storage.disk_full", path="/")

    with pytest.raises(StorageError):
        place.night(full)
    night = place.night()
    assert night.scored is not None and len(night.scored.results) == 5


def test_killed_at_every_single_step_and_finished_by_the_next_night(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    undisturbed = Place(tmp_path / "whole")
    undisturbed.night()
    expected = comparable(undisturbed)
    undisturbed.close()
    kills = 0
    while True:
        kills += 1
        folder = tmp_path / str(kills)
        folder.mkdir()
        place = Place(folder)
        steps = 0

        def step(last: int = kills) -> None:
            nonlocal steps
            steps += 1
            if steps == last:
                raise Killed

        try:
            place.night(step)
        except Killed:
            place.night()
            assert comparable(place) == expected, kills
            assert all(len(batch) <= 2 for batch in place.batches)
            place.close()
        else:
            place.close()
            break
    assert kills > 20  # three batches and three reports, four moments each


def comparable(place: Place) -> str:
    return repr(place.state()).replace(str(place.watched.parent), "")
