"""What is heard in a recording: measured and recognised once, recalled ever after. Audio is decoded only when needed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from qa_pipeline.asr.base import Recognizer
from qa_pipeline.audio.base import AudioReader, DecodedAudio
from qa_pipeline.diarization.base import Diarizer
from qa_pipeline.domain.diarization import Diarization
from qa_pipeline.domain.recording import AudioFacts
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.pipeline.identity import digest
from qa_pipeline.pipeline.triage import before_assembly, before_listening
from qa_pipeline.storage.base import Artifacts

_ONE_OF_TWO = ("one of two equal channels",)


class LazyAudio:
    """A recording that is decoded at the first look at it, and at most once. A context manager."""

    def __init__(self, reader: AudioReader, path: Path) -> None:
        self._reader = reader
        self._path = path
        self._stack = ExitStack()
        self._decoded: DecodedAudio | None = None

    @property
    def decoded(self) -> DecodedAudio:
        """The samples, valid until the context ends.

        Raises:
            RecordingError: it can't be decoded whole.
        """
        if self._decoded is None:
            self._decoded = self._stack.enter_context(self._reader.open(self._path))
        return self._decoded

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._decoded = None
        self._stack.__exit__(kind, error, trace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """All that a call is assembled from."""

    facts: AudioFacts
    transcript: Transcript | None
    """None where there was nothing worth recognising."""
    diarization: Diarization | None = None
    """The voices of a mono recording; None for two channels, and where the component for it is missing."""
    artifacts: Mapping[str, str]
    """Kind to artifact key: where these are kept."""


class Hearing:
    """Hears recordings, or recalls what was heard before."""

    def __init__(
        self, reader: AudioReader, recognizer: Recognizer, diarizer: Diarizer | None, artifacts: Artifacts
    ) -> None:
        self._reader = reader
        self._recognizer = recognizer
        self._diarizer = diarizer
        self._artifacts = artifacts

    def hear(self, recording_id: str, audio: LazyAudio) -> Heard:
        """Facts, transcript, and the voices of a mono recording; ``audio`` is touched only where one of them is missing.

        Raises:
            RecordingError: the audio can't be used.
            SetupError: a model is missing or damaged.
            StorageError: what was heard can't be kept.
        """
        kept, decoding = self._artifacts, self._reader.digest
        keys = {"facts": kept.key("facts", recording_id, decoding)}
        facts = kept.get_or_make(keys["facts"], AudioFacts, lambda: audio.decoded.facts)
        transcript: Transcript | None = None
        diarization: Diarization | None = None
        if before_listening(facts) is None:
            parts = (recording_id, decoding, digest(self._recognizer.provenance))
            # Of two equal channels one is heard; what was kept under the plain key may hold both.
            keys["transcript"] = kept.key(
                "transcript", *parts, *(_ONE_OF_TWO if facts.is_mono and len(facts.activity) > 1 else ())
            )
            transcript = kept.get_or_make(
                keys["transcript"], Transcript, lambda: self._transcribe(recording_id, audio, facts)
            )
        diarizer = self._diarizer
        if transcript is not None and facts.is_mono and diarizer and before_assembly(facts) is None:
            keys["diarization"] = kept.key("diarization", recording_id, decoding, digest(diarizer.provenance))
            diarization = kept.get_or_make(
                keys["diarization"],
                Diarization,
                lambda: diarizer.diarize(recording_id, audio.decoded.channels[0], facts.activity[0]),
            )
        return Heard(facts=facts, transcript=transcript, diarization=diarization, artifacts=keys)

    def _transcribe(self, recording_id: str, audio: LazyAudio, facts: AudioFacts) -> Transcript:
        heard = 1 if facts.is_mono else len(facts.activity)
        return self._recognizer.transcribe(
            recording_id, audio.decoded.channels[:heard], facts.activity[:heard]
        )
