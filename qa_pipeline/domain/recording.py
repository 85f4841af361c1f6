"""A recording is its bytes."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.domain.time import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One audio file, known by the SHA-256 of its bytes."""

    recording_id: str
    source_name: str
    codec: str
    sample_rate_hz: int
    num_channels: int
    num_samples: int
    """Decoded samples per channel at ``sample_rate_hz``."""

    @property
    def duration_ms(self) -> int:
        """Decoded length, rounded down to a millisecond."""
        return self.num_samples * 1000 // self.sample_rate_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFacts:
    """What was measured in the audio itself, before any recognition. Channels count from 0."""

    recording: Recording
    declared_duration_ms: int | None
    """What the header claims; None where it claims nothing."""
    activity: tuple[tuple[Span, ...], ...]
    """Per channel: where somebody speaks, sorted and disjoint."""
    loudness_db: tuple[tuple[float, ...], ...]
    """Per channel, one figure a second: RMS level in dB relative to full scale, floor -100."""
    pitch_hz: tuple[tuple[int, ...], ...] = ()
    """Per channel, one figure a tenth of a second: fundamental frequency of the voice in Hz, 0 where there is none.
    Empty where it was not measured."""
    notes: tuple[str, ...] = ()
    """Codes of oddities that were lived with: ``dual_mono``, ``clipped``, ``silent_channel_0`` …"""

    @property
    def is_mono(self) -> bool:
        """Whether both parties share one signal: a single channel, or two equal ones."""
        return len(self.activity) == 1 or "dual_mono" in self.notes
