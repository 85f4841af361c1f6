"""The pitch of a voice, ten figures a second, also where the telephone has cut off the fundamental.

Most telephone lines pass 300 to 3,400 Hz, and few people's fundamental lies above 300 Hz: it must be inferred from the
harmonics. Every 50 ms each of 105 candidates between 65 and 490 Hz gets two marks, which are added:

1. how much of the flattened spectrum lies on its first eight harmonics rather than half-way between them (the
   "summation of residual harmonics", Drugman and Alwan 2011, with a smoothed spectrum in place of linear prediction);
2. the autocorrelation at its period, from the amplitude spectrum raised to 0.67 instead of squared, so that one strong
   formant does not decide (Tolonen and Karjalainen 2000).

The best path through a stretch of speech pays for every jump (Viterbi), which mends octave errors. ``docs/design/manner.md``
has the comparison with YIN and the errors (``python -m benchmarks.pitch`` repeats it).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm
from qa_pipeline.domain.time import Span

SLOT_MS = 100
"""One figure of the track stands for so long."""
_HOP = SAMPLE_RATE_HZ // 20
_PER_SLOT = SLOT_MS * SAMPLE_RATE_HZ // 1000 // _HOP
_FRAME = 1024
_FFT = 2048
_MAX_FRAMES = 600
"""Frames looked at together: 30 s, so that memory does not grow with a stretch of speech."""

_LOWEST_HZ, _HIGHEST_HZ = 65.0, 500.0
_PER_OCTAVE = 36
_HARMONICS = 8
_BAND_HZ = (60, 3400)
_ENVELOPE_HZ = 300
"""Width of the smoothing that stands for the vocal tract: wider than most voices' distance of harmonics."""
_FLOOR = 0.1
"""Share of the frame's mean amplitude below which nothing is lifted: flattening must not raise what the line cut off."""
_COMPRESSION = 0.67
_JUMP_COST = 0.01
"""Per step (a third of a semitone), up to an octave."""
_OCTAVE_COST = 0.01
"""The higher of two equally good candidates: else a steady tone would have no pitch of its own (Boersma 1993)."""

VOICED = 0.5
"""Mark from which a frame has a pitch. White noise stays below it (99th percentile 0.38); with it, 0.8 % of the frames on
a telephone line are wrong by more than 3 semitones."""
_QUIET_DB = 22.0
"""A frame so far under the loud ones of its channel (95th percentile) is a breath, a fading end, or the other party."""

Figures = npt.NDArray[np.float32]


def pitch_track(samples: Pcm, activity: Sequence[Span]) -> tuple[int, ...]:
    """The fundamental frequency in whole Hz per 100 ms, 0 where there is no voice or no pitch.

    Args:
        samples: int16 at 16 kHz, shape ``(num_samples,)``.
        activity: where somebody speaks on this channel; nothing else is looked at.

    Returns:
        As many figures as there are (begun) tenths of a second in the samples.
    """
    num_frames = -(-len(samples) // _HOP)
    hz, mark, level = (np.zeros(num_frames, dtype=np.float32) for _ in range(3))
    looked_at = np.zeros(num_frames, dtype=np.bool_)
    for span in activity:
        first = span.start_ms * SAMPLE_RATE_HZ // 1000 // _HOP
        last = min(-(-span.end_ms * SAMPLE_RATE_HZ // 1000 // _HOP), num_frames)
        for start in range(first, last, _MAX_FRAMES):
            part = slice(start, min(start + _MAX_FRAMES, last))
            marks, level[part] = _marks(samples, part)
            hz[part], mark[part] = _follow(marks)
            looked_at[part] = True
    if not looked_at.any():
        return (0,) * -(-num_frames // _PER_SLOT)
    loud = level > float(np.percentile(level[looked_at], 95)) - _QUIET_DB
    mark = np.where(looked_at & loud & (mark >= VOICED), mark, 0)
    missing = -num_frames % _PER_SLOT
    marks_of, hz_of = (np.pad(figures, (0, missing)).reshape(-1, _PER_SLOT) for figures in (mark, hz))
    best = marks_of.argmax(axis=1)
    rows = np.arange(len(best))
    track = np.where(marks_of[rows, best] > 0, np.rint(hz_of[rows, best]), 0)
    return tuple(int(figure) for figure in track)


def _marks(samples: Pcm, part: slice) -> tuple[Figures, Figures]:
    """Each candidate's mark in each frame, shape ``(frames, candidates)``, and the frames' levels in dB."""
    centre = _HOP // 2
    start = part.start * _HOP + centre - _FRAME // 2
    size = (part.stop - part.start - 1) * _HOP + _FRAME
    block = np.zeros(size, dtype=np.float32)
    inside = samples[max(0, start) : max(0, start + size)]
    block[max(0, -start) : max(0, -start) + len(inside)] = inside
    frames = np.lib.stride_tricks.sliding_window_view(block, _FRAME)[::_HOP]
    frames = (frames - frames.mean(axis=1, keepdims=True)) * np.hanning(_FRAME).astype(np.float32)
    level = 10 * np.log10(np.square(frames).mean(axis=1) + 1e-3)
    spectrum = np.abs(np.fft.rfft(frames, _FFT)).astype(np.float32)
    resolution = SAMPLE_RATE_HZ / _FFT
    low, high = (round(hz / resolution) for hz in _BAND_HZ)
    spectrum[:, :low] = 0
    spectrum[:, high:] = 0
    return _harmonic_sum(spectrum[:, :high]) + _autocorrelation(spectrum) - _octave_cost(), level.astype(
        np.float32
    )


def _harmonic_sum(spectrum: Figures) -> Figures:
    width = int(_ENVELOPE_HZ * _FFT / SAMPLE_RATE_HZ) | 1
    padded = np.pad(np.square(spectrum), ((0, 0), (width // 2 + 1, width // 2)), mode="edge")
    summed = np.cumsum(padded, axis=1, dtype=np.float64)
    envelope = np.sqrt(np.maximum(summed[:, width:] - summed[:, :-width], 0) / width)
    mean = np.sqrt(np.square(spectrum).mean(axis=1, keepdims=True))
    flat = spectrum / (envelope + _FLOOR * mean + 1e-6)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True) + 1e-6
    return np.asarray(flat.astype(np.float32) @ _comb()[: flat.shape[1]])


def _autocorrelation(spectrum: Figures) -> Figures:
    lags = np.fft.irfft(spectrum**_COMPRESSION, _FFT)
    lags /= np.maximum(lags[:, :1], 1e-6)
    period = SAMPLE_RATE_HZ / _candidates_hz()
    whole = period.astype(int)
    share = period - whole
    return np.asarray(lags[:, whole] * (1 - share) + lags[:, whole + 1] * share, dtype=np.float32)


def _follow(marks: Figures) -> tuple[Figures, Figures]:
    """The best path: its frequency in Hz and its mark, per frame."""
    steps = np.arange(marks.shape[1])
    cost = (np.minimum(np.abs(steps[:, None] - steps), _PER_OCTAVE) * _JUMP_COST).astype(np.float32)
    came_from = np.zeros(marks.shape, dtype=np.int16)
    best = marks[0]
    for frame in range(1, len(marks)):
        reached = best[:, None] - cost
        came_from[frame] = reached.argmax(axis=0)
        best = reached[came_from[frame], steps] + marks[frame]
    path = np.zeros(len(marks), dtype=np.intp)
    path[-1] = best.argmax()
    for frame in range(len(marks) - 1, 0, -1):
        path[frame - 1] = came_from[frame, path[frame]]
    rows = np.arange(len(marks))
    left, here, right = (marks[rows, np.clip(path + d, 0, len(steps) - 1)] for d in (-1, 0, 1))
    bend = left - 2 * here + right
    shift = np.clip(np.where(bend < 0, 0.5 * (left - right) / np.minimum(bend, -1e-6), 0), -0.5, 0.5)
    hz = _LOWEST_HZ * 2 ** ((path + shift) / _PER_OCTAVE)
    return hz.astype(np.float32), here


@cache
def _candidates_hz() -> npt.NDArray[np.float64]:
    octaves = np.log2(_HIGHEST_HZ / _LOWEST_HZ)
    return np.asarray(_LOWEST_HZ * 2 ** (np.arange(int(_PER_OCTAVE * octaves)) / _PER_OCTAVE))


@cache
def _octave_cost() -> Figures:
    return np.asarray(_OCTAVE_COST * np.log2(_HIGHEST_HZ / _candidates_hz()), dtype=np.float32)


@cache
def _comb() -> Figures:
    """Weights of the spectrum for each candidate: +1 on its harmonics, -1 half-way between them, spread over two bins."""
    resolution = SAMPLE_RATE_HZ / _FFT
    weights = np.zeros((_FFT // 2 + 1, len(_candidates_hz())), dtype=np.float32)
    for number, hz in enumerate(_candidates_hz()):
        for harmonic in range(1, _HARMONICS + 1):
            for place, weight in ((harmonic, 1.0), (harmonic - 0.5, -1.0 if harmonic > 1 else 0.0)):
                if place * hz < _BAND_HZ[1]:
                    index, share = divmod(place * hz / resolution, 1)
                    weights[int(index), number] += weight * (1 - share)
                    weights[int(index) + 1, number] += weight * share
    return weights
