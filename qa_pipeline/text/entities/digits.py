"""Runs of spoken figures, with what comes between them: fillers, pauses, and characters that only sound like figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from qa_pipeline.text.aligned import AlignedText

JOIN_MS = 8000
"""People dictate long numbers in groups and wait until each was written down or repeated; longer than this they moved on."""
FAR = 8
"""Characters of fillers between two groups at most."""
SPLIT_MS = 300
"""Figures said without a break follow each other faster than this."""
_FIGURES = "0123456789零幺一二两三四五六七八九洞拐勾"
_AS_DIGITS = str.maketrans(_FIGURES, "0123456789011223456789079")
_GROUP = re.compile(f"[a-z{_FIGURES}]+")
_KNOWN = frozenset(f"{_FIGURES}abcdefghijklmnopqrstuvwxyz")
_CORE = re.compile(f"[{_FIGURES[:-3]}]")
_FILLER = re.compile(
    "(?:嗯|啊|呃|额|哦|噢|喔|唉|诶|欸|哎|呢|对|好的?|是的?|然后|那个|这个|就是|就|后面|接着|再来|横?杠|[横短]线|空格)+"
)
_GOING_ON = re.compile(f"[{_FIGURES}]{_FILLER.pattern}$")
_HOMOPHONES = {
    char: digit
    for digit, chars in {
        "0": "令灵玲铃凌领另",
        "1": "腰妖邀要衣医依已以",
        "2": "而儿耳尔",
        "3": "散伞山叁",
        "4": "是似死丝思司寺斯事世式试",
        "5": "无武舞午物误务吴屋",
        "6": "留刘流溜柳",
        "7": "期妻其骑气起齐旗奇器",
        "8": "吧把巴爸拔罢",
        "9": "久酒就旧救舅",
    }.items()
    for char in chars
}
_LEADING = frozenset("腰妖邀幺")
# 两个, 一共: the last character of the run belongs to the next word.
_GOES_ON = frozenset("共个下直般样些定起会边只种次位件天年月块点位家份条张声遍")
_UNIT = frozenset("点号块元月年天个件箱斤公千百万亿岁层楼室栋单分秒小周次位度折角毛米日号")
_MOBILE = re.compile(r"1[3-9]\d{9}")


@dataclass(frozen=True, slots=True)
class Group:
    """Figures (and Latin letters) without anything between. ``quantity``: a unit follows, so it counts something."""

    start: int
    end: int
    digits: str
    quantity: bool


@dataclass(frozen=True, slots=True)
class Link:
    """What stands between two groups, as figures it may stand for: "" for none. The first is the likelier."""

    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Groups that may belong together; ``links[i]`` stands between groups i and i + 1."""

    groups: tuple[Group, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Some groups of a chain read as one number."""

    start: int
    end: int
    digits: str
    sure: tuple[float, ...]


def chains(text: AlignedText) -> tuple[Chain, ...]:
    """All chains of groups, in order."""
    found: list[Chain] = []
    groups: list[Group] = []
    links: list[Link] = []
    for group in _groups(text):
        link = _link(text, groups[-1], group) if groups else None
        if groups and link is None:
            found.append(Chain(tuple(groups), tuple(links)))
            groups, links = [], []
        elif link is not None:
            links.append(link)
        groups.append(group)
    if groups:
        found.append(Chain(tuple(groups), tuple(links)))
    return tuple(found)


def read(text: AlignedText, chain: Chain, first: int, last: int, *, most: int = 4) -> tuple[Run, ...]:
    """Groups ``first`` to ``last`` (inclusive) as one number, in at most ``most`` readings, the likeliest first."""
    options = [""]
    for index in range(first, last + 1):
        options = [o + chain.groups[index].digits for o in options]
        if index < last:
            options = [o + r for o in options for r in chain.links[index].readings][:most]
    start, end = chain.groups[first].start, chain.groups[last].end
    if len(options) == 1 and len(options[0]) == end - start:
        return (Run(start, end, options[0], _sureness(text, start, end)),)
    return tuple(Run(start, end, o, ()) for o in options)


def with_sureness(text: AlignedText, chain: Chain, first: int, last: int, run: Run) -> Run:
    """The run with the confidence of each figure: 0 for a homophone, else that of its word."""
    if run.sure:
        return run
    sure: list[float] = []
    at = 0
    for index in range(first, last + 1):
        group = chain.groups[index]
        sure += _sureness(text, group.start, group.end)
        at += len(group.digits)
        if index < last:
            rest = run.digits[at:]
            following = chain.groups[index + 1].digits
            if any(chain.links[index].readings) and not (
                rest.startswith(following) and "" in chain.links[index].readings
            ):
                sure.append(0.0)
                at += 1
    return Run(run.start, run.end, run.digits, tuple((sure + [0.0] * len(run.digits))[: len(run.digits)]))


def runs(text: AlignedText) -> tuple[Run, ...]:
    """Whole chains as they were most likely meant, quantities apart: what a party said in figures, for comparison."""
    found: list[Run] = []
    for chain in chains(text):
        first = 0
        for index, group in enumerate(chain.groups):
            last = index + 1 == len(chain.groups)
            if not last and not chain.groups[index + 1].quantity and not group.quantity:
                continue
            if not group.quantity or index > first or len(group.digits) > 2:
                best = read(text, chain, first, index)[0]
                found.append(with_sureness(text, chain, first, index, best))
            first = index + 1
    return tuple(found)


def _sureness(text: AlignedText, start: int, end: int) -> tuple[float, ...]:
    line = text.text
    return tuple(round(text.confidence(i, i + 1), 3) if line[i] in _KNOWN else 0.0 for i in range(start, end))


def _groups(text: AlignedText) -> Iterator[Group]:
    line = text.text
    places = [m.span() for m in _GROUP.finditer(line)]
    for index, (start, end) in enumerate(places):
        if end - start == 1:  # 一 and 两 of ordinary words
            after = places[index + 1][0] if index + 1 < len(places) else len(line) + FAR
            if after - end > FAR and not (index and start - places[index - 1][1] <= FAR):
                continue
        if not _CORE.search(line, start, end) and not _GOING_ON.search(line, max(0, start - 6), start):
            continue
        if end - start > 1:
            start, end = _trimmed(text, start, end)
        for a, b in _pieces(text, start, end):
            digits = line[a:b].translate(_AS_DIGITS)
            if a == start and start and line[start - 1] in _LEADING and re.fullmatch(r"[3-9]\d{9}", digits):
                a, digits = a - 1, "1" + digits
            quantity = b == end and b - a <= 4 and b < len(line) and line[b] in _UNIT
            yield Group(a, b, digits, quantity)


def _trimmed(text: AlignedText, start: int, end: int) -> tuple[int, int]:
    """Without 一 or 两 that begin the next word, or end the one before (第一)."""
    line = text.text
    if end < len(line) and line[end] in _GOES_ON and text.quote(end - 1, end) in ("一", "两"):
        end -= 1
    if start and line[start - 1] in "第万统唯" and end - start > 7 and text.quote(start, start + 1) == "一":
        start += 1
    return start, end


def _pieces(text: AlignedText, start: int, end: int) -> list[tuple[int, int]]:
    """A long run cut where a pause, a sign or a change of writing shows that something else begins."""
    if end - start < 7:
        return [(start, end)]
    cuts = {b for b in text.breaks if start < b < end}
    raw = [c for c in text.quote(start, end) if c != "…"]
    written = [i for i, c in enumerate(raw) if c.isalnum() or c == "〇"]
    if len(written) == end - start:
        for n in range(1, len(written)):
            apart = written[n] - written[n - 1] > 1
            if apart or raw[written[n]].isascii() != raw[written[n - 1]].isascii():
                cuts.add(start + n)
    before = text.span(start, start + 1)
    for i in range(start + 1, end):
        now = text.span(i, i + 1)
        if now.start_ms - before.end_ms >= SPLIT_MS:
            cuts.add(i)
        before = now
    line = text.text
    digits = line[start:end].translate(_AS_DIGITS)
    if not cuts and _MOBILE.match(digits) and len(digits) > 11:
        followed = end < len(line) and line[end] in _UNIT and len(digits) <= 13
        if followed or (len(digits) == 22 and _MOBILE.fullmatch(digits[11:])):
            cuts.add(start + 11)
    edges = [start, *sorted(cuts), end]
    return list(pairwise(edges))


def _link(text: AlignedText, before: Group, after: Group) -> Link | None:
    between = text.text[before.end : after.start]
    if len(between) > FAR:
        return None
    pause = text.span(after.start, after.start + 1).start_ms - text.span(before.end - 1, before.end).end_ms
    if pause > JOIN_MS:
        return None
    if not between:
        return Link(("",))
    filler = _FILLER.fullmatch(between) is not None
    digit = _HOMOPHONES.get(between)
    if digit is not None and before.digits[-1].isdigit() and after.digits[0].isdigit():
        return Link((digit, "")) if filler else Link((digit,))
    return Link(("",)) if filler else None
