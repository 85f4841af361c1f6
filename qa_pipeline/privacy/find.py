"""What is private in a call: numbers, names and addresses, also misheard, split by pauses, and read back.

Three ways lead to a private stretch. The thing itself is recognised (:mod:`qa_pipeline.text.entities`). It is asked for
or announced, so that what follows is hidden whatever it was misheard as. Or it was hidden elsewhere in the call and is
said again. Hiding too little is the worse mistake, so the thresholds are looser than where points depend on them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.privacy.cues import Zone, zones
from qa_pipeline.privacy.figures import ASKED, DENSE, FIGURES, TOLD, UNASKED, as_figures, figure_stretches
from qa_pipeline.privacy.likely import name_turns, said_otherwise
from qa_pipeline.privacy.spelling import explained
from qa_pipeline.privacy.surmise import Surmise
from qa_pipeline.privacy.types import Private, PrivateKind, Stretch, pause_before
from qa_pipeline.privacy.zones import (
    CLOSING,
    NAME,
    address_in,
    asks_for_it,
    name_in,
    no_name,
    read_back,
    spelt_in,
    titled,
    written_out,
)
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.find import find_entities
from qa_pipeline.text.entities.numbers import asked_in
from qa_pipeline.text.entities.types import Entity, Kind
from qa_pipeline.text.phrases import phrase

_KINDS = {Kind.PERSON: PrivateKind.PERSON, Kind.ADDRESS: PrivateKind.ADDRESS} | dict.fromkeys(
    (Kind.PHONE, Kind.ID_NUMBER, Kind.BANK_CARD, Kind.ORDER_NUMBER), PrivateKind.NUMBER
)
_BEFORE = frozenset("的是下记我你嗯好号到单码叫话，")
_AFTER = frozenset("对吗是吧我你您的好，")
"""What often stands beside a number and is none of it."""
LEAD_IN = 3
"""A number that begins so many characters after what asked for it or announced it is the answer, not a date in passing."""
EDGE = 2
"""Characters between a number that was asked for and a pause that are taken for figures, whatever they are."""
GAP_MS = 700
"""Time beside something private in which no word was recognised."""
REPEATED = 4
"""Figures in a row of a hidden number that are hidden wherever they are said: the last four stand for all."""
_COUNTED = re.compile("[百千万]")
_ROUND = re.compile(
    "[0-9零〇一二两三四五六七八九十]{1,3}[百千万亿][0-9零〇一二两三四五六七八九十百千万亿]{0,6}"
)
"""额度是五万: a sum, also where nobody says of what."""
_OWN_NUMBER = re.compile("(?:工号|坐席号?|座席号?)[是为]?$")


def find_private(utterances: Mapping[Role, Sequence[Utterance]]) -> tuple[Private, ...]:
    """Every private stretch of a call, by role and time, merged where they touch.

    Args:
        utterances: each role's, in order of time.
    """
    texts = {role: AlignedText.of(said) for role, said in utterances.items()}
    texts = {role: text for role, text in texts.items() if text.text}
    perhaps = zones(texts)
    expected = [z for z in perhaps if z.sure]
    surmise = Surmise(texts)
    found: dict[Role, list[Stretch]] = {}
    for role, text in texts.items():
        asked = sorted(
            (a for r, t in texts.items() if r is not role for a in asked_in(t)), key=lambda a: a.at_ms
        )
        entities = find_entities(text, asked=asked)
        found[role] = [
            Stretch(e.start, e.end, _KINDS[e.kind])
            for e in entities
            if e.kind in _KINDS and not (role is Role.AGENT and _only_asked(text, e))
        ]
        found[role] += _numbers(text, [z for z in expected if z.role is role], entities)
        told = _told_ms(role, expected, texts)
        said = _named(text, [z for z in expected if z.role is role])
        said += [Stretch(*place, PrivateKind.PERSON) for place in read_back(text, told)]
        found[role] += [
            s
            for s in said
            # Customers answer; what agents announce (核实益下) must look like a name.
            if not (role is Role.AGENT and s.kind is PrivateKind.PERSON)
            or not surmise.hardly(role, s.start, s.end)
        ]
        found[role] += [Stretch(*place, PrivateKind.PERSON) for place in titled(text)]
        found[role] += [Stretch(*place, PrivateKind.ADDRESS) for place in written_out(text)]
        if role is not Role.AGENT:
            who = [(z.start, z.end) for z in perhaps if z.role is role and z.kind is PrivateKind.PERSON]
            places = name_turns(text, who, _spoken_ms(role, texts))
            found[role] += [Stretch(*place, PrivateKind.PERSON) for place in places]
        found[role] += [Stretch(*place, PrivateKind.PERSON) for place in surmise.names(role, perhaps)]
        found[role] += _spelt_out(text, found[role], [z for z in expected if z.role is role])
    for role, text in texts.items():
        found[role] += _said_again(text, found, texts)
    return tuple(
        Private(role=role, kind=s.kind, span=_with_gaps(texts[role], s))
        for role in texts
        for s in _merged(found[role])
    )


def _spoken_ms(role: Role, texts: Mapping[Role, AlignedText]) -> list[int]:
    """When each character of the other party begins."""
    return sorted(
        text.span(i, i + 1).start_ms for r, text in texts.items() if r is not role for i in range(len(text))
    )


def _told_ms(role: Role, expected: Sequence[Zone], texts: Mapping[Role, AlignedText]) -> list[int]:
    """When the other party was asked for a name or said one."""
    return [
        texts[z.role].span(z.start, z.start + 1).start_ms
        for z in expected
        if z.role is not role and z.kind is PrivateKind.PERSON
    ]


def _with_gaps(text: AlignedText, stretch: Stretch) -> Span:
    """Up to the words beside it: there, a part of it may sound that was not recognised."""
    span = text.span(stretch.start, stretch.end)
    start_ms, end_ms = span.start_ms, span.end_ms
    if stretch.start > 0:
        start_ms = min(start_ms, max(start_ms - GAP_MS, text.span(stretch.start - 1, stretch.start).end_ms))
    if stretch.end < len(text):
        end_ms = max(end_ms, min(end_ms + GAP_MS, text.span(stretch.end, stretch.end + 1).start_ms))
    return Span(start_ms=start_ms, end_ms=end_ms)


def _only_asked(text: AlignedText, entity: Entity) -> bool:
    """Whether an agent asked for a name and went on: one character after 贵姓, a sentence after 您的姓名."""
    if entity.kind is not Kind.PERSON:
        return False
    if asks_for_it(text.text, entity.start, entity.end):
        return True
    if said_otherwise(text.text, entity.start, entity.end):
        return True
    return entity.end - entity.start == 1 or (
        entity.start > 0
        and pause_before(text, entity.start)
        and re.search("[您姓]名$", text.text[: entity.start]) is not None
    )


def _spelt_out(text: AlignedText, stretches: Sequence[Stretch], expected: Sequence[Zone]) -> list[Stretch]:
    """姓唐，唐敏: the family name once more, with the given name after it; 张丽，弓长张，美丽的丽."""
    line = text.text
    people = [s for s in stretches if s.kind is PrivateKind.PERSON]
    found = [
        Stretch(s.start, min(len(line), s.end + 3), s.kind)
        for s in people
        if s.end - s.start == 1 and line[s.end : s.end + 1] == line[s.start]
    ]
    found += [Stretch(s.start, explained(text, s.end), s.kind) for s in people]
    places = (spelt_in(text, zone) for zone in expected if zone.kind is PrivateKind.PERSON)
    return found + [Stretch(*place, PrivateKind.PERSON) for place in places if place is not None]


def _numbers(text: AlignedText, expected: Sequence[Zone], entities: Sequence[Entity]) -> list[Stretch]:
    sums = [(e.start, e.end) for e in entities if e.kind is Kind.AMOUNT]
    figures = sums + [(e.start, e.end) for e in entities if e.kind in (Kind.DATE, Kind.TIME)]
    places = [
        place
        for zone in expected
        if zone.kind is PrivateKind.NUMBER
        for place in figure_stretches(text, zone.start, zone.end, *(ASKED if zone.asked else TOLD))
        # 1月4月26 is an answer to 账号是多少, but 三十五块 is none.
        if not _is_quantity(text, place, sums if place[0] - zone.start <= LEAD_IN else figures)
    ]
    places = [_to_the_pause(text, place) for place in places]
    loose = figure_stretches(text, 0, len(text), *UNASKED, quantities=figures)
    loose = [p for p in loose if not _ROUND.fullmatch(text.quote(*p))]
    loose += [
        _between_pauses(text, p) for p in figure_stretches(text, 0, len(text), DENSE, 0, quantities=figures)
    ]
    places += [p for p in loose if not _OWN_NUMBER.search(text.text[max(0, p[0] - 5) : p[0]])]
    return [Stretch(start, end, PrivateKind.NUMBER) for start, end in places]


def _between_pauses(text: AlignedText, place: tuple[int, int]) -> tuple[int, int]:
    """All that is said around a number so badly heard that nobody can say where it begins; a clear one is left as it is."""
    start, end = place
    if sum(char in FIGURES for char in text.text[start:end]) >= UNASKED[1]:
        return place
    while not pause_before(text, start):
        start -= 1
    while not pause_before(text, end):
        end += 1
    return start, end


def _to_the_pause(text: AlignedText, place: tuple[int, int]) -> tuple[int, int]:
    """With one or two more characters on either side, as the first and last figure are misheard, too."""
    start, end = place
    if start > 0 and not pause_before(text, start) and text.text[start - 1] not in _BEFORE:
        start -= 1
    if not pause_before(text, end) and text.text[end] not in _AFTER:
        end += 1
    for first in range(start, max(-1, start - EDGE - 1), -1):
        if pause_before(text, first):
            start = first
            break
    for last in range(end, min(len(text), end + EDGE) + 1):
        if pause_before(text, last):
            end = end if CLOSING.match(text.text, end, last) else last
            break
    return start, end


def _is_quantity(text: AlignedText, place: tuple[int, int], quantities: Sequence[tuple[int, int]]) -> bool:
    """Whether hardly a figure is left without the sums, dates and hours in it."""
    if _COUNTED.search(
        text.quote(place[0], min(len(text), place[1] + 1))
    ):  # 一百: numbers that name something are read figure by figure
        return True
    left = [
        i
        for i in range(*place)
        if text.text[i] in FIGURES and not any(first <= i < last for first, last in quantities)
    ]
    return len(left) < 3 and any(place[0] < last and first < place[1] for first, last in quantities)


def _named(text: AlignedText, expected: Sequence[Zone]) -> list[Stretch]:
    found = []
    for zone in expected:
        place = None
        if zone.kind is PrivateKind.PERSON:
            place = name_in(text, zone)
        elif zone.kind is PrivateKind.ADDRESS:
            place = address_in(text, zone)
        if place is not None:
            found.append(Stretch(*place, zone.kind))
    return found


def _said_again(
    text: AlignedText, found: Mapping[Role, Sequence[Stretch]], texts: Mapping[Role, AlignedText]
) -> list[Stretch]:
    """What is hidden anywhere in the call, wherever it sounds again."""
    again = _figures_again(text, found, texts)
    for role, stretches in found.items():
        for stretch in stretches:
            chars = texts[role].text[stretch.start : stretch.end]
            if stretch.kind is PrivateKind.NUMBER or len(chars) < 2:
                continue
            # Of a name with its explanations, or with what it ran into, the name alone is said again.
            long = stretch.kind is PrivateKind.PERSON and len(chars) > NAME
            for said in (chars[:2], chars[:3]) if long else (chars,):
                again += [
                    Stretch(m.start, m.end, stretch.kind)
                    for m in phrase(said).find(text)
                    if stretch.kind is not PrivateKind.PERSON or _may_be_name(text.text, m.start, m.end)
                ]
    return again


def _may_be_name(line: str, start: int, end: int) -> bool:
    return not (no_name(line[start:end]) or said_otherwise(line, start, end))


def _figures_again(
    text: AlignedText, found: Mapping[Role, Sequence[Stretch]], texts: Mapping[Role, AlignedText]
) -> list[Stretch]:
    """Figures of the hidden numbers, so many in a row, wherever they are said."""
    known: set[str] = set()
    for role, stretches in found.items():
        told, places = as_figures(texts[role])
        for stretch in (s for s in stretches if s.kind is PrivateKind.NUMBER):
            first, last = bisect_left(places, stretch.start), bisect_left(places, stretch.end)
            known |= {told[i : i + REPEATED] for i in range(first, last - REPEATED + 1)}
    told, places = as_figures(text)
    return [
        Stretch(places[i], places[i + REPEATED - 1] + 1, PrivateKind.NUMBER)
        for i in range(len(told) - REPEATED + 1)
        if "x" not in told[i : i + REPEATED]
        and told[i : i + REPEATED] in known
        and not _OWN_NUMBER.search(text.text[max(0, places[i] - 5) : places[i]])
    ]


def _merged(stretches: Sequence[Stretch]) -> list[Stretch]:
    merged: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda s: (s.start, -s.end)):
        last = merged[-1] if merged else None
        # What begins where something of another kind ends is named by its own kind.
        touching = last is not None and stretch.start == last.end and stretch.kind is last.kind
        if last is not None and (stretch.start < last.end or touching):
            merged[-1] = Stretch(last.start, max(last.end, stretch.end), last.kind)
        else:
            merged.append(stretch)
    return merged
