"""Dialogues spoken over the telephone, with the time at which every planted thing sounds.

A line is spoken in one go, as people speak it; where its pieces lie comes from the speech model's own durations.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.redaction_material import AGENT_ID, Line, Piece, Planted, plain
from qa_pipeline.domain.call import CallInfo, Role
from qa_pipeline.domain.time import Span

_SAMPLES = Path(__file__).resolve().parents[1] / "sample_audio"
sys.path.insert(0, str(_SAMPLES))
from generator import dialogue as written  # noqa: E402
from generator.encode import write_audio  # noqa: E402
from generator.speech import SAMPLE_RATE_HZ, VOICE_SPEED, Audio, Speaker, load  # noqa: E402
from generator.telephone import record  # noqa: E402
from generator.timeline import lay_out  # noqa: E402

NOISE_DB: dict[str, float | None] = {"quiet": None, "12 dB": 12.0, "9 dB": 9.0}
"""Conditions: the telephone line as it is, and with pink noise so far below the speech."""
VOICES = {
    False: (("zf_xiaobei", "zm_yunjian"), ("zm_yunjian", "zf_xiaoxiao")),
    True: (("zf_xiaoyi", "zm_yunxia"), ("zm_yunxia", "zf_xiaoni")),
}
"""Of agent and customer, for development and held out."""
CROSSTALK_DB = -36.0
_DURATIONS = "/encoder/Clip_output_0"
"""Inside the model: frames that each token lasts."""
_FRAME = 600
"""Samples of such a frame."""
_AUDIBLE = 1e-3
"""Less than this share of the loudest 10 ms (30 dB) is no longer heard."""
SEED = 20261122


@dataclass(frozen=True, kw_only=True)
class Said:
    """One line in sound: samples at 24 kHz, and where each piece of it lies in them, in milliseconds."""

    audio: Audio
    pieces: tuple[Span, ...]


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A dialogue as a recording, and what is true of it."""

    info: CallInfo
    path: Path
    texts: dict[Role, str]
    public: tuple[str, ...]
    """What is said beside the planted things."""
    speech: dict[Role, tuple[Span, ...]]
    """When each party's lines sound."""
    planted: dict[Planted, tuple[Role, tuple[Span, ...]]]
    agent_id: tuple[Span, ...]
    """When the agent's own number is heard: hidden on purpose, but nobody's secret."""


class TimedSpeaker(Speaker):
    """The speech model, asked for its durations too; every line is kept on disk."""

    def line(self, pieces: Sequence[Piece], *, voice: str, speed: float) -> Said:
        """One line without silence around it."""
        told = json.dumps([voice, speed, [(p.text, p.pause_ms) for p in pieces]], ensure_ascii=False)
        path = self._cache / f"{hashlib.sha256(told.encode()).hexdigest()[:24]}.npz"
        if not path.exists():
            audio, borders = self._speak(pieces, voice, round(VOICE_SPEED[voice] * speed, 3))
            np.savez(path, audio=audio.astype(np.float16), borders=np.array(borders))
        with np.load(path) as kept:
            return Said(
                audio=kept["audio"].astype(np.float32),
                pieces=tuple(Span(start_ms=int(a), end_ms=int(b)) for a, b in kept["borders"]),
            )

    def _speak(
        self, pieces: Sequence[Piece], voice: str, speed: float
    ) -> tuple[Audio, list[tuple[int, int]]]:
        if self._session is None:
            self._session, self._vocabulary, self._phonemes = load(outputs=(_DURATIONS,))
        tokens: list[int] = []
        places: list[tuple[int, int]] = []
        pauses: dict[int, int] = {}
        for piece in pieces:
            if piece.pause_ms:
                tokens.append(self._vocabulary[","])
                pauses[len(tokens)] = piece.pause_ms
            tokens.append(self._vocabulary[" "])
            said = [self._vocabulary[c] for c in self._phonemes(piece.text)[0] if c in self._vocabulary]
            places.append((len(tokens), len(tokens) + len(said)))
            tokens += said
        styles = np.fromfile(self._voices / f"{voice}.bin", dtype="<f4").reshape(-1, 256)
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": styles[len(tokens)][None],
            "speed": np.array([speed], dtype=np.float32),
        }
        audio, frames = self._session.run(None, inputs)
        # Before token n of the line lies the opening token and n others.
        ends = np.concatenate([[0], np.cumsum(frames.ravel())]).astype(int)[1:] * _FRAME
        return _laid_out(
            np.asarray(audio, np.float32).ravel(),
            [(ends[a], ends[b]) for a, b in places],
            {int(ends[n] - (ends[n] - ends[n - 1]) // 2): ms for n, ms in pauses.items()},
        )


def _laid_out(
    audio: Audio, places: Sequence[tuple[int, int]], pauses: dict[int, int]
) -> tuple[Audio, list[tuple[int, int]]]:
    """The line with its pauses, cut to what is heard, and the milliseconds in which each piece is heard."""
    heard = [_audible(audio, a, b) for a, b in places]
    first, last = _audible(audio, 0, len(audio))
    parts, moved, at = [], [list(h) for h in heard], first
    shift = -first
    for place, pause_ms in sorted(pauses.items()):
        silence = pause_ms * SAMPLE_RATE_HZ // 1000
        parts += [audio[at:place], np.zeros(silence, np.float32)]
        at = place
        for span, (a, _) in zip(moved, heard, strict=True):
            if a >= place:
                span[0] += silence
                span[1] += silence
    parts.append(audio[at:last])
    per_ms = SAMPLE_RATE_HZ // 1000
    return np.concatenate(parts), [((a + shift) // per_ms, -(-(b + shift) // per_ms)) for a, b in moved]


def _audible(audio: Audio, start: int, end: int) -> tuple[int, int]:
    frame = SAMPLE_RATE_HZ // 100
    count = max((end - start) // frame, 1)
    power = (audio[start : start + count * frame].reshape(count, -1) ** 2).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * _AUDIBLE)
    return start + int(loud[0]) * frame, min(end, start + (int(loud[-1]) + 1) * frame)


def recordings(
    lines: Sequence[Line],
    name: str,
    *,
    speaker: TimedSpeaker,
    held_out: bool,
    folder: Path,
    noise: Sequence[str],
) -> dict[str, Recorded]:
    """A dialogue as recordings, one for each condition of :data:`NOISE_DB` named."""
    agent, customer = VOICES[held_out][sum(name.encode()) % 2]
    voices = {Role.AGENT: agent, Role.CUSTOMER: customer}
    said = [speaker.line(pieces, voice=voices[role], speed=1.05) for role, pieces in lines]
    made: dict[str, Recorded] = {}
    for condition in noise:
        call_id = f"{name}_{condition.replace(' ', '')}"
        script = _script(call_id, lines, voices, NOISE_DB[condition])
        waiting = iter(said)
        timeline = lay_out(script, lambda _, waiting=waiting: next(waiting).audio, SEED)
        path = folder / script.file_name
        if not path.exists():
            write_audio(path, record(timeline, script, SEED), script.audio_format)
        made[condition] = _known(call_id, path, lines, said, [p.start_ms for p in timeline.placed])
    return made


def _script(
    call_id: str, lines: Sequence[Line], voices: dict[Role, str], snr_db: float | None
) -> written.Dialogue:
    return written.Dialogue(
        call_id=call_id,
        about="",
        info={},
        queue="enquiry",
        audio_format="flac",
        layout="stereo",
        voices={role.value: voice for role, voice in voices.items()},
        speeds=dict.fromkeys(written.ROLES, 1.0),
        levels_db=dict.fromkeys(written.ROLES, -21.0),
        snr_db=snr_db,
        crosstalk_db=CROSSTALK_DB,
        lines=tuple(
            written.Line(role=role.value, text="".join(p.text for p in pieces)) for role, pieces in lines
        ),
        planted=(),
        not_applicable=(),
        unstated=(),
    )


def _known(
    call_id: str, path: Path, lines: Sequence[Line], said: Sequence[Said], starts: Sequence[int]
) -> Recorded:
    texts: dict[Role, str] = defaultdict(str)
    speech: dict[Role, list[Span]] = defaultdict(list)
    planted: dict[Planted, tuple[Role, list[Span]]] = {}
    for (role, pieces), spoken, start in zip(lines, said, starts, strict=True):
        texts[role] += plain("".join(p.text for p in pieces))
        speech[role].append(
            Span(start_ms=start, end_ms=start + round(len(spoken.audio) * 1000 / SAMPLE_RATE_HZ))
        )
        for piece, span in zip(pieces, spoken.pieces, strict=True):
            if piece.planted is not None:
                moved = Span(start_ms=start + span.start_ms, end_ms=start + span.end_ms)
                planted.setdefault(piece.planted, (role, []))[1].append(moved)
    return Recorded(
        info=CallInfo(call_id=call_id, agent_id=AGENT_ID, channel_roles={0: Role.AGENT, 1: Role.CUSTOMER}),
        path=path,
        texts=dict(texts),
        public=tuple(p.text for _, pieces in lines for p in pieces if p.planted is None),
        speech={role: tuple(spans) for role, spans in speech.items()},
        planted={p: (role, tuple(spans)) for p, (role, spans) in planted.items()},
        agent_id=(speech[Role.AGENT][0],),
    )
