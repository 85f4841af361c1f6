"""How fast stored calls are scored under two forms, without audio.

``python -m benchmarks.backtest [calls]`` (default 600): makes six-minute calls of ordinary talk, every one different, with
recognition errors, scores and stores them as a night's run would, and compares the shipped enquiry form with changed ones:
as revisions are, with every question changed, and that again with scores of an older engine, so that both forms are asked
whole.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.corruption import corrupt
from benchmarks.phrase_material import FORBIDDEN, ORDINARY, SCRIPTS, WISHED
from qa_pipeline import bootstrap
from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.domain.call import CallInfo, Role
from qa_pipeline.domain.recording import AudioFacts, Recording
from qa_pipeline.domain.scorecard import CallStatus
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import AsrQuality, Transcript, Utterance, Word
from qa_pipeline.pipeline.backtest import CHUNK, OpenStored, Stored, backtest
from qa_pipeline.pipeline.identity import provenance
from qa_pipeline.rules.evaluate import evaluate
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.scoring.score import score
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import CallRow, SavedCall

CALL_MS = 360_000
GOAL_CALLS, GOAL_S = 10_000, 120
FEW_DAY = date(2026, 3, 2)
"""The day of the first calls: a load for each of two workers."""
FEW = 2 * CHUNK
QUALITY = AsrQuality(avg_logprob=-0.3, no_speech_prob=0.0, compression_ratio=1.0, temperature=0.0)


def dialogue(rng: random.Random) -> tuple[Utterance, ...]:
    """Six minutes: the agent speaks two sentences, the customer one, a pause after each; some pauses are long."""
    scripts = [rng.choice(s) for s in SCRIPTS.values()]
    made: list[Utterance] = []
    clock, turn = 500, 0
    while clock < CALL_MS:
        channel = turn % 2
        said = [rng.choice(ORDINARY) for _ in range(2 - channel)]
        if channel == 0 and rng.random() < 0.4:
            said.append(rng.choice(WISHED))
        if channel == 0 and rng.random() < 0.02:
            said.append(rng.choice(FORBIDDEN))
        if channel == 0 and turn // 2 < len(scripts) and rng.random() < 0.8:
            said.insert(0, scripts[turn // 2])
        text = corrupt("，".join(said), 0.15, rng)
        words = []
        start = clock
        for at in range(0, len(text), 2):
            token = text[at : at + 2]
            words.append(
                Word(
                    text=token,
                    span=Span(start_ms=clock, end_ms=clock + 220 * len(token)),
                    confidence=round(rng.uniform(0.5, 1.0), 3),
                )
            )
            clock += 220 * len(token)
        made.append(
            Utterance(
                utterance_id=f"c{channel}-{start}",
                channel=channel,
                speaker=None,
                span=Span(start_ms=start, end_ms=clock),
                words=tuple(words),
                asr_quality=QUALITY,
            )
        )
        clock += 7_000 if rng.random() < 0.03 else rng.randrange(200, 900)
        turn += 1
    return tuple(made)


def stored(settings: Settings) -> Stored:
    """Database and artifacts; the engine has one name, so that nobody's edit during the run makes it another."""
    store, artifacts, _ = bootstrap.stored(settings)
    return store, artifacts, {"engine": "benchmark"}


def stored_by_older_engine(settings: Settings) -> Stored:
    """The same calls, seen by an engine that has changed since."""
    store, artifacts, _ = bootstrap.stored(settings)
    return store, artifacts, {"engine": "next"}


def store_calls(settings: Settings, rubric: Rubric, count: int) -> int:
    """Score and store that many calls; returns the characters of all together."""
    store, artifacts, engine = stored(settings)
    store.register_rubric(rubric.rubric, rubric.version, rubric.digest, rubric.content)
    saved: list[SavedCall] = []
    chars = 0
    for number in range(count):
        rng = random.Random(number)
        said = dialogue(rng)
        chars += sum(len(u.text) for u in said)
        recording_id = f"{number:064x}"
        recording = Recording(
            recording_id=recording_id,
            source_name=f"{number}.wav",
            codec="pcm_s16le",
            sample_rate_hz=8000,
            num_channels=2,
            num_samples=said[-1].span.end_ms * 8,
        )
        facts = AudioFacts(
            recording=recording,
            declared_duration_ms=None,
            activity=tuple(tuple(u.span for u in said if u.channel == c) for c in (0, 1)),
            loudness_db=tuple(
                tuple(round(rng.uniform(-40, -15), 1) for _ in range(CALL_MS // 1000)) for _ in (0, 1)
            ),
        )
        keys = {kind: artifacts.key(kind, recording_id) for kind in ("facts", "transcript")}
        artifacts.save(keys["facts"], facts)
        transcript = Transcript(recording_id=recording_id, language="zh", utterances=said)
        artifacts.save(keys["transcript"], transcript)
        row = CallRow(
            info=CallInfo(
                call_id=f"call-{number:05d}",
                agent_id=f"{3100 + number % 40}",
                queue="enquiry",
                direction="inbound",
                started_at=datetime(2026, 3, 2 if number < FEW else 3, 1, tzinfo=UTC),
                ring_s=6.0,
                channel_roles={0: Role.AGENT, 1: Role.CUSTOMER},
            ),
            recording=recording,
            source_uri=f"{number}.wav",
            status=CallStatus.SCORED,
            artifacts=keys,
        )
        call = assemble(row.info, facts, transcript, default_agent_channel=0)
        findings = evaluate(
            rubric,
            call,
            min_confidence=settings.min_confidence,
            min_confidence_fatal=settings.min_confidence_fatal,
        )
        card = score(
            rubric,
            findings,
            call,
            engine_digest="benchmark",
            max_pending_pct=settings.max_pending_pct,
            fatal_needs_person=settings.fatal_needs_person,
            provenance=provenance(engine, "benchmark", transcript, settings, row.info),
        )
        saved.append(SavedCall(row=row, scorecard=card))
    store.save(saved)
    return chars


def changed(rubric: Rubric, *edits: tuple[str, str]) -> Rubric:
    """The next version of a form with words of its text replaced."""
    content = rubric.content
    version = (f"version: {rubric.version}\n", f"version: {rubric.version + 1}\n")
    for old, new in (version, *edits):
        if old not in content:
            raise SystemExit(f"the shipped form no longer says {old!r}")
        content = content.replace(old, new)
    return parse_rubric(content, "next.yaml")


def measure(
    title: str, old: Rubric, new: Rubric, settings: Settings, count: int, open_stored: OpenStored
) -> None:
    for workers in sorted({1, os.cpu_count() or 1}):
        few_s, _ = timed(old, new, settings, FEW, open_stored, workers, FEW_DAY)
        all_s, cpu_s = timed(old, new, settings, count, open_stored, workers, None)
        # What workers need to start is paid once, not for every few hundred calls.
        each_s = (all_s - few_s) / (count - FEW)
        total_s = few_s + each_s * (GOAL_CALLS - FEW)
        print(
            f"{title:40} {workers} process(es): {1 / each_s:6.1f} calls/s, start {max(0.0, few_s - FEW * each_s):4.1f} s, "
            f"{1000 * cpu_s / count:5.1f} ms of CPU a call; {GOAL_CALLS} calls: {total_s:5.0f} s "
            f"(goal: {GOAL_S} s on two cores)"
        )


def timed(
    old: Rubric,
    new: Rubric,
    settings: Settings,
    count: int,
    open_stored: OpenStored,
    workers: int,
    day: date | None,
) -> tuple[float, float]:
    """Seconds by the clock and of CPU, of this process and its workers."""
    before, started = cpu_seconds(), time.perf_counter()
    result = backtest(old, new, settings, open_stored=open_stored, workers=workers, last_day=day)
    if result.totals.compared != count:
        raise SystemExit(f"{result.totals.compared} of {count} calls were compared: {result.set_aside[:3]}")
    return time.perf_counter() - started, cpu_seconds() - before


def cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=None, artifact_url=None)
        old = bootstrap.find_rubric("inbound_enquiry", settings.model_copy(update={"rubrics_dir": None}))
        chars = store_calls(settings, old, count)
        print(
            f"{count} calls of six minutes, {chars // count} characters each; {len(list(old.criteria()))} criteria"
        )
        points = changed(old, ("points: ", "points: 1"))
        phrases = changed(
            old, ("list: forbidden_blame", "phrases: [你怎么听不懂, 你有完没完, 你懂不懂, 我没空, 别啰嗦]")
        )
        # Another value for scripts makes every criterion a new question.
        everything = changed(old, ("variables: {", "variables: {motto: 使命必达, "))
        measure("points of every criterion", old, points, settings, count, stored)
        measure("one list of phrases", old, phrases, settings, count, stored)
        measure("every question", old, everything, settings, count, stored)
        measure("every question, and the engine", old, everything, settings, count, stored_by_older_engine)
        bootstrap.stored(settings)[0].close()


if __name__ == "__main__":
    main()
