"""Writes samples of our own as a file that every player takes."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from typing import Any, Literal

import av
import numpy as np

from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm

AudioFormat = Literal["mp3", "wav"]
_CODECS = {"mp3": "libmp3lame", "wav": "pcm_s16le"}
_MP3_BITS = 48_000
_FRAME = 16_000


def encode(samples: Pcm, format_: AudioFormat) -> bytes:
    """One channel at 16 kHz as a whole file, without metadata: MP3 of constant 48 kbit/s, or 16-bit WAV.

    Args:
        samples: ``int16`` of shape ``(num_samples,)``.
        format_: the file's format.
    """
    target = BytesIO()
    with av.open(target, "w", format=format_, options={"fflags": "+bitexact"}) as output:
        stream: Any = output.add_stream(_CODECS[format_], rate=SAMPLE_RATE_HZ, layout="mono")
        if format_ == "mp3":
            stream.bit_rate = _MP3_BITS
        for start in range(0, len(samples), _FRAME):
            piece = np.ascontiguousarray(samples[start : start + _FRAME]).reshape(1, -1)
            layout = "s16" if format_ == "wav" else "s16p"
            frame = av.AudioFrame.from_ndarray(piece, format=layout, layout="mono")
            frame.sample_rate = SAMPLE_RATE_HZ
            frame.pts = start
            frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return target.getvalue()
