"""Where one clause ends and the next begins: what the recogniser wrote as a sign, or a pause."""

from __future__ import annotations

import re

from qa_pipeline.text.aligned import AlignedText

PAUSE_MS = 400
"""Characters of one name or one amount follow each other faster than this."""
_SIGN = re.compile(r"[。！？；!?;]|(?<![0-9])[，,、]|[，,、](?![0-9])")


def clause_break(text: AlignedText, start: int, end: int) -> int | None:
    """The first place inside characters start to end before which a clause ends; None where there is none."""
    if end - start < 2:
        return None
    quick = text.span(start, end).duration_ms - PAUSE_MS < 0
    if quick and not _SIGN.search(text.quote(start, end)):
        return None
    for i in range(start + 1, end):
        if text.span(i, i + 1).start_ms - text.span(i - 1, i).end_ms >= PAUSE_MS:
            return i
        if _SIGN.search(text.quote(i - 1, i + 1)):
            return i
    return None
