"""Log mel filter-bank features as the embedding network was trained on: Kaldi's ``compute-fbank-feats``, no dither.

25 ms frames every 10 ms, 80 bands from 20 Hz to 8 kHz, pre-emphasis 0.97, Povey window, power spectrum of 512 points
(Povey et al. 2011, "The Kaldi speech recognition toolkit", `feature-fbank.cc`); then the mean over time is taken off.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm

Features = npt.NDArray[np.float32]

NUM_BANDS = 80
FRAME, STEP = SAMPLE_RATE_HZ * 25 // 1000, SAMPLE_RATE_HZ // 100
_FFT = 512
_LOW_HZ, _HIGH_HZ = 20.0, SAMPLE_RATE_HZ / 2
_PRE_EMPHASIS = 0.97
_FLOOR = float(np.finfo(np.float32).eps)


def fbank(samples: Pcm) -> Features:
    """Features of shape ``(num_frames, 80)``, mean 0 over time; ``(0, 80)`` for less than one frame."""
    if len(samples) < FRAME:
        return np.zeros((0, NUM_BANDS), dtype=np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float32), FRAME)[::STEP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    power = np.square(np.abs(np.fft.rfft((frames - _PRE_EMPHASIS * before) * _window(), _FFT)[:, :-1]))
    logs = np.log(np.maximum(power @ _bands(), _FLOOR))
    return np.asarray(logs - logs.mean(axis=0), dtype=np.float32)


@cache
def _window() -> npt.NDArray[np.float64]:
    return np.asarray(np.hanning(FRAME) ** 0.85)


@cache
def _bands() -> npt.NDArray[np.float64]:
    """Triangles of equal width in mel, shape ``(256, 80)``."""
    edges = np.linspace(_mel(np.array(_LOW_HZ)), _mel(np.array(_HIGH_HZ)), NUM_BANDS + 2)
    mel = _mel(np.arange(_FFT // 2) * SAMPLE_RATE_HZ / _FFT)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    return np.maximum(0.0, np.minimum((mel - low) / (middle - low), (high - mel) / (high - middle)))


def _mel(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(1127.0 * np.log(1.0 + hz / 700.0))
