"""Doubtful words listened to again, with fakes of sound and recognition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders import facts, transcript, utterance
from fakes import FakeSound, Heard, write_recording

from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.domain.call import Call, CallInfo, Role
from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.domain.listen import Question
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.pipeline.hearing import LazyAudio
from qa_pipeline.pipeline.second_listen import SecondListen, findings, stretch
from qa_pipeline.reports.explain import explain
from qa_pipeline.rules.evaluate import evaluate
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts

RUBRIC = parse_rubric(
    """
rubric: small
version: 1
title: 小评分表
bands: {好: 80, 差: 0}
sections:
  - id: all
    title: 全部
    criteria:
      - id: thanks
        title: 致谢
        points: 10
        severity: minor
        check: {op: must_say, phrases: [感谢您的耐心等待], min_similarity: 0.95}
      - id: calm
        title: 不激化矛盾
        points: 10
        severity: critical
        check: {op: must_not_say, phrases: [你急什么], min_similarity: 0.95}
      - id: fatal
        title: 不激化矛盾（致命）
        points: 10
        severity: fatal
        check: {op: must_not_say, phrases: [你急什么], min_similarity: 0.95}
      - id: number
        title: 报号码
        points: 10
        severity: minor
        check: {op: must_say, script: "{agent_id}", min_coverage: 1, min_similarity: 0.5}
      - id: heard
        title: 问好
        points: 10
        severity: minor
        check: {op: must_say, phrases: [您好]}
""",
    "small.yaml",
)
SPOKEN = (
    utterance(0, 0, 4, "您好工号六六六二"),
    utterance(1, 5, 7, "我想查一下快递"),
    utterance(0, 8, 14, "好的感谢您的奶性等帅"),
    utterance(1, 14.5, 16, "怎么这么慢"),
    utterance(0, 17, 21, "密集什么又不是不给你"),
)
DOUBTFUL = {"thanks", "calm", "fatal", "number"}


def call_of(spoken: tuple[Utterance, ...] = SPOKEN) -> Call:
    info = CallInfo(call_id="c", agent_id="6602")
    return assemble(info, facts(spoken), transcript(*spoken), default_agent_channel=0)


class World:
    """A folder, a recording in it, and what a second listen to it says."""

    def __init__(self, folder: Path, said: bool | None) -> None:
        self.settings = Settings(data_dir=folder)
        self.sound = FakeSound({"call": Heard(utterances=SPOKEN, said=said)})
        self.path = write_recording(folder / "call.wav", "call")

    def findings(self, *, audio: bool = True, **settings: object) -> dict[str, Finding]:
        chosen = self.settings.model_copy(update=settings)
        second = SecondListen(FileArtifacts(chosen), {"listening": "v1"}, self.sound, chosen)
        with LazyAudio(self.sound, self.path) as sound:
            ask = second.ask(call_of(), "transcript/key", sound if audio else None)
            return {f.criterion_id: f for f in findings(RUBRIC, call_of(), chosen, ask)}


def outcomes(found: dict[str, Finding]) -> dict[str, Outcome]:
    return {name: finding.outcome for name, finding in found.items()}


def test_without_the_audio_the_words_stay_doubtful(tmp_path: Path) -> None:
    world = World(tmp_path, said=True)
    plain = evaluate(RUBRIC, call_of(), min_confidence=0.6, min_confidence_fatal=0.8)
    assert {f.criterion_id for f in plain if f.outcome is Outcome.NEEDS_REVIEW} == DOUBTFUL
    assert tuple(world.findings(audio=False).values()) == plain
    assert world.sound.listened == []


def test_what_the_audio_says_settles_them_and_the_finding_tells_both_figures(tmp_path: Path) -> None:
    found = World(tmp_path, said=True).findings()
    assert found["thanks"].outcome is Outcome.MET
    assert found["number"].outcome is Outcome.NEEDS_REVIEW, "a figure can't be settled by ear"
    assert found["fatal"].outcome is Outcome.NEEDS_REVIEW, "nor a fatal deduction"
    told = explain(found["thanks"], "zh")
    assert "感谢您的耐心等待" in told and "感谢您的奶性等" in told
    assert "-0.18" in told and "-0.50" in told, "both figures, by character"
    [measured] = [e for e in found["thanks"].evidence if e.kind == "measured"]
    assert (measured.unit, measured.expected) == ("log_probability", "感谢您的耐心等待")
    assert measured.value is not None and measured.value > 0


def test_words_that_were_not_said_are_no_fault(tmp_path: Path) -> None:
    found = World(tmp_path, said=False).findings()
    assert found["calm"].outcome is found["fatal"].outcome is Outcome.MET
    assert "你急什么" in explain(found["calm"], "en")


def test_nobody_loses_points_by_listening_alone(tmp_path: Path) -> None:
    missing = World(tmp_path / "missing", said=False).findings()["thanks"]
    forbidden = World(tmp_path / "forbidden", said=True).findings()["calm"]
    assert missing.outcome is forbidden.outcome is Outcome.NEEDS_REVIEW


def test_what_the_audio_leaves_open_changes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, said=None)
    assert tuple(world.findings().values()) == evaluate(
        RUBRIC, call_of(), min_confidence=0.6, min_confidence_fatal=0.8
    )
    assert world.sound.listened


def test_it_is_listened_to_once_and_known_without_audio_afterwards(tmp_path: Path) -> None:
    world = World(tmp_path, said=True)
    first = world.findings()
    listened = len(world.sound.listened)
    assert world.sound.opened == 1 and listened == len(set(world.sound.listened))
    again = world.findings(audio=False)
    assert again == first and repr(again) == repr(first)
    assert len(world.sound.listened) == listened and world.sound.opened == 1


def test_the_listens_of_another_transcript_are_not_used(tmp_path: Path) -> None:
    world = World(tmp_path, said=True)
    world.findings()
    second = SecondListen(FileArtifacts(world.settings), {"listening": "v1"}, None, world.settings)
    other = second.ask(call_of(), "transcript/other", None)
    assert outcomes(
        {f.criterion_id: f for f in findings(RUBRIC, call_of(), world.settings, other)}
    ) == outcomes(World(tmp_path / "none", said=None).findings(audio=False))


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    world = World(tmp_path, said=True)
    assert world.findings(second_listen=False)["thanks"].outcome is Outcome.NEEDS_REVIEW
    assert world.sound.listened == [] and world.sound.opened == 0


def test_only_what_keeps_a_finding_open_is_listened_to(tmp_path: Path) -> None:
    world = World(tmp_path, said=True)
    world.findings()
    assert [texts[:2] for texts in world.sound.listened] == [
        ("好的感谢您的奶性等帅", "好的感谢您的耐心等待帅"),
        ("密集什么又不是不给你", "你急什么又不是不给你"),
    ]


@pytest.mark.parametrize(
    ("quote", "expected"),
    [("密集什么", "你急什么又不是不给你"), ("又不是", None)],
)
def test_the_expected_words_stand_in_place_of_the_recognised_ones(quote: str, expected: str | None) -> None:
    call = call_of()
    spoken = SPOKEN[4]
    words = spoken.words[:4]
    span = replace(spoken.span, end_ms=words[-1].span.end_ms)
    place = stretch(call, Question(role=Role.AGENT, span=span, quote=quote, expected="你急什么"))
    assert place is not None and place.channel == 0
    assert place.recognised == "密集什么又不是不给你"
    assert place.expected == (expected or "密集什么你急什么不给你")


def test_words_that_stand_nowhere_are_not_asked_for() -> None:
    asked = Question(role=Role.AGENT, span=SPOKEN[4].span, quote="别的话", expected="你急什么")
    assert stretch(call_of(), asked) is None
    assert stretch(call_of(), replace(asked, role=Role.UNKNOWN)) is None
