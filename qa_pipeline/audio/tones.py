"""What fills the pauses: ring-back tone at the start, music in a hold. Named on the call, never taken for speech.

Both are read from the spectrum (250 to 3,400 Hz, 64 ms, ten times a second) of the stretches in which nobody speaks: in
the others a leak of the other party's voice would be taken for music. What was tried: ``docs/design/voice_activity.md``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm
from qa_pipeline.domain.time import Span, merge, subtract

_STEP = SAMPLE_RATE_HZ // 10
_FRAME = 1024
_LOW, _HIGH = 16, 218
"""Bins of 15.6 Hz: 250 to 3,400 Hz; mains hum lies below."""
_RING_BINS = slice(26, 32)
"""Around 450 Hz: ring-back and busy tone of the Chinese network (GB/T 3380: 450 ± 25 Hz)."""
RING_SHARE = 0.9
"""Share of a frame's power within 406 to 484 Hz: the tone has all but the line's noise there, a voice its harmonics too."""
LEAST_RINGS = 8
"""Frames in a row: rings last 1 s, busy tones 0.35 s."""
MOST_RINGS = 13
AUDIBLE_DB = -50.0
"""Music is at least so loud (in the band, relative to full scale): line noise seldom is."""
TONAL = 0.15
"""Spectral flatness (geometric by arithmetic mean of the power) below which a frame is tonal; white noise has 0.56."""
MUSIC_MS = 5_000
MUSIC_SHARE = 0.6
"""Share of the frames of a pause that must be audible and tonal."""

Flags = npt.NDArray[np.bool_]


def name_tones(
    channels: Sequence[Pcm], activity: Sequence[Sequence[Span]], duration_ms: int
) -> tuple[str, ...]:
    """``ring_back`` and ``hold_music_channel_<c>``, as far as they are heard.

    Args:
        channels: int16 at 16 kHz, shape ``(num_samples,)`` each.
        activity: per channel, where somebody speaks.
        duration_ms: of the recording.
    """
    notes = set()
    spoken = merge(span for spans in activity for span in spans)
    first_word = spoken[0].start_ms if spoken else duration_ms
    for pause in subtract(Span(start_ms=0, end_ms=duration_ms), spoken):
        before = pause.start_ms < first_word
        if pause.duration_ms < MUSIC_MS and not before:
            continue
        for number, samples in enumerate(channels):
            ring, music = _heard(samples, pause)
            if before and _rings(ring):
                notes.add("ring_back")
            elif pause.duration_ms >= MUSIC_MS and len(music) and float(music.mean()) >= MUSIC_SHARE:
                notes.add(f"hold_music_channel_{number}")
    return tuple(sorted(notes))


def _heard(samples: Pcm, pause: Span) -> tuple[Flags, Flags]:
    """Per tenth of a second: ring-back tone, and whatever else is audible and tonal."""
    start, stop = (ms * SAMPLE_RATE_HZ // 1000 for ms in (pause.start_ms, pause.end_ms))
    window = np.hanning(_FRAME).astype(np.float32)
    rings: list[bool] = []
    tonal: list[bool] = []
    for at in range(start, min(stop, len(samples)) - _FRAME + 1, _STEP):
        frame = samples[at : at + _FRAME].astype(np.float32) / 32768
        power = np.square(np.abs(np.fft.rfft(frame * window)))[_LOW:_HIGH] + 1e-9
        if 10 * np.log10(2 * power.sum() / (_FRAME * np.square(window).sum())) < AUDIBLE_DB:
            rings.append(False)
            tonal.append(False)
            continue
        ring = (
            float(power[_RING_BINS.start - _LOW : _RING_BINS.stop - _LOW].sum() / power.sum()) >= RING_SHARE
        )
        flatness = float(np.exp(np.log(power).mean()) / power.mean())
        rings.append(ring)
        tonal.append(not ring and flatness < TONAL)
    return np.array(rings, dtype=np.bool_), np.array(tonal, dtype=np.bool_)


def _rings(ring: Flags) -> bool:
    """Whether there is a tone that lasts as long as a ring: longer than busy tone, shorter than a steady one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], ring, [False]]).astype(np.int8)))
    return any(LEAST_RINGS <= b - a <= MOST_RINGS for a, b in zip(edges[::2], edges[1::2], strict=True))
