"""Writes a recording in the formats that call centres keep, and reads it back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from generator.speech import Audio
from generator.telephone import LINE_RATE_HZ


@dataclass(frozen=True, slots=True, kw_only=True)
class _Codec:
    name: str
    container: str
    bits_per_s: int | None
    """Per channel."""
    sample_format: str
    options: dict[str, str]


_CODECS = {
    "flac": _Codec(name="flac", container="flac", bits_per_s=None, sample_format="s16", options={}),
    "wav_mulaw": _Codec(name="pcm_mulaw", container="wav", bits_per_s=None, sample_format="s16", options={}),
    # Joint stereo would leak one party into the other's channel: kept off in all three.
    "mp3": _Codec(
        name="libmp3lame",
        container="mp3",
        bits_per_s=16_000,
        sample_format="fltp",
        options={"joint_stereo": "0"},
    ),
    "opus": _Codec(
        name="libopus",
        container="ogg",
        bits_per_s=16_000,
        sample_format="flt",
        options={"application": "voip", "mapping_family": "255"},
    ),
    "m4a": _Codec(
        name="aac",
        container="ipod",
        bits_per_s=16_000,
        sample_format="fltp",
        options={"aac_ms": "0", "aac_is": "0", "aac_coder": "twoloop"},
    ),
    "amr": _Codec(
        name="libopencore_amrnb", container="amr", bits_per_s=12_200, sample_format="s16", options={}
    ),
}


def write_audio(path: Path, audio: Audio, audio_format: str) -> None:
    """Write samples × channels at 8 kHz; the same samples give the same bytes."""
    codec = _CODECS[audio_format]
    channels = audio.shape[1]
    layout = "mono" if channels == 1 else "stereo"
    with av.open(str(path), "w", format=codec.container, options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec.name, rate=LINE_RATE_HZ, layout=layout, options=codec.options)
        stream.codec_context.format = codec.sample_format
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        if codec.bits_per_s:
            stream.bit_rate = codec.bits_per_s * channels
        pcm = np.round(np.clip(audio, -1, 1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate = LINE_RATE_HZ
        frame.pts = 0
        for ready in _fit(frame, stream.codec_context):
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))


def read_audio(path: Path) -> Audio:
    """Samples × channels at 8 kHz, as PyAV decodes them."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        to_line = av.AudioResampler(format="fltp", rate=LINE_RATE_HZ)
        blocks = [
            block.to_ndarray()
            for frame in [*container.decode(stream), None]
            for block in to_line.resample(frame)
        ]
    return np.concatenate(blocks, axis=1).T


def _fit(frame: av.AudioFrame, context: av.AudioCodecContext) -> list[av.AudioFrame]:
    """The frame in the encoder's sample format and frame size."""
    context.open(strict=False)
    fitted = av.AudioResampler(
        format=context.format, layout=context.layout, rate=LINE_RATE_HZ, frame_size=context.frame_size or 1024
    )
    return [*fitted.resample(frame), *fitted.resample(None)]
