"""Where the second listen's benchmark gets its speech from: made-up lines over the telephone, and calls with their truth."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.listen_material import HALVES, VOICES, Line, Tape, lines, phrases, tapes
from qa_pipeline.asr.base import Recognizer
from qa_pipeline.audio.base import DecodedAudio
from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.domain.call import Call, CallInfo, Role, RoleAssignment
from qa_pipeline.domain.recording import AudioFacts, Recording
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.pipeline.hearing import Hearing, LazyAudio
from qa_pipeline.pipeline.identity import digest
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import Artifacts

_RECORDING = Recording(
    recording_id="tape",
    source_name="tape",
    codec="none",
    sample_rate_hz=16_000,
    num_channels=1,
    num_samples=0,
)


@dataclass(frozen=True, kw_only=True)
class Source:
    """One channel with what was recognised on it, and what was really said when."""

    name: str
    channel: int
    lines: tuple[Line, ...]
    spans: tuple[Span, ...]
    transcript: Transcript
    key: str
    """Of the transcript."""
    audio: LazyAudio


def tape_sources(cache: Path, recognizer: Recognizer, artifacts: Artifacts) -> Iterator[Source]:
    """Made-up lines of both halves, a source per half and noise. ``cache`` keeps what was spoken."""
    for tape in tapes(lines(phrases(), forbidden=20, wanted=12), cache):
        recording_id = hashlib.sha256(tape.pcm.tobytes()).hexdigest()
        key = artifacts.key("transcript", recording_id, digest(dict(recognizer.provenance)))
        yield Source(
            name=f"{tape.snr_db:g} dB",
            channel=0,
            lines=tape.lines,
            spans=tape.spans,
            transcript=artifacts.get_or_make(
                key,
                Transcript,
                lambda tape=tape: recognizer.transcribe("tape", [tape.pcm], [tape.spans]),
            ),
            key=key,
            audio=LazyAudio(_TapeReader(tape), Path()),
        )


def call_sources(
    folder: Path, recognizer: Recognizer, artifacts: Artifacts, settings: Settings
) -> Iterator[Source]:
    """The channels of the calls in a folder with audio and ``truth``."""
    reader = PyAvReader(settings)
    hearing = Hearing(reader, recognizer, None, artifacts)
    for path in sorted((folder / "truth").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        recording = folder / truth["file"]
        audio = LazyAudio(reader, recording)
        with audio:
            heard = hearing.hear(reader.recording_id(recording), audio)
        if heard.transcript is None:
            continue
        for channel in range(truth["num_channels"]):
            spoken = [line for line in truth["lines"] if line["channel"] == channel]
            yield Source(
                name=truth["call_id"],
                channel=channel,
                lines=tuple(_truth_line(line, truth["voices"][line["role"]]) for line in spoken),
                spans=tuple(Span(start_ms=s["start_ms"], end_ms=s["end_ms"]) for s in spoken),
                transcript=heard.transcript,
                key=heard.artifacts["transcript"],
                audio=LazyAudio(reader, recording),
            )


class _TapeReader:
    """Gives a tape's samples as if they had been decoded."""

    digest = "tape"

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    @contextmanager
    def open(self, path: Path) -> Iterator[DecodedAudio]:
        facts = AudioFacts(
            recording=_RECORDING, declared_duration_ms=None, activity=(self._tape.spans,), loudness_db=((),)
        )
        yield DecodedAudio(facts=facts, channels=(self._tape.pcm,))


def _truth_line(spoken: Mapping[str, str], voice: str) -> Line:
    return Line(text=spoken["text"], voice=voice, half=next(h for h in HALVES if voice in VOICES[h]))


def call_of(source: Source) -> Call:
    """The channel as a call of one party."""
    return Call(
        info=CallInfo(call_id=source.name),
        recording=_RECORDING,
        transcript=source.transcript,
        roles=(RoleAssignment(channel=source.channel, role=Role.AGENT, confidence=1.0, basis="setting"),),
        activity={Role.AGENT: source.spans},
        turns=(),
        talk_overs=(),
        dead_air=(),
    )
