"""``make bench-clips``: choosing among 10,000 findings of generated calls, from the database to the list; and how many
calls a search of all words gets through.

``QA_BENCH_CALLS`` makes it smaller (its figure says so).
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from qa_pipeline.domain.call import CallInfo, Role
from qa_pipeline.domain.finding import Evidence, Finding, Message, Outcome
from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.scorecard import CallStatus, Scorecard, ScoredFinding, SectionScore
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import AsrQuality, Transcript, Utterance, Word
from qa_pipeline.pipeline.clip_measures import Side, picker_of
from qa_pipeline.pipeline.clip_said import mentioning, search
from qa_pipeline.pipeline.clip_select import Mode, partners, picker
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.base import CallRow, SavedCall
from qa_pipeline.storage.clip_base import HeardCall
from qa_pipeline.storage.clip_store import SqlClipStore
from qa_pipeline.storage.store import SqlStore

CALLS = int(os.environ.get("QA_BENCH_CALLS", "10000"))
AGENTS = 300
TOP = 10
WORD_CALLS = min(CALLS, 1000)
_KINDS = (
    "你爱投诉就去投诉", "我有什么办法", "刚才不是跟你说过了吗", "不知道等着吧", "这不归我管", "你自己去看",
    "公司就是这么规定的", "你到底听不听得懂", "我也没办法", "急什么急",
)  # fmt: skip
_TAILS = "我你他这那就也都没有说话时候今天明天现在后来系统电话快递包裹单子地址客服经理"


def quote(rng: random.Random) -> str:
    """One of ten faults, misheard, in a sentence of its own."""
    said = "".join(c if rng.random() > 0.15 else rng.choice(_TAILS) for c in rng.choice(_KINDS))
    around = ["".join(rng.choice(_TAILS) for _ in range(rng.randrange(0, 12))) for _ in range(2)]
    return around[0] + said + around[1]


def saved(n: int, rng: random.Random, *, met: bool) -> SavedCall:
    """A call with ten findings, of which the first is the one that is looked for."""
    call_id = f"call-{n:06d}"
    start = rng.randrange(0, 200_000)
    evidence = Evidence(
        kind="quoted", span=Span(start_ms=start, end_ms=start + 3000), role=Role.AGENT, quote=quote(rng)
    )
    findings = tuple(
        ScoredFinding(
            finding=Finding(
                criterion_id=f"c{i}",
                operator="must_not_say",
                outcome=Outcome.MET if met or i else Outcome.NOT_MET,
                confidence=rng.uniform(0.6, 1),
                evidence=(evidence,),
                explanation=Message(key="said_forbidden", params={"quote": evidence.quote or ""}),
            ),
            section_id="s",
            severity="major",
            points=5.0 if met or i else 0.0,
            points_possible=5.0,
            decided=True,
            criterion_digest="d",
        )
        for i in range(10)
    )
    total = sum(f.points for f in findings)
    card = Scorecard(
        call_id=call_id,
        recording_id=f"{n:064d}",
        rubric_id="r",
        rubric_version=1,
        rubric_digest="r" * 64,
        engine_digest="e",
        findings=findings,
        sections=(SectionScore(section_id="s", points=total, points_possible=50, score_pct=2 * total),),
        points=total,
        points_possible=50,
        score_pct=2 * total,
        score_low_pct=2 * total,
        score_high_pct=2 * total,
        grade=None,
    )
    row = CallRow(
        info=CallInfo(
            call_id=call_id,
            agent_id=f"a{rng.randrange(AGENTS)}",
            queue="complaint",
            started_at=datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=n),
        ),
        recording=Recording(
            recording_id=f"{n:064d}",
            source_name="a.wav",
            codec="pcm",
            sample_rate_hz=8000,
            num_channels=2,
            num_samples=8000 * 300,
        ),
        source_uri="a.wav",
        status=CallStatus.SCORED,
    )
    return SavedCall(row=row, scorecard=card, measures={("", "hearing_quality_pct"): rng.uniform(50, 100)})


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _took(since: tuple[float, float]) -> str:
    """By the clock, and of the processor: others may use the machine too."""
    clock, processor = (now - then for now, then in zip(_now(), since, strict=True))
    return f"{clock:.2f} s ({processor:.2f} s of processor)"


def main() -> None:
    """Fill a database, then choose in every way."""
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        store = SqlStore(settings)
        store.register_rubric("r", 1, "r" * 64, "rubric: r")
        for first in range(0, 2 * CALLS, 500):
            store.save([saved(n, rng, met=n % 2 == 1) for n in range(first, min(first + 500, 2 * CALLS))])
        store.close()
        clips = SqlClipStore(settings)
        started = _now()
        rows = clips.findings(Outcome.NOT_MET, criteria=("c0",), limit=CALLS)
        print(f"{len(rows)} findings read in {_took(started)}")
        for mode in Mode:
            started = _now()
            chosen = picker(rows, mode, TOP).take(TOP)
            print(f"{mode.value}: {len(chosen)} chosen in {_took(started)}")
        started = _now()
        others = clips.findings(Outcome.MET, criteria=("c0",), limit=CALLS)
        found = partners(chosen, others)
        print(f"pairs: {sum(f is not None for f in found)} partners of {len(others)} in {_took(started)}")
        started = _now()
        print(f"text: {len(mentioning(rows, '你爱投诉'))} found in {_took(started)}")
        started = _now()
        measured = clips.measured("hearing_quality_pct", "", limit=CALLS)
        side = picker_of(measured, Side.VARIED, TOP, per_agent=2).take(TOP)
        print(f"measure: {len(side)} of {len(measured)} chosen in {_took(started)}")
        clips.close()
        _transcripts(settings, rng)


def _transcripts(settings: Settings, rng: random.Random) -> None:
    """How far a search of all words gets: calls of five minutes, 1,200 characters each."""
    artifacts = FileArtifacts(settings)
    calls = []
    for n in range(WORD_CALLS):
        key = artifacts.key("transcript", str(n))
        artifacts.save(key, _transcript(n, rng))
        calls.append(
            HeardCall(call_id=f"call-{n:06d}", agent_id="a", queue="q", hearing_pct=90, transcript=key)
        )
    for words in ("你爱投诉", "收件地址写错了能不能改一下"):
        started = _now()
        found = search(calls, words, artifacts)
        print(f"words of {len(words)}: {len(found.rows)} in {found.calls} calls read in {_took(started)}")


def _transcript(n: int, rng: random.Random) -> Transcript:
    said, clock, total = [], 500, 0
    while total < 1200:
        text, begin = quote(rng), clock
        words = []
        for char in text:
            words.append(Word(text=char, span=Span(start_ms=clock, end_ms=clock + 220), confidence=0.9))
            clock += 220
        said.append(
            Utterance(
                utterance_id=f"u{len(said)}",
                channel=len(said) % 2,
                speaker=None,
                span=Span(start_ms=begin, end_ms=clock),
                words=tuple(words),
                asr_quality=AsrQuality(
                    avg_logprob=-0.2, no_speech_prob=0.0, compression_ratio=1.0, temperature=0.0
                ),
            )
        )
        clock += 400
        total += len(text)
    return Transcript(recording_id=f"{n:064d}", language="zh", utterances=tuple(said), provenance={})


if __name__ == "__main__":
    main()
