"""Calls and scorecards for the storage tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from qa_pipeline.domain.call import Call, CallInfo, DeadAir, Role, RoleAssignment, TalkOver, Turn
from qa_pipeline.domain.finding import Evidence, Finding, Message, Outcome
from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.scorecard import CallStatus, Scorecard, ScoredFinding, SectionScore
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import AsrQuality, Transcript, Utterance, Word
from qa_pipeline.storage.base import CallRow, SavedCall

OUTCOMES = (Outcome.MET, Outcome.NOT_MET, Outcome.NOT_APPLICABLE, Outcome.NEEDS_REVIEW)


class Samples:
    RUBRIC = "inbound_enquiry"
    RUBRIC_DIGEST = "d" * 64
    ENGINE = "e" * 64

    @staticmethod
    def recording(number: int) -> Recording:
        return Recording(
            recording_id=f"{number:064x}",
            source_name=f"录音 {number}.wav",
            codec="pcm_s16le",
            sample_rate_hz=8000,
            num_channels=2,
            num_samples=480_000 + number,
        )

    @staticmethod
    def info(number: int, **changes: Any) -> CallInfo:
        fields: dict[str, Any] = {
            "call_id": f"c{number:04d}",
            "agent_id": "0031",
            "agent_name": "张三",
            "team_id": "t1",
            "queue": "enquiry",
            "direction": "inbound",
            "started_at": datetime(2026, 3, 31, 15, 59, 59, 123456, tzinfo=UTC) + timedelta(seconds=number),
            "ring_s": 6.1,
            "customer_id": "007",
            "channel_roles": {0: Role.CUSTOMER, 1: Role.AGENT},
            "extra": {"工单": "0012", "city": "杭州"},
        }
        return CallInfo(**(fields | changes))

    @classmethod
    def row(cls, number: int, status: CallStatus = CallStatus.SCORED, **changes: Any) -> CallRow:
        fields: dict[str, Any] = {
            "info": cls.info(number),
            "recording": cls.recording(number),
            "source_uri": f"/录音/{number}.wav",
            "status": status,
            "artifacts": {"call": f"call/ab/{number}.json.gz"},
        }
        return CallRow(**(fields | changes))

    @staticmethod
    def finding(number: int) -> ScoredFinding:
        outcome = OUTCOMES[number % 4]
        finding = Finding(
            criterion_id=f"criterion_{number}",
            operator="must_say",
            outcome=outcome,
            confidence=0.1 + 0.2 * (number % 4),
            evidence=(
                Evidence(
                    kind="quoted",
                    span=Span(start_ms=number, end_ms=number + 7),
                    role=Role.AGENT,
                    quote="您好",
                    value=1 / 3,
                    unit="s",
                ),
            ),
            explanation=Message(
                key="must_say.partly", params={"missing": ("工号", "部门"), "n": 2, "x": 2.0}
            ),
            hits=number % 3,
            share=0.25,
        )
        return ScoredFinding(
            finding=finding,
            section_id=f"section_{number % 2}",
            severity="minor",
            points=0.1 * number,
            points_possible=5.0,
            decided=outcome in (Outcome.MET, Outcome.NOT_MET),
            criterion_digest=f"{number:064x}",
        )

    @classmethod
    def card(cls, number: int, **changes: Any) -> Scorecard:
        fields: dict[str, Any] = {
            "call_id": f"c{number:04d}",
            "recording_id": f"{number:064x}",
            "rubric_id": cls.RUBRIC,
            "rubric_version": 1,
            "rubric_digest": cls.RUBRIC_DIGEST,
            "engine_digest": cls.ENGINE,
            "findings": tuple(cls.finding(k) for k in range(8)),
            "sections": (
                SectionScore(section_id="section_0", points=1.2, points_possible=20, score_pct=6.0),
                SectionScore(section_id="section_1", points=1.6, points_possible=20, score_pct=None),
            ),
            "points": 2.8,
            "points_possible": 40.0,
            "score_pct": 33.33,
            "score_low_pct": 0.0,
            "score_high_pct": 66.67,
            "grade": "不合格",
            "suspected_fatal": ("abuse",),
            "provenance": {"asr": "base"},
        }
        return Scorecard(**(fields | changes))

    @classmethod
    def scored(cls, number: int, **changes: Any) -> SavedCall:
        return SavedCall(row=cls.row(number), scorecard=cls.card(number, **changes))

    @classmethod
    def call(cls, num_words: int = 30) -> Call:
        words = tuple(
            Word(
                text="您好吗"[: 1 + k % 3],
                span=Span(start_ms=240 * k, end_ms=240 * k + 200),
                confidence=1 / (k + 1),
            )
            for k in range(num_words)
        )
        quality = AsrQuality(
            avg_logprob=-0.1, no_speech_prob=1e-17, compression_ratio=1.3, temperature=0.0, flags=("loop",)
        )
        utterances = tuple(
            Utterance(
                utterance_id=f"u{k // 10}",
                channel=k // 10 % 2,
                speaker=None if k % 20 else "s1",
                span=Span(start_ms=words[k].span.start_ms, end_ms=words[k : k + 10][-1].span.end_ms),
                words=words[k : k + 10],
                asr_quality=quality,
            )
            for k in range(0, num_words, 10)
        )
        recording = cls.recording(1)
        spans = (Span(start_ms=0, end_ms=500), Span(start_ms=900, end_ms=1500))
        return Call(
            info=cls.info(1),
            recording=recording,
            transcript=Transcript(
                recording_id=recording.recording_id,
                language="zh",
                utterances=utterances,
                provenance={"model": "base"},
            ),
            roles=(RoleAssignment(channel=1, role=Role.AGENT, confidence=0.97, basis="spoken"),),
            activity={Role.AGENT: spans, Role.CUSTOMER: ()},
            turns=(Turn(role=Role.AGENT, span=spans[0], utterance_ids=("u0", "u1")),),
            talk_overs=(TalkOver(span=spans[1], interrupter=Role.CUSTOMER, num_chars=4),),
            dead_air=(DeadAir(span=spans[0], after_role=Role.UNKNOWN),),
            loudness_db={Role.AGENT: (-23.4, -100.0, -0.0)},
            speaking_rate={Role.AGENT: 251.7},
            hearing_quality=0.93,
            notes=("dual_mono",),
        )
