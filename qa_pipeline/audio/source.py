"""Opens a recording with PyAV, yields its frames, and judges whether they are all of it. Runs in the
decoding child."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import av
import av.error

from qa_pipeline.audio.claims import (
    MP3_KBITS,
    MP3_KBITS_LOW,
    MP3_RATES_HZ,
    SLACK_MS,
    check_ogg_pages,
    looks_like_audio,
    read_claim,
)
from qa_pipeline.errors import RecordingError

FORMATS = "wav,mp3,aac,flac,ogg,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,amr,amrnb,amrwb,aiff,au,asf"
"""Containers that are opened: those whose loss of a part can be noticed. Playlists and scripts, which
would make FFmpeg open other files, are not among them."""

_NO_LENGTH = ("mp3", "aac", "amr", "amrnb", "amrwb")
"""Containers without an obligatory length: a frame that breaks off at the end is the only trace of a cut."""

COMPRESSED_SLACK_MS = 250
"""How far a lossy codec's encoder delay and padding may move the length (AAC at 8 kHz: two frames of 128
ms)."""
LOSSLESS_SLACK_MS = 2
"""FLAC states its samples exactly; two roundings to milliseconds."""

MAX_NOT_NUMBERS = 0.01
"""Share of NaN or infinite samples beyond which a float recording is refused; fewer are read as silence
and noted."""


@dataclass(slots=True, kw_only=True)
class Decoded:
    """What the child reports of a file it decoded whole."""

    codec: str
    sample_rate_hz: int
    num_channels: int
    num_samples: int = 0
    """Per channel, at ``sample_rate_hz``."""
    declared_ms: int | None = None
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For the pipe to the parent."""
        return asdict(self)


class Source:
    """An opened recording: checks it, yields its frames, and judges in the end whether they were all of it.

    Raises:
        RecordingError: from the constructor and from :meth:`frames`.
    """

    def __init__(self, path: Path, *, max_duration_s: float) -> None:
        self._path = path
        self._max_duration_s = max_duration_s
        self._parent = os.getppid()
        self._bad_numbers = 0
        self._bad_numbers_at = 0.0
        self._container = self._open()
        try:
            self._stream = self._only_stream()
            codec = self._stream.codec_context
            self.decoded = Decoded(
                codec=codec.name.removesuffix("float"),
                sample_rate_hz=codec.sample_rate,
                num_channels=codec.channels,
            )
            duration = self._container.duration
            claim = read_claim(
                path,
                self._container.format.name,
                round(duration / 1000) if duration and duration > 0 else None,
            )
            self.decoded.declared_ms = claim.declared_ms
            self.decoded.notes.extend(claim.notes)
            if claim.declared_ms is not None and claim.declared_ms > max_duration_s * 1000:
                raise self._too_long()
        except BaseException:
            self._container.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    def _error(self, code: str, **params: Any) -> RecordingError:
        return RecordingError(code, path=str(self._path), **params)

    def _too_long(self) -> RecordingError:
        return self._error("audio.too_long", limit_h=round(self._max_duration_s / 3600, 2))

    def _open(self) -> Any:
        try:
            return av.open(
                f"file:{self._path.absolute()}",
                options={"format_whitelist": FORMATS, "protocol_whitelist": "file"},
                metadata_errors="replace",
            )
        except (av.error.FFmpegError, ValueError) as error:
            _raise_if_out_of_memory(error)
            if looks_like_audio(self._path):
                raise self._error("audio.corrupt", at_s=0.0) from error
            raise self._error("audio.not_audio") from error

    def _only_stream(self) -> Any:
        streams = self._container.streams.audio
        if not streams:
            raise self._error("audio.not_audio")
        if len(streams) > 1:
            raise self._error("audio.too_many_tracks", tracks=len(streams))
        stream = streams[0]
        if stream.codec_context is None:
            raise self._error("audio.unknown_codec")
        if stream.codec_context.channels > 2:
            raise self._error("audio.too_many_channels", channels=stream.codec_context.channels)
        if stream.codec_context.channels < 1 or stream.codec_context.sample_rate < 1:
            raise self._error("audio.corrupt", at_s=0.0)
        stream.codec_context.thread_count = 1
        if stream.codec_context.name == "flac":
            stream.codec_context.options = {"err_detect": "crccheck"}
        return stream

    @property
    def _at_s(self) -> float:
        return round(self.decoded.num_samples / self.decoded.sample_rate_hz, 3)

    def frames(self) -> Iterator[Any]:
        """Every frame in order.

        Raises:
            RecordingError: ``audio.corrupt``, ``audio.truncated``, ``audio.too_long``,
            ``audio.format_changes``, ``audio.not_numbers``,
                ``audio.no_samples``.
        """
        broke_at: float | None = None
        shape: tuple[object, ...] | None = None
        tail_cut = False
        due: float | None = None
        for packet in self._packets():
            if packet.size:
                tail_cut = bool(packet.is_corrupt) or _breaks_off(self._container.format.name, packet)
            try:
                frames = packet.decode()
            except (av.error.FFmpegError, ValueError) as error:
                _raise_if_out_of_memory(error)
                broke_at = self._at_s if broke_at is None else broke_at
                continue
            for frame in frames:
                if frame.samples == 0:
                    continue
                if (
                    broke_at is not None
                ):  # a broken place with sound after it; at the very end it is a cut tail
                    raise self._error("audio.corrupt", at_s=broke_at)
                if frame.is_corrupt:
                    broke_at = self._at_s
                this = (frame.sample_rate, frame.layout.nb_channels, frame.format.name)
                if shape is None:
                    self.decoded.sample_rate_hz, self.decoded.num_channels = frame.sample_rate, this[1]
                    shape = this
                if this != shape:
                    raise self._error("audio.format_changes", at_s=self._at_s)
                if frame.pts is not None and frame.time_base is not None:
                    now = float(frame.pts * frame.time_base)
                    if due is not None and now > due + SLACK_MS / 1000:
                        raise self._error("audio.gap", at_s=self._at_s, gap_s=round(now - due, 3))
                    due = now + frame.samples / frame.sample_rate
                checked = self._without_nan(frame)
                self.decoded.num_samples += frame.samples
                if self.decoded.num_samples > self._max_duration_s * self.decoded.sample_rate_hz:
                    raise self._too_long()
                yield checked
        self._judge(broke_at, tail_cut)

    def _packets(self) -> Iterator[Any]:
        packets = self._container.demux(self._stream)
        count = 0
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.error.FFmpegError, ValueError) as error:
                _raise_if_out_of_memory(error)
                raise self._error("audio.corrupt", at_s=self._at_s) from error
            count += 1
            if count % 1000 == 0 and os.getppid() != self._parent:
                os._exit(1)  # the parent was killed; nobody waits for this
            yield packet

    def _without_nan(self, frame: Any) -> Any:
        if not self.decoded.codec.startswith("pcm_f"):
            return frame
        import numpy as np  # only float PCM can hold NaN; the others need no numpy

        samples = frame.to_ndarray()
        bad = ~np.isfinite(samples)
        if not bad.any():
            return frame
        if not self._bad_numbers:
            self._bad_numbers_at = self._at_s
        self._bad_numbers += int(bad.sum())
        clean = av.AudioFrame.from_ndarray(
            np.where(bad, 0, samples), format=frame.format.name, layout=frame.layout.name
        )
        clean.sample_rate = frame.sample_rate
        return clean

    def _judge(self, broke_at: float | None, tail_cut: bool) -> None:
        decoded = self.decoded
        if decoded.num_samples == 0:
            if broke_at is not None:
                raise self._error("audio.corrupt", at_s=0.0)
            raise self._error("audio.no_samples")
        if self._container.format.name == "ogg":
            check_ogg_pages(self._path, decoded.sample_rate_hz)
        share = self._bad_numbers / (decoded.num_samples * decoded.num_channels)
        if share > MAX_NOT_NUMBERS:
            raise self._error("audio.not_numbers", at_s=self._bad_numbers_at, share_pct=round(share * 100, 1))
        if self._bad_numbers:
            decoded.notes.append("not_numbers_as_silence")
        if decoded.declared_ms is None:
            container = self._container.format.name
            # Behind the last MP3 frame there may lie tags; the other formats end with their last frame.
            if container in _NO_LENGTH and (tail_cut or (broke_at is not None and container != "mp3")):
                raise self._error("audio.cut_off", decoded_s=self._at_s)
            if broke_at is not None:
                decoded.notes.append("unreadable_tail")
            return
        decoded_ms = decoded.num_samples * 1000 // decoded.sample_rate_hz
        if decoded.codec == "flac":
            slack = LOSSLESS_SLACK_MS
        else:
            slack = SLACK_MS if decoded.codec.startswith("pcm_") else COMPRESSED_SLACK_MS
        if decoded_ms < decoded.declared_ms - slack:
            raise self._error(
                "audio.truncated",
                declared_s=round(decoded.declared_ms / 1000, 3),
                decoded_s=round(decoded_ms / 1000, 3),
            )
        if decoded_ms > decoded.declared_ms + slack:
            decoded.notes.append("longer_than_declared")


def _breaks_off(container: str, packet: Any) -> bool:
    """Whether an MP3 frame is shorter than its own header says (layer III: 144 bytes per kbit/s and kHz,
    half of it below 32 kHz)."""
    head = bytes(packet)[:4] if container == "mp3" else b""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return False
    version, index, rate_index = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if index in (0, 15) or rate_index == 3 or version == 1:
        return False
    kbits, factor = (MP3_KBITS[index], 144) if version == 3 else (MP3_KBITS_LOW[index], 72)
    return bool(packet.size < factor * kbits * 1000 // MP3_RATES_HZ[version][rate_index])


def _raise_if_out_of_memory(error: Exception) -> None:
    if getattr(error, "errno", None) == errno.ENOMEM:
        raise MemoryError from error
