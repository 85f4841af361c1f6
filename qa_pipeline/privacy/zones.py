"""Which part of an answer or announcement is the private thing itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa_pipeline.domain.call import Role
from qa_pipeline.privacy.cues import Zone
from qa_pipeline.privacy.likely import is_name, said_otherwise, sounds_like_family
from qa_pipeline.privacy.spelling import REST, in_words
from qa_pipeline.privacy.types import pause_before
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.clauses import clause_break
from qa_pipeline.text.entities.people import begins_a_word
from qa_pipeline.text.entities.surnames import COMPOUND, SINGLE
from qa_pipeline.text.similarity import char_distance

_LEAD = re.compile(
    "(?:好的?|嗯|啊|呃|哦|那个|这个|就是|是的|是|对|我的?|本人|你?记一下|你记|地址|送到|寄到|改到|在|到|的|为)+"
)
_NAME_CUE = re.compile(
    "(?:免贵姓?|贵?姓|[我名]?叫|名字[是叫]?|姓名[是叫]?|[收寄发联签持取代][一-鿿]人(?:姓名|名字)?[是叫]?)+"
)
_TAIL = re.compile(
    "(?:对吗|对不对|是吗|对吧|可以吗|没错吧|对的|对|吗|吧|请稍等|您好|先生|女士|小姐|谢谢|就[行好可是]).*$"
)
CLOSING = re.compile("对吗|对不|是吗|对吧|可以|没错|对的|对|吗|吧|好的|是的")
"""What is said after a number or a name, and no part of it."""
_NO_NAME = re.compile(
    "什么|[哪谁我你您这么吗没要0-9]|那|了|多少|投诉|寄到|几[天个点]|怎么|请问|没有|不|可以|知道|[我你]们|快递|电话|地址|任何|安全|感谢|收[件货]|寄件|核[实对]"
)
_ASKED_FOR = re.compile("[您请]|多少|什么")
"""In no explanation of a name."""
_ASKING = re.compile(".{0,2}(?:什么|哪位|谁|叫啥)")
_GOES_ON = re.compile("电话?|手机|地址|号码|单号|尾号|[我你您他她的在要这那现是]")
_SURNAME = re.compile(f"{COMPOUND}|[{''.join(sorted(SINGLE))}]")
_DOUBLE = re.compile(COMPOUND)
_PLACE = re.compile(
    "[省市区县镇乡村路街巷道号栋幢座楼层室房苑园厦城弄]|单元|小区|[0-9零一二三四五六七八九十]{2}"
)
_PLACE_WORD = re.compile("[省市区县镇乡村路街巷道栋幢楼层室苑园厦城弄]|单元|小区|号(?!码)")
_FULL = re.compile("[^的到从在是来]{2}[省市][^的到从在是来]{2,12}?[区县市街路镇][^的到从来]{2,12}?号(?!码)")
MORE = 16
"""Characters of estate, house and room after the number of a house."""
_DATE = re.compile("[0-9一二三四五六七八九十]+[月点][0-9一二三四五六七八九十]*[号日]?")
_NO_PART = re.compile("[是叫的有们]")
"""In no name, but in what stands before one."""
_AFTER_A_NAME = ("您好", "对吗", "对吧", "请稍", "已经", "是吗")
SOON_MS = 15_000
"""After so long somebody else may be talked of."""
_CLOSE, _FAR = 26, 45
"""Distance of characters that are easily taken for each other, on average; and the most of one."""
_TITLES = ("先生", "女士", "小姐")
_NOT_BEFORE_TITLE = frozenset("位个的这那您你位名")
SPELT = 30
"""Characters in which a name is said and explained."""
NAME = 4
"""Characters of the longest usual name."""
ANSWER = 7
"""An answer of no more characters is the name with a misheard lead-in (沃叫袁宸诺)."""


def name_in(text: AlignedText, zone: Zone) -> tuple[int, int] | None:
    """The name in a zone: what follows the lead-in, up to a pause or a closing word.

    An answer of more than a name's length is one only where it begins like one.
    """
    first, last = next(_chunks(text, zone.start, zone.end))
    start = first
    lead = _LEAD.match(text.text, start, last)
    start = lead.end() if lead else start
    cue = _NAME_CUE.match(text.text, start, last)
    told = not zone.asked or cue is not None
    start = _after_verb(text.text, cue.end()) if cue else _after_me(text.text, start, last)
    if start >= last:  # 嗯…(pause) 王小明
        following = next(_chunks(text, last, zone.end), None)
        if following is None:
            return None
        start, last = following
    last = clause_break(text, start, last) or last
    tail = _TAIL.search(text.text[start:last])
    end = start + tail.start() if tail else last
    if told:  # the sentence goes on: 我叫林雪我要投诉
        goes_on = _GOES_ON.search(text.text, start + 2, end)
        end = goes_on.start() if goes_on else end
    if end - start > ANSWER or (told and end - start > NAME):
        if not told and not _SURNAME.match(text.text, start):
            return _last_name(text.text, start, end)
        end = start + 3
    name = text.text[start:end]
    if end <= start or begins_a_word(name) or asks_for_it(text.text, start, end):
        return None
    if no_name(name):  # 你写|左豪
        return _last_name(text.text, start, end) if zone.asked else None
    if not told and end - start in (2, 3) and pause_before(text, end) and sounds_like_family(name[0]):
        return start, end  # 正好 for 郑浩
    if said_otherwise(text.text, start, end, goes_on=told):  # 自己|许建军
        return _last_name(text.text, start, end)
    return start, end


def _last_name(line: str, start: int, end: int) -> tuple[int, int] | None:
    """The name with which a longer answer ends."""
    begin = next((i for i in range(start + 1, end - 1) if is_name(line[i:end], by_sound=True)), None)
    return None if begin is None else (begin, end)


def _after_me(line: str, start: int, last: int) -> int:
    """The answer without a misheard 我姓, 我叫 or 免贵姓 before it."""
    if line[start : start + 1] == "我" and last - start > 2:
        spoken = any(char_distance(line[start + 1], cue) <= _CLOSE for cue in "姓叫是")
        return start + 2 if spoken else start + 1
    if last - start == 4 and _sounds(line[start + 1 : start + 3], "贵姓"):
        return start + 3
    return start


def _after_verb(line: str, start: int) -> int:
    """After a misheard 是 or 叫 behind 收件人."""
    misheard = any(char_distance(line[i], cue) <= _CLOSE for i in (start,) if i < len(line) for cue in "是叫")
    return start + 1 if misheard and line[start + 1 : start + 2] in SINGLE else start


def no_name(chars: str) -> bool:
    """Whether something holds a word that is in no name (请问 sounds like 秦雯)."""
    return _NO_NAME.search(chars) is not None


def asks_for_it(line: str, start: int, end: int) -> bool:
    """Whether what looks like a name is the 姓名 of a question, perhaps misheard, or is asked for by what follows."""
    return _ASKING.match(line, end) is not None or any(
        _sounds(line[start : start + 2], word) for word in ("什么", "姓名", "名字")
    )


def address_in(text: AlignedText, zone: Zone) -> tuple[int, int] | None:
    """The address in a zone: its chunks as long as they speak of places.

    The first chunk after a question or 地址是 is taken whole, whatever it was misheard as; what follows 送到 and names no
    place is none.
    """
    start = end = None
    for n, (first, last) in enumerate(_chunks(text, zone.start, zone.end)):
        if n == 0:
            lead = _LEAD.match(text.text, first, last)
            first = lead.end() if lead else first
        chunk = text.text[first:last]
        tail = _TAIL.search(chunk)
        if tail is not None and tail.start() >= 4:
            chunk = chunk[: tail.start()]
        marks = len(_PLACE.findall(_DATE.sub("", chunk)))
        # Figures alone are a sum or a number.
        enough = marks >= max(2, len(chunk) / 9) and _PLACE_WORD.search(chunk) is not None
        if start is None and not chunk:
            continue
        expected = zone.named or (zone.asked and zone.role is Role.CUSTOMER)
        misheard = expected and start is None and len(chunk) >= 6 and marks
        if not enough and not misheard:
            break
        start = first if start is None else start
        end = first + len(chunk)
    return None if start is None or end is None or end - start < 4 else (start, end)


def written_out(text: AlignedText) -> list[tuple[int, int]]:
    """Addresses that nobody asked for, known by the order of their parts: …市…区…号."""
    found = []
    for match in _FULL.finditer(text.text):
        first, last = match.span()
        while last < len(text) and not pause_before(text, last) and last - match.end() < MORE:
            last += 1
        rest = text.text[match.end() : last]
        found.append((first, last if _PLACE_WORD.search(rest) else match.end()))
    return found


def spelt_in(text: AlignedText, zone: Zone) -> tuple[int, int] | None:
    """A name and its explanations in a zone, where the explanations show better than the name."""
    for first, last in _chunks(text, zone.start, min(len(text), zone.start + SPELT)):
        explained = list(in_words(text, first, last))
        if explained:
            if _ASKED_FOR.search(text.text, first, last):
                return None
            lead = _LEAD.match(text.text, first, last)
            cue = _NAME_CUE.match(text.text, lead.end() if lead else first, last)
            start = cue.end() if cue else lead.end() if lead else first
            end = explained[-1][1]
            return start, last if last - end <= REST else end
    return None


def _chunks(text: AlignedText, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for i in range(start + 1, end):
        if pause_before(text, i):
            yield first, i
            first = i
    if first < end:
        yield first, end


def titled(text: AlignedText) -> list[tuple[int, int]]:
    """The family name before a title, both perhaps misheard: 好的X先生, 谢谢您X先生, X女士您好."""
    line = text.text
    found = []
    for i in range(1, len(line) - 1):
        if not any(_sounds(line[i : i + 2], title) for title in _TITLES):
            continue
        before, after = line[max(0, i - 4) : i - 1], line[i + 2 : i + 5]
        greeted = before[-1:] == "" or any(_sounds(before[-2:], word) for word in ("好的", "您好", "谢您"))
        if line[i - 1] not in _NOT_BEFORE_TITLE and (
            greeted or _sounds(after[:2], "您好") or _sounds(after[:2], "请稍")
        ):
            double = _DOUBLE.match(line, i - 2) if i > 1 else None
            found.append((i - 2 if double else i - 1, i + 2))
    return found


def read_back(text: AlignedText, told_ms: Sequence[int]) -> list[tuple[int, int]]:
    """Names that are said back soon after they were told, whatever both were misheard as: 好的X您好, 收件人是X对吗."""
    line = text.text
    found = []
    for i in range(1, len(line) - 1):
        before, length = line[max(0, i - 2) : i], range(2, NAME + 1)
        begun = i >= 2 and pause_before(text, i - 2)
        if not (begun or _sounds(before, "好的") or _sounds(before, "人是") or _sounds(before, "人叫")):
            continue
        at_ms = text.span(i, i + 1).start_ms
        if not any(0 <= at_ms - told <= SOON_MS for told in told_ms):
            continue
        for end in (i + n for n in length if i + n <= len(line)):
            after = line[end : end + 2]
            if any(_sounds(after, word) for word in _AFTER_A_NAME):
                if not (
                    (no_name(line[i:end]) and line[i] not in SINGLE)
                    or _NO_PART.search(line, i, end)
                    or said_otherwise(line, i, end)
                ) and (clause_break(text, i, end) is None):
                    found.append((i, end))
                break
    return found


def _sounds(heard: str, meant: str) -> bool:
    if len(heard) != len(meant):
        return False
    distances = [char_distance(a, b) for a, b in zip(heard, meant, strict=True)]
    return sum(distances) <= _CLOSE * len(meant) and max(distances) <= _FAR
