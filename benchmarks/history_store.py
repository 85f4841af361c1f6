"""Writes made-up histories through the real ``Store``: every call has a whole scorecard, made by the real scoring."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.histories import (
    MET,
    NAMES,
    NEEDS_REVIEW,
    NOT_APPLICABLE,
    NOT_MET,
    Block,
    Centre,
    blocks,
    forms,
)
from qa_pipeline.domain.call import Call, CallInfo, Role
from qa_pipeline.domain.finding import Evidence, Finding, Message, Outcome
from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.scorecard import CallStatus
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.rules.rubric import Criterion
from qa_pipeline.scoring.score import score
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import CallRow, SavedCall, Store
from qa_pipeline.storage.store import SqlStore

OUTCOMES = {
    MET: Outcome.MET,
    NOT_MET: Outcome.NOT_MET,
    NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
    NEEDS_REVIEW: Outcome.NEEDS_REVIEW,
}
STATUSES = {1: CallStatus.SCORED, 2: CallStatus.NOT_SCORED, 3: CallStatus.FAILED}
ZONE = ZoneInfo("Asia/Shanghai")
QUOTES = {
    "abuse": "你是不是有病",
    "no_false_promise": "我保证明天一定给您送到",
    "no_private_settlement": "我私下赔您五十块您就别投诉了",
    "forbidden_refusal": "这个不归我管",
    "forbidden_blame": "刚才不是跟你说过了吗",
    "forbidden_provocation": "你爱投诉就去投诉",
    "forbidden_rule_hiding": "公司就是这么规定的",
    "hedging": "大概可能吧",
}


def save(centre: Centre, data_dir: Path) -> int:
    """Write the whole history into the database of a data folder; returns the number of calls."""
    data_dir.mkdir(parents=True, exist_ok=True)
    store = SqlStore(Settings(data_dir=data_dir))
    try:
        return save_into(centre, store)
    finally:
        store.close()


def save_into(centre: Centre, store: Store) -> int:
    """The same into an open store."""
    for form in forms().values():
        store.register_rubric(form.rubric, form.version, form.digest, form.content)
    count = 0
    for block in blocks(centre):
        saved = list(saved_calls(centre, block))
        store.save(saved)
        count += len(saved)
    return count


def saved_calls(centre: Centre, block: Block) -> Iterator[SavedCall]:
    """The calls of a block as a night's run would save them."""
    for number in range(len(block)):
        row = call_row(centre, block, number)
        if row.status is not CallStatus.SCORED or row.recording is None:
            yield SavedCall(row=row)
            continue
        call = Call(
            info=row.info,
            recording=row.recording,
            transcript=Transcript(recording_id=row.recording.recording_id, language="zh", utterances=()),
            roles=(),
            activity={},
            turns=(),
            talk_overs=(),
            dead_air=(),
            hearing_quality=float(block.hearing[number]),
        )
        findings = [
            finding(criterion, int(block.outcomes[number, column]), block, number)
            for column, (_, criterion) in enumerate(block.form.criteria())
        ]
        card = score(
            block.form,
            findings,
            call,
            engine_digest="histories",
            max_pending_pct=20,
            fatal_needs_person=True,
            provenance={"engine": "histories"},
        )
        measures = {name: float(values[number]) for name, values in block.measures.items()}
        yield SavedCall(row=row, scorecard=card, measures=measures)


def call_row(centre: Centre, block: Block, number: int) -> CallRow:
    """What is known of one call."""
    call_id, agent = block.call_id(number), block.agents[number]
    status = STATUSES[int(block.status[number])]
    midnight = datetime.combine(block.day, time(), ZONE)
    started = (midnight + timedelta(seconds=int(block.started_s[number]))).astimezone(UTC)
    code, params = _reason(status, block, number)
    return CallRow(
        info=CallInfo(
            call_id=call_id,
            agent_id=agent,
            agent_name=NAMES[(int(agent) - 3100) % len(NAMES)],
            team_id=centre.team_of(agent),
            queue=block.queue,
            direction="inbound",
            started_at=started,
            ring_s=6.0,
            customer_id=f"K{block.day.toordinal() % 1000:03d}{number:04d}",
            channel_roles={0: Role.AGENT, 1: Role.CUSTOMER},
        ),
        recording=None
        if status is CallStatus.FAILED
        else Recording(
            recording_id=hashlib.sha256(f"{centre.seed} {call_id}".encode()).hexdigest(),
            source_name=f"{call_id}.wav",
            codec="pcm_s16le",
            sample_rate_hz=8000,
            num_channels=2,
            num_samples=int(block.duration_ms[number]) * 8,
        ),
        source_uri=f"{call_id}.wav",
        status=status,
        code=code,
        params=params,
        received_at=started + timedelta(hours=4),
    )


def _reason(status: CallStatus, block: Block, number: int) -> tuple[str | None, dict[str, object]]:
    if status is CallStatus.FAILED:
        return "audio.empty", {"path": f"{block.call_id(number)}.wav"}
    if status is CallStatus.NOT_SCORED and block.hearing[number] < 0.9:
        return "call.hearing_poor", {"percent": 31, "limit": 40}
    return ("call.no_speech", {"seconds": 0.4}) if status is CallStatus.NOT_SCORED else (None, {})


def finding(criterion: Criterion, code: int, block: Block, number: int) -> Finding:
    """A finding with a place in the recording, as the rules would say it."""
    outcome = OUTCOMES[code]
    start = int(block.place[number] * (block.duration_ms[number] - 4000))
    span = Span(start_ms=start, end_ms=start + 3000)
    quote = QUOTES.get(criterion.id)
    evidence: tuple[Evidence, ...] = ()
    if criterion.check.name == "human":
        message = Message(key="human")
    elif outcome is Outcome.NOT_MET and quote:
        evidence = (Evidence(kind="quoted", span=span, role=Role.AGENT, quote=quote, expected=quote),)
        message = Message(
            key="forbidden",
            params={"quote": quote, "start_s": start / 1000, "times": 1, "expected": quote},
        )
    elif outcome is Outcome.NOT_MET:
        evidence = (Evidence(kind="searched", span=span, role=Role.AGENT, expected=criterion.title),)
        message = Message(
            key="absent.all",
            params={"what": criterion.title, "start_s": start / 1000, "end_s": span.end_ms / 1000},
        )
    elif outcome is Outcome.NEEDS_REVIEW:
        message = Message(key="when_uncertain")
    else:
        message = Message(key="when_not_met" if outcome is Outcome.NOT_APPLICABLE else "none_of_clean")
    return Finding(
        criterion_id=criterion.id,
        operator=criterion.check.name,
        outcome=outcome,
        confidence=0.9,
        evidence=evidence,
        explanation=message,
        hits=int(outcome is Outcome.NOT_MET),
    )
