"""Names of which the recogniser made something else: known by their place, and by its doubt.

The answer to a question for a name, and what is said back after it, hold one though they read 是永远 or 留闻队, where the
recogniser itself was unsure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.privacy.cues import Zone, zones
from qa_pipeline.privacy.likely import USUAL
from qa_pipeline.privacy.types import Private, PrivateKind, pause_before
from qa_pipeline.privacy.zones import no_name
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.words import cut, frequency

UNSURE = 0.6
"""Mean confidence of two characters in a row below which they may be anything. On a quiet line one character in eight is
less sure, with noise 9 dB below the speech one in three; so it counts only where a name was expected."""
ANSWER = 7
"""Characters of an answer that is a name with a misheard lead-in, at most."""
BACK_MS = 15_000
"""Within this time after something was told it is said back."""
SAID_BACK = 3
"""Characters after 好的 that are a name at most."""
_GOOD = re.compile("好的?")
_POLITE = re.compile("[谢您请]")
"""In no name."""


def doubtful_names(
    utterances: Mapping[Role, Sequence[Utterance]], found: Sequence[Private]
) -> tuple[Private, ...]:
    """What else must be hidden, besides what was found.

    Args:
        utterances: each role's, in order of time.
        found: what is known to be private.
    """
    texts = {role: AlignedText.of(said) for role, said in utterances.items()}
    texts = {role: text for role, text in texts.items() if text.text}
    expected = [z for z in zones(texts) if z.sure and z.kind is PrivateKind.PERSON]
    places: set[tuple[Role, int, int]] = set()
    for zone in expected:
        text = texts[zone.role]
        stop = _to_pause(text, zone.start, zone.end)
        if _holds(text, zone.start, stop, zone.role, found) or stop - zone.start > ANSWER:
            continue
        if _POLITE.search(text.text, zone.start, stop):
            continue
        if _doubtful(text, zone.start, stop) and not (zone.asked and _says_else(text, zone.start, stop)):
            places.add((zone.role, zone.start, stop))
    for role, text in texts.items():
        told_ms = [_begin_ms(texts[z.role], z) for z in expected if z.role is not role and z.asked]
        for start, stop in _said_back(text, told_ms):
            if not _holds(text, start, stop, role, found):
                places.add((role, start, stop))
    return tuple(
        Private(role=role, kind=PrivateKind.PERSON, span=texts[role].span(start, stop))
        for role, start, stop in sorted(places)
    )


def _begin_ms(text: AlignedText, zone: Zone) -> int:
    return text.span(zone.start, zone.start + 1).start_ms


def _to_pause(text: AlignedText, start: int, last: int) -> int:
    return next((i for i in range(start + 1, last) if pause_before(text, i)), last)


def _holds(text: AlignedText, start: int, stop: int, role: Role, found: Sequence[Private]) -> bool:
    span = text.span(start, stop)
    return any(p.role is role and p.span.intersection(span) is not None for p in found)


def _doubtful(text: AlignedText, start: int, stop: int) -> bool:
    """Whether two characters in a row may be anything."""
    return any(
        text.confidence(i, i + 1) + text.confidence(i + 1, i + 2) < 2 * UNSURE for i in range(start, stop - 1)
    )


def _says_else(text: AlignedText, start: int, stop: int) -> bool:
    """Whether an everyday word was recognised with confidence."""
    at = start
    for word in cut(text.text[start:stop]):
        sure = len(word) > 1 and frequency(word) >= USUAL
        if sure and text.confidence(at, at + len(word)) >= UNSURE:
            return True
        at += len(word)
    return False


def _said_back(text: AlignedText, told_ms: Sequence[int]) -> Iterator[tuple[int, int]]:
    """What follows 好的 soon after a name was told, where nobody knows what it was."""
    for good in _GOOD.finditer(text.text):
        start = good.end()
        at_ms = text.span(good.start(), start).start_ms
        if start >= len(text) or not pause_before(text, good.start()):
            continue
        if any(0 <= at_ms - told <= BACK_MS for told in told_ms):
            stop = _to_pause(text, start, min(len(text), start + SAID_BACK))
            words = text.text[start:stop]
            if _doubtful(text, start, stop) and not (no_name(words) or _says_else(text, start, stop)):
                yield start, stop
