"""What was recognised, word by word, and how well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qa_pipeline.domain.time import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A recognised word (in Chinese one to a few characters) with its time and the recogniser's confidence, 0 to 1."""

    text: str
    span: Span
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AsrQuality:
    """The recogniser's own figures for the segment an utterance comes from."""

    avg_logprob: float
    """Mean log-probability of the tokens (natural logarithm, at most 0)."""
    no_speech_prob: float
    compression_ratio: float
    temperature: float
    flags: tuple[str, ...] = ()
    """Doubts raised by our checks: ``loop``, ``known_hallucination``, ``impossible_rate``, ``low_confidence`` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A stretch of speech of one channel without a long pause."""

    utterance_id: str
    channel: int
    speaker: str | None
    """Set where several people share a channel (mono)."""
    span: Span
    words: tuple[Word, ...]
    asr_quality: AsrQuality

    @property
    def text(self) -> str:
        """The words put together as written."""
        return "".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """All utterances of a recording in order of time, then channel."""

    recording_id: str
    language: str
    utterances: tuple[Utterance, ...]
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Engine, model, digests and settings that made it; two transcripts with equal provenance are equal."""
