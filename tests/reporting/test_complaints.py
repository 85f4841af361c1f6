"""Topics come from what customers said in calls to which a complaint criterion applied."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from builders import facts, transcript, utterance
from report_world import MARCH, MET, NONE, World

from qa_pipeline.domain.period import Scope
from qa_pipeline.domain.scorecard import CallStatus
from qa_pipeline.pipeline import complaints
from qa_pipeline.pipeline.complaints import Complaints
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.base import SavedCall

FORM = parse_rubric(
    """\
rubric: small
version: 1
title: 小评分表
sections:
  - id: all
    title: 全部
    criteria:
      - {id: greeting, title: 开头语, points: 30, check: {op: must_say, phrases: [您好]}}
      - {id: closing, title: 结束语, points: 30, check: {op: must_say, phrases: [感谢来电]}}
      - {id: blame, title: 不指责, points: 40, check: {op: must_not_say, phrases: [怪你自己]}}
      - {id: answer_time, title: 答复时限, points: 10, check: {op: must_say, phrases: [二十四小时内]}}
""",
    "small.yaml",
)
SAID = ("快递三天没有派送", "退款一直没有到账")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr("report_world.IDS", ("greeting", "closing", "blame", "answer_time"))
    made = World(tmp_path)
    yield made
    made.close()


def told(world: World, artifacts: FileArtifacts, text: str, *, complains: bool) -> str:
    call_id = world.call(date(2026, 3, 5), (MET, MET, MET, MET if complains else NONE), rubric=FORM)
    utterances = (
        utterance(0, 1, 3, "您好云帆物流"),
        utterance(1, 4, 8, text),
        utterance(0, 9, 11, "我查一下"),
    )
    row = world.store.call(call_id)
    assert row is not None
    assert row.recording is not None
    heard = facts(utterances, recording_id=row.recording.recording_id)
    keys = {kind: artifacts.key(kind, call_id) for kind in ("facts", "transcript")}
    artifacts.save(keys["facts"], replace(heard, recording=row.recording))
    artifacts.save(keys["transcript"], transcript(*utterances, recording_id=row.recording.recording_id))
    world.store.save([SavedCall(row=replace(row, status=CallStatus.SCORED, artifacts=keys))])
    return call_id


def test_only_complaints_are_read_and_only_the_customer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifacts = FileArtifacts(world.settings)
    complaining = [told(world, artifacts, SAID[n % 2], complains=True) for n in range(12)]
    told(world, artifacts, "我想问问运费", complains=False)
    find = Complaints(store=world.reports, artifacts=artifacts, agent_channel=0)
    found = find(MARCH, Scope())
    assert found.note is not None
    assert found.note.params == {"used": 12, "all": 12}
    assert {topic.num_calls for topic in found.topics} == {6}
    quotes = {example.quote for topic in found.topics for example in topic.examples}
    assert quotes <= set(SAID)
    assert {e.call_id for t in found.topics for e in t.examples} <= set(complaining)
    monkeypatch.setattr(complaints, "SAMPLE", 10)
    assert find(MARCH, Scope()).note.params == {"used": 10, "all": 12}  # type: ignore[union-attr]


def test_transcripts_that_are_gone_are_passed_over(world: World) -> None:
    world.call(date(2026, 3, 5), (MET, MET, MET, MET), rubric=FORM)
    found = Complaints(store=world.reports, artifacts=FileArtifacts(world.settings), agent_channel=0)(
        MARCH, Scope()
    )
    assert found.topics == ()
    assert found.note is not None
    assert found.note.key == "topics_too_few"
