"""A customer who is forgotten stands nowhere: not in a table, a file, a log, nor in bytes that deleted rows leave behind."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import utterance
from fakes import Heard
from test_night import NOW, Killed, Place
from test_purge import Steps
from test_scoring import KINDS, World

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.report_follow_up import ExceptionItem
from qa_pipeline.domain.scorecard import CallStatus, Review
from qa_pipeline.errors import InputError, StorageError
from qa_pipeline.pipeline.forget import Forgetting
from qa_pipeline.settings import Settings
from qa_pipeline.storage.forgetting import SqlKeepStore
from qa_pipeline.storage.report_store import SqlReportStore

NUMBER = "C-7788123"
NAME = "欧阳雪梅"
PHONE = "13800123456"
SAID = "量子包裹"
PRIVATE = (NUMBER, NAME, PHONE, SAID, "云兰路九号", "老主顾很生气")
"""What was said, told or written of the customer; nothing else holds any of it."""
CSV = f"""file,agent_id,customer_id,started_at,客户姓名,地址
{PHONE}_1.wav,007,{NUMBER},2026-11-20 10:00,{NAME},云兰路九号
{PHONE}_2.wav,007,{NUMBER},2026-11-21 10:00,{NAME},云兰路九号
other.wav,007,C-1,2026-11-21 11:00,王五,天河路
"""
TALK = Heard(
    utterances=(
        utterance(0, 0, 4, "您好工号三一零七为您服务"),
        utterance(1, 5, 8, f"我是{NAME}我的{SAID}丢了"),
        utterance(0, 9, 12, f"谢谢您{SAID}会找到的"),
    )
)


class Centre(World):
    """Two calls of one customer, one of another, and everything that grows around them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        KINDS["planted"] = TALK
        files = [self.file(f"{PHONE}_{n}.wav", "planted") for n in (1, 2)]
        self.csv = folder / "calls.csv"
        self.csv.write_text(CSV, encoding="utf-8")
        self.files = [*files, self.file("other.wav", "good")]
        self.score(*self.files, calls=self.csv)
        self.keep = SqlKeepStore(self.settings)
        self.ids = (f"{PHONE}_1", f"{PHONE}_2")

    def forgetting(self) -> Forgetting:
        return Forgetting(store=self.keep, artifacts=self.ports.artifacts, settings=self.settings)

    def forget(self, customer: str | None = NUMBER, calls: tuple[str, ...] = ()) -> Mapping[str, str]:
        use_case = self.forgetting()
        done = use_case.apply(use_case.plan(customer, calls), reason="客户来函", who="数据专员")
        assert done.left == ()
        return done.new_ids

    def stands(self, word: str) -> list[str]:
        """Files under the data folder in which a word stands, as text, in JSON escapes, or packed."""
        wanted = (word.encode(), json.dumps(word)[1:-1].encode())
        return [
            str(path.relative_to(self.settings.data_dir))
            for path in self.settings.data_dir.rglob("*")
            if path.is_file() and any(form in path.read_bytes() for form in wanted)
        ]

    def close(self) -> None:
        self.store.close()
        self.keep.close()


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    made = Centre(tmp_path)
    yield made
    made.close()


DOCS = "SELECT doc FROM scorecard_docs JOIN scorecards USING (scorecard_pk) WHERE call_pk IN (1, 2)"


def rows(centre: Centre, query: str) -> list[Any]:
    with closing(sqlite3.connect(centre.settings.data_dir / "qa.db")) as raw:
        return [row[0] for row in raw.execute(query)]


def mark(centre: Centre, call_id: str, reason: str) -> None:
    card = centre.store.scorecard(call_id)
    assert card is not None
    centre.store.add_reviews(
        [
            Review(
                review_id="r1",
                call_id=call_id,
                rubric_id=card.rubric_id,
                criterion_id=card.findings[0].finding.criterion_id,
                criterion_digest=card.findings[0].criterion_digest,
                reviewer="李四",
                reviewed_at=datetime(2026, 11, 22, tzinfo=UTC),
                outcome=Outcome.MET,
                reason=reason,
            )
        ]
    )


def test_nothing_of_the_customer_is_left_in_any_byte(centre: Centre) -> None:
    mark(centre, centre.ids[0], "老主顾很生气")
    # Rows that were changed long ago leave their bytes behind; so does a hold that was lifted.
    second = CSV.replace(NUMBER, f"{NUMBER}9").replace("云兰路九号", "云兰路九号甲")
    centre.csv.write_text(second, encoding="utf-8")
    centre.score(*centre.files, calls=centre.csv)
    centre.csv.write_text(CSV, encoding="utf-8")
    centre.score(*centre.files, calls=centre.csv)
    with closing(sqlite3.connect(centre.settings.data_dir / "qa.db")) as old_release:
        old_release.execute("PRAGMA secure_delete=OFF")
        old_release.execute("CREATE TABLE then_deleted (what)")
        old_release.executemany("INSERT INTO then_deleted VALUES (?)", [(f"{NUMBER} {NAME}" * 40,)] * 99)
        old_release.execute("DROP TABLE then_deleted")
        old_release.commit()
    hold = centre.keep.set_hold("customer", NUMBER, reason=f"{NAME}起诉", who="法务")
    centre.keep.lift_hold(hold.hold_id, reason=f"{NAME}撤诉", who="法务")
    goals = SqlReportStore(centre.settings)
    for subject in (centre.ids[0], NUMBER):
        name = f"suspected_fatal-2026-11-20-{subject}-abuse"
        day = date(2026, 11, 20)
        item = ExceptionItem(
            exception_id=name, kind="suspected_fatal", subject=subject, params={}, opened_on=day, state="open"
        )
        goals.open_exceptions([item])
        goals.close_exception(name, note=f"已致电{NAME}", who="王主管")
    goals.close()
    logs = centre.settings.data_dir / "logs"
    logs.mkdir()
    (logs / "qa.log").write_text(
        f"call {centre.ids[0]}: {PHONE}_1.wav of {NUMBER}\nother\n", encoding="utf-8"
    )
    points = [centre.store.scorecard(i).points for i in centre.ids]  # type: ignore[union-attr]
    docs = [bytes(doc) for doc in rows(centre, DOCS)]
    ids = centre.forget()
    assert list(ids) == list(centre.ids)
    assert [centre.store.scorecard(i).points for i in ids.values()] == points  # type: ignore[union-attr]
    centre.close()
    for doc in docs:  # packed: what was said stands in no byte, so the packed bytes themselves are looked for
        assert not any(doc[20:84] in path.read_bytes() for path in centre.settings.data_dir.glob("qa.db*"))
    raw = sqlite3.connect(centre.settings.data_dir / "qa.db")
    for (doc,) in raw.execute("SELECT doc FROM scorecard_docs"):
        assert not any(word in gzip.decompress(doc).decode() for word in PRIVATE)
    audited = raw.execute("SELECT actor, action, subject, detail FROM audit").fetchall()
    dump = [line for line in raw.iterdump() if 'INTO "audit"' not in line]
    raw.close()
    for word in PRIVATE:
        if (
            word != PHONE
        ):  # call ids are kept in the audit log, and these calls were named by the telephone number
            assert centre.stands(word) == [], word
        assert [line for line in dump if word in line or json.dumps(word)[1:-1] in line] == [], word
    for actor, _, subject, detail in audited:
        for word in PRIVATE:
            stripped = f"{actor} {subject} {detail}"
            for call_id in centre.ids:
                stripped = stripped.replace(call_id, "")
            assert word not in stripped
    assert (logs / "qa.log").read_text(encoding="utf-8").endswith("\nother\n")
    assert centre.store.verify_audit()[1] is None


def test_the_other_customers_call_is_as_it_was(centre: Centre) -> None:
    before = centre.store.call("other"), centre.store.scorecard("other")
    centre.forget()
    assert (centre.store.call("other"), centre.store.scorecard("other")) == before
    kept = sorted(p.parts[-3] for p in centre.settings.data_dir.rglob("*.json.gz"))
    assert kept == ["facts", "transcript"]


def test_the_calls_keep_agent_day_and_marks_under_new_ids(centre: Centre) -> None:
    mark(centre, centre.ids[0], "说了")
    first = centre.store.call(centre.ids[0])
    assert first is not None
    ids = centre.forget()
    row = centre.store.call(ids[centre.ids[0]])
    assert row is not None
    assert (row.status, row.info.agent_id, row.info.started_at) == (
        CallStatus.SCORED,
        "007",
        first.info.started_at,
    )
    assert (row.info.customer_id, dict(row.info.extra), row.source_uri) == (None, {}, "")
    assert [(r.outcome, r.reason, r.reviewer) for r in centre.store.reviews(row.info.call_id)] == [
        (Outcome.MET, "", "李四")
    ]
    assert centre.store.call(centre.ids[0]) is None
    told = centre.keep.audit_rows(actions=["call.forgotten"])
    assert [(r.subject, r.detail["now"]) for r in told] == list(ids.items())
    assert told[0].detail["rule"] == "customer request"


def test_a_report_of_the_days_counts_as_before(centre: Centre) -> None:
    from qa_pipeline.domain.period import Period, PeriodKind
    from qa_pipeline.storage.nights import SqlNightLog

    month = Period(kind=PeriodKind.MONTH, start=date(2026, 11, 1), end=date(2026, 12, 1))
    log = SqlNightLog(centre.settings)
    before = log.fingerprint(month)
    centre.forget()
    assert log.fingerprint(month) == before
    log.close()


def test_a_forgotten_recording_is_not_heard_again(centre: Centre) -> None:
    ids = centre.forget()
    heard = list(centre.sound.transcribed)
    report = centre.score(*centre.files, calls=centre.csv)
    assert [(r.status, r.code) for r in report.results[:2]] == [(CallStatus.NOT_SCORED, "call.forgotten")] * 2
    assert centre.sound.transcribed == heard
    assert {row.info.call_id for row in centre.store.calls()} == {"other", *ids.values()}
    centre.close()
    assert not any(NUMBER in line for line in sqlite3.connect(centre.settings.data_dir / "qa.db").iterdump())


def test_the_night_meets_a_forgotten_recording(tmp_path: Path) -> None:
    place = Place(tmp_path, [(f"{PHONE}.wav", "good", "2026-11-22 10:00")])
    place.night()
    use_case = Forgetting(
        store=place.purging.store, artifacts=place.purging.artifacts, settings=place.settings
    )
    use_case.apply(use_case.plan(None, [PHONE]), reason="来函", who="专员")
    heard = list(place.world.sound.transcribed)
    quiet = place.night()
    assert quiet.scored is not None
    assert (quiet.scored.results, quiet.reports) == ((), ())
    os.utime(place.watched / f"{PHONE}.wav", (NOW.timestamp() - 5000, NOW.timestamp() - 5000))
    touched = place.night()
    assert touched.scored is not None
    assert [r.code for r in touched.scored.results] == ["call.forgotten"]
    assert touched.reports == ()
    assert place.world.sound.transcribed == heard
    assert not any(PHONE in repr(seen) for seen in place.log.seen().values())
    assert place.world.store.call(PHONE) is None
    place.close()


def test_pages_clips_and_redacted_recordings_go_and_the_rest_is_listed(
    centre: Centre, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    clips, redacted = out / "clips", out / "redacted" / "01"
    for folder in (clips / "01_x", redacted):
        folder.mkdir(parents=True)
    page = out / "page.html"
    page.write_text("x")
    (out / "index.html").write_text(f"<a>{centre.ids[0]}</a>", encoding="utf-8")
    (out / "notes.txt").write_text("nothing", encoding="utf-8")
    (clips / "01_x" / "audio.mp3").write_bytes(b"x")
    (clips / "mine.txt").write_text("the user's own")
    (clips / ".qa-clips.json").write_text(json.dumps(["01_x/audio.mp3", "../notes.txt"]))
    (out / "clips.zip").write_bytes(b"PK")
    (redacted / "audio.mp3").write_bytes(b"x")
    audit = centre.store.audit
    audit("a", "call.exported", centre.ids[0], {"path": str(page), "redacted": True})
    audit("a", "call.exported", centre.ids[1], {"path": str(out / "moved.html"), "redacted": True})
    audit("a", "call.exported", centre.ids[1], {"path": "-", "redacted": True})
    audit("a", "call.exported", "other", {"path": str(out / "notes.txt"), "redacted": True})
    audit("a", "clips.exported", "clips", {"path": str(clips), "calls": ["other", centre.ids[1]]})
    audit("a", "call.redacted", centre.ids[0], {"path": str(redacted)})
    plan = centre.forgetting().plan(NUMBER, ())
    assert plan.traces.files == (page,)
    assert set(plan.traces.folders) == {clips, redacted}
    assert plan.traces.missing == (str(out / "moved.html"),)
    assert plan.traces.by_hand == (out / "index.html",)
    assert sorted(plan.sources) == sorted(str(Path(f).resolve()) for f in centre.files[:2])
    assert page.exists()
    centre.forget()
    left = sorted(str(p.relative_to(out)) for p in out.rglob("*") if p.is_file())
    assert left == ["clips/mine.txt", "index.html", "notes.txt"]
    assert not redacted.exists()
    assert all(Path(path).exists() for path in centre.files)


def test_the_same_recording_under_another_id_is_forgotten_with_it(centre: Centre) -> None:
    copy = centre.file("copy.wav", "planted", f"{PHONE}_1.wav")
    centre.score(copy)
    assert centre.forgetting().plan(NUMBER, ()).unread == ()
    assert set(centre.forget()) == {*centre.ids, "copy"}
    assert centre.stands("copy.wav") == []


@pytest.mark.parametrize("customer", ["C-778812", "c-7788123", "％"])
def test_an_unknown_customer_gets_no_hint(centre: Centre, customer: str) -> None:
    with pytest.raises(InputError) as caught:
        centre.forget(customer)
    assert caught.value.code == "forget.unknown_customer"
    assert "C-" not in str(caught.value)


def test_held_appealed_and_busy_calls_are_refused_whole(centre: Centre) -> None:
    hold = centre.keep.set_hold("call", centre.ids[1], reason="仲裁", who="法务")
    with pytest.raises(InputError) as caught:
        centre.forget()
    assert (caught.value.code, caught.value.params["hold_id"]) == ("forget.held", hold.hold_id)
    centre.keep.lift_hold(hold.hold_id, reason="撤诉", who="法务")
    centre.store.claim([centre.ids[0]], owner="elsewhere/1/x", ttl_s=600)
    with pytest.raises(InputError) as caught:
        centre.forget()
    assert caught.value.code == "forget.busy"
    centre.store.release([centre.ids[0]], owner="elsewhere/1/x")
    plan = centre.forgetting().plan(NUMBER, ())
    centre.keep.set_hold("customer", NUMBER, reason="仲裁", who="法务")
    with pytest.raises(InputError, match="法务保留"):  # set between the look and the deed
        centre.forgetting().apply(plan, reason="来函", who="专员")
    assert all(centre.store.call(i) is not None for i in centre.ids)


def test_a_reason_that_names_the_customer_is_refused(centre: Centre) -> None:
    use_case = centre.forgetting()
    with pytest.raises(InputError) as caught:
        use_case.apply(use_case.plan(NUMBER, ()), reason=f"{NAME}来函", who="专员")
    assert caught.value.code == "forget.reason_names"
    assert centre.store.call(centre.ids[0]) is not None


def test_killed_after_the_rows_are_gone_the_files_follow(centre: Centre, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("x")
    centre.store.audit("a", "call.exported", centre.ids[0], {"path": str(page), "redacted": True})

    class Dies(Steps):
        def __getattr__(self, name: str) -> Any:
            if name == "owed":
                raise Killed
            return getattr(self._port, name)

    use_case = centre.forgetting()
    dying = Forgetting(
        store=Dies(centre.keep, lambda: None), artifacts=use_case.artifacts, settings=use_case.settings
    )
    with pytest.raises(Killed):
        dying.apply(use_case.plan(NUMBER, ()), reason="来函", who="专员")
    assert page.exists()
    from qa_pipeline.pipeline.purge import Purging

    done = Purging(store=centre.keep, artifacts=use_case.artifacts, settings=use_case.settings).apply(
        date(2026, 11, 24), who="tester"
    )
    assert done.left == ()
    assert not page.exists()
    assert centre.stands(NUMBER) == []


def test_a_locked_database_is_told_and_wiped_later(centre: Centre) -> None:
    centre.keep.close()
    patient = SqlKeepStore(centre.settings, lock_wait_s=0.2)
    reader = sqlite3.connect(centre.settings.data_dir / "qa.db")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM calls").fetchone()
    use_case = Forgetting(store=patient, artifacts=centre.ports.artifacts, settings=centre.settings)
    done = use_case.apply(use_case.plan(NUMBER, ()), reason="来函", who="专员")
    assert [error.code for error in done.left] == ["storage.locked"]
    reader.close()
    assert [owed.kind for owed in patient.owed("wipe")] == ["wipe"]
    from qa_pipeline.pipeline.owed import pay

    assert pay(patient, centre.ports.artifacts).left == []
    centre.close()
    patient.close()
    assert centre.stands(NUMBER) == []


def test_an_unwritable_log_stops_before_anything_is_deleted(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = centre.settings.data_dir / "logs"
    logs.mkdir()
    (logs / "qa.log").write_text(NUMBER, encoding="utf-8")
    opened = Path.open

    def refuse(self: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if self.name == "qa.log" and "+" in mode:
            raise PermissionError(13, "Permission denied")
        return opened(self, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StorageError) as caught:
        centre.forget()
    assert caught.value.code == "storage.read_only"
    assert centre.store.call(centre.ids[0]) is not None


def test_copies_that_upgrades_made_go_too(centre: Centre) -> None:
    copy = centre.settings.data_dir / "qa.db.0003.bak"
    copy.write_bytes(NUMBER.encode())
    centre.forget()
    assert not copy.exists()


def test_settings_in_memory_need_no_file(tmp_path: Path) -> None:
    store = SqlKeepStore(Settings(data_dir=tmp_path, database_url="sqlite://"))
    store.wipe(whole=True)
    store.close()
