"""Measures of level, second by second, in bounded memory: loudness, clipping, silence, and whether two
channels are one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm, windows

FLOOR_DB = -100.0
"""Reported for digital silence."""
SILENT_DB = -60.0
"""A channel whose loudest second stays below this carries no voice: the idle noise of mu-law lies at
-72 dBFS and below (its smallest step is 8 of 32768), the quietest speech we accept has a mean of -35 dBFS."""
CLIPPED_SHARE = 0.001
"""Share of samples at full scale from which a channel counts as clipped."""
_FULL_SCALE = 32_760
DC_SHARE = 0.01
"""Mean offset, relative to full scale, from which it is noted."""
DUAL_MONO_CORRELATION = 0.8
"""Two copies of one signal with noise 10 dB below each correlate at 0.91, without noise above 0.99. Two parties
that hear each other's echo correlate as much while one of them speaks, but at levels that change with the speaker."""
DUAL_MONO_LEVEL_DB = 12.0
"""Largest level difference between copies."""
DUAL_MONO_SPREAD_DB = 6.0
"""Largest spread of that difference over the call."""
_SPEECH_UNDER_LOUD_DB = 15.0
"""Seconds further below the loud ones hold pauses, where each channel has a noise of its own."""
_MAX_LAG = SAMPLE_RATE_HZ // 16
_MAX_SECONDS_COMPARED = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Loudness per channel (dB relative to full scale, one figure a second) and the oddities found."""

    loudness_db: tuple[tuple[float, ...], ...]
    notes: tuple[str, ...]


def measure_levels(channels: Sequence[Pcm]) -> Levels:
    """Measure all channels: int16 arrays of shape ``(num_samples,)`` at 16 kHz."""
    loudness: list[tuple[float, ...]] = []
    notes: list[str] = []
    for number, samples in enumerate(channels):
        figures, clipped, total = [], 0, 0.0
        for window in windows(len(samples), SAMPLE_RATE_HZ):
            block = samples[window].astype(np.float32)
            clipped += int(np.count_nonzero(np.abs(block) >= _FULL_SCALE))
            total += float(block.sum(dtype=np.float64))
            figures.append(round(rms_db(block), 1))
        loudness.append(tuple(figures))
        if max(figures, default=FLOOR_DB) < SILENT_DB:
            notes.append(f"silent_channel_{number}")
        if clipped > CLIPPED_SHARE * len(samples):
            notes.append(f"clipped_channel_{number}")
        if abs(total) > DC_SHARE * 32768 * len(samples):
            notes.append(f"dc_offset_channel_{number}")
    if (
        len(channels) == 2
        and not any(note.startswith("silent") for note in notes)
        and is_dual_mono(*channels)
    ):
        notes.append("dual_mono")
    return Levels(loudness_db=tuple(loudness), notes=tuple(notes))


def rms_db(block: npt.NDArray[np.float32]) -> float:
    """Root mean square in dB relative to full scale (32768), not below :data:`FLOOR_DB`."""
    power = float(np.mean(np.square(block), dtype=np.float64)) if len(block) else 0.0
    return max(FLOOR_DB, 10 * float(np.log10(power / 32768**2))) if power > 0 else FLOOR_DB


def is_dual_mono(left: Pcm, right: Pcm) -> bool:
    """Whether both channels carry the same signal up to a constant level, a lag of at most 62 ms and noise.

    Compares up to 300 seconds spread evenly over the recording, those at most 15 dB below the loud ones and above
    :data:`SILENT_DB` on either channel.
    """
    seconds = list(windows(min(len(left), len(right)), SAMPLE_RATE_HZ))
    pairs = []
    for window in seconds[:: max(1, len(seconds) // _MAX_SECONDS_COMPARED)]:
        a, b = left[window].astype(np.float32), right[window].astype(np.float32)
        pairs.append((window, rms_db(a), rms_db(b)))
    if not pairs:
        return False
    loud_db = float(np.percentile([max(a, b) for _, a, b in pairs], 90))
    least_db = max(SILENT_DB, loud_db - _SPEECH_UNDER_LOUD_DB)
    compared = [(w, a - b) for w, a, b in pairs if max(a, b) >= least_db]
    if not compared:
        return False
    correlations = [
        peak_correlation(left[w].astype(np.float32), right[w].astype(np.float32), _MAX_LAG)
        for w, _ in compared
    ]
    ratios = [ratio for _, ratio in compared]
    spread = float(np.percentile(ratios, 95) - np.percentile(ratios, 5))
    return (
        float(np.percentile(correlations, 10)) >= DUAL_MONO_CORRELATION
        and abs(float(np.median(ratios))) <= DUAL_MONO_LEVEL_DB
        and spread <= DUAL_MONO_SPREAD_DB
    )


def peak_correlation(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32], max_lag: int) -> float:
    """Largest absolute normalised cross-correlation of two equally long blocks within ``max_lag`` samples,
    0 to 1."""
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt(np.dot(a, a) * np.dot(b, b)))
    if norm == 0:
        return 0.0
    size = 1 << (len(a) + max_lag).bit_length()
    cross = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    return float(max(np.abs(cross[: max_lag + 1]).max(), np.abs(cross[-max_lag:]).max()) / norm)
