"""Where something private is asked for or announced, and how far the answer reaches."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from qa_pipeline.domain.call import Role
from qa_pipeline.privacy.figures import FIGURES
from qa_pipeline.privacy.types import PrivateKind, pause_before
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.clauses import clause_break
from qa_pipeline.text.phrases import phrase
from qa_pipeline.text.similarity import char_distance
from qa_pipeline.text.types import Match, MatchMode, Pattern

EARLY_MS = 300
"""So long before a question ends its answer may begin."""
TRAILING = 4
"""Characters of an earlier sentence that may still be said after the question."""
ANSWER_MS = 12_000
"""An answer begins within this time after the question."""
PAUSE_MS = 2_500
"""A longer silence ends what was announced or answered; people pause this long between the groups of a number."""
_REACH = {PrivateKind.NUMBER: 40, PrivateKind.PERSON: 6, PrivateKind.ADDRESS: 60}
"""Characters after an announcement that belong to it at most."""
_ASKS = {
    PrivateKind.NUMBER: (
        "手机号码", "联系电话", "电话号码", "留一个电话", "留个电话", "您的电话", "联系方式", "运单号", "订单号", "快递单号",
        "单号是多少", "身份证号", "身份证号码", "银行卡号", "您的卡号", "账号是多少", "验证码", "密码是多少", "后四位",
        "尾号", "会员账号", "会员号", "客户编号", "客户号", "证件号",
    ),
    PrivateKind.PERSON: (
        "怎么称呼", "您贵姓", "请问您贵姓", "请问贵姓", "请问您怎么称呼",
        "您的姓名", "收件人姓名", "寄件人姓名", "叫什么名字", "收件人是哪位", "收件人的名字",
        "寄件人的名字", "联系人姓名", "您的名字", "户主姓名", "收件人是谁",
    ),
    PrivateKind.ADDRESS: (
        "详细地址", "收件地址", "收货地址", "寄件地址", "您的地址", "地址是哪里", "地址是什么", "送到哪里",
        "寄到哪里", "家庭住址", "住在哪里", "送到什么地方",
    ),
}  # fmt: skip
_NAME_WORDS = (
    "名字",
    "姓名",
    "贵姓",
    "尊姓",
    "称呼",
    "全名",
    "大名",
    "姓氏",
    "叫什么",
    "姓什么",
    "叫啥",
    "姓啥",
    "署名",
)
"""Words of every question for a name, in a sentence that asks or requests (``REQUEST``)."""
REQUEST = re.compile(
    "[吗呢么哪谁啥请]|怎|什么|如何|麻烦|[报说讲问留填]|写(?!错)|提供|告诉|告知|登记|核对|核实|确认|方便|多少"
)
_WHO = re.compile(
    "(?P<who>(?:谁|[哪那]一?位|什么人)[啊呀呢]?)|[收寄发签登持投乘取代]\\w{1,2}人|联系人|[户机车业]主|抬头|署|本人|[名姓]"
)
"""Words of questions that ask perhaps for a name."""
NEAR = 8
"""Characters on either side of a word for a name in which the words that ask stand."""
_TELLS = {
    PrivateKind.NUMBER: (
        "电话是", "手机号是", "号码是", "单号是", "卡号是", "身份证号是", "账号是", "手机号码是", "尾号是", "尾号",
        "后四位是", "核对一下", "确认一下", "重复一下", "复述一下", "核实一下",
    ),
    PrivateKind.PERSON: (
        "我叫", "名字叫", "名字是", "姓名是", "收件人是", "寄件人是", "联系人是", "我姓", "免贵姓", "收件人叫",
        "收件人姓", "寄件人姓", "收件人", "寄件人", "联系人",
    ),
    PrivateKind.ADDRESS: ("地址是", "地址在", "住在", "家住", "送到", "寄到", "改到", "地址改成", "寄往"),
}  # fmt: skip

_NAMED = re.compile("地址|[住名号]|[收寄联]\\w+人")
_VERBS = "是叫姓"
_BARE = frozenset(("收件人", "寄件人", "联系人"))
"""They announce a name only where the sentence ends with it."""
SAME = 14
"""Two characters that differ in nothing but the tone."""
_WHICH = re.compile("名|什么|哪|谁|多少|啥")


_Ask = tuple[PrivateKind, Match]


@dataclass(frozen=True, slots=True)
class Zone:
    """Characters ``start`` to ``end`` of one role's text in which something private is expected."""

    role: Role
    kind: PrivateKind
    start: int
    end: int
    asked: bool
    """The other party asked for it; else the speaker announced it."""
    sure: bool = True
    """A name was asked for in so many words; else somebody was perhaps asked who."""
    named: bool = False
    """It was announced by its name (地址是), not by a word that many things follow (送到)."""


def zones(texts: Mapping[Role, AlignedText]) -> list[Zone]:
    """All zones, answers to questions first."""
    found: list[Zone] = []
    asks = {
        role: [(kind, match) for kind, pattern in _compiled(False) for match in pattern.find(text)]
        for role, text in texts.items()
    }
    ends = {role: _ends(text, asks[role]) for role, text in texts.items()}
    for role, text in texts.items():
        for other, answers in texts.items():
            if other is not role:
                found += _answers(text, ends[role], other, answers)
    for role, text in texts.items():
        found += _announced(role, text, asks[role])
    return found


@cache
def _compiled(told: bool) -> tuple[tuple[PrivateKind, Pattern], ...]:
    table = _TELLS if told else _ASKS
    # Two syllables sound like too much else.
    return tuple(
        (kind, phrase(cue, mode=MatchMode.EXACT if len(cue) < 3 else MatchMode.PHONETIC))
        for kind, cues in table.items()
        for cue in cues
    )


def _ends(text: AlignedText, asks: Sequence[_Ask]) -> list[tuple[PrivateKind, bool, int]]:
    """Where something was asked for: its kind, whether surely, and the character after it."""
    ends = {(kind, True, match.end) for kind, match in asks}
    for pattern in _name_words():
        for match in pattern.find(text):
            near = (
                text.text[max(0, match.start - NEAR) : match.start] + text.text[match.end : match.end + NEAR]
            )
            which = _WHICH.search(match.expected)
            ends.add((PrivateKind.PERSON, bool(which or REQUEST.search(near)), match.end))
    for who in _WHO.finditer(text.text):
        sure = who["who"] is not None and pause_before(text, who.end())
        ends.add((PrivateKind.PERSON, sure, who.end()))
    return sorted(ends)


@cache
def _name_words() -> tuple[Pattern, ...]:
    return tuple(phrase(word, mode=MatchMode.PHONETIC) for word in _NAME_WORDS)


def _answers(
    question: AlignedText, ends: Sequence[tuple[PrivateKind, bool, int]], role: Role, answer: AlignedText
) -> Iterator[Zone]:
    """What the other party says after a question, until the asking one speaks again at length."""
    seen = set()
    for kind, sure, end in ends:
        at_ms = question.span(end - 1, end).end_ms
        start = _from(answer, 0, at_ms - 300)
        if start == len(answer) or answer.span(start, start + 1).start_ms > at_ms + ANSWER_MS:
            continue
        stop = _until_pause(
            answer, start, _speaks_again(question, end, answer.span(start, start + 1).start_ms)
        )
        if (kind, sure, start, stop) not in seen:
            seen.add((kind, sure, start, stop))
            yield Zone(role, kind, start, stop, True, sure)


def _from(text: AlignedText, after: int, from_ms: int) -> int:
    """The first character from ``after`` on that begins at a time or later; times never run backwards."""
    return bisect_left(range(len(text)), from_ms, lo=after, key=lambda i: text.span(i, i + 1).start_ms)


def _begins(answer: AlignedText, at_ms: int) -> int | None:
    """The character with which an answer to what was asked until ``at_ms`` begins, not the end of what was said before."""
    later = [i for i in range(len(answer)) if answer.span(i, i + 1).start_ms >= at_ms - EARLY_MS]
    if not later:
        return None
    soon = (i for i in later[:TRAILING] if pause_before(answer, i))
    return next(soon, later[0])


def _speaks_again(text: AlignedText, after: int, from_ms: int) -> int:
    """When the asking party next says more than a 嗯 (four characters without a pause)."""
    run = 0
    last_ms = begin = -1
    for i in range(_from(text, after, from_ms), len(text)):
        span = text.span(i, i + 1)
        if run == 0 or span.start_ms - last_ms > 600:
            run, begin = 0, span.start_ms
        run += 1
        last_ms = span.end_ms
        if run >= 4:
            return begin
    return 10**12


def _until_pause(text: AlignedText, start: int, before_ms: int) -> int:
    last_ms = text.span(start, start + 1).end_ms
    for i in range(start + 1, len(text)):
        span = text.span(i, i + 1)
        if span.start_ms >= before_ms or span.start_ms - last_ms > PAUSE_MS:
            return i
        last_ms = span.end_ms
    return len(text)


def _announced(role: Role, text: AlignedText, asks: Sequence[_Ask]) -> Iterator[Zone]:
    """What a speaker says after 我叫, 地址是 and the like; 收件人姓名 in a question announces nothing."""
    for kind, pattern in _compiled(True):
        for match in pattern.find(text):
            if match.verdict != "hit" or match.end >= len(text):
                continue
            question = _is_question(text.text, kind, match) or any(
                k is kind and m.start < match.end <= m.end + 1 and not _tells(text.text, match)
                for k, m in asks
            )
            if question and not (kind is PrivateKind.NUMBER and text.text[match.end] in FIGURES):
                continue  # 尾号是多少, but 您是尾号零九八七的机主
            verb = match.expected[-1] in _VERBS and kind is PrivateKind.PERSON
            if match.expected in _BARE or (
                verb and not _tells(text.text, match)
            ):  # 收件人王明。 but not 收件人已经签收了
                stop = clause_break(text, match.end - 1, min(len(text), match.end + 4))
                if stop is not None and stop > match.end + 1:
                    yield Zone(role, kind, match.end, stop, False)
            else:
                stop = min(match.end + _REACH[kind], _until_pause(text, match.end, 10**12))
                yield Zone(
                    role,
                    kind,
                    match.end,
                    stop,
                    False,
                    named=_NAMED.search(text.text, match.start, match.end) is not None,
                )


def _is_question(line: str, kind: PrivateKind, match: Match) -> bool:
    """收件人是哪位. Of a number only the figures are hidden, and a question has none."""
    return kind is not PrivateKind.NUMBER and _WHICH.match(line, match.end) is not None


def _tells(line: str, match: Match) -> bool:
    """Whether a cue ends in the word that announces, which no misheard question does."""
    return any(char_distance(line[match.end - 1], verb) <= SAME for verb in _VERBS)
