"""Writes sound files of every kind: laws, codecs, and headers that lie."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def tone(seconds: float, rate: int, *, hz: float = 440, level: float = 0.3) -> Floats:
    """Falls and rises in level once a second, so that shifts and cuts can be seen."""
    time = np.arange(round(seconds * rate)) / rate
    return level * np.sin(2 * np.pi * hz * time) * (0.6 + 0.4 * np.cos(2 * np.pi * time))


def mulaw(samples: Floats) -> bytes:
    """G.711 mu-law."""
    scaled = np.clip(samples, -1, 1) * 32767
    magnitude = np.minimum(np.abs(scaled).astype(int), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(int) - 7
    mantissa = (magnitude >> (exponent + 3)) & 15
    sign = (scaled < 0).astype(int) << 7
    return ((~(sign | exponent << 4 | mantissa)) & 255).astype(np.uint8).tobytes()


def interleave(channels: Sequence[Floats]) -> Floats:
    return np.stack(channels, axis=1).reshape(-1)


def riff(
    data: bytes,
    *,
    tag: int,
    channels: int,
    rate: int,
    bits: int,
    data_size: int | None = None,
    after: bytes = b"",
) -> bytes:
    """A WAV file; ``data_size`` makes its header lie."""
    block = channels * bits // 8
    header = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    size = len(data) if data_size is None else data_size
    body = b"WAVEfmt " + struct.pack("<I", 16) + header + b"data" + struct.pack("<I", size) + data + after
    return b"RIFF" + struct.pack("<I", min(0xFFFFFFFF, 28 + 8 + size + len(after))) + body


def wav(
    path: Path,
    channels: Sequence[Floats],
    rate: int = 8000,
    *,
    kind: str = "s16",
    data_size: int | None = None,
    after: bytes = b"",
) -> Path:
    samples = interleave(channels)
    tag, bits, data = {
        "s16": lambda: (1, 16, (samples * 32767).round().astype("<i2").tobytes()),
        "u8": lambda: (1, 8, (samples * 127 + 128).round().astype(np.uint8).tobytes()),
        "f32": lambda: (3, 32, samples.astype("<f4").tobytes()),
        "mulaw": lambda: (7, 8, mulaw(samples)),
    }[kind]()
    path.write_bytes(
        riff(data, tag=tag, channels=len(channels), rate=rate, bits=bits, data_size=data_size, after=after)
    )
    return path


def encode(
    path: Path,
    channels: Sequence[Floats],
    rate: int,
    codec: str,
    *,
    options: dict[str, str] | None = None,
    bit_rate: int | None = None,
    codec_options: dict[str, str] | None = None,
) -> Path:
    """Any codec that FFmpeg can write, in the container that the file's name asks for."""
    layout = "mono" if len(channels) == 1 else "stereo"
    with av.open(str(path), "w", options=options or {}) as output:
        stream: Any = output.add_stream(codec, rate=rate, layout=layout, options=codec_options or {})
        if bit_rate:
            stream.bit_rate = bit_rate
        data = (np.stack(channels) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(data, format="s16p", layout=layout)
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            format=stream.codec_context.format.name,
            layout=layout,
            rate=rate,
            frame_size=stream.codec_context.frame_size or 1024,
        )
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return path


def cut(path: Path, share: float) -> Path:
    """Keeps the first ``share`` of the bytes."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path
