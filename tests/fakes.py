"""Fakes of our own ports: sound without files, recognition without a model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from builders import facts, transcript

from qa_pipeline.asr.base import SecondHearing, Wordings
from qa_pipeline.audio.base import DecodedAudio, Pcm
from qa_pipeline.domain.diarization import Diarization, VoiceSpan
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Transcript, Utterance
from qa_pipeline.errors import RecordingError


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a fake recording holds."""

    utterances: tuple[Utterance, ...] = ()
    channels: int = 2
    notes: tuple[str, ...] = ()
    duration_s: float = 60
    said: bool | None = None
    """Whether a second listen finds that doubtful words were said; None: it can't tell."""
    error: Exception | None = None


@dataclass
class FakeSound:
    """Both ports in one: a file's first line names what is heard in it, the rest makes its bytes its own."""

    recordings: Mapping[str, Heard]
    digest: str = "reader-1"
    transcribed: list[str] = field(default_factory=list)
    listened: list[tuple[str, ...]] = field(default_factory=list)
    opened: int = 0
    covered: tuple[Span, ...] = ()
    """What was to be covered in the last listening copy."""

    @property
    def provenance(self) -> Mapping[str, str]:
        return {"asr_engine": "fake"}

    def recording_id(self, path: Path) -> str:
        if not path.exists():
            raise RecordingError("audio.missing", path=str(path))
        return hashlib.sha256(path.read_bytes()).hexdigest()

    @contextmanager
    def open(self, path: Path) -> Iterator[DecodedAudio]:
        self.opened += 1
        heard = self._heard(path)
        if heard.error is not None:
            raise heard.error
        measured = facts(
            heard.utterances,
            channels=heard.channels,
            duration_s=heard.duration_s,
            recording_id=self.recording_id(path),
        )
        if "dual_mono" in heard.notes:
            measured = replace(measured, activity=measured.activity[:1] * 2)
        self._current = heard
        yield DecodedAudio(
            facts=replace(measured, notes=heard.notes),
            channels=tuple(np.zeros(16, np.int16) for _ in range(heard.channels)),
        )

    @contextmanager
    def samples(self, path: Path) -> Iterator[tuple[Pcm, ...]]:
        with self.open(path) as audio:
            yield audio.channels

    def listening_copy(self, path: Path, covered: Sequence[Span] = ()) -> bytes:
        self.covered = tuple(covered)
        return b"mp3"

    def transcribe(
        self, recording_id: str, channels: Sequence[Pcm], activity: Sequence[Sequence[Span]]
    ) -> Transcript:
        self.transcribed.append(recording_id)
        spoken = [u for u in self._current.utterances if u.channel < len(channels)]
        made = transcript(*spoken, recording_id=recording_id)
        return replace(made, provenance=dict(self.provenance))

    def listen(self, channel: Pcm, span: Span, wordings: Wordings) -> SecondHearing:
        texts = wordings("嗯")
        self.listened.append(tuple(texts))
        expected = {True: -2.0, False: -60.0, None: -13.0}[self._current.said]
        return SecondHearing(logprobs=(-5.0, *(expected for _ in texts[1:])), free="嗯", free_logprob=-9.0)

    def _heard(self, path: Path) -> Heard:
        return self.recordings[path.read_text(encoding="utf-8").splitlines()[0]]


@dataclass
class FakeDiarizer:
    """Every stretch of speech is the next voice's, in turn."""

    num_voices: int = 2
    asked: list[str] = field(default_factory=list)

    @property
    def provenance(self) -> Mapping[str, str]:
        return {"diarizer": f"fake {self.num_voices}"}

    def diarize(self, recording_id: str, samples: Pcm, activity: Sequence[Span]) -> Diarization:
        self.asked.append(recording_id)
        voices = tuple(
            VoiceSpan(speaker=f"s{number % self.num_voices + 1}", span=span, confidence=0.95)
            for number, span in enumerate(activity)
        )
        return Diarization(recording_id=recording_id, voices=voices, provenance=dict(self.provenance))


def write_recording(path: Path, kind: str, salt: str = "") -> Path:
    """A file in which ``kind`` is heard; another salt gives other bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{kind}\n{salt}", encoding="utf-8")
    return path
