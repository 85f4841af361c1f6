"""Stored calls and small forms for the tests of the rubric writer's tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from builders import utterance
from fakes import FakeSound, Heard, write_recording

from qa_pipeline.domain.call import CallInfo, Role
from qa_pipeline.domain.scorecard import CallResult
from qa_pipeline.pipeline.backtest import Stored
from qa_pipeline.pipeline.inputs import Source
from qa_pipeline.pipeline.scoring import Job, Ports, Scoring
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.lease import this_process
from qa_pipeline.storage.store import SqlStore

ENGINE: Mapping[str, str] = {"engine": "test"}
FORM = """
rubric: small
version: {version}
{dates}
title: 小评分表
applies_when: {{queue: [enquiry]}}
bands: {{好: 80, 中: 50, 差: 0}}
sections:
  - id: opening
    title: 开头语
    criteria:
      - id: greeting
        title: 报工号
        points: {greeting}
        check: {{op: must_say, phrases: [工号三一零七]}}
      - id: polite
        title: 礼貌
        points: 5
        check: {{op: must_say, phrases: [{polite}]}}
      - id: abuse
        title: 不骂人
        points: 5
        severity: fatal
        check: {{op: must_not_say, phrases: [{abuse}]}}
"""


def form(
    version: int = 1,
    *,
    greeting: int = 10,
    polite: str = "谢谢您",
    abuse: str = "神经病吧你",
    dates: str = "",
) -> Rubric:
    """A form of three criteria."""
    content = FORM.format(version=version, greeting=greeting, polite=polite, abuse=abuse, dates=dates)
    return parse_rubric(content, "small.yaml")


KINDS = {
    "good": Heard(
        utterances=(
            utterance(0, 0, 4, "您好工号三一零七为您服务"),
            utterance(1, 5, 8, "我想查一下快递"),
            utterance(0, 9, 12, "谢谢您的来电再见"),
        )
    ),
    "plain": Heard(
        utterances=(
            utterance(0, 0, 4, "您好工号三一零七为您服务"),
            utterance(1, 5, 8, "我想查一下快递"),
            utterance(0, 9, 12, "麻烦您等我去看看"),
        )
    ),
    "rude": Heard(
        utterances=(
            utterance(0, 0, 3, "喂什么事情你说"),
            utterance(1, 4, 8, "我想查一下快递"),
            utterance(0, 9, 11, "你爱找谁找谁去"),
        )
    ),
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class World:
    """A data folder with scored calls; sound and recognition are fakes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(data_dir=folder / "data")
        self.sound = FakeSound(KINDS)
        self.store = SqlStore(self.settings)
        self.artifacts = FileArtifacts(self.settings)
        self.ports = Ports(
            reader=self.sound,
            recognizer=self.sound,
            store=self.store,
            artifacts=self.artifacts,
            engine=ENGINE,
            owner=this_process(),
        )

    def score(self, rubrics: tuple[Rubric, ...], *calls: tuple[str, str, CallInfo]) -> list[CallResult]:
        """Score calls given as (id, what is heard, metadata)."""
        scoring = Scoring(self.ports, self.settings, rubrics)
        jobs = []
        for call_id, kind, info in calls:
            path = write_recording(self.folder / f"{call_id}.wav", kind, call_id)
            jobs.append(Job(source=Source(uri=str(path)), info=replace(info, call_id=call_id)))
        scoring.register(jobs)
        return list(scoring.score_batch(jobs))


def info(agent: str = "1", day: str | None = "2026-03-10T02:00", queue: str = "enquiry") -> CallInfo:
    return CallInfo(
        call_id="",
        agent_id=agent,
        queue=queue,
        started_at=at(day) if day else None,
        channel_roles={0: Role.AGENT, 1: Role.CUSTOMER},
    )


def open_stored(settings: Settings) -> Stored:
    """Opens what a worker needs; a module's function, as workers are other processes."""
    return SqlStore(settings), FileArtifacts(settings), ENGINE


def open_next_engine(settings: Settings) -> Stored:
    """The same, seen by an engine that has changed since the calls were scored."""
    return SqlStore(settings), FileArtifacts(settings), {"engine": "next"}
