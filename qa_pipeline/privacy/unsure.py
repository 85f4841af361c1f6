"""Names of which the recogniser made something else: known by their place, and by its doubt.

The answer to a question for a name, and what is said back after it, hold one though they read 是永远 or 留闻队, where the
recogniser itself was unsure; so may a short answer that is all doubt, whose question was lost, too. An answer that
sounds like the name said back is that name (培训, 好的裴兴).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.privacy.cues import EARLY_MS, Zone, zones
from qa_pipeline.privacy.likely import TURN_MS, USUAL
from qa_pipeline.privacy.types import Private, PrivateKind, pause_before
from qa_pipeline.privacy.zones import no_name
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.clauses import clause_break
from qa_pipeline.text.similarity import char_distance
from qa_pipeline.text.words import cut, frequency

UNSURE = 0.75
"""Mean confidence of two characters in a row below which they may be anything. On a quiet line a quarter of all words are
less sure, with noise 9 dB below the speech nearly half; so it counts only where a name was expected."""
ANSWER = 7
"""Characters of an answer that is a name with a misheard lead-in, at most."""
SHORT = range(3, 7)
"""Characters of an answer that may be a name, or a number of which the figures were lost, whatever was asked,"""
UNCLEAR = 0.7
"""when their mean confidence is below this (念贵信堂 for 免贵姓唐: 0.63),"""
AT_ONCE_MS = 3_000
"""and the other party ended so short before."""
BACK_MS = 15_000
"""Within this time after something was told it is said back."""
SAID_BACK = 3
"""Characters after 好的 that are a name at most."""
SAME, ALIKE = 14, 80
"""Distance of characters that sound the same but for the tone; and of two pairs at most, one of which does (训, 兴: 70)."""
_GOOD = re.compile("好的?")
_NEVER = re.compile("[谢您请了没不]")
"""In no name, nor in what leads up to one."""
_USUAL = re.compile("[谢您请了没不你对好投见]")
"""In most short answers that are none."""


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
    perhaps = [z for z in zones(texts) if z.kind is PrivateKind.PERSON]
    expected = [z for z in perhaps if z.sure]
    places: set[tuple[Role, int, int]] = set()
    for zone in expected:
        text = texts[zone.role]
        stop = _to_pause(text, zone.start, zone.end)
        if _holds(text, zone.start, stop, zone.role, found) or stop - zone.start > ANSWER:
            continue
        if _NEVER.search(text.text, zone.start, stop):
            continue
        if _doubtful(text, zone.start, stop) and not (zone.asked and _says_else(text, zone.start, stop)):
            places.add((zone.role, zone.start, stop))
    for role, text in texts.items():
        told_ms = [_begin_ms(texts[z.role], z) for z in expected if z.role is not role and z.asked]
        for start, stop in _said_back(text, told_ms):
            if not _holds(text, start, stop, role, found):
                places.add((role, start, stop))
        if role is not Role.AGENT:
            others = sorted(u.span.end_ms for r in texts if r is not role for u in utterances[r])
            for start, stop in _unclear(text, others):
                if not _holds(text, start, stop, role, found):
                    places.add((role, start, stop))
    for zone in (z for z in perhaps if z.asked):
        start, stop = zone.start, _to_pause(texts[zone.role], zone.start, zone.end)
        if _echoed(texts, zone.role, start, stop, found) and not _holds(
            texts[zone.role], start, stop, zone.role, found
        ):
            places.add((zone.role, start, stop))
    return tuple(
        Private(role=role, kind=PrivateKind.PERSON, span=texts[role].span(start, stop))
        for role, start, stop in sorted(places)
    )


def _begin_ms(text: AlignedText, zone: Zone) -> int:
    return text.span(zone.start, zone.start + 1).start_ms


def _unclear(text: AlignedText, others_ms: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Short answers of which nothing was understood, as their questions may not have been."""
    for start in range(len(text)):
        begin_ms = text.span(start, start + 1).start_ms
        if start and begin_ms - text.span(start - 1, start).end_ms < TURN_MS:
            continue
        before = bisect_left(others_ms, begin_ms + EARLY_MS)
        if not before or begin_ms - others_ms[before - 1] > AT_ONCE_MS:
            continue
        stop = _to_pause(text, start, min(len(text), start + ANSWER))
        if stop - start not in SHORT or _USUAL.search(text.text, start, stop):
            continue
        if text.confidence(start, stop) < UNCLEAR and not _says_else(text, start, stop):
            yield start, stop


def _to_pause(text: AlignedText, start: int, last: int) -> int:
    last = next((i for i in range(start + 1, last) if pause_before(text, i)), last)
    return clause_break(text, start, last) or last


def _echoed(
    texts: Mapping[Role, AlignedText], role: Role, start: int, stop: int, found: Sequence[Private]
) -> bool:
    """Whether an answer ends with what sounds like a name that the other party says soon after: 培训, 好的培兴."""
    said, end_ms = texts[role].text[start:stop], texts[role].span(stop - 1, stop).end_ms
    if len(said) < 2 or stop - start > ANSWER:
        return False
    for back in found:
        soon = 0 <= back.span.start_ms - end_ms <= BACK_MS
        if back.role is role or back.kind is not PrivateKind.PERSON or not soon:
            continue
        inside = _said_in(texts[back.role], back.span)
        if any(_sound_alike(said[-2:], inside[i : i + 2]) for i in range(len(inside) - 1)):
            return True
    return False


def _said_in(text: AlignedText, span: Span) -> str:
    places = range(len(text))
    first = bisect_left(places, span.start_ms, key=lambda i: text.span(i, i + 1).start_ms)
    return text.text[
        first : bisect_left(places, span.end_ms, lo=first, key=lambda i: text.span(i, i + 1).start_ms)
    ]


def _sound_alike(heard: str, meant: str) -> bool:
    distances = [char_distance(a, b) for a, b in zip(heard, meant, strict=True)]
    return min(distances) <= SAME and sum(distances) <= ALIKE


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
