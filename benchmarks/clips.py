"""``make bench-clips``: choosing among 10,000 findings of generated calls, from the database to the list.

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
from qa_pipeline.pipeline.clip_said import mentioning
from qa_pipeline.pipeline.clip_select import Mode, partners, picker
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import CallRow, SavedCall
from qa_pipeline.storage.clip_store import SqlClipStore
from qa_pipeline.storage.store import SqlStore

CALLS = int(os.environ.get("QA_BENCH_CALLS", "10000"))
AGENTS = 300
TOP = 10
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
        started = time.perf_counter()
        rows = clips.findings(Outcome.NOT_MET, criteria=("c0",), limit=CALLS)
        read = time.perf_counter() - started
        print(f"{len(rows)} findings read in {read:.2f} s")
        for mode in Mode:
            started = time.perf_counter()
            chosen = picker(rows, mode, TOP).take(TOP)
            print(f"{mode.value}: {len(chosen)} chosen in {time.perf_counter() - started:.2f} s")
        started = time.perf_counter()
        others = clips.findings(Outcome.MET, criteria=("c0",), limit=CALLS)
        found = partners(chosen, others)
        print(
            f"pairs: {sum(f is not None for f in found)} partners of {len(others)} in {time.perf_counter() - started:.2f} s"
        )
        started = time.perf_counter()
        print(f"text: {len(mentioning(rows, '你爱投诉'))} found in {time.perf_counter() - started:.2f} s")
        clips.close()


if __name__ == "__main__":
    main()
