"""The lines of an example: ``客服：…`` and ``客户：…`` (or ``agent:`` and ``customer:``), ``（静音8秒）`` for dead air, and
``客服：【抢话】…`` for words that begin while the other is still speaking.

How something is said may stand before the words: ``客服：（语速320字/分，音量+12dB）…`` for that line, and
``（音调220Hz，起伏3半音，平时音调200Hz）`` for that party's voice in the whole call.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from qa_pipeline.domain.call import Role

_LINE = re.compile(
    r"\s*(客服|坐席|agent|客户|顾客|customer)\s*[：:]\s*(【抢话】|\[抢话\])?\s*(?:[（(]([^（）()]*)[)）])?\s*(.*)",
    re.I | re.S,
)
_SILENCE = re.compile(r"\s*[（(]\s*(?:静音|静默|silence)\s*(\d+(?:\.\d+)?)\s*(?:秒|s)\s*[)）]\s*", re.I)
_ROLES = {"客服": Role.AGENT, "坐席": Role.AGENT, "agent": Role.AGENT}
WORD = re.compile(r"[A-Za-z]+|\w")

_NUMBER = r"\s*([+＋-]?\d+(?:\.\d+)?)\s*"
_VOICE = {
    "chars_per_min": (re.compile(rf"(?:语速|rate){_NUMBER}(?:字/分钟?|字每分钟|chars/min)", re.I), 30, 2000),
    "louder_db": (re.compile(rf"(?:音量|loudness){_NUMBER}(?:dB|分贝)", re.I), -40, 30),
    "pitch_hz": (re.compile(rf"(?:音调|pitch){_NUMBER}(?:Hz|赫兹)", re.I), 50, 600),
    "range_semitones": (re.compile(rf"(?:起伏|range){_NUMBER}(?:半音|semitones)", re.I), 0, 48),
    "usual_pitch_hz": (re.compile(rf"(?:平时音调|usual pitch){_NUMBER}(?:Hz|赫兹)", re.I), 50, 600),
}
"""What can be said of a voice, in which words, and what is possible."""
_VOICE_BEGINS = re.compile(
    r"\s*(语速|音量|音调|起伏|平时音调|rate|loudness|pitch|range|usual pitch)\s*[+＋-]?\d", re.I
)


class Voice(NamedTuple):
    """How a line is said; None: as usual."""

    chars_per_min: float | None = None
    louder_db: float | None = None
    """Against the party's other lines."""
    pitch_hz: float | None = None
    range_semitones: float | None = None
    usual_pitch_hz: float | None = None
    """That person's median in earlier calls."""


class Line(NamedTuple):
    """What one line of an example says."""

    role: Role | None
    """None for silence."""
    text: str
    silence_ms: int = 0
    interrupts: bool = False
    voice: Voice = Voice()


def parse_line(line: str) -> Line | None:
    """One line of an example; None where it can't be read."""
    silence = _SILENCE.fullmatch(line)
    if silence is not None:
        return Line(None, "", round(float(silence[1]) * 1000))
    spoken = _LINE.fullmatch(line)
    if spoken is None or not WORD.search(spoken[4]):
        return None
    text, voice = spoken[4], Voice()
    if spoken[3] is not None and _VOICE_BEGINS.match(spoken[3]):
        known = _voice(spoken[3])
        if known is None:
            return None
        voice = known
    elif spoken[3] is not None:
        text = f"（{spoken[3]}）{text}"
    role = _ROLES.get(spoken[1].lower(), Role.CUSTOMER)
    return Line(role, text, 0, spoken[2] is not None, voice)


def _voice(note: str) -> Voice | None:
    told: dict[str, float] = {}
    for item in re.split(r"[，,、；;]", note):
        for name, (pattern, least, most) in _VOICE.items():
            found = pattern.fullmatch(item.strip())
            if found is not None:
                value = float(found[1].replace("＋", "+"))
                if not least <= value <= most:
                    return None
                told[name] = value
                break
        else:
            return None
    return Voice(**told)
