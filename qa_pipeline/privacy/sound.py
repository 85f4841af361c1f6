"""Puts a tone over what is private in a recording, on every channel: crosstalk carries words across."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.time import Span, merge

PAD_MS = 200
"""Recognisers place a word up to this much beside where it is heard."""
TONE_HZ = 1000.0
TONE_DB = -24.0
"""Below the level of speech, so that it does not startle."""
FADE_MS = 5

Pcm = npt.NDArray[np.int16]


def cover(samples: Pcm, spans: Sequence[Span], *, rate_hz: int, start: int = 0, tone: bool = True) -> Pcm:
    """A copy with nothing of the original in the spans.

    Args:
        samples: shape ``(num_samples,)`` or ``(num_samples, num_channels)``, 16 bit.
        spans: private time in milliseconds of the recording, in any order, perhaps overlapping.
        rate_hz: samples a second.
        start: how many samples of the recording lie before these; pieces covered one by one fit together.
        tone: a 1 kHz tone; else silence.
    """
    covered = samples.copy()
    fade = max(1, rate_hz * FADE_MS // 1000)
    for span in _widened(spans):
        first, last = span.start_ms * rate_hz // 1000, -(-span.end_ms * rate_hz // 1000)
        at = np.arange(max(first, start), min(last, start + len(covered)))
        if not len(at):
            continue
        sound = np.zeros(len(at))
        if tone:
            edge = np.minimum(1.0, np.minimum(at - first + 1, last - at) / fade)
            sound = edge * np.sin(2 * np.pi * TONE_HZ * at / rate_hz) * 32767 * 10 ** (TONE_DB / 20)
        shape = (-1,) if covered.ndim == 1 else (-1, 1)
        covered[at[0] - start : at[-1] + 1 - start] = np.round(sound).astype(np.int16).reshape(shape)
    return covered


def _widened(spans: Sequence[Span]) -> tuple[Span, ...]:
    wide = (Span(start_ms=max(0, s.start_ms - PAD_MS), end_ms=s.end_ms + PAD_MS) for s in spans)
    return merge(wide)
