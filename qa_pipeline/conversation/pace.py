"""How fast somebody speaks, counted in characters that are spoken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from qa_pipeline.domain.time import Span, total_ms
from qa_pipeline.domain.transcript import Utterance

_SPOKEN = re.compile("[\u4e00-\u9fff0-9]|[A-Za-z]+")
_OTHER = re.compile("[^\u4e00-\u9fff\\x00-\\x7f]")

MIN_SPEAKING_MS = 2_000
"""Below this a rate would be chance, so none is given."""


def count_chars(text: str) -> int:
    """Han characters and digits; a latin word counts as one.

    >>> count_chars("您好，工号8026 VIP")
    9
    """
    # Digits of other scripts are rare, and no expression knows all that ``isdigit`` does.
    return len(_SPOKEN.findall(text)) + sum(map(str.isdigit, _OTHER.findall(text)))


def speaking_rate(utterances: Iterable[Utterance], activity: Sequence[Span]) -> float | None:
    """Characters a minute over speaking time only (STANDARDS.md, last paragraph); None under 2 s of speech."""
    speaking_ms = total_ms(activity)
    if speaking_ms < MIN_SPEAKING_MS:
        return None
    chars = sum(count_chars(u.text) for u in utterances)
    return round(chars * 60_000 / speaking_ms, 1)
