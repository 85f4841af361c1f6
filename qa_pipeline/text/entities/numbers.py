"""Telephone, identity, card and order numbers among the spoken figures: by their shape and by the words around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.digits import Chain, Run, chains, read, with_sureness
from qa_pipeline.text.entities.shapes import Shape, shape
from qa_pipeline.text.entities.types import Asked, Entity, Kind

BEFORE = 14
"""Characters before a number in which a word names its kind."""
TOGETHER_MS = 6000
"""Kinds asked for within this time were asked for in one question."""
ASKED_MS = 20_000
"""A question for a number is answered within this time; the search for the slip included."""
LEAST, MOST = 5, 20
"""Characters of the shortest and the longest number of these kinds."""
GUESSED = 0.8
"""Confidence of a kind that nothing but the length speaks for."""
_NAMES = (
    "(?P<other>工号|坐席号|座席号|验证码|密码|邮编|取件码|房间号|车牌)"
    "|(?P<id_number>身份证|证件号)"
    "|(?P<bank_card>卡号|银行卡|信用卡|储蓄卡|账号)"
    "|(?P<order_number>单号|订单|运单|快递号|物流号|包裹号|编号|流水号|票号)"
    "|(?P<phone>手机|电话|联系方式|座机|固话|拨打|热线|来电)"
)
_CUES = re.compile(_NAMES)
_CALLED = re.compile(
    f"(?:这个?|那个?|就?是|我的?|的|嗯)+(?:{_NAMES})(?!号?码?(?:是|为|[0-9零一二三四五六七八九幺]))"
)
_COMPANY = re.compile("网点|快递员|派送员|派件员|司机|师傅|站点|公司|热线|客服|拨打|我们|人工|投诉电话|监督")
_MOBILE = re.compile("手机")


class _Context(NamedTuple):
    kind: Kind | None
    other: bool = False
    mobile: bool = False


class _Choice(NamedTuple):
    first: int
    last: int
    run: Run
    shape: Shape


def asked_in(text: AlignedText) -> tuple[Asked, ...]:
    """The moments at which a role speaks of a kind of number, for what the other answers."""
    return tuple(
        Asked(at_ms=text.span(m.start(), m.end()).end_ms, kind=_kind(m)) for m in _CUES.finditer(text.text)
    )


def find_numbers(
    text: AlignedText, asked: Sequence[Asked] = (), is_order: Callable[[str], bool] | None = None
) -> list[Entity]:
    """Telephone, identity, bank card and order numbers.

    Args:
        text: one role's words.
        asked: when the other role asked for which number, in order of time.
        is_order: whether digits (and small Latin letters) are an order number; default: 8 to 20 of them.
    """
    found: list[Entity] = []
    for chain in chains(text):
        if sum(len(g.digits) for g in chain.groups) < LEAST:
            continue
        start = chain.groups[0].start
        context = _context(text, start, chain.groups[-1].end, asked)
        for choice in _choices(text, chain, context, is_order):
            found.append(_entity(text, chain, choice))
    return found


def _choices(
    text: AlignedText, chain: Chain, context: _Context, is_order: Callable[[str], bool] | None
) -> list[_Choice]:
    """Disjoint readings: first those the number itself proves, then those the words name, then the guesses."""
    options: list[_Choice] = []
    count = len(chain.groups)
    for first in range(count):
        length = 0
        for last in range(first, count):
            length += len(chain.groups[last].digits)
            if length > MOST:
                break
            if length < LEAST:
                continue
            for run in read(text, chain, first, last):
                found = _shape_of(text, run, context, is_order)
                lone = chain.groups[last].quantity and (last == first or (found and found.strength < 3))
                if found is not None and not lone:
                    options.append(_Choice(first, last, run, found))
    # A homophone may be a figure or a filler: the reading that makes the number whole is the better one.
    options.sort(
        key=lambda c: (-c.shape.strength, not c.shape.complete, c.first - c.last, -len(c.run.digits), c.first)
    )
    taken: set[int] = set()
    chosen: list[_Choice] = []
    for option in options:
        places = set(range(option.first, option.last + 1))
        if not places & taken:
            taken |= places
            chosen.append(option)
    return sorted(chosen, key=lambda c: c.first)


def _shape_of(
    text: AlignedText, run: Run, context: _Context, is_order: Callable[[str], bool] | None
) -> Shape | None:
    digits = run.digits
    if is_order is not None and not context.other and is_order(digits):
        named = context.kind in (None, Kind.ORDER_NUMBER)
        return Shape(Kind.ORDER_NUMBER, True, 3 if named else 1)
    if len(digits) == 17 and text.text[run.end : run.end + 1] in ("叉", "差"):
        digits += "x"
    found = shape(digits, context.kind, other=context.other, mobile=context.mobile)
    if found is not None and found.kind is Kind.ORDER_NUMBER and is_order is not None:
        return Shape(Kind.ORDER_NUMBER, False, 1) if context.kind is Kind.ORDER_NUMBER else None
    return found


def _entity(text: AlignedText, chain: Chain, choice: _Choice) -> Entity:
    run = with_sureness(text, chain, choice.first, choice.last, choice.run)
    value, sure, end = run.digits, run.sure, run.end
    if choice.shape.kind is Kind.ID_NUMBER and len(value) == 17 and text.text[end : end + 1] in ("叉", "差"):
        value, sure, end = value + "x", (*sure, text.confidence(end, end + 1)), end + 1
    doubtful = sum(s == 0 for s in sure)
    confidence = text.confidence(run.start, end) * max(0.0, 1 - 0.05 * doubtful)
    if choice.shape.strength == 1:
        confidence *= GUESSED
    line = text.text
    own = line[max(0, run.start - BEFORE) : run.start]
    company = choice.shape.kind is Kind.PHONE and (
        _COMPANY.search(own) is not None or len(value) < 7 or value[:3] in ("400", "800")
    )
    return Entity(
        kind=choice.shape.kind,
        value=value,
        start=run.start,
        end=end,
        span=text.span(run.start, end),
        quote=text.quote(run.start, end),
        confidence=round(confidence, 3),
        complete=choice.shape.complete,
        sure=sure,
        guessed=choice.shape.strength == 1,
        company=company,
    )


def _context(text: AlignedText, start: int, end: int, asked: Sequence[Asked]) -> _Context:
    """What the words around a number call it. The later of what the speaker said and what was asked decides."""
    line = text.text
    begin = text.span(start, start + 1).start_ms
    recent = [a for a in asked if begin - ASKED_MS <= a.at_ms <= begin + 1000]
    before = list(_CUES.finditer(line, max(0, start - BEFORE), start))
    if before:
        cue = before[-1]
        said_ms = text.span(cue.start(), cue.end()).end_ms
        if not any(a.at_ms > said_ms for a in recent):
            return _named(cue, line[max(0, start - BEFORE) : start])
    if recent:
        # "Your order number or your mobile number, please": then only the number itself can tell.
        kinds = {a.kind for a in recent if recent[-1].at_ms - a.at_ms <= TOGETHER_MS}
        return _Context(recent[-1].kind, other=recent[-1].kind is None) if len(kinds) == 1 else _Context(None)
    after = _CALLED.match(line, end)
    return _named(after, after[0]) if after else _Context(None)


def _named(cue: re.Match[str], stretch: str) -> _Context:
    kind = _kind(cue)
    return _Context(kind, other=kind is None, mobile=_MOBILE.search(stretch) is not None)


def _kind(cue: re.Match[str]) -> Kind | None:
    name = cue.lastgroup
    return None if name in (None, "other") else Kind(name)
