"""A clip as learners see it. Everything in it may be read by anyone: what is private was taken out before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qa_pipeline.domain.time import Span
from qa_pipeline.i18n import Lang, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something one party said; times are milliseconds of the clip."""

    role: str
    """``agent``, ``customer`` or ``unknown``."""
    who: str
    """As readers see the party."""
    span: Span
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """Something that was taken out, without its content."""

    kind: str
    """``number``, ``person``, ``address``, or ``unread``: speech beside one of them that was not recognised."""
    role: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A sentence on which the example rests; times are milliseconds of the clip, cut at its edges."""

    who: str
    quote: str
    """The whole sentence, where it was recognised in one."""
    words: tuple[str, ...]
    """The words in it that count."""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The criterion that an example is about, and what the call earned by it."""

    criterion_id: str
    title: str
    section: str
    standard: str | None
    severity: str
    rubric: str
    """The form's title and version."""
    note: str | None
    points: float
    points_possible: float
    confirmed: bool
    """A person gave the same outcome."""
    asked: str
    """What the rule asks, in words; empty where that would be too long to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The measure that an example shows."""

    name: str
    label: str
    who: str
    """Whose it is; empty: the call's."""
    unit: str
    value: float
    """Of the whole call."""
    place_value: float | None
    """Of the place that is shown; None where only a call can have one."""
    span: Span
    """The place; milliseconds of the clip, cut at its edges."""
    definition: str
    limits: tuple[str, ...]
    """What the form asks of it, and what it found in this call."""
    lower_pct: int
    """Of the calls compared, so many per cent have less."""
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipView:
    """One clip with all that its files say."""

    number: int
    folder: str
    """Its folder's name: a number and what it is an example of; nothing of the call."""
    audio: str
    """The sound file's name in that folder."""
    title: str
    """What it is an example of."""
    kind: Literal["good", "bad", "shown"]
    """Whether the example shows the rule kept or broken, or only shows something."""
    rule: Rule | None
    measured: Measured | None
    pair: int | None
    """Clips of one number contrast with each other."""
    partner: int | None
    """The number of the clip that contrasts with this one."""
    other_fatal: tuple[str, ...]
    """Fatal faults elsewhere in the call of a good example: titles of criteria."""
    why: str
    """Why this clip was chosen."""
    agent: str
    queue: str
    starts_ms: int
    """Where in the recording the clip begins."""
    call_ms: int
    duration_ms: int
    explanation: str
    said: tuple[Said, ...]
    occasion: Said | None
    """What the customer said that makes the rule apply, where that is part of the rule."""
    better: tuple[str, ...]
    """Wordings from the form that would keep the rule."""
    turns: tuple[Line, ...]
    lines: tuple[Line, ...]
    """The turns, an utterance each, for subtitles."""
    hidden: tuple[Hidden, ...]
    call_id: str | None
    """Only where nothing was to be hidden."""


def words(lang: Lang, key: str, /, **params: object) -> str:
    """The message ``clips.<key>``."""
    return text(f"clips.{key}", lang, **params)


def clock(time_ms: int) -> str:
    """Minutes and seconds with tenths: ``0:07.4``."""
    minutes, rest = divmod(time_ms // 100, 600)
    return f"{minutes}:{rest // 10:02d}.{rest % 10}"


def seconds(time_ms: int) -> str:
    """Seconds with tenths: ``7.4``."""
    return f"{time_ms // 100 / 10:.1f}"


def told(line: Line, lang: Lang) -> str:
    """Who says what."""
    return words(lang, "line", who=line.who, text=line.text)


def plain(lines: tuple[Line, ...], lang: Lang) -> str:
    """A transcript to read: time, party, words."""
    return "".join(f"[{clock(line.span.start_ms)}] {told(line, lang)}\n" for line in lines)


def srt(lines: tuple[Line, ...], lang: Lang) -> str:
    """SubRip subtitles."""
    return "".join(
        f"{n}\n{_stamp(line.span.start_ms, ',')} --> {_stamp(line.span.end_ms, ',')}\n{told(line, lang)}\n\n"
        for n, line in enumerate(lines, 1)
    )


def vtt(lines: tuple[Line, ...], lang: Lang) -> str:
    """WebVTT subtitles (https://www.w3.org/TR/webvtt1/): ``&``, ``<`` and ``>`` are escaped."""
    cues = "".join(
        f"{_stamp(line.span.start_ms, '.')} --> {_stamp(line.span.end_ms, '.')}\n"
        f"{_escaped(told(line, lang))}\n\n"
        for line in lines
    )
    return f"WEBVTT\n\n{cues}"


def _escaped(words_: str) -> str:
    return words_.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _stamp(time_ms: int, mark: str) -> str:
    seconds, rest = divmod(time_ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{rest:03d}"
