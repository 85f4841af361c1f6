"""Who speaks when, from the audio itself: the ground of dead air and talk-over, on which people's scores
depend.

Three measures are joined on a grid of 10 ms. ``docs/design/voice_activity.md`` has the comparison and the
figures for every threshold (``python -m benchmarks.voice_activity`` repeats it):

1. Silero VAD, forwards and backwards through time, the larger probability of the two. Forwards alone it
   needs 100 to 200 ms of speech before it believes an onset; backwards, that onset is an ending, where it is
   quick.
2. The level between 250 and 3,500 Hz against the line's own noise and the speaker's own level. It trims the
   edges.
3. The level of the other channel, where the recording shows that it leaks into this one
   (:mod:`qa_pipeline.audio.leakage`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm, windows
from qa_pipeline.audio.leakage import leaked
from qa_pipeline.audio.silero import FRAME, SileroVad
from qa_pipeline.domain.time import Span

STEP_MS = 10
STEP = SAMPLE_RATE_HZ * STEP_MS // 1000

SURE, LIKELY = 0.5, 0.35
"""A stretch above ``LIKELY`` counts if it reaches ``SURE`` (Silero's own defaults: threshold 0.5, exit
0.15 below)."""
OVER_NOISE_DB = 6.0
UNDER_SPEECH_DB = 33.0
"""Speech is at least so far over the noise floor, and at most so far under the speaker's loud syllables
(90th percentile)."""
BRIDGE_MS = 300
"""Shorter pauses belong to the speech around them: stops and breaths within a sentence, as in the
reference timings."""
CLOSURE_MS = 60
"""Dips of the level that do not end speech: the closure of a plosive."""
LEAST_MS = 120
"""Shorter sounds are clicks; the shortest spoken syllable is longer."""
SHORT_MS, SHORT_SURE = 250, 0.7
"""A sound shorter than this must be surer than the rest: lip noise between sentences reached 0.57."""
QUIET_DB = 27.0
"""A stretch whose loudest moment lies so far under the speaker's loud syllables is background."""
_NOISE_HALF_WINDOW_S = 15
_NOISE_PERCENTILE = 10
_BAND_HZ = (250, 3500)

Figures = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    probability: Figures
    level_db: Figures


def find_activity(
    channels: Sequence[Pcm], vad: SileroVad, *, same_signal: bool, duration_ms: int
) -> tuple[tuple[Span, ...], ...]:
    """Per channel, the sorted, disjoint spans in which its party speaks.

    Args:
        channels: int16 arrays of shape ``(num_samples,)`` at 16 kHz, one or two.
        vad: the detector.
        same_signal: both channels carry the same signal (``dual_mono``); then both get the same spans.
        duration_ms: no span ends after it.

    Raises:
        SetupError: ``audio.vad_missing``.
    """
    if not all(len(samples) for samples in channels):
        return ((),) * len(channels)
    if same_signal:
        return find_activity(channels[:1], vad, same_signal=False, duration_ms=duration_ms) * len(channels)
    heard = [_listen(samples, vad) for samples in channels]
    foreign = [np.zeros(len(h.level_db), dtype=np.bool_) for h in heard]
    if len(channels) == 2:
        for own, other in ((0, 1), (1, 0)):
            foreign[own] = leaked(
                channels[own],
                channels[other],
                own_db=heard[own].level_db,
                other_db=heard[other].level_db,
                other_speaks=heard[other].probability >= SURE,
            )
    return tuple(_spans(h, f, duration_ms) for h, f in zip(heard, foreign, strict=True))


def _listen(samples: Pcm, vad: SileroVad) -> _Heard:
    level = band_level_db(samples)
    forwards, backwards = vad.probabilities(samples), vad.probabilities(samples, backwards=True)
    frame = np.minimum((np.arange(len(level)) * STEP + STEP // 2) // FRAME, len(forwards) - 1)
    return _Heard(probability=np.maximum(forwards, backwards)[frame], level_db=level)


def band_level_db(samples: Pcm) -> Figures:
    """Power between 250 and 3,500 Hz per 10 ms, in dB relative to full scale, shape ``(ceil(num_samples /
    160),)``.

    Each figure looks at 20 ms centred on its step (Hann window).
    """
    window = np.hanning(2 * STEP + 2)[1:-1].astype(np.float32)
    frequencies = np.fft.rfftfreq(512, 1 / SAMPLE_RATE_HZ)
    band = (frequencies >= _BAND_HZ[0]) & (frequencies <= _BAND_HZ[1])
    scale = 2 / (512 * float(np.square(window).sum()))
    pieces: list[Figures] = []
    for part in windows(len(samples), 3000 * STEP):
        start, end = (
            part.start - STEP // 2,
            part.start - STEP // 2 + (-(-(part.stop - part.start) // STEP) + 1) * STEP,
        )
        block = samples[max(0, start) : end].astype(np.float32) / 32768
        block = np.pad(block, (max(0, -start), max(0, end - max(0, start) - len(block))))
        frames = np.lib.stride_tricks.sliding_window_view(block, 2 * STEP)[::STEP]
        power = np.square(np.abs(np.fft.rfft(frames * window, 512)[:, band])).sum(axis=1) * scale
        pieces.append((10 * np.log10(power + 1e-10)).astype(np.float32))
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.float32)


def _spans(heard: _Heard, foreign: Mask, duration_ms: int) -> tuple[Span, ...]:
    own = np.where(foreign, 0, heard.probability)
    speech = _hysteresis(own)
    if not speech.any():
        return ()
    sure = own > 0.9
    loud_db = float(np.percentile(heard.level_db[sure if sure.any() else speech], 90))
    audible = heard.level_db > np.maximum(
        _noise_floor(heard.level_db) + OVER_NOISE_DB, loud_db - UNDER_SPEECH_DB
    )
    audible = _mask(_joined(_runs(audible), CLOSURE_MS), len(own))
    spans = []
    for start, end in _joined(_runs(speech & audible & ~foreign), BRIDGE_MS):
        length_ms = (end - start) * STEP_MS
        if length_ms < LEAST_MS or (length_ms < SHORT_MS and own[start:end].max() < SHORT_SURE):
            continue
        if heard.level_db[start:end].max() < loud_db - QUIET_DB:
            continue
        if start * STEP_MS < duration_ms:
            spans.append(Span(start_ms=start * STEP_MS, end_ms=min(end * STEP_MS, duration_ms)))
    return tuple(spans)


def _noise_floor(level_db: Figures) -> Figures:
    """The 10th percentile of the level within 15 s on either side, one figure a second, repeated per step."""
    floor = np.empty_like(level_db)
    second, half = 1000 // STEP_MS, _NOISE_HALF_WINDOW_S * 1000 // STEP_MS
    for start in range(0, len(level_db), second):
        around = level_db[max(0, start - half) : start + second + half]
        floor[start : start + second] = np.percentile(around, _NOISE_PERCENTILE)
    return floor


def _hysteresis(probability: Figures) -> Mask:
    kept = [(a, b) for a, b in _runs(probability >= LIKELY) if probability[a:b].max() >= SURE]
    return _mask(kept, len(probability))


def _runs(mask: Mask) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _joined(runs: list[tuple[int, int]], gap_ms: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in runs:
        if joined and (start - joined[-1][1]) * STEP_MS < gap_ms:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _mask(runs: list[tuple[int, int]], size: int) -> Mask:
    mask = np.zeros(size, dtype=np.bool_)
    for start, end in runs:
        mask[start:end] = True
    return mask
