"""Whose voice is heard when, on a channel that several people share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qa_pipeline.domain.time import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSpan:
    """A stretch in which one voice speaks."""

    speaker: str
    """``s1``, ``s2`` … in the order in which they are first heard. Says nothing of who they are."""
    span: Span
    confidence: float
    """Probability, 0 to 1, that it is this voice rather than another of the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diarization:
    """The voices of one channel in order of time; together they cover all speech of the channel."""

    recording_id: str
    voices: tuple[VoiceSpan, ...]
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Engine, models and settings; equal provenance and equal audio give an equal result."""

    @property
    def speakers(self) -> tuple[str, ...]:
        """The voices, first heard first."""
        return tuple(dict.fromkeys(v.speaker for v in self.voices))

    def spans_of(self, speaker: str) -> tuple[Span, ...]:
        """Where one voice speaks, sorted and disjoint."""
        return tuple(v.span for v in self.voices if v.speaker == speaker)
