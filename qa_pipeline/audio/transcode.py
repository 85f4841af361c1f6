"""Writes a recording's frames as 16 kHz samples or as MP3. Runs in the decoding child; memory does not
grow with length."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import av

from qa_pipeline.audio.source import Decoded, Source
from qa_pipeline.domain.time import Span, merge

_RATE_HZ = 16_000
_MP3_BITS = {1: 32_000, 2: 48_000}
_NEAR = 16
"""Spans that can touch one frame: frames are shorter than 0.2 s, so more would be shorter than words."""


def _resampled(source: Source, layout: str) -> Iterator[Any]:
    resampler = av.AudioResampler(format="s16p", layout=layout, rate=_RATE_HZ)
    for frame in source.frames():
        frame.pts = None
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def to_pcm(path: Path, folder: Path, *, max_duration_s: float) -> Decoded:
    """Write ``channel_<c>.s16`` (int16, 16 kHz, native byte order) for each channel.

    Raises:
        RecordingError: as :class:`Source`.
        OSError: the folder is full.
        MemoryError: the limit of the process is reached.
    """
    source = Source(path, max_duration_s=max_duration_s)
    with contextlib.closing(source), contextlib.ExitStack() as files:
        channels = source.decoded.num_channels
        outputs: list[BinaryIO] = [
            files.enter_context((folder / f"channel_{c}.s16").open("wb", buffering=1 << 18))
            for c in range(channels)
        ]
        for frame in _resampled(source, "mono" if channels == 1 else "stereo"):
            for output, plane in zip(outputs, frame.planes, strict=True):
                output.write(memoryview(plane)[: frame.samples * 2])
        return source.decoded


def to_mp3(path: Path, target: Path, *, max_duration_s: float, covered: Sequence[Span] = ()) -> Decoded:
    """Write an MP3 of constant bit rate at 16 kHz: browsers seek it to the frame. A tone covers ``covered``.

    Raises:
        RecordingError: as :class:`Source`.
        OSError: the folder is full.
        MemoryError: the limit of the process is reached.
    """
    source = Source(path, max_duration_s=max_duration_s)
    channels = source.decoded.num_channels
    layout = "mono" if channels == 1 else "stereo"
    with contextlib.closing(source), av.open(str(target), "w", format="mp3") as output:
        # LAME's quality 7 takes 0.9 % of a stereo recording's length here, its default 1.4 %.
        stream: Any = output.add_stream(
            "libmp3lame", rate=_RATE_HZ, layout=layout, options={"compression_level": "7"}
        )
        stream.bit_rate = _MP3_BITS[channels]
        frames = _resampled(source, layout)
        for frame in _covered(frames, covered) if covered else frames:
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return source.decoded


def _covered(frames: Iterator[Any], spans: Sequence[Span]) -> Iterator[Any]:
    """The frames with a tone on every channel in the spans."""
    from qa_pipeline.privacy.sound import PAD_MS, cover

    left, start = list(reversed(merge(spans))), 0
    for frame in frames:
        begin, start = start, start + frame.samples
        while left and (left[-1].end_ms + PAD_MS) * _RATE_HZ < begin * 1000:
            left.pop()
        near = [s for s in left[-_NEAR:] if (s.start_ms - PAD_MS) * _RATE_HZ <= start * 1000]
        if not near:
            yield frame
            continue
        samples = cover(frame.to_ndarray().T, near, rate_hz=_RATE_HZ, start=begin).T
        piece = av.AudioFrame.from_ndarray(samples.copy("C"), format="s16p", layout=frame.layout.name)
        piece.sample_rate = _RATE_HZ
        piece.pts, piece.time_base = frame.pts, frame.time_base
        yield piece
