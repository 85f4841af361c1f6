"""Small calls for tests, built from lines of speech with times."""

from __future__ import annotations

from qa_pipeline.domain.recording import AudioFacts, Recording
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import AsrQuality, Transcript, Utterance, Word

QUALITY = AsrQuality(avg_logprob=-0.2, no_speech_prob=0.01, compression_ratio=1.2, temperature=0.0)


def span(start_s: float, end_s: float) -> Span:
    return Span(start_ms=round(start_s * 1000), end_ms=round(end_s * 1000))


def utterance(channel: int, start_s: float, end_s: float, text: str, confidence: float = 0.9) -> Utterance:
    """One word a character, evenly spread."""
    whole = span(start_s, end_s)
    step = whole.duration_ms / len(text)
    words = tuple(
        Word(
            text=char,
            span=Span(
                start_ms=whole.start_ms + round(i * step), end_ms=whole.start_ms + round((i + 1) * step)
            ),
            confidence=confidence,
        )
        for i, char in enumerate(text)
    )
    return Utterance(
        utterance_id=f"c{channel}-{whole.start_ms}",
        channel=channel,
        speaker=None,
        span=whole,
        words=words,
        asr_quality=QUALITY,
    )


def transcript(*utterances: Utterance, recording_id: str = "r" * 64) -> Transcript:
    return Transcript(
        recording_id=recording_id,
        language="zh",
        utterances=tuple(sorted(utterances, key=lambda u: (u.span, u.channel))),
        provenance={"asr_engine": "fake"},
    )


def facts(
    utterances: tuple[Utterance, ...],
    *,
    channels: int = 2,
    duration_s: float = 60,
    recording_id: str = "r" * 64,
) -> AudioFacts:
    """Activity exactly where the utterances are."""
    return AudioFacts(
        recording=Recording(
            recording_id=recording_id,
            source_name="call.wav",
            codec="pcm_s16le",
            sample_rate_hz=8000,
            num_channels=channels,
            num_samples=round(duration_s * 8000),
        ),
        declared_duration_ms=round(duration_s * 1000),
        activity=tuple(tuple(u.span for u in utterances if u.channel == c) for c in range(channels)),
        loudness_db=tuple(tuple(-25.0 for _ in range(round(duration_s))) for _ in range(channels)),
    )


RUBRIC = """\
rubric: small
version: 1
title: 小评分表
bands: {好: 80, 差: 0}
sections:
  - id: opening
    title: 开头语
    criteria:
      - id: greeting
        title: 报工号
        points: 10
        severity: minor
        check: {op: must_say, phrases: [工号三一零七]}
      - id: polite
        title: 礼貌
        points: 5
        severity: minor
        check: {op: must_say, phrases: [谢谢您]}
"""
"""A form of two criteria that one phrase each decides."""
