"""Mono recordings through the main use case: with the component, without it, and with other numbers of voices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from builders import utterance
from fakes import FakeDiarizer, FakeSound, Heard, write_recording

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.scorecard import CallResult
from qa_pipeline.pipeline.output import result_json
from qa_pipeline.pipeline.plan import make_plan
from qa_pipeline.pipeline.scoring import Ports, Scoring
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.lease import this_process
from qa_pipeline.storage.store import SqlStore

RUBRIC = """
rubric: small
version: 1
title: 小评分表
sections:
  - id: all
    title: 全部
    criteria:
      - {id: greeting, title: 报工号, points: 40, severity: minor, check: {op: must_say, phrases: [工号三一零七]}}
      - {id: refusal, title: 不推诿, points: 50, severity: minor, check: {op: must_not_say, phrases: [不归我管]}}
      - {id: talk_over, title: 不抢话, points: 10, severity: minor, check: {op: talk_over_under, seconds: 1}}
"""
LINES = (
    utterance(0, 0, 6, "您好工号三一零七很高兴为您服务请问有什么可以帮您"),
    utterance(0, 7, 12, "我的快递三天没到我要投诉你们不归我管这种话我听够了"),
    utterance(0, 20, 24, "感谢您的来电祝您生活愉快再见"),
)
KINDS = {
    "mono": Heard(utterances=LINES, channels=1),
    "dual": Heard(utterances=(*LINES, *(replace(u, channel=1) for u in LINES)), notes=("dual_mono",)),
    "stereo": Heard(utterances=(LINES[0], replace(LINES[1], channel=1), LINES[2])),
    "vague": Heard(
        utterances=(utterance(0, 0, 4, "喂喂喂"), utterance(0, 6, 12, "嗯嗯"), utterance(0, 20, 24, "啊")),
        channels=1,
    ),
}


class World:
    def __init__(self, folder: Path, diarizer: FakeDiarizer | None) -> None:
        self.folder = folder
        self.settings = Settings(data_dir=folder / "data")
        self.sound = FakeSound(KINDS)
        self.store = SqlStore(self.settings)
        self.ports = Ports(
            reader=self.sound,
            recognizer=self.sound,
            store=self.store,
            artifacts=FileArtifacts(self.settings),
            engine={"engine": "test"},
            owner=this_process(),
            diarizer=diarizer,
        )

    def score(self, kind: str) -> CallResult:
        path = write_recording(self.folder / f"{kind}.wav", kind)
        scoring, jobs = self.scoring(), make_plan([str(path)], None, self.settings).jobs
        scoring.register(jobs)
        (result,) = scoring.score_batch(jobs)
        return result

    def scoring(self) -> Scoring:
        return Scoring(self.ports, self.settings, (), forced=parse_rubric(RUBRIC, "small.yaml"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, FakeDiarizer())
    yield made
    made.store.close()


def outcomes(result: CallResult) -> dict[str, Outcome]:
    assert result.scorecard is not None, result.code
    return {f.finding.criterion_id: f.finding.outcome for f in result.scorecard.findings}


@pytest.mark.parametrize("kind", ["mono", "dual"])
def test_one_signal_with_two_voices_is_scored(world: World, kind: str) -> None:
    result = world.score(kind)
    assert outcomes(result) == {
        "greeting": Outcome.MET,
        "refusal": Outcome.MET,  # the customer said it
        "talk_over": Outcome.NEEDS_REVIEW,
    }
    assert result.scorecard is not None
    assert result.scorecard.provenance["diarizer"] == "fake 2"
    call = world.scoring().rebuild(next(world.store.calls()))
    assert call is not None
    assert [t.role for t in call.turns] == [Role.AGENT, Role.CUSTOMER, Role.AGENT]
    assert call.hearing_quality == 1.0


def test_without_the_component_a_mono_call_says_how_to_add_it(tmp_path: Path) -> None:
    world = World(tmp_path, None)
    for kind in ("mono", "dual"):
        result = world.score(kind)
        assert (result.status.value, result.code) == ("not_scored", "call.mono_component_missing")
        assert "make mono" in str(result_json(result, "zh")["error"])
    row = world.store.call("mono")
    assert row is not None
    assert world.scoring().rebuild(row) is None
    world.store.close()


def test_once_the_component_is_there_the_call_is_scored_without_recognising_it_again(tmp_path: Path) -> None:
    before = World(tmp_path, None)
    assert before.score("mono").code == "call.mono_component_missing"
    before.store.close()
    after = World(tmp_path, FakeDiarizer())
    assert after.score("mono").scorecard is not None
    assert after.sound.transcribed == []
    after.store.close()


def test_voices_are_told_apart_once_and_only_on_mono(world: World) -> None:
    assert isinstance(world.ports.diarizer, FakeDiarizer)
    for _ in range(2):
        for kind in ("mono", "stereo"):
            assert world.score(kind).scorecard is not None
    assert len(world.ports.diarizer.asked) == 1


def test_another_diarizer_gives_another_scorecard(world: World) -> None:
    first = world.score("mono").scorecard
    world.ports = replace(world.ports, diarizer=FakeDiarizer(num_voices=3))
    second = world.score("mono").scorecard
    assert first is not None
    assert second is not None
    assert first.engine_digest != second.engine_digest


def test_one_voice_alone_is_no_conversation(tmp_path: Path) -> None:
    world = World(tmp_path, FakeDiarizer(num_voices=1))
    result = world.score("mono")
    assert (result.status.value, result.code) == ("not_scored", "call.one_voice")
    world.store.close()


def test_unsure_roles_never_cost_points(world: World) -> None:
    found = outcomes(world.score("vague"))
    assert Outcome.NOT_MET not in found.values()
    assert found["greeting"] is Outcome.NEEDS_REVIEW
