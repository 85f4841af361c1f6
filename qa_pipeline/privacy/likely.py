"""Answers that are a name by themselves, whatever was asked: a family name, and no word that is said otherwise."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache

from qa_pipeline.privacy.spelling import TONE, in_words
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.people import GIVEN, begins_a_word
from qa_pipeline.text.entities.surnames import COMPOUND, SINGLE
from qa_pipeline.text.similarity import WRONG_TONE, char_distance
from qa_pipeline.text.words import cut, frequency

TURN_MS = 500
"""A silence that parts two turns of one speaker. Pauses between sentences last as long, so what stands between two of them
must also look like a name."""
NAMELESS = 30
"""Occurrences in jieba's dictionary from which on a word is no name where nobody asked for one (王建国: 12, 连云港: 137)."""
USUAL = 2_000
"""And where somebody did (高峰 has 1,556, 方便 3,718)."""
CALLED = 30
"""Distance from 叫 of what it is misheard as (瞧: 29)."""
LONG = 60
"""Characters of an answer in which a name is explained, at most."""

_COMMON = frozenset(
    "王李张刘陈杨赵吴周徐孙朱胡郭林罗郑梁谢宋唐许邓冯韩曹曾彭萧肖蔡潘董袁蒋杜魏吕丁沈姚卢傅钟姜崔谭廖汪陆"
)
"""Common family names that are hardly a word by themselves, as 和 and 高 are."""
_FAMILY = re.compile(f"{COMPOUND}|[{''.join(sorted(SINGLE))}]")
_GIVEN = re.compile(
    # Besides what entities exclude, characters that are hardly ever in a given name.
    f"(?:(?![下里外后些样事钱货件车店号码费卡包箱机票网页条点秒周昨才便走关坏破丢错找看听想做办算快慢低旧差急用呗哈么诶嘛哪咋嘞其此该]){GIVEN}){{1,2}}"
)
_LEAD = re.compile(
    "(?:好的?|嗯|啊|呃|哦|噢|那个|这个|那就|就是|就|是的?|对|我[的们]?|你记一下|你|您|的话|本人|名字|姓名|全名|大名|免贵姓?|姓|名?叫做?|写|填|登记"
    "|[收寄发联签持取代][一-鿿]人|户主|机主|为|的|呀)*"
)
_LET_IN = re.compile(".*[是叫写填姓名报留](?:的|为|上)?")
_SOMEBODY = re.compile(".*(?:[人公婆妈爸子友事他她]|女儿)(?:名?叫做?|姓)")
_AFTER = re.compile("(?:的名字|这个名字|先生|女士|小姐|没错|谢谢你?|对的?|[啊呀吧呢哦])?$")


def name_turns(
    text: AlignedText, asked: Sequence[tuple[int, int]], others_ms: Sequence[int]
) -> list[tuple[int, int]]:
    """Turns that are nothing but a name, with words that lead up to it and explanations after it.

    Args:
        text: one role's.
        asked: stretches in which a name is expected, as somebody was asked who; there it may be misheard.
        others_ms: when each character of the other party begins, in order. A turn that answers nobody is none.
    """
    found = []
    for start, end in turns(text):
        begin_ms = text.span(start, start + 1).start_ms
        before_ms = text.span(start - 1, start).start_ms if start else -1
        if end - start > LONG:
            continue
        called = _introduced(text.text, start, end)
        if called is not None and is_name(text.text[called:end], by_sound=True):
            found.append((called, end))
            continue
        last = bisect_left(others_ms, begin_ms)
        if last == 0 or others_ms[last - 1] < before_ms:
            continue
        expected = any(a < end and start < b for a, b in asked)
        for begin in _beginnings(text.text, start, end, expected):
            stop = _name_end(text.text, begin, end, expected) or _explained(text, begin, end)
            if stop is not None:
                found.append((begin, stop))
                break
    return found


def is_name(chars: str, *, by_sound: bool) -> bool:
    """Whether characters are a family name with one or two more, and no word that is said otherwise.

    Args:
        chars: normalised.
        by_sound: a character that sounds like a common family name is one.
    """
    family = _FAMILY.match(chars)
    if family is None and not (by_sound and sounds_like_family(chars[:1])):
        return False
    given = chars[family.end() if family else 1 :]
    if not _GIVEN.fullmatch(given):
        return False
    if family and family.end() > 1:
        return True
    if begins_a_word(chars) or any(frequency(chars[:n]) >= NAMELESS for n in range(2, len(chars) + 1)):
        return False
    return chars[0] in _COMMON or frequency(given) < USUAL  # 和别人


def said_otherwise(line: str, start: int, end: int, *, goes_on: bool = False) -> bool:
    """Whether what stands where a name was expected holds an everyday word (方便) that is not the given name (王和平).

    Args:
        line: normalised characters.
        start: where it begins.
        end: and where it ends.
        goes_on: the sentence may go on, so that a word may reach over the end (核实一|下).
    """
    at = start
    for word in cut(line[start : end + 2 * goes_on]):
        if at >= end:
            break
        if len(word) > 1 and frequency(word) >= USUAL and not (at == start + 1 and line[start] in SINGLE):
            return True
        at += len(word)
    return False


def turns(text: AlignedText) -> Iterator[tuple[int, int]]:
    """Where each turn of one role begins and ends."""
    first = 0
    for i in range(1, len(text) + 1):
        if i == len(text) or text.span(i, i + 1).start_ms - text.span(i - 1, i).end_ms >= TURN_MS:
            yield first, i
            first = i


def _beginnings(line: str, start: int, end: int, expected: bool) -> Iterator[int]:
    """Where a name may begin: at once, after a usual lead-in or, if expected, after the last word that lets one in."""
    yield start
    for lead in (_LEAD, _LET_IN if expected else _SOMEBODY):
        match = lead.match(line, start, end)
        if match and match.end() > start:
            yield match.end()


def _name_end(line: str, begin: int, end: int, expected: bool) -> int | None:
    after = _AFTER.search(line[begin:end])
    stop = begin + after.start() if after else end
    return stop if is_name(line[begin:stop], by_sound=expected) else None


def _explained(text: AlignedText, begin: int, end: int) -> int | None:
    """The end of a turn that begins like a name of which a character is explained."""
    line = text.text
    if not _FAMILY.match(line, begin):
        return None
    for first, stop in in_words(text, begin + 1, end):
        if any(char_distance(line[stop - 1], c) <= TONE for c in line[begin : min(first, begin + 4)]):
            return end
    return None


@lru_cache(maxsize=4096)
def sounds_like_family(char: str) -> bool:
    """Whether a character has the sound of a common family name, whatever the tone (正 of 正好: 郑)."""
    return char != "" and any(char_distance(char, name) <= WRONG_TONE for name in _COMMON)


def _introduced(line: str, start: int, end: int) -> int | None:
    """Where the name begins after a misheard 我叫 (我娇, 我瞧); 我就 is none."""
    if line[start] != "我" or end - start < 4 or line[start + 1] == "就":
        return None
    return start + 2 if char_distance(line[start + 1], "叫") <= CALLED else None
