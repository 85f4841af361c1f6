"""The audio adapter: files in, samples and measurements out."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import weakref
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from qa_pipeline.audio import activity, levels, pitch, silero, tones
from qa_pipeline.audio.base import SAMPLE_RATE_HZ, DecodedAudio, Pcm
from qa_pipeline.audio.child import DecodingChild
from qa_pipeline.audio.workspace import Workspace
from qa_pipeline.domain.recording import AudioFacts, Recording
from qa_pipeline.domain.time import Span
from qa_pipeline.errors import RecordingError
from qa_pipeline.settings import Settings

_VERSION = "3"
"""Raise it when a change of this package changes :class:`AudioFacts`."""


class PyAvReader:
    """Implements :class:`qa_pipeline.audio.base.AudioReader` with PyAV in a child process and Silero VAD
    in this one."""

    def __init__(self, settings: Settings) -> None:
        self._max_duration_s = settings.max_duration_h * 3600
        self._child = DecodingChild(memory_mb=settings.decode_memory_mb, timeout_s=settings.decode_timeout_s)
        self._workspace = Workspace(settings.data_dir / "tmp")
        self._vad = silero.SileroVad()
        weakref.finalize(self, self._child.close)

    @cached_property
    def digest(self) -> str:
        """Names the settings and versions on which the facts depend, 16 hex digits."""
        parts = (_VERSION, version("av"), version("onnxruntime"), self._vad.digest, str(SAMPLE_RATE_HZ))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def recording_id(self, path: Path) -> str:
        """SHA-256 of the bytes, hex.

        Raises:
            RecordingError: ``audio.missing``, ``audio.dangling_link``, ``audio.not_a_file``, ``audio.unreadable``,
                ``audio.empty``.
        """
        with _reading(path), path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @contextlib.contextmanager
    def open(self, path: Path) -> Iterator[DecodedAudio]:
        """Decode in the child; the samples vanish when the context ends.

        Raises:
            RecordingError: as :meth:`recording_id`, ``audio.changed``, and everything
            :class:`~.transcode.Source` and
                :class:`~.child.DecodingChild` raise.
            StorageError: ``storage.disk_full``, ``storage.read_only``.
            SetupError: ``audio.vad_missing``.
        """
        recording_id = self.recording_id(path)
        with self._decoded(path) as (channels, decoded):
            recording = Recording(
                recording_id=recording_id,
                source_name=path.name,
                codec=decoded["codec"],
                sample_rate_hz=decoded["sample_rate_hz"],
                num_channels=decoded["num_channels"],
                num_samples=decoded["num_samples"],
            )
            yield DecodedAudio(facts=self._measure(recording, channels, decoded), channels=channels)

    @contextlib.contextmanager
    def samples(self, path: Path) -> Iterator[tuple[Pcm, ...]]:
        """Decode in the child and measure nothing; the samples vanish when the context ends.

        Raises:
            RecordingError | StorageError: as :meth:`open`.
        """
        with self._decoded(path) as (channels, _):
            yield channels

    @contextlib.contextmanager
    def _decoded(self, path: Path) -> Iterator[tuple[tuple[Pcm, ...], dict[str, Any]]]:
        """The channels, and what the child says of the file."""
        before = _stamp(path)
        with self._workspace.folder() as folder:
            decoded = self._child.run("pcm", path, folder, max_duration_s=self._max_duration_s)
            if _stamp(path) != before:
                raise RecordingError("audio.changed", path=str(path))
            channels = tuple(_map(folder / f"channel_{c}.s16") for c in range(decoded["num_channels"]))
            yield channels, decoded

    def listening_copy(self, path: Path, covered: Sequence[Span] = ()) -> bytes:
        """The recording as MP3: same channels, 16 kHz, constant 32 kbit/s (mono) or 48 kbit/s (stereo), with a tone
        over what is covered.

        Raises:
            RecordingError | StorageError: as :meth:`open`.
        """
        with _reading(path), self._workspace.folder() as folder:
            target = folder / "copy.mp3"
            self._child.run("mp3", path, target, max_duration_s=self._max_duration_s, covered=covered)
            return target.read_bytes()

    def close(self) -> None:
        """End the child; the next call starts a new one."""
        self._child.close()

    def _measure(
        self, recording: Recording, channels: tuple[Pcm, ...], decoded: dict[str, Any]
    ) -> AudioFacts:
        measured = levels.measure_levels(channels)
        spans = activity.find_activity(
            channels, self._vad, same_signal="dual_mono" in measured.notes, duration_ms=recording.duration_ms
        )
        heard = tones.name_tones(channels, spans, recording.duration_ms)
        return AudioFacts(
            recording=recording,
            declared_duration_ms=decoded["declared_ms"],
            activity=spans,
            loudness_db=measured.loudness_db,
            pitch_hz=tuple(pitch.pitch_track(c, active) for c, active in zip(channels, spans, strict=True)),
            notes=tuple(sorted({*decoded["notes"], *measured.notes, *heard})),
        )


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Says in our words what is wrong with a path."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise RecordingError("audio.not_a_file", path=str(path))
        if found.st_size == 0:
            raise RecordingError("audio.empty", path=str(path))
        if not os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
            raise PermissionError(13, "Permission denied")
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        if path.is_symlink():
            target = str(path.readlink())
            raise RecordingError("audio.dangling_link", path=str(path), target=target) from error
        raise RecordingError("audio.missing", path=str(path)) from error
    except OSError as error:
        raise RecordingError(
            "audio.unreadable", path=str(path), reason=error.strerror or str(error)
        ) from error


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Changes when the file does; None where it can't be asked."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _map(path: Path) -> Pcm:
    if path.stat().st_size == 0:  # an empty file can't be mapped
        return np.zeros(0, dtype=np.int16)
    return np.memmap(path, dtype=np.int16, mode="r")
