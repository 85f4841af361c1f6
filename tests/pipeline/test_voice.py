"""An agent's usual pitch: a snapshot a day, made of earlier days only, and only for forms that ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import facts, transcript, utterance

from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.domain.call import Call, CallInfo, Role
from qa_pipeline.domain.scorecard import CallStatus
from qa_pipeline.pipeline.outcomes import kept
from qa_pipeline.pipeline.voice import asks_for_usual_pitch, voice_provenance, with_usual_pitch
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import CallRow, SavedCall
from qa_pipeline.storage.store import SqlStore

TZ = "Asia/Shanghai"
NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)  # noon in Shanghai
FORM = """
rubric: voice
version: 1
title: 声音
bands: {好: 80, 差: 0}
sections:
  - id: voice
    title: 声音
    criteria:
      - id: usual
        title: 音高正常
        points: 10
        severity: minor
        check: CHECK
"""
PITCH = "{op: pitch_within_baseline, spreads: 3}"


def form(check: str) -> Rubric:
    return parse_rubric(FORM.replace("CHECK", check), "voice.yaml")


def call(call_id: str, hz: int, started_at: datetime | None = NOON, agent: str | None = "8001") -> Call:
    said = (utterance(0, 0, 6, "您好很高兴为您服务请讲"), utterance(1, 7, 12, "我想查一下我的快递"))
    heard = replace(facts(said), pitch_hz=((hz,) * 600, (120,) * 600))
    info = CallInfo(
        call_id=call_id,
        agent_id=agent,
        started_at=started_at,
        channel_roles={0: Role.AGENT, 1: Role.CUSTOMER},
    )
    return assemble(info, heard, transcript(*said), default_agent_channel=0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    made = SqlStore(Settings(data_dir=tmp_path / "data", business_tz=TZ))
    yield made
    made.close()


def remember(store: SqlStore, *calls: Call) -> None:
    for one in calls:
        row = CallRow(
            info=one.info,
            recording=None,
            source_uri=one.info.call_id,
            status=CallStatus.NOT_SCORED,
            code="call.no_rubric",
        )
        store.save([SavedCall(row=row, measures=kept(one))])


def earlier(number: int = 12) -> list[Call]:
    return [call(f"old{i}", 200 + i, NOON - timedelta(days=1, minutes=i)) for i in range(number)]


def usual_of(store: SqlStore, one: Call, *, keep: bool = True) -> Call:
    return with_usual_pitch(one, form(PITCH), store, TZ, keep=keep)


def test_the_form_is_searched_to_its_depths() -> None:
    assert asks_for_usual_pitch(form(PITCH))
    assert asks_for_usual_pitch(form(f"{{op: any_of, of: [{{op: human}}, {PITCH}]}}"))
    assert not asks_for_usual_pitch(form("{op: pitch_range_at_least, semitones: 4}"))


def test_usual_is_what_earlier_days_say(store: SqlStore) -> None:
    remember(store, *earlier(), call("today", 400, NOON - timedelta(hours=1)))
    judged = usual_of(store, call("new", 210))
    usual = judged.prosody[Role.AGENT].baseline
    assert usual is not None
    assert usual.median_hz == 205.5
    assert voice_provenance(judged, form(PITCH)) == {"pitch_baseline": usual.snapshot}
    assert kept(judged)["agent", "pitch_off_baseline_st"] == 0.38


def test_the_first_snapshot_of_a_day_stands(store: SqlStore) -> None:
    remember(store, *earlier())
    first = usual_of(store, call("new", 210))
    remember(store, *(call(f"late{i}", 300, NOON - timedelta(days=2, minutes=i)) for i in range(30)))
    assert usual_of(store, call("new", 210)) == first
    tomorrow = usual_of(store, call("next", 210, NOON + timedelta(days=1))).prosody[Role.AGENT].baseline
    assert tomorrow is not None
    assert tomorrow.median_hz > 250


def test_a_trial_writes_nothing_down(store: SqlStore) -> None:
    remember(store, *earlier())
    assert usual_of(store, call("new", 210), keep=False).prosody[Role.AGENT].baseline is not None
    assert store.baseline("8001", NOON.date()) is None


def test_without_history_agent_start_or_question_there_is_none(store: SqlStore) -> None:
    remember(store, *earlier(9))
    for one in (call("new", 210), call("new", 210, None), call("new", 210, agent=None)):
        assert usual_of(store, one) == one
    remember(store, *earlier(12))
    one = call("new", 210)
    assert with_usual_pitch(one, form("{op: human}"), store, TZ, keep=True) == one
    assert store.baseline("8001", NOON.date()) is None
    assert voice_provenance(one, form(PITCH)) == {}
    assert usual_of(store, call("other", 210, agent="9009")).prosody[Role.AGENT].baseline is None
