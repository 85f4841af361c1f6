"""Dialogues of the blind set: other trades, and private things in sentences as callers really say them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from benchmarks import redaction_blind_wordings as words
from benchmarks.redaction_material import (
    AGENT_ID,
    Line,
    Piece,
    Planted,
    account,
    card,
    counted,
    groups,
    identity,
    landline,
    long_number,
    mobile,
    spoken,
)
from benchmarks.redaction_wordings import family
from qa_pipeline.domain.call import Role


def blind_dialogue(rng: random.Random, *, parts: int, talk: int) -> list[Line]:
    """One call of the blind set; arguments as for :func:`benchmarks.redaction_dialogues.dialogue`."""
    greeting = rng.choice(words.GREETINGS).format(spoken(AGENT_ID, rng))
    lines: list[Line] = [
        (Role.AGENT, [Piece(greeting)]),
        (Role.CUSTOMER, [Piece(rng.choice(words.OPENINGS))]),
    ]
    for maker in rng.sample(_MAKERS, parts):
        lines += _talk(talk, rng)
        lines += maker(rng)
    return [*lines, *_talk(talk, rng), (Role.AGENT, [Piece(rng.choice(words.CLOSINGS))])]


def _talk(count: int, rng: random.Random) -> list[Line]:
    said = {Role.AGENT: words.TALK_AGENT, Role.CUSTOMER: words.TALK_CUSTOMER}
    roles = [rng.choice((Role.AGENT, Role.CUSTOMER)) for _ in range(count)]
    return [(role, [Piece(rng.choice(said[role]))]) for role in roles]


def _carried(sentence: str, *private: Sequence[Piece]) -> list[Piece]:
    """The sentence with what is private in the place of each ``{}``."""
    first, *rest = sentence.split("{}")
    pieces = [Piece(first)] if first else []
    for given, after in zip(private, rest, strict=True):
        pieces += given
        if after:
            pieces.append(Piece(after))
    return pieces


def _person(called: str) -> list[Piece]:
    return [Piece(called, Planted("person", called))]


def _named(rng: random.Random) -> list[Line]:
    called = rng.choice(words.NAMES)
    lines: list[Line] = [
        (Role.AGENT, [Piece(rng.choice(words.NAME_ASKS))]),
        (Role.CUSTOMER, _carried(rng.choice(words.NAME_ANSWERS), _person(called))),
    ]
    if rng.random() < 0.4:
        lines.append((Role.AGENT, _carried(rng.choice(words.NAME_BACK), _person(called))))
    elif rng.random() < 0.4:
        lines.append((Role.AGENT, _carried(rng.choice(words.SURNAME_BACK), _person(family(called)))))
    return lines


def _named_unasked(rng: random.Random) -> list[Line]:
    called = rng.choice(words.NAMES)
    lines: list[Line] = [(Role.CUSTOMER, _carried(rng.choice(words.NAME_UNASKED), _person(called)))]
    if rng.random() < 0.3:
        lines.append((Role.AGENT, _carried(rng.choice(words.NAME_BACK), _person(called))))
    return lines


def _two_named(rng: random.Random) -> list[Line]:
    ask = [Piece(rng.choice(words.NAME_ASKS))]
    how = rng.choice((words.NAME_PAIRS, words.NAME_CORRECTIONS))
    first, second = rng.sample(words.NAMES, 2)
    if how is words.NAME_CORRECTIONS:  # somebody begins with a wrong given name
        second = family(first) + second[len(family(second)) :]
    answer = _carried(rng.choice(how), _person(first), _person(second))
    return [(Role.AGENT, ask), (Role.CUSTOMER, answer)]


def _spelt(rng: random.Random) -> list[Line]:
    called, explained = rng.choice(words.SPELT)
    sentence = rng.choice(words.SPELT_ANSWERS)
    given = {"{name}": Planted("person", called), "{spelt}": Planted("spelling", explained.replace("，", ""))}
    said = {"{name}": called, "{spelt}": explained}
    order = sorted(given, key=sentence.index)
    carried = _carried(
        sentence.replace(order[0], "{}").replace(order[1], "{}"), *([Piece(said[k], given[k])] for k in order)
    )
    return [(Role.AGENT, [Piece(rng.choice(words.NAME_ASKS))]), (Role.CUSTOMER, carried)]


def _titled(rng: random.Random) -> list[Line]:
    surname = family(rng.choice(words.NAMES))
    sentence = rng.choice(words.SURNAME_ANSWERS)
    answer = _carried(sentence, *(_person(surname) for _ in range(sentence.count("{}"))))
    back = _carried(rng.choice(words.SURNAME_BACK), _person(surname))
    return [
        (Role.AGENT, [Piece(rng.choice(words.SURNAME_ASKS))]),
        (Role.CUSTOMER, answer),
        (Role.AGENT, back),
    ]


def _counted_out(digits: str, rng: random.Random) -> str:
    """Figures as they are read, three equal ones often as 三个八."""
    text, at = "", 0
    while at < len(digits):
        run = len(digits[at:]) - len(digits[at:].lstrip(digits[at]))
        if run == 3 and rng.random() < 0.5:
            text += "三个" + spoken(digits[at], rng)
            at += run
        else:
            text += spoken(digits[at], rng)
            at += 1
    return text


def _figures(kind: str, digits: str, rng: random.Random) -> list[Piece]:
    """A number in one go, in groups, with words between them, or begun wrongly."""
    planted = Planted(kind, digits)
    form = rng.choice(("whole", "groups", "groups", "between", "corrected"))
    if form == "whole":
        return [Piece(_counted_out(digits, rng), planted)]
    pieces: list[Piece] = []
    if form == "corrected":
        wrong = digits[:4] + str((int(digits[4]) + rng.randint(1, 9)) % 10)
        pieces = [Piece(spoken(wrong, rng), Planted(kind, wrong)), Piece(rng.choice(words.CORRECTED))]
    for n, group in enumerate(groups(digits, rng)):
        if n and form == "between":
            pieces.append(Piece(rng.choice(words.BETWEEN)))
        pieces.append(Piece(_counted_out(group, rng), planted, rng.choice((200, 500, 1100)) if n else 0))
    return pieces


def _number(kind: str, make: Callable[[random.Random], str]) -> Callable[[random.Random], list[Line]]:
    def maker(rng: random.Random) -> list[Line]:
        digits = make(rng)
        lines: list[Line] = [(Role.AGENT, [Piece(rng.choice(words.NUMBER_ASKS[kind]))])]
        if rng.random() < 0.3:  # group by group, and the agent repeats each or says that he hears
            planted, echoed = Planted(kind, digits), Planted(kind, digits)
            repeats = rng.random() < 0.5
            for group in groups(digits, rng):
                lines.append((Role.CUSTOMER, [Piece(spoken(group, rng), planted)]))
                echo = [Piece(spoken(group, rng), echoed)]
                lines.append((Role.AGENT, echo if repeats else [Piece(rng.choice(words.HEARING))]))
            return lines
        answer = rng.choice(words.NUMBER_ANSWERS)
        lines.append((Role.CUSTOMER, _carried(answer, _figures(kind, digits, rng))))
        if rng.random() < 0.5:
            said = [Piece(spoken(digits, rng), Planted(kind, digits))]
            lines.append((Role.AGENT, _carried(rng.choice(words.NUMBER_BACK), said)))
        return lines

    return maker


def _number_unasked(rng: random.Random) -> list[Line]:
    kind, sentence = rng.choice(words.NUMBER_UNASKED)
    digits = {"phone": mobile, "order_number": long_number, "account": account}[kind](rng)
    return [(Role.CUSTOMER, _carried(sentence, _figures(kind, digits, rng)))]


def _tail(rng: random.Random) -> list[Line]:
    digits = mobile(rng)[-4:]
    said = [Piece(spoken(digits, rng), Planted("tail", digits))]
    return [
        (Role.AGENT, _carried("您是尾号{}的机主对吧？", said)),
        (Role.CUSTOMER, [Piece(rng.choice(("对，是我。", "嗯。", "对的对的。")))]),
    ]


def _address(rng: random.Random) -> str:
    def figures(least: int, most: int) -> str:
        value = rng.randint(least, most)
        return counted(value) if value < 100 or rng.random() < 0.5 else spoken(str(value), rng)

    province, city, area = rng.choice(words.PLACES)
    text = f"{province if rng.random() < 0.4 else ''}{city}{area}"
    form = rng.choice(("road", "estate", "estate", "village"))
    if form == "village":
        return f"{text}{rng.choice(words.VILLAGES)}{figures(1, 12)}组{figures(1, 99)}号"
    if form == "road":
        return f"{text}{rng.choice(words.ROADS)}{figures(1, 900)}号{figures(2, 24)}楼"
    road = rng.choice(words.ROADS) if rng.random() < 0.5 else ""
    house = rng.choice((f"{figures(1, 30)}栋", f"{figures(1, 30)}号楼{figures(1, 4)}单元"))
    return f"{text}{road}{rng.choice(words.ESTATES)}{house}{figures(101, 2904)}"


def _placed(rng: random.Random) -> list[Line]:
    place = _address(rng)
    lines: list[Line] = [
        (Role.AGENT, [Piece(rng.choice(words.ADDRESS_ASKS))]),
        (
            Role.CUSTOMER,
            _carried(rng.choice(words.ADDRESS_ANSWERS), [Piece(place, Planted("address", place))]),
        ),
    ]
    if rng.random() < 0.4:
        again = [Piece(place, Planted("address", place))]
        lines.append((Role.AGENT, _carried(rng.choice(words.ADDRESS_BACK), again)))
    return lines


_MAKERS = (
    _number("phone", mobile),
    _number("phone", landline),
    _number("order_number", long_number),
    _number("id_number", identity),
    _number("bank_card", card),
    _number("account", account),
    _number_unasked,
    _tail,
    _named,
    _named,
    _named,
    _named_unasked,
    _two_named,
    _spelt,
    _titled,
    _placed,
    _placed,
)
