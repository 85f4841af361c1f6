"""Does one channel leak into the other (crosstalk, echo), how loud, and when is that all there is to hear?

Speech that leaks must not count as speech of the wrong party: it would make talk-over out of nothing. The
leak is measured in the recording itself, because a fixed level difference can't tell a leak of -25 dB from
a quiet speaker on a loud line.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm

WINDOW = 8192
_MAX_LAG = SAMPLE_RATE_HZ // 10
_MAX_WINDOWS = 200
_STEP = SAMPLE_RATE_HZ // 100
LEAK_CORRELATION = 0.6
"""From here a window of 0.5 s counts as a scaled copy of the other channel. Of 2,209 windows of unrelated
voices, within lags of 100 ms, 99 % stayed below 0.38, single ones reached 0.76 (hence the share below)."""
LEAK_SHARE = 0.1
"""Share of the other party's speaking windows that must be copies, at one lag, before we speak of a leak."""
LOUDEST_LEAK_DB = -6.0
"""A louder copy is no leak but the same signal."""
HEADROOM_DB = 6.0
"""Own speech must be so far above the leak to be told from it: the level of a leak varies by that much
between sounds."""
UNMEASURED_LEAK_DB = -36.0
"""Where no leak can be measured, anything this far below the other party at the same moment is taken for
one."""

Figures = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


def leaked(own: Pcm, other: Pcm, *, own_db: Figures, other_db: Figures, other_speaks: Mask) -> Mask:
    """Per 10 ms, whether what this channel holds is explained by the other one.

    Args:
        own: int16 at 16 kHz, shape ``(num_samples,)``.
        other: the other channel, same shape.
        own_db: level of ``own`` per 10 ms.
        other_db: level of ``other`` per 10 ms.
        other_speaks: per 10 ms, whether the other channel holds speech.
    """
    found = measure_leak(own, other, other_speaks)
    gain_db, lag = found if found is not None else (UNMEASURED_LEAK_DB - HEADROOM_DB, 0)
    shift = round(lag / _STEP)
    # The loudest of the neighbouring steps: lag and window smear the leak by a step to either side.
    padded = np.pad(other_db, 2, constant_values=-100)
    loudest = np.max([padded[i : i + len(other_db)] for i in range(5)], axis=0)
    expected = np.roll(loudest, shift) + gain_db
    speaking = np.convolve(np.roll(other_speaks, shift), np.ones(21), mode="same") > 0
    masked: Mask = (own_db < expected + HEADROOM_DB) & speaking
    return masked


def measure_leak(own: Pcm, other: Pcm, other_speaks: Mask) -> tuple[float, int] | None:
    """Gain (dB) and lag (samples) with which ``other`` appears in ``own``; None where it does not."""
    steps = WINDOW // _STEP
    starts = [
        s * _STEP
        for s in range(0, len(other_speaks) - steps, steps)
        if other_speaks[s : s + steps].mean() > 0.7 and (s * _STEP + WINDOW) <= len(own)
    ]
    starts = starts[:: max(1, -(-len(starts) // _MAX_WINDOWS))]
    gains, lags = [], []
    for start in starts:
        a = own[start : start + WINDOW].astype(np.float32)
        b = other[start : start + WINDOW].astype(np.float32)
        correlation, lag, gain = best_lag(a, b)
        # Where the other channel is the quieter one, it holds our leak, not we its.
        if abs(correlation) >= LEAK_CORRELATION and 0 < gain <= 10 ** (LOUDEST_LEAK_DB / 20):
            gains.append(20 * float(np.log10(gain)))
            lags.append(lag)
    if len(lags) < max(2, LEAK_SHARE * len(starts)):
        return None
    usual = int(np.median(lags))
    agreeing = [g for g, lag in zip(gains, lags, strict=True) if abs(lag - usual) <= _STEP]
    if len(agreeing) < max(2, LEAK_SHARE * len(starts)):
        return None
    return float(np.median(agreeing)), usual


def best_lag(own: Figures, other: Figures) -> tuple[float, int, float]:
    """Largest normalised cross-correlation, its lag in samples, and the gain from ``other`` to ``own``
    there."""
    own, other = own - own.mean(), other - other.mean()
    power_own, power_other = float(np.dot(own, own)), float(np.dot(other, other))
    if power_own == 0 or power_other == 0:
        return 0.0, 0, 0.0
    size = 2 * WINDOW
    cross = np.fft.irfft(np.fft.rfft(own, size) * np.conj(np.fft.rfft(other, size)), size)
    candidates = np.concatenate([cross[-_MAX_LAG:], cross[: _MAX_LAG + 1]])
    index = int(np.argmax(np.abs(candidates)))
    peak = float(candidates[index])
    return peak / (power_own * power_other) ** 0.5, index - _MAX_LAG, abs(peak) / power_other
