"""A small made-up centre in a real database, and reports of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from qa_pipeline.domain.call import Call, CallInfo
from qa_pipeline.domain.finding import Evidence, Finding, Message, Outcome
from qa_pipeline.domain.period import Period, PeriodKind, Scope
from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.scorecard import CallStatus, Review
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.pipeline.report import Reporting
from qa_pipeline.reporting.follow_ups import Due
from qa_pipeline.reporting.periods import period_of
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.scoring.score import score
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import CallRow, SavedCall
from qa_pipeline.storage.report_store import SqlReportStore
from qa_pipeline.storage.store import SqlStore

MARCH = period_of(PeriodKind.MONTH, date(2026, 3, 15))
APRIL_2 = date(2026, 4, 2)

FORM = """\
rubric: small
version: {version}
title: 小评分表
bands: {{优秀: 95, 良好: 85, 合格: 70, 不合格: 0}}
sections:
  - id: all
    title: 全部
    criteria:
      - {{id: greeting, title: 开头语, points: 30, severity: minor, check: {{op: must_say, phrases: [{greeting}]}}}}
      - {{id: closing, title: 结束语, points: 30, severity: major, check: {{op: must_say, phrases: [感谢来电]}}}}
      - {{id: blame, title: 不指责, points: 40, severity: critical, check: {{op: must_not_say, phrases: [怪你自己]}}}}
      - {{id: abuse, title: 不辱骂, points: 0, severity: fatal, check: {{op: must_not_say, phrases: [你有病]}}}}
"""
IDS = ("greeting", "closing", "blame", "abuse")
MET, NOT_MET, PENDING, NONE = Outcome.MET, Outcome.NOT_MET, Outcome.NEEDS_REVIEW, Outcome.NOT_APPLICABLE


def form(version: int = 1, greeting: str = "您好欢迎致电") -> Rubric:
    return parse_rubric(FORM.format(version=version, greeting=greeting), "small.yaml")


class World:
    """Save calls, mark them, and ask for reports."""

    def __init__(self, data_dir: Path, *, database_url: str | None = None, min_calls: int = 5) -> None:
        self.settings = Settings(data_dir=data_dir, database_url=database_url, report_min_calls=min_calls)
        self.store = SqlStore(self.settings, actor="tester")
        self.reports = SqlReportStore(self.settings, actor="tester")
        self.reporting = Reporting(store=self.reports, settings=self.settings)
        self.made = 0

    def close(self) -> None:
        self.store.close()
        self.reports.close()

    def call(
        self,
        day: date | datetime,
        outcomes: Sequence[Outcome] = (MET, MET, MET, MET),
        *,
        agent: str | None = "3101",
        team: str | None = "一组",
        queue: str | None = "enquiry",
        rubric: Rubric | None = None,
        status: CallStatus = CallStatus.SCORED,
        code: str | None = None,
        received: datetime | None = None,
        customer: str | None = None,
        measures: Mapping[tuple[str, str], float] | None = None,
        dated: bool = True,
    ) -> str:
        self.made += 1
        call_id = f"w{self.made:05d}"
        at = day if isinstance(day, datetime) else datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        recording = Recording(
            recording_id=f"{self.made:064x}",
            source_name=f"{call_id}.wav",
            codec="pcm_s16le",
            sample_rate_hz=8000,
            num_channels=2,
            num_samples=8000 * 60,
        )
        info = CallInfo(
            call_id=call_id,
            agent_id=agent,
            agent_name=None if agent is None else f"客服{agent}",
            team_id=team,
            queue=queue,
            started_at=at if dated else None,
            customer_id=customer,
        )
        row = CallRow(
            info=info,
            recording=recording,
            source_uri=f"/r/{call_id}.wav",
            status=status,
            code=code,
            received_at=received or at + timedelta(hours=3),
        )
        card = None
        if status is CallStatus.SCORED:
            used = rubric or form()
            self.store.register_rubric(used.rubric, used.version, used.digest, used.content)
            card = score(
                used,
                [finding(c, o) for c, o in zip(IDS, outcomes, strict=True)],
                Call(
                    info=info,
                    recording=recording,
                    transcript=Transcript(
                        recording_id=recording.recording_id, language="zh", utterances=(), provenance={}
                    ),
                    roles=(),
                    activity={},
                    turns=(),
                    talk_overs=(),
                    dead_air=(),
                ),
                engine_digest="e" * 64,
                max_pending_pct=20,
                fatal_needs_person=True,
                provenance={},
            )
        self.store.save([SavedCall(row=row, scorecard=card, measures=measures)])
        return call_id

    def mark(self, call_id: str, criterion_id: str, outcome: Outcome, rubric: Rubric | None = None) -> None:
        used = rubric or form()
        digest = next(c.digest for _, c in used.criteria() if c.id == criterion_id)
        number = sum(1 for _ in self.store.reviews(call_id))
        review = Review(
            review_id=f"{call_id}-{criterion_id}-{number}",
            call_id=call_id,
            rubric_id="small",
            criterion_id=criterion_id,
            criterion_digest=digest,
            reviewer="质检甲",
            reviewed_at=datetime(2026, 4, 1, tzinfo=UTC) + timedelta(minutes=number),
            outcome=outcome,
            reason="听过了",
        )
        self.store.add_reviews([review])

    def report(
        self,
        period: Period = MARCH,
        *,
        scope: Scope | None = None,
        today: date = APRIL_2,
        dues: Sequence[Due] = (),
    ) -> PeriodReport:
        return self.reporting.report(period, scope=scope, today=today, dues=dues)


def finding(criterion_id: str, outcome: Outcome) -> Finding:
    evidence = Evidence(kind="quoted", span=Span(start_ms=12_300, end_ms=15_000), quote="原话")
    return Finding(
        criterion_id=criterion_id,
        operator="must_say",
        outcome=outcome,
        confidence=0.9,
        evidence=(evidence,),
        explanation=Message(key="must_say.said"),
    )
