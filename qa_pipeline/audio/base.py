"""The audio port: what the use cases need from files of sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from qa_pipeline.domain.recording import AudioFacts
from qa_pipeline.domain.time import Span

SAMPLE_RATE_HZ = 16_000
"""Everything is decoded to this rate: the recogniser's own."""

Pcm = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedAudio:
    """A decoded recording: 16-bit samples at 16 kHz on disk, mapped into memory, never loaded whole.

    ``channels[c]`` is an ``int16`` array of shape ``(num_samples,)``.
    """

    facts: AudioFacts
    channels: tuple[Pcm, ...]


class AudioReader(Protocol):
    """Turns a file into samples and measurements."""

    @property
    def digest(self) -> str:
        """Names the settings and versions on which :class:`AudioFacts` depend."""
        ...

    def recording_id(self, path: Path) -> str:
        """SHA-256 of the bytes, hex.

        Raises:
            RecordingError: missing, unreadable, empty or not a file.
        """
        ...

    def open(self, path: Path) -> AbstractContextManager[DecodedAudio]:
        """Decode in a child process with time and memory limits; the samples vanish when the context ends.

        Raises:
            RecordingError: with a code, for anything that can't be decoded whole.
            StorageError: ``storage.disk_full`` where the temporary folder is full.
        """
        ...

    def samples(self, path: Path) -> AbstractContextManager[tuple[Pcm, ...]]:
        """The channels of :meth:`open` alone: nothing is measured, which would take longer than decoding.

        Raises:
            RecordingError | StorageError: as :meth:`open`.
        """
        ...

    def listening_copy(self, path: Path, covered: Sequence[Span] = ()) -> bytes:
        """The recording as MP3 (same channels, 16 kHz), which every browser plays and seeks, a tone on every channel
        over what is covered (milliseconds of the recording).

        Raises:
            RecordingError: as :meth:`open`.
        """
        ...


def windows(num_samples: int, size: int) -> Iterator[slice]:
    """Consecutive slices of at most ``size`` samples, for work in bounded memory."""
    for start in range(0, num_samples, size):
        yield slice(start, min(start + size, num_samples))
