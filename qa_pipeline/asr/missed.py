"""Speech of which no word was recognised: it is heard again alone.

Whisper sometimes skips a sentence within a window, above all one that repeats its neighbour word for word.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.asr import quality
from qa_pipeline.asr.quality import Heard, Segment, bare
from qa_pipeline.domain.time import Span

LEAST_MS = 600
"""Shorter stretches are breaths and grunts as often as words, and heard alone they invite inventions."""
STRAY_MS = 300
"""Attention times of true words stray by so much."""
FULL_CHARS_PER_S = 7.0
"""A stretch with more characters than this holds words of its neighbour: 300 a minute is a fast speaker."""


def stretches(voiced: Sequence[Span], heard: Heard) -> tuple[Span, ...]:
    """The voiced stretches, long enough to hold a word, near which no recognised word has its middle."""
    middles = [(w.span.start_ms + w.span.end_ms) // 2 for segment, _ in heard for w in segment.words]
    return tuple(
        span
        for span in voiced
        if span.duration_ms >= LEAST_MS
        and not any(span.start_ms - STRAY_MS <= middle < span.end_ms + STRAY_MS for middle in middles)
    )


def filled(heard: Heard, alone: Heard, stretch: Span, voiced: Sequence[Span]) -> Heard:
    """What was heard, with the words of the stretch heard alone, if they are to be trusted.

    Doubtful ones are not; nor are words that the neighbour already has, unless it has no more than it can hold.
    """
    if not alone or any(flags or segment.confidence < quality.MIN_CONFIDENCE for segment, flags in alone):
        return heard
    said = "".join(bare(segment.text) for segment, _ in alone)
    for neighbour in _neighbours(stretch, voiced):
        text = _text_near(neighbour, [segment for segment, _ in heard])
        if said in text and len(text) * 1000 > FULL_CHARS_PER_S * neighbour.duration_ms:
            return heard
    return sorted([*heard, *alone], key=lambda both: both[0].span.start_ms)


def _neighbours(stretch: Span, voiced: Sequence[Span]) -> tuple[Span, ...]:
    place = list(voiced).index(stretch)
    return tuple(voiced[max(0, place - 1) : place]) + tuple(voiced[place + 1 : place + 2])


def _text_near(span: Span, segments: Sequence[Segment]) -> str:
    return "".join(
        bare(word.text)
        for segment in segments
        for word in segment.words
        if span.start_ms - STRAY_MS <= (word.span.start_ms + word.span.end_ms) // 2 < span.end_ms + STRAY_MS
    )
