"""Reads a dialogue: who says what, in which voice, and which faults and decoys were planted on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROLES = ("agent", "customer")
FORMATS = {"flac": ".flac", "wav_mulaw": ".wav", "mp3": ".mp3", "opus": ".opus", "m4a": ".m4a", "amr": ".amr"}
LAYOUTS = ("stereo", "swapped", "mono")
LINE_PLACES = ("line", "gap_before", "gap_and_line", "overlap", "after")
CALL_WINDOWS = ("opening", "closing", "whole", "before_answer")

BOTH_QUEUES = (
    "ring_answer", "greeting", "courtesy_words", "forbidden_refusal", "forbidden_blame", "forbidden_provocation",
    "forbidden_rule_hiding", "abuse", "hedging", "speaking_rate", "talk_over", "dead_air", "hold", "apology",
    "verify_identity", "no_false_promise", "no_private_settlement", "further_help", "closing", "survey",
)  # fmt: skip
COMPLAINT_ONLY = ("complaint_contact", "answer_time", "escalate")
CRITERIA: Mapping[str, tuple[str, ...]] = {"enquiry": BOTH_QUEUES, "complaint": BOTH_QUEUES + COMPLAINT_ONLY}
"""The criteria a machine decides, by queue: ids of the two shipped rubrics."""


class DialogueError(Exception):
    """A dialogue file says something the generator can't use; the message names the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A planted fault (or a decoy, which must not be deducted) and where it is."""

    criterion: str
    place: str
    """On a line: one of ``LINE_PLACES``. On a call: one of ``CALL_WINDOWS``."""
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing one party says."""

    role: str
    text: str
    speed: float = 1.0
    gain_db: float = 0.0
    pause_before_s: float | None = None
    overlap_s: float | None = None
    """Begins this long before the line before it ends."""
    backchannel_at_s: float | None = None
    """Said this long after the line before it began, without taking the turn."""
    planted: tuple[Mark, ...] = ()
    decoys: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """A whole call as written."""

    call_id: str
    about: str
    info: Mapping[str, str]
    queue: str
    audio_format: str
    layout: str
    voices: Mapping[str, str]
    speeds: Mapping[str, float]
    levels_db: Mapping[str, float]
    snr_db: float | None
    crosstalk_db: float | None
    lines: tuple[Line, ...]
    planted: tuple[Mark, ...]
    not_applicable: tuple[str, ...]
    unstated: tuple[str, ...]

    @property
    def file_name(self) -> str:
        """Name of the recording."""
        return self.call_id + FORMATS[self.audio_format]

    @property
    def num_channels(self) -> int:
        """1 for mono, else 2."""
        return 1 if self.layout == "mono" else 2

    def channel_of(self, role: str) -> int:
        """The channel a role is recorded on."""
        if self.layout == "mono":
            return 0
        return int((role == "customer") != (self.layout == "swapped"))


def load_dialogue(path: Path) -> Dialogue:
    """Read one dialogue file.

    Raises:
        DialogueError: an unknown key, id or value.
    """
    raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        dialogue = _build(raw)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DialogueError(f"{path.name}: {error!r}") from error
    problems = _problems(dialogue)
    if path.stem != dialogue.call_id:
        problems.append(f"call_id {dialogue.call_id!r} differs from the file's name")
    if problems:
        raise DialogueError(f"{path.name}: " + "; ".join(problems))
    return dialogue


def _build(raw: dict[str, Any]) -> Dialogue:
    raw = dict(raw)
    info = {key: str(value) for key, value in raw.pop("info").items()}
    noise = raw.pop("noise", {})
    dialogue = Dialogue(
        call_id=raw.pop("call_id"),
        about=raw.pop("about"),
        info=info,
        queue=info["queue"],
        audio_format=raw.pop("format"),
        layout=raw.pop("layout", "stereo"),
        voices=raw.pop("voices"),
        speeds=dict.fromkeys(ROLES, 1.0) | raw.pop("speeds", {}),
        levels_db=dict.fromkeys(ROLES, -21.0) | raw.pop("levels_db", {}),
        snr_db=noise.get("snr_db"),
        crosstalk_db=noise.get("crosstalk_db"),
        lines=tuple(_line(line) for line in raw.pop("lines")),
        planted=_marks(raw.pop("planted", []), "window"),
        not_applicable=tuple(raw.pop("not_applicable", [])),
        unstated=tuple(raw.pop("unstated", [])),
    )
    if raw:
        raise ValueError(f"unknown keys {sorted(raw)}")
    return dialogue


def _line(raw: dict[str, Any]) -> Line:
    raw = dict(raw)
    role = next(role for role in ROLES if role in raw)
    return Line(
        role=role,
        text=raw.pop(role),
        planted=_marks(raw.pop("planted", []), "place"),
        decoys=_marks(raw.pop("decoys", []), "place"),
        **raw,
    )


def _marks(raw: list[dict[str, str]], key: str) -> tuple[Mark, ...]:
    return tuple(
        Mark(criterion=mark["criterion"], place=mark.get(key, "line"), note=mark["note"]) for mark in raw
    )


def _problems(dialogue: Dialogue) -> list[str]:
    known = CRITERIA.get(dialogue.queue)
    if known is None:
        return [f"queue {dialogue.queue!r} has no rubric"]
    problems = []
    marks = [mark for line in dialogue.lines for mark in line.planted + line.decoys]
    named = [mark.criterion for mark in (*marks, *dialogue.planted)]
    named += [*dialogue.not_applicable, *dialogue.unstated]
    problems += [f"unknown criterion {name!r}" for name in named if name not in known]
    problems += [f"unknown place {mark.place!r}" for mark in marks if mark.place not in LINE_PLACES]
    problems += [
        f"unknown window {mark.place!r}" for mark in dialogue.planted if mark.place not in CALL_WINDOWS
    ]
    planted = {mark.criterion for line in dialogue.lines for mark in line.planted}
    planted |= {mark.criterion for mark in dialogue.planted}
    both = planted & {*dialogue.not_applicable, *dialogue.unstated}
    problems += [f"{name!r} is planted and also not" for name in sorted(both)]
    if dialogue.audio_format not in FORMATS:
        problems.append(f"unknown format {dialogue.audio_format!r}")
    if dialogue.layout not in LAYOUTS:
        problems.append(f"unknown layout {dialogue.layout!r}")
    if dialogue.audio_format == "amr" and dialogue.layout != "mono":
        problems.append("AMR has one channel")
    if set(dialogue.voices) != set(ROLES):
        problems.append("voices must name agent and customer")
    return problems
