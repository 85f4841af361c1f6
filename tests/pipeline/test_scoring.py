"""The main use case with a real database and fakes of sound and recognition."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from builders import RUBRIC, utterance
from fakes import FakeSound, Heard, write_recording

from qa_pipeline.domain.call import CallInfo
from qa_pipeline.domain.scorecard import CallResult, CallStatus
from qa_pipeline.errors import InputError, RecordingError, StorageError
from qa_pipeline.pipeline.inputs import Source
from qa_pipeline.pipeline.output import result_json
from qa_pipeline.pipeline.plan import make_plan
from qa_pipeline.pipeline.run import RunReport, run
from qa_pipeline.pipeline.scoring import Job, Ports, Scoring
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.lease import this_process
from qa_pipeline.storage.store import SqlStore

GOOD = Heard(
    utterances=(
        utterance(0, 0, 4, "您好工号三一零七为您服务"),
        utterance(1, 5, 8, "我想查一下快递"),
        utterance(0, 9, 12, "谢谢您的来电再见"),
    )
)
RUDE = Heard(
    utterances=(
        utterance(0, 0, 3, "喂什么事情你说"),
        utterance(1, 4, 8, "我想查一下快递"),
        utterance(0, 9, 11, "没有"),
    )
)
KINDS = {
    "good": GOOD,
    "rude": RUDE,
    "mono": Heard(utterances=(utterance(0, 0, 3, "这是一段很长的录音"),), channels=1),
    "snippet": Heard(utterances=(utterance(0, 0, 3, "这是一段朗读"),), channels=1, duration_s=4),
    "short": Heard(duration_s=0.2),
    "silent": Heard(),
    "one_sided": Heard(utterances=(utterance(0, 0, 5, "您好请问听得到吗"),)),
    "broken": Heard(error=RecordingError("audio.not_audio", path="x")),
    "bug": Heard(error=ZeroDivisionError("ours")),
    "full": Heard(error=StorageError("storage.disk_full", path="/tmp")),
}


class World:
    """A data folder, and the use case on it."""

    def __init__(self, folder: Path, rubric: str = RUBRIC) -> None:
        self.folder = folder
        self.settings = Settings(data_dir=folder / "data", batch_size=3)
        self.sound = FakeSound(KINDS)
        self.store = SqlStore(self.settings)
        self.rubric = parse_rubric(rubric, "small.yaml")
        self.ports = Ports(
            reader=self.sound,
            recognizer=self.sound,
            store=self.store,
            artifacts=FileArtifacts(self.settings),
            engine={"engine": "test"},
            owner=this_process(),
        )

    def scoring(self) -> Scoring:
        return Scoring(self.ports, self.settings, (), forced=self.rubric)

    def file(self, name: str, kind: str, salt: str | None = None) -> str:
        return str(write_recording(self.folder / name, kind, name if salt is None else salt))

    def score(self, *paths: str, calls: Path | None = None) -> RunReport:
        scoring = self.scoring()
        plan = make_plan(paths, calls, self.settings)
        return run(
            plan,
            scoring,
            batch_size=self.settings.batch_size,
            run_batch=scoring.score_batch,
            writer=None,
            title="t",
        )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


def by_id(report: RunReport) -> dict[str, CallResult]:
    return {r.call_id: r for r in report.results}


def lines(report: RunReport) -> list[str]:
    return [json.dumps(result_json(r, "zh"), ensure_ascii=False) for r in report.results]


def test_a_call_is_scored_and_every_lost_point_has_its_window(world: World) -> None:
    report = world.score(world.file("a.wav", "good"), world.file("b.wav", "rude"))
    good, rude = (r.scorecard for r in report.results)
    assert good is not None and (good.points, good.points_possible, good.grade) == (15, 15, "好")
    assert rude is not None and rude.points == 0
    assert all(f.finding.evidence for f in rude.findings)
    assert report.exit_code == 0


def test_the_rest_goes_on_when_recordings_fail(world: World) -> None:
    kinds = ["good", "broken", "bug", "mono", "snippet", "short", "silent", "one_sided", "rude"]
    report = world.score(*(world.file(f"{k}.wav", k) for k in kinds))
    assert {r.call_id: (r.status.value, r.code) for r in report.results} == {
        "good": ("scored", None),
        "broken": ("failed", "audio.not_audio"),
        "bug": ("failed", "call.internal"),
        "mono": ("not_scored", "call.mono_component_missing"),
        "snippet": ("not_scored", "call.not_a_conversation"),
        "short": ("not_scored", "call.too_short"),
        "silent": ("not_scored", "call.no_speech"),
        "one_sided": ("not_scored", "call.one_side_silent"),
        "rude": ("scored", None),
    }
    assert sum(report.counts.values()) == len(kinds)
    assert report.exit_code == 3
    stored = {row.info.call_id: row.status for row in world.store.calls()}
    assert stored == {r.call_id: r.status for r in report.results}
    assert all(json.loads(line)["error"]["message"] for line in lines(report) if '"scored"' not in line)


def test_a_second_run_does_no_work_and_says_the_same(world: World) -> None:
    paths = [world.file("a.wav", "good"), world.file("b.wav", "mono"), world.file("c.wav", "rude")]
    first = world.score(*paths)
    heard, opened = list(world.sound.transcribed), world.sound.opened
    second = world.score(*paths)
    assert lines(second) == lines(first)
    assert (world.sound.transcribed, world.sound.opened) == (heard, opened)


def test_neighbours_and_order_change_nothing(world: World, tmp_path: Path) -> None:
    paths = [world.file(f"{k}{i}.wav", k) for i in range(4) for k in ("good", "rude")]
    together = {
        r.call_id: line
        for r, line in zip(*(lambda x: (x.results, lines(x)))(world.score(*paths)), strict=True)
    }
    other = World(tmp_path / "other")
    random.Random(7).shuffle(paths)
    for path in paths:
        (line,) = lines(other.score(path))
        assert line == together[Path(path).stem]
    other.store.close()


def test_copies_are_counted_once(world: World) -> None:
    paths = [world.file("a.wav", "good", "same"), world.file("b.wav", "good", "same")]
    results = by_id(world.score(*paths))
    assert results["a"].status is CallStatus.SCORED
    assert (results["b"].status, results["b"].code) == (CallStatus.NOT_SCORED, "call.duplicate_recording")
    again = by_id(world.score(*reversed(paths)))
    assert (again["a"].status, again["b"].code) == (CallStatus.SCORED, "call.duplicate_recording")


def test_two_files_under_one_call_id(world: World) -> None:
    report = world.score(
        world.file("x/1.wav", "good"), world.file("y/1.wav", "rude"), world.file("z/1.wav", "good", "x/1.wav")
    )
    assert [(r.status.value, r.code) for r in report.results] == [
        ("scored", None),
        ("failed", "call.id_twice"),
        ("not_scored", "call.duplicate_recording"),
    ]


def test_other_audio_under_a_known_call_id_leaves_the_first_score(world: World) -> None:
    world.score(world.file("a.wav", "good"))
    (result,) = world.score(world.file("a.wav", "rude")).results
    assert (result.status, result.code) == (CallStatus.FAILED, "call.other_audio")
    row, card = world.store.call("a"), world.store.scorecard("a")
    assert row is not None and row.status is CallStatus.SCORED
    assert card is not None and card.points == 15


def test_a_repaired_recording_is_scored_next_time(world: World) -> None:
    assert by_id(world.score(world.file("a.wav", "broken")))["a"].status is CallStatus.FAILED
    assert by_id(world.score(world.file("a.wav", "good")))["a"].status is CallStatus.SCORED


def test_corrected_metadata_give_a_new_scorecard_without_listening_again(
    world: World, tmp_path: Path
) -> None:
    path = world.file("a.wav", "good")
    cards = []
    for agent in ("1", "2"):
        calls = tmp_path / "calls.csv"
        calls.write_text(f"file,agent_id\na.wav,{agent}\n", encoding="utf-8")
        (result,) = world.score(path, calls=calls).results
        assert result.scorecard is not None
        cards.append(result.scorecard.engine_digest)
    assert cards[0] != cards[1]
    assert len(world.sound.transcribed) == 1
    current = world.store.scorecard("a")
    assert current is not None and current.engine_digest == cards[1]


def test_a_full_disk_stops_the_run_and_the_next_goes_on(world: World) -> None:
    paths = [world.file("a.wav", "good"), world.file("b.wav", "full"), world.file("c.wav", "rude")]
    with pytest.raises(StorageError):
        world.score(*paths)
    assert {r.info.call_id: r.status for r in world.store.calls()} == dict.fromkeys("abc", CallStatus.PENDING)
    world.file("b.wav", "good")
    report = world.score(*paths)
    assert all(r.status is CallStatus.SCORED for r in report.results)
    assert len(world.sound.transcribed) == 3


def test_a_call_another_machine_works_on_is_left_to_it(world: World) -> None:
    path = world.file("a.wav", "good")
    scoring = world.scoring()
    job = Job(source=Source(uri=path), info=CallInfo(call_id="a"))
    scoring.register([job])
    assert world.store.claim(["a"], owner="elsewhere/1/1", ttl_s=60) == ("a",)
    (result,) = scoring.score_batch([job])
    assert (result.status, result.code) == (CallStatus.PENDING, "call.claimed_elsewhere")
    world.store.release(["a"], owner="elsewhere/1/1")
    (result,) = scoring.score_batch([job])
    assert result.status is CallStatus.SCORED


def test_the_same_version_with_other_content_is_refused(world: World) -> None:
    world.score(world.file("a.wav", "good"))
    changed = parse_rubric(RUBRIC.replace("points: 10", "points: 9"), "small.yaml")
    scoring = Scoring(world.ports, world.settings, (), forced=changed)
    job = Job(source=Source(uri=world.file("b.wav", "good")), info=CallInfo(call_id="b"))
    scoring.register([job])
    with pytest.raises(InputError) as caught:
        scoring.score_batch([job])
    assert caught.value.code == "rubric.version_changed"
    assert "small" in str(caught.value)


def test_no_rubric_that_fits_is_an_answer(world: World) -> None:
    bound = parse_rubric(RUBRIC + "applies_when: {queue: [sales]}\n", "small.yaml")
    scoring = Scoring(world.ports, world.settings, (bound,))
    job = Job(source=Source(uri=world.file("a.wav", "good")), info=CallInfo(call_id="a", queue="enquiry"))
    scoring.register([job])
    (result,) = scoring.score_batch([job])
    assert (result.status, result.code) == (CallStatus.NOT_SCORED, "call.no_rubric")
    assert "enquiry" in result_json(result, "zh")["error"]["message"]


def test_missing_paths_are_reported_and_the_rest_is_scored(world: World) -> None:
    report = world.score(str(world.folder / "gone.wav"), world.file("a.wav", "good"))
    assert [r.status for r in report.results] == [CallStatus.SCORED]
    assert report.exit_code == 2
    with pytest.raises(InputError) as caught:
        world.score(str(world.folder / "gone.wav"))
    assert caught.value.code == "input.missing"


def test_engine_is_part_of_a_scorecards_identity(world: World) -> None:
    path = world.file("a.wav", "good")
    (first,) = world.score(path).results
    world.ports = replace(world.ports, engine={"engine": "next"})
    (second,) = world.score(path).results
    assert first.scorecard is not None and second.scorecard is not None
    assert first.scorecard.engine_digest != second.scorecard.engine_digest
    assert len(world.sound.transcribed) == 1


def test_what_was_measured_is_kept_beside_the_score(world: World) -> None:
    calls = world.folder / "calls.csv"
    calls.write_text("file,agent_id,started_at\na.wav,8001,2026-03-10 12:00\n", encoding="utf-8")
    world.score(world.file("a.wav", "good"), calls=calls)
    rows = world.store.measures_of_agent(
        "8001", before=date(2026, 3, 11), measures=("talk_s", "dead_air_s"), limit=10
    )
    assert {(r.role, r.measure): r.value for r in rows} == {
        ("agent", "talk_s"): 7.0,
        ("customer", "talk_s"): 3.0,
        ("", "dead_air_s"): 2.0,
    }


def test_a_call_id_in_full_width_is_one_call_with_its_plain_spelling(world: World) -> None:
    calls = world.folder / "calls.csv"
    paths = [world.file("a.wav", "good"), world.file("Ｂ１.wav", "good")]
    calls.write_text("file,call_id\na.wav,Ｃ１\nＢ１.wav,Ｂ１\n", encoding="utf-8")
    assert list(by_id(world.score(*paths, calls=calls))) == ["C1", "Ｂ１"], "a file's own name stays"
    calls.write_text("file,call_id\na.wav,C1\n", encoding="utf-8")
    assert list(by_id(world.score(*paths, calls=calls))) == ["C1", "Ｂ１"]
    assert [row.info.call_id for row in world.store.calls()] == ["C1", "Ｂ１"]


def test_a_call_stored_in_full_width_keeps_its_id_when_its_file_is_read_again(world: World) -> None:
    calls = world.folder / "calls.csv"
    calls.write_text("file,call_id,agent_id\na.wav,Ｃ１,３１０７\n", encoding="utf-8")
    path = world.file("a.wav", "good")
    old = CallInfo(call_id="Ｃ１", agent_id="3107")
    job = Job(source=Source(uri=world.file("Ｃ１.wav", "good", "a.wav")), info=old)
    world.scoring().register([job])
    world.scoring().score_batch([job])
    report = world.score(path, calls=calls)
    assert [(r.call_id, r.status) for r in report.results] == [("Ｃ１", CallStatus.SCORED)]
    assert [(row.info.call_id, row.info.agent_id) for row in world.store.calls()] == [("Ｃ１", "3107")]


@pytest.mark.parametrize(("call", "form"), [("ＶＩＰ", "VIP"), ("VIP", "ＶＩＰ")])
def test_a_form_fits_its_queue_in_either_spelling(world: World, call: str, form: str) -> None:
    bound = parse_rubric(RUBRIC + f"applies_when: {{queue: [{form}]}}\n", "small.yaml")
    calls = world.folder / "calls.csv"
    calls.write_text(f"file,queue\na.wav,{call}\n", encoding="utf-8")
    plan = make_plan([world.file("a.wav", "good")], calls, world.settings)
    scoring = Scoring(world.ports, world.settings, (bound,))
    scoring.register(plan.jobs)
    (result,) = scoring.score_batch(plan.jobs)
    assert result.status is CallStatus.SCORED
