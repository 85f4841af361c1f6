"""Puts a tone over what is private in a recording, on every channel: crosstalk carries words across."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.time import Span
from qa_pipeline.privacy.mask import merged

PAD_MS = 200
"""Recognisers place a word up to this much beside where it is heard."""
TONE_HZ = 1000.0
TONE_DB = -24.0
"""Below the level of speech, so that it does not startle."""
FADE_MS = 5

Pcm = npt.NDArray[np.int16]


def cover(samples: Pcm, spans: Sequence[Span], *, rate_hz: int, offset_ms: int = 0, tone: bool = True) -> Pcm:
    """A copy with nothing of the original in the spans.

    Args:
        samples: shape ``(num_samples,)`` or ``(num_samples, num_channels)``, 16 bit.
        spans: private time in milliseconds of the recording, in any order, perhaps overlapping.
        rate_hz: samples a second.
        offset_ms: where in the recording ``samples`` begin.
        tone: a 1 kHz tone; else silence.
    """
    covered = samples.copy()
    fade = max(1, rate_hz * FADE_MS // 1000)
    for span in merged(spans, pad_ms=PAD_MS):
        first = max(0, (span.start_ms - offset_ms) * rate_hz // 1000)
        last = min(len(covered), -(-(span.end_ms - offset_ms) * rate_hz // 1000))
        if first >= last:
            continue
        sound = np.zeros(last - first)
        if tone:
            at = np.arange(first, last) + offset_ms * rate_hz // 1000
            sound = np.sin(2 * np.pi * TONE_HZ * at / rate_hz) * 32767 * 10 ** (TONE_DB / 20)
            edge = np.minimum(1.0, np.arange(1, last - first + 1) / fade)
            sound *= edge * edge[::-1]
        shape = (-1,) if covered.ndim == 1 else (-1, 1)
        covered[first:last] = np.round(sound).astype(np.int16).reshape(shape)
    return covered
