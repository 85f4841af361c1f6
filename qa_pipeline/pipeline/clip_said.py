"""Finds words by their sound: in quotes of findings, and in everything that was said in the newest calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import AsrQuality, Transcript, Utterance, Word
from qa_pipeline.errors import StorageError
from qa_pipeline.storage.base import Artifacts
from qa_pipeline.storage.clip_base import FindingRow, HeardCall, SaidRow
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.phrases import phrase
from qa_pipeline.text.types import Match, Pattern

MOST_CHARACTERS = 1_000_000
"""So much is read of the newest calls, whatever their number: it takes under ten seconds (docs/design/clips.md)."""
AROUND_MS = 8_000
"""What is said so long before and after tells one place from another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """Places where words are said, newest call first, and how far was looked."""

    rows: tuple[SaidRow, ...]
    calls: int
    """Calls whose transcripts were read."""
    known: int
    """Calls there are."""


def search(calls: Sequence[HeardCall], words: str, artifacts: Artifacts) -> Searched:
    """The surest place of each call in which the words sound, also misrecognised; the newest calls first, until
    :data:`MOST_CHARACTERS` were read."""
    pattern = phrase(words)
    rows: list[SaidRow] = []
    read = characters = 0
    for call in calls:
        if characters >= MOST_CHARACTERS:
            break
        transcript = _transcript(call, artifacts)
        if transcript is None:
            continue
        read += 1
        characters += sum(len(u.text) for u in transcript.utterances)
        found = [m for line in _lines(transcript) for m in pattern.find(line) if m.verdict == "hit"]
        if found:
            best = min(found, key=lambda m: (-m.confidence, m.span))
            rows.append(_row(call, words, best, transcript))
    return Searched(rows=tuple(rows), calls=read, known=len(calls))


def mentioning(rows: Iterable[FindingRow], words: str) -> list[FindingRow]:
    """Those in whose quotes the words sound, also misrecognised."""
    pattern = phrase(words)
    return [row for row in rows if any(pattern.find(_line(quote)) for quote in row.quotes)]


def says(lines: Iterable[str], pattern: Pattern) -> bool:
    """Whether one of these lines surely holds the words."""
    return any(m.verdict == "hit" for line in lines for m in pattern.find(_line(line)))


def _transcript(call: HeardCall, artifacts: Artifacts) -> Transcript | None:
    try:
        return artifacts.load(call.transcript, Transcript)
    except StorageError:
        return None  # a damaged one must not hide the others; `qa doctor` names it


def _lines(transcript: Transcript) -> list[AlignedText]:
    voices: dict[tuple[int, str], list[Utterance]] = {}
    for utterance in transcript.utterances:
        voices.setdefault((utterance.channel, utterance.speaker or ""), []).append(utterance)
    return [AlignedText.of(said) for _, said in sorted(voices.items())]


def _row(call: HeardCall, words: str, match: Match, transcript: Transcript) -> SaidRow:
    near = Span(start_ms=max(0, match.span.start_ms - AROUND_MS), end_ms=match.span.end_ms + AROUND_MS)
    around = sorted((u.span, u.text) for u in transcript.utterances if u.span.intersection(near))
    return SaidRow(
        call_id=call.call_id,
        agent_id=call.agent_id,
        queue=call.queue,
        hearing_pct=call.hearing_pct,
        confidence=match.confidence,
        length_ms=match.span.duration_ms,
        quotes=tuple(text for _, text in around),
        words=words,
        span=match.span,
    )


def _line(quote: str) -> AlignedText:
    said = tuple(
        Word(text=c, span=Span(start_ms=i, end_ms=i + 1), confidence=1.0) for i, c in enumerate(quote)
    )
    whole = Span(start_ms=0, end_ms=len(quote))
    quality = AsrQuality(avg_logprob=0.0, no_speech_prob=0.0, compression_ratio=1.0, temperature=0.0)
    return AlignedText.of(
        [Utterance(utterance_id="", channel=0, speaker=None, span=whole, words=said, asr_quality=quality)]
    )
