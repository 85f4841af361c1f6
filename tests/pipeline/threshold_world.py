"""Reviewed calls whose silences are known, so that it is known from which length on people call them faults."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from builders import facts, transcript, utterance

from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.domain.call import CallInfo, Role
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.period import Scope
from qa_pipeline.domain.scorecard import CallStatus, Review
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.pipeline.backtest import Stored
from qa_pipeline.pipeline.thresholds import SuggestResult, suggest
from qa_pipeline.rules.evaluate import evaluate
from qa_pipeline.rules.parse import load_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.scoring.score import score
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.base import CallRow, SavedCall
from qa_pipeline.storage.report_store import SqlReportStore
from qa_pipeline.storage.store import SqlStore

DAY = date(2026, 3, 10)
CALLS, AGENTS = 120, 6
FORM = """rubric: small
version: {version}
title: 小评分表   # 试用
applies_when: {{queue: [enquiry]}}
bands: {{好: 80, 差: 0}}
sections:
  - id: manner
    title: 服务
    criteria:
      - id: dead_air
        title: 不长时间静默
        points: 10
        check: {{op: dead_air_under, role: any, seconds: {seconds}}}   # 秒
        examples:
          - met: ["客服：您好", "（静音2秒）", "客服：在路上了"]
          - not_met: ["客服：您好", "（静音6秒）", "客服：在路上了"]
      - id: thanks
        title: 道谢
        points: 5
        check:
          op: must_say
          phrases: [{thanks}]
      - id: solved
        title: 是否解决
        points: 5
        check: {{op: human}}
"""

Said = Callable[[str, float, random.Random], Mapping[str, bool | None]]
"""Call, seconds of silence, chance: for each reviewer whether they call it a fault; None where they mark nothing."""


def write_form(folder: Path, *, version: int = 1, seconds: str = "5", thanks: str = "谢谢您") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "small.yaml"
    path.write_text(FORM.format(version=version, seconds=seconds, thanks=thanks), encoding="utf-8")
    return path


def spoken(silence_s: float, *, thanks: bool) -> tuple[Utterance, ...]:
    after = 9 + silence_s
    return (
        utterance(0, 0, 4, "您好工号三一零七为您服务"),
        utterance(1, 4.5, 8, "我想查一下快递到了没有"),
        utterance(0, 8.3, 9, "我看一下"),
        utterance(0, after, after + 4, "您的快递已经在路上了今天就能送到"),
        utterance(1, after + 4.2, after + 6, "好的我知道了"),
        utterance(0, after + 6.2, after + 9, "谢谢您的来电再见" if thanks else "那就先这样再见"),
    )


def open_stored(settings: Settings) -> Stored:
    return SqlStore(settings), FileArtifacts(settings), {"engine": "test"}


class World:
    """A data folder with scored calls that people can mark."""

    def __init__(self, folder: Path, *, calls: int = CALLS) -> None:
        """Opens what is there, or makes it."""
        made = (folder / "data").exists()
        self.folder = folder
        self.settings = Settings(data_dir=folder / "data")
        self.path = write_form(folder)
        self.store = SqlStore(self.settings)
        self.artifacts = FileArtifacts(self.settings)
        self.reports = SqlReportStore(self.settings)
        chance = random.Random(0)
        self.silences = {f"call-{n:04d}": round(chance.uniform(1.5, 14), 1) for n in range(calls)}
        if not made:
            self._score(load_rubric(self.path))

    def _score(self, rubric: Rubric) -> None:
        self.store.register_rubric(rubric.rubric, rubric.version, rubric.digest, rubric.content)
        saved = []
        for number, (call_id, silence) in enumerate(self.silences.items()):
            said = spoken(silence, thanks=number % 3 > 0)
            heard = facts(said, duration_s=silence + 20, recording_id=f"{number:064x}")
            keys = {kind: self.artifacts.key(kind, call_id) for kind in ("facts", "transcript")}
            self.artifacts.save(keys["facts"], heard)
            words = transcript(*said, recording_id=f"{number:064x}")
            self.artifacts.save(keys["transcript"], words)
            row = CallRow(
                info=CallInfo(
                    call_id=call_id,
                    agent_id=f"agent-{number % AGENTS}",
                    queue="enquiry",
                    started_at=datetime(2026, 3, 10, 2, tzinfo=UTC) + timedelta(seconds=number),
                    channel_roles={0: Role.AGENT, 1: Role.CUSTOMER},
                ),
                recording=heard.recording,
                source_uri=f"{call_id}.wav",
                status=CallStatus.SCORED,
                artifacts=keys,
            )
            call = assemble(row.info, heard, words, default_agent_channel=0)
            found = evaluate(rubric, call, min_confidence=0.6, min_confidence_fatal=0.8)
            card = score(
                rubric,
                found,
                call,
                engine_digest="test",
                max_pending_pct=100,
                fatal_needs_person=True,
                provenance={},
            )
            saved.append(SavedCall(row=row, scorecard=card))
        self.store.save(saved)

    def mark(
        self,
        said: Said,
        *,
        criterion: str = "dead_air",
        form: Rubric | None = None,
        prefix: str = "",
        seed: int = 1,
    ) -> None:
        """People's marks on all calls."""
        form = form or load_rubric(self.path)
        digest = next(c.digest for _, c in form.criteria() if c.id == criterion)
        chance = random.Random(seed)
        marks = []
        for call_id, silence in self.silences.items():
            for who, fault in said(call_id, silence, chance).items():
                if fault is None:
                    continue
                marks.append(
                    Review(
                        review_id=f"{prefix}{who}-{criterion}-{call_id}-{digest[:6]}",
                        call_id=call_id,
                        rubric_id="small",
                        criterion_id=criterion,
                        criterion_digest=digest,
                        reviewer=who,
                        reviewed_at=datetime(2026, 3, 12, tzinfo=UTC),
                        outcome=Outcome.NOT_MET if fault else Outcome.MET,
                        reason="听录音",
                    )
                )
        self.store.add_reviews(marks)

    def suggest(self, path: Path | None = None, *, workers: int = 1, **options: object) -> SuggestResult:
        """What comes of the form."""
        return suggest(
            load_rubric(path or self.path),
            self.settings,
            self.reports,
            open_stored=open_stored,
            workers=workers,
            start=DAY,
            end=DAY + timedelta(days=1),
            scope=Scope(),
            **options,  # type: ignore[arg-type]
        )

    def close(self) -> None:
        self.store.close()
        self.reports.close()
