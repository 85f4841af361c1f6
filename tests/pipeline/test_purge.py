"""What is older than the settings allow goes, nothing else does, nothing comes back, and a kill loses nothing."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from test_night import NOW, Killed, Place
from test_scoring import World

from qa_pipeline.domain.scorecard import CallStatus
from qa_pipeline.errors import CollectedErrors, InputError, StorageError
from qa_pipeline.pipeline import purge
from qa_pipeline.pipeline.calls import result_of
from qa_pipeline.pipeline.keeping import cutoffs, keep_days
from qa_pipeline.pipeline.pages import PageWriter
from qa_pipeline.pipeline.purge import Purging
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.forgetting import SqlKeepStore
from qa_pipeline.storage.keep_base import Kept

TODAY = date(2026, 11, 24)
ALL = {"keep_audio_days": 20, "keep_transcripts_days": 30, "keep_scorecards_days": 100}
CSV = """file,call_id,agent_id,customer_id,started_at,客户姓名
old.wav,,007,C-77001,2026-07-01 10:00,欧阳雪梅
mid.wav,,007,C-77002,2026-09-01 10:00,欧阳雪梅
new.wav,,007,C-77003,2026-11-20 10:00,欧阳雪梅
"""


class Kept3(World):
    """Three scored calls: 146, 84 and 4 days old."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.files = [self.file(name, kind) for name, kind in (("old.wav", "good"), ("mid.wav", "rude"))]
        self.files.append(self.file("new.wav", "good"))
        self.csv = folder / "calls.csv"
        self.csv.write_text(CSV, encoding="utf-8")
        self.score(*self.files, calls=self.csv)
        self.keep = SqlKeepStore(self.settings)

    def purging(self, **changes: Any) -> Purging:
        settings = self.settings.model_copy(update=changes)
        return Purging(store=self.keep, artifacts=self.ports.artifacts, settings=settings)

    def purge(self, **changes: Any) -> dict[str, int]:
        done = self.purging(**changes).apply(TODAY, who="tester")
        assert done.left == ()
        return {what.value: number for what, number in done.calls.items() if number}

    def artifact_files(self) -> list[str]:
        root = self.settings.data_dir / "artifacts"
        return sorted(p.relative_to(root).parts[0] for p in root.rglob("*.json.gz"))

    def close(self) -> None:
        self.store.close()
        self.keep.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Kept3]:
    made = Kept3(tmp_path)
    yield made
    made.close()


def test_words_go_and_points_outcomes_and_seconds_stay(world: Kept3) -> None:
    before = {i: world.store.scorecard(i) for i in ("old", "mid", "new")}
    assert world.purge(keep_transcripts_days=30) == {"transcript": 2}
    assert world.artifact_files() == ["facts", "transcript"]
    for call_id in ("old", "mid"):
        first, now = before[call_id], world.store.scorecard(call_id)
        assert first is not None
        assert now is not None
        assert (now.points, now.score_pct, now.grade) == (first.points, first.score_pct, first.grade)
        for was, is_ in zip(first.findings, now.findings, strict=True):
            assert (is_.finding.outcome, is_.points) == (was.finding.outcome, was.points)
            assert [e.span for e in is_.finding.evidence] == [e.span for e in was.finding.evidence]
            assert all(e.quote is None and e.expected is None for e in is_.finding.evidence)
            assert is_.finding.explanation.key == was.finding.explanation.key
            assert is_.finding.explanation.params.keys() == was.finding.explanation.params.keys()
        row = world.store.call(call_id)
        assert row is not None
        assert (row.status, row.artifacts, set(row.purged)) == (CallStatus.SCORED, {}, {"transcript"})
    assert "工号" not in repr(world.store.scorecard("old"))
    assert world.store.scorecard("new") == before["new"]
    rows = world.keep.audit_rows(actions=["call.transcript_purged"])
    assert [(r.subject, r.actor, r.detail) for r in rows] == [
        (i, "tester", {"purge": "P1", "rule": "QA_KEEP_TRANSCRIPTS_DAYS=30"}) for i in ("old", "mid")
    ]
    assert world.purge(keep_transcripts_days=30) == {}
    assert world.store.verify_audit()[1] is None


def test_between_two_batches_others_can_write(world: Kept3, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        with closing(sqlite3.connect(world.settings.data_dir / "qa.db", timeout=0)) as raw:
            raw.execute("BEGIN IMMEDIATE")

    monkeypatch.setattr(purge, "BATCH", 1)
    monkeypatch.setattr(purge.time, "sleep", pause)
    assert world.purge(keep_transcripts_days=30) == {"transcript": 2}
    assert len(pauses) == 2
    assert min(pauses) > 0.1  # who waits for SQLite looks every 0.1 s


def test_deleted_rows_leave_no_bytes_behind(world: Kept3) -> None:
    with closing(sqlite3.connect(world.settings.data_dir / "qa.db")) as raw:
        query = "SELECT doc FROM scorecard_docs WHERE scorecard_pk IN (1, 2)"
        docs = [bytes(doc)[20:84] for (doc,) in raw.execute(query)]
    world.purge(**ALL)
    world.close()
    for path in world.settings.data_dir.glob("qa.db*"):
        content = path.read_bytes()
        assert not any(doc in content for doc in docs), path
        assert b"C-77001" not in content, path
        assert b"old.wav" not in content, path


def test_what_was_deleted_is_not_heard_again_nor_changed(world: Kept3) -> None:
    world.purge(keep_transcripts_days=30)
    kept, heard = world.store.scorecard("old"), list(world.sound.transcribed)
    copy = world.file("copy.wav", "good", "old.wav")
    report = world.score(world.files[0], copy)
    assert [(r.call_id, r.status, r.code) for r in report.results] == [
        ("old", CallStatus.NOT_SCORED, "call.purged"),
        ("copy", CallStatus.NOT_SCORED, "call.purged"),
    ]
    assert world.sound.transcribed == heard
    assert world.store.scorecard("old") == kept
    assert world.store.call("copy") is None
    Path(world.files[0]).write_bytes(b"broken\n")
    world.score(world.files[0])
    assert world.store.scorecard("old") == kept


def test_a_link_goes_and_does_not_come_back(world: Kept3) -> None:
    world.purge(keep_audio_days=20)
    world.score(*world.files, calls=world.csv)
    rows = {row.info.call_id: row for row in world.store.calls()}
    assert [rows[i].source_uri for i in ("old", "mid")] == ["", ""]
    assert [rows[i].recording.source_name for i in ("old", "mid")] == ["", ""]  # type: ignore[union-attr]
    assert rows["new"].source_uri.endswith("new.wav")
    assert all(Path(path).exists() for path in world.files)
    assert all(world.store.scorecard(i) is not None for i in rows)


def test_a_page_without_sound_says_why(world: Kept3, tmp_path: Path) -> None:
    world.purge(keep_audio_days=20)
    writer = PageWriter(tmp_path, world.ports, world.scoring(), world.settings, "zh", who="tester")
    results = [result_of(row, world.store) for row in world.store.calls()]
    pages = {i: path.read_text(encoding="utf-8") for i, path in writer.call_pages(results).items()}
    assert {i: "录音链接已按保存期限删除" in page for i, page in pages.items()} == {
        "old": True,
        "mid": True,
        "new": False,
    }
    world.purge(keep_transcripts_days=30)
    assert set(writer.call_pages(results)) == {"new"}


def test_a_purged_scorecard_leaves_only_that_there_was_a_call(world: Kept3) -> None:
    assert world.purge(**ALL) == {"audio": 2, "transcript": 2, "scorecard": 1}
    row = world.store.call("old")
    assert row is not None
    assert (row.status, row.code) == (CallStatus.NOT_SCORED, "call.purged")
    assert (row.info.agent_id, row.info.customer_id, dict(row.info.extra)) == ("007", None, {})
    assert set(row.purged) == {"audio", "transcript", "scorecard"}
    assert world.store.scorecard("old") is None
    assert world.store.scorecard("mid") is not None
    assert world.keep.scorecards_purged_before() == date(2026, 8, 16)
    heard = list(world.sound.transcribed)
    world.score(*world.files, calls=world.csv)
    assert world.sound.transcribed == heard
    assert world.store.call("old") == row


def test_a_dry_look_tells_what_holds_and_appeals_keep_back(world: Kept3) -> None:
    hold = world.keep.set_hold("customer", "C-77001", reason="仲裁", who="法务")
    due = world.purging(**ALL).due(TODAY)
    assert due[Kept.SCORECARD].num_calls == 0
    assert (due[Kept.TRANSCRIPT].num_calls, due[Kept.TRANSCRIPT].held) == (1, 1)
    assert due[Kept.TRANSCRIPT].held_by == {hold.hold_id: 1}
    assert due[Kept.AUDIO].oldest == due[Kept.AUDIO].newest == date(2026, 9, 1)
    assert world.purge(**ALL) == {"audio": 1, "transcript": 1}
    world.keep.lift_hold(hold.hold_id, reason="撤诉", who="法务")
    assert world.purge(**ALL) == {"audio": 1, "transcript": 1, "scorecard": 1}


@pytest.mark.parametrize(
    ("kind", "subject", "days"),
    [
        ("call", "old", None),
        ("agent", "007", None),
        ("days", "", (date(2026, 7, 1), date(2026, 7, 1))),
    ],
)
def test_every_kind_of_hold_keeps_back(
    world: Kept3, kind: Any, subject: str, days: tuple[date, date] | None
) -> None:
    first, last = days or (None, None)
    made = world.keep.set_hold(kind, subject, first_day=first, last_day=last, reason="仲裁", who="法务")
    assert made.num_calls == (3 if kind == "agent" else 1)
    world.purge(keep_transcripts_days=30)
    row = world.store.call("old")
    assert row is not None
    assert row.purged == {}


def test_a_call_that_is_being_worked_on_waits(world: Kept3) -> None:
    world.store.claim(["old"], owner="elsewhere/1/x", ttl_s=600)
    assert world.purging(keep_transcripts_days=30).due(TODAY)[Kept.TRANSCRIPT].busy == 1
    assert world.purge(keep_transcripts_days=30) == {"transcript": 1}


def test_what_an_earlier_model_heard_goes_too(world: Kept3) -> None:
    world.sound.digest = "reader-2"
    world.score(*world.files)
    assert len(world.artifact_files()) == 12
    world.purge(keep_transcripts_days=30)
    assert len(world.artifact_files()) == 4


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"keep_scorecards_days": 400}, {"keep.scorecards_first"}),
        ({**ALL, "keep_transcripts_days": 200}, {"keep.scorecards_first"}),
        ({**ALL, "keep_scorecards_days": 92}, {"keep.reports_need"}),
        ({"keep_transcripts_days": 7}, {"keep.appeals_need"}),
        ({"keep_audio_days": 7}, {"keep.appeals_need"}),
        ({**ALL, "keep_scorecards_days": 10}, {"keep.scorecards_first", "keep.reports_need"}),
    ],
)
def test_contradictory_settings_are_refused_all_at_once(changes: dict[str, int], codes: set[str]) -> None:
    with pytest.raises(InputError) as caught:
        keep_days(Settings().model_copy(update=changes))
    errors = caught.value.errors if isinstance(caught.value, CollectedErrors) else (caught.value,)
    assert {error.code for error in errors} == codes


def test_days_count_from_the_business_day() -> None:
    settings = Settings().model_copy(update={"keep_transcripts_days": 30})
    assert cutoffs(settings, TODAY) == {Kept.TRANSCRIPT: date(2026, 10, 25)}


class Steps:
    """A port that lets the test break in before and after every call."""

    def __init__(self, port: Any, step: Callable[[], None]) -> None:
        self._port, self._step = port, step

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self._step()
            found = getattr(self._port, name)(*args, **kwargs)
            self._step()
            return found

        return call


def test_killed_anywhere_it_is_finished_by_the_next_run(world: Kept3, tmp_path: Path) -> None:
    def final() -> tuple[object, ...]:
        cards = {row.info.call_id: world.store.scorecard(row.info.call_id) for row in world.store.calls()}
        rows = [(r.info.call_id, r.status, r.code, set(r.purged), r.source_uri) for r in world.store.calls()]
        return cards, rows, world.artifact_files()

    whole, data = tmp_path / "before", world.settings.data_dir
    world.keep.wipe(whole=False)
    world.close()
    shutil.copytree(data, whole)
    world.purge(**ALL)
    wanted = final()
    for stop in itertools.count(1):
        world.close()
        shutil.rmtree(data)
        shutil.copytree(whole, data)
        left = iter(range(stop))

        def step(left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise Killed

        ports = world.purging(**ALL)
        stepping = Purging(
            store=Steps(ports.store, step), artifacts=Steps(ports.artifacts, step), settings=ports.settings
        )
        try:
            stepping.apply(TODAY, who="tester")
            break
        except Killed:
            world.purge(**ALL)
        assert final() == wanted
        purged = [r.subject for r in world.keep.audit_rows(actions=["call.transcript_purged"])]
        assert sorted(purged) == ["mid", "old"]
        assert world.store.verify_audit()[1] is None
    assert stop > 20


def test_a_file_that_cannot_be_deleted_is_told_and_tried_again(
    world: Kept3, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: FileArtifacts, key: str) -> None:
        raise StorageError("storage.read_only", path=key, reason="no")

    with monkeypatch.context() as patched:
        patched.setattr(FileArtifacts, "remove", refuse)
        done = world.purging(keep_transcripts_days=30).apply(TODAY, who="tester")
    assert {error.code for error in done.left} == {"storage.read_only"}
    assert done.exit_code == 1
    assert len(world.artifact_files()) == 6
    assert world.purge(keep_transcripts_days=30) == {}
    assert world.artifact_files() == ["facts", "transcript"]


def reports(place: Place) -> list[str]:
    return [f"{r.due.period.kind.value} {r.due.period.start}" for r in place.night().reports]


def test_a_night_deletes_last_and_never_makes_a_report_of_fewer_calls(tmp_path: Path) -> None:
    place = Place(tmp_path, [("x.wav", "good", "2026-08-01 10:00"), ("y.wav", "good", "2026-11-22 10:00")])
    first = place.night()
    assert first.purged is None
    made = sorted(p.name for p in place.reports.glob("*"))
    place.settings = place.settings.model_copy(update={**ALL, "purge_nightly": True})
    place.purging = Purging(
        store=place.purging.store, artifacts=place.purging.artifacts, settings=place.settings
    )
    night = place.night()
    assert night.purged is not None
    assert night.purged.calls[Kept.SCORECARD] == 1
    # Later somebody wants older reports revised: what is gone must not change them.
    place.settings = place.settings.model_copy(update={"report_look_back_days": 400, "purge_nightly": False})
    heard = list(place.world.sound.transcribed)
    assert reports(place) == []
    assert sorted(p.name for p in place.reports.glob("*")) == made
    assert place.world.sound.transcribed == heard
    assert not any("x.wav" in uri for uri in place.log.seen())
    # Touched, it is looked at again, known by its bytes, and not even its name is kept.
    os.utime(place.watched / "x.wav", (NOW.timestamp() - 5000, NOW.timestamp() - 5000))
    again = place.night()
    assert again.scored is not None
    assert [r.code for r in again.scored.results] == ["call.purged"]
    assert place.world.sound.transcribed == heard
    assert not any("x.wav" in uri for uri in place.log.seen())
    assert place.night().scored.results == ()  # type: ignore[union-attr]
    place.close()


def test_a_night_with_contradictory_settings_reports_and_says_so(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.settings = place.settings.model_copy(update={"keep_scorecards_days": 10, "purge_nightly": True})
    place.purging = Purging(
        store=place.purging.store, artifacts=place.purging.artifacts, settings=place.settings
    )
    night = place.night()
    assert night.reports
    assert night.purge_problem is not None
    assert night.exit_code == 2
    place.close()
