"""The lines of an example: ``客服：…`` and ``客户：…`` (or ``agent:`` and ``customer:``), ``（静音8秒）`` for dead air, and
``客服：【抢话】…`` for words that begin while the other is still speaking."""

from __future__ import annotations

import re
from typing import NamedTuple

from qa_pipeline.domain.call import Role

_LINE = re.compile(
    r"\s*(客服|坐席|agent|客户|顾客|customer)\s*[：:]\s*(【抢话】|\[抢话\])?\s*(.*)", re.I | re.S
)
_SILENCE = re.compile(r"\s*[（(]\s*(?:静音|静默|silence)\s*(\d+(?:\.\d+)?)\s*(?:秒|s)\s*[)）]\s*", re.I)
_ROLES = {"客服": Role.AGENT, "坐席": Role.AGENT, "agent": Role.AGENT}
WORD = re.compile(r"[A-Za-z]+|\w")


class Line(NamedTuple):
    """What one line of an example says."""

    role: Role | None
    """None for silence."""
    text: str
    silence_ms: int = 0
    interrupts: bool = False


def parse_line(line: str) -> Line | None:
    """One line of an example; None where it can't be read."""
    silence = _SILENCE.fullmatch(line)
    if silence is not None:
        return Line(None, "", round(float(silence[1]) * 1000))
    spoken = _LINE.fullmatch(line)
    if spoken is None or not WORD.search(spoken[3]):
        return None
    return Line(_ROLES.get(spoken[1].lower(), Role.CUSTOMER), spoken[3], 0, spoken[2] is not None)
