"""From segments to utterances: simplified characters, words where somebody speaks, breaks at pauses."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from qa_pipeline.asr import quality
from qa_pipeline.asr.quality import Segment
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import AsrQuality, Utterance, Word

PAUSE_MS = 800
"""A longer silence between two words begins a new utterance."""
MIN_WORD_MS = 20
"""No word is shorter (one step of Whisper's time resolution), so that its middle lies in some stretch."""


@cache
def _converter() -> Any:
    import opencc

    # Whisper writes Taiwanese characters: tw2s also turns 随著 into 随着 and leaves 著名 alone, which t2s does not.
    return opencc.OpenCC("tw2s")


def simplified(texts: Sequence[str]) -> list[str]:
    """The texts of consecutive words in simplified characters; converted together, for their context."""
    joined = _converter().convert("".join(texts))
    if len(joined) != sum(len(text) for text in texts):
        return [str(_converter().convert(text)) for text in texts]
    found, at = [], 0
    for text in texts:
        found.append(str(joined[at : at + len(text)]))
        at += len(text)
    return found


def settle(words: Sequence[Word], activity: Sequence[Span]) -> tuple[Word, ...]:
    """Words moved to where somebody speaks.

    Each is cut to the voiced stretch it shares most time with, or moved to the nearest. Evidence must lead to
    speech, and cross-attention times may stray into the silence beside it. Order is kept; where nobody speaks
    at all the words stay where they are.
    """
    if not activity:
        return tuple(words)
    settled: list[Word] = []
    earliest = 0
    for word in words:
        # Sorted and disjoint: only those that overlap the word, and the one on either side, can be its home.
        first = bisect_right(activity, word.span.start_ms, key=lambda span: span.end_ms)
        last = bisect_left(activity, word.span.end_ms, key=lambda span: span.start_ms)
        near = activity[max(0, first - 1) : max(first, last) + 1]
        home = min(near, key=lambda span: (-_shared(span, word.span), span.gap(word.span), span.start_ms))
        latest = max(home.start_ms, home.end_ms - MIN_WORD_MS)
        start = max(min(max(word.span.start_ms, home.start_ms), latest), earliest)
        end = max(min(word.span.end_ms, home.end_ms), start + MIN_WORD_MS)
        settled.append(replace(word, span=Span(start_ms=start, end_ms=end)))
        earliest = start
    return tuple(settled)


def _shared(span: Span, other: Span) -> int:
    both = span.intersection(other)
    return both.duration_ms if both is not None else 0


def utterances_of(
    channel: int, segments: Sequence[Segment], doubts: Sequence[tuple[str, ...]], activity: Sequence[Span]
) -> tuple[Utterance, ...]:
    """The utterances of one channel in order of time.

    A line that Whisper is known to invent, recognised where nobody speaks, is left out of the words but not
    of the record: it becomes an utterance without words, flagged ``dropped_hallucination``.
    """
    made: list[Utterance] = []
    for segment, raised in zip(segments, doubts, strict=True):
        flags = raised
        stretches: Iterable[tuple[Word, ...]]
        if quality.invented(segment, raised):
            flags = tuple(sorted({*raised, quality.DROPPED}))
            stretches = [()]
        else:
            stretches = _stretches(settle(segment.words, activity))
        for words in stretches:
            span = (
                Span(start_ms=words[0].span.start_ms, end_ms=max(w.span.end_ms for w in words))
                if words
                else None
            )
            made.append(
                Utterance(
                    utterance_id="",
                    channel=channel,
                    speaker=None,
                    span=span or segment.span,
                    words=words,
                    asr_quality=AsrQuality(
                        avg_logprob=segment.avg_logprob,
                        no_speech_prob=segment.no_speech_prob,
                        compression_ratio=segment.compression_ratio,
                        temperature=segment.temperature,
                        flags=flags,
                    ),
                )
            )
    made.sort(key=lambda u: (u.span.start_ms, u.span.end_ms))
    return tuple(replace(u, utterance_id=f"c{channel}-{n:04d}") for n, u in enumerate(made, start=1))


def _stretches(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """Words broken up at long pauses."""
    found: list[list[Word]] = []
    for word in words:
        if found and word.span.start_ms - found[-1][-1].span.end_ms <= PAUSE_MS:
            found[-1].append(word)
        else:
            found.append([word])
    return [tuple(stretch) for stretch in found]
