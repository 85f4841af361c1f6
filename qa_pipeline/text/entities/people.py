"""Names of persons: 我姓王, 王先生, 收件人张伟, 我叫欧阳雪."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.clauses import clause_break
from qa_pipeline.text.entities.surnames import COMPOUND, SINGLE
from qa_pipeline.text.entities.types import Entity, Kind

_SURNAME = f"(?:{COMPOUND}|[{''.join(sorted(SINGLE))}])"
# Characters that hardly occur in given names, and much in what follows or precedes a name.
_STOP = (
    "的了吗吧啊呢是在和跟对电手地住我你您他她这那就都也不没有要给把被让请说问去到从号单件元块个叫查寄收发师客退送打买卖拿接"
    "什么谁哪几多少好嗯哦呃还再又已可能会过得着之与及或以为因而们两0-9a-z"
)
GIVEN = rf"[^{_STOP}]"
"""A character that may be in a given name, as a part of a regular expression."""
_TITLE = "先生|女士|小姐|师傅|经理|老师|太太|阿姨|大姐|大哥|同志|总监|主任"
_TITLED = re.compile(rf"(?P<name>{_SURNAME}{GIVEN}{{0,2}}?)(?P<title>{_TITLE})")
_CALLED = re.compile(
    rf"(?:我叫|名叫|他叫|她叫|名字是?叫?|姓名是?叫?|(?:(?:收件|寄件|联系|发件|签收|收货)人|户主|户名|姓名)(?:姓名|名字)?(?:是|叫|为)*|本人叫?|我是)"
    rf"(?P<name>{_SURNAME}{GIVEN}{{1,2}})"
)
_FAMILY = re.compile(rf"(?<![您你老百])(?<!(?<!免)贵)姓(?!名)(?P<name>{_SURNAME}|{GIVEN})")
_WORD = re.compile(  # they begin like a name and are none
    "值班|区域|商务|部门|单位|项目|高兴|方便|方式|谢谢|解决|应该|安装|维修|和同|安排|成功|全部|明天|明白|马上|正常|和平|华东|南京|元旦|金额|钱包|包裹|文件|时间|房子|车牌|白天|平时|来电|公司|国际|计划|强烈|相关|相同|信息|原因|都是|那个|边上|管理|关于|由于|云帆|顺丰|中通|任何|程序|易碎|费用|温州|石家|海南|江苏|许多|何时|向您"
)
_FOLLOWING = re.compile("电话|手机|地址|先生|女士|小姐|住址|号码|电|手|地|住")
_INTRODUCED = re.compile("[啊呀哈我你您电手号，]|$")
_LEAD_IN = frozenset("位个")


def find_people(text: AlignedText) -> list[Entity]:
    """Names, the family name alone where no more was said. A name by sound only (我姓 with no known name) is incomplete."""
    found: list[Entity] = []
    taken = 0
    for start, end, value, complete in sorted(_names(text), key=lambda n: (n[0], -n[1])):
        stop = clause_break(text, start, end)
        if stop is not None:
            end, value = stop, value[: stop - start]
        if start < taken:
            continue
        taken = end
        found.append(
            Entity(
                kind=Kind.PERSON,
                value=value,
                start=start,
                end=end,
                span=text.span(start, end),
                quote=text.quote(start, end),
                confidence=round(text.confidence(start, end), 3),
                complete=complete,
            )
        )
    return found


def begins_a_word(chars: str) -> bool:
    """Whether characters that look like a name are the beginning of a common word (任何, 高兴)."""
    return _WORD.match(chars) is not None


def _names(text: AlignedText) -> Iterator[tuple[int, int, str, bool]]:
    line = text.text
    for match in _titled(text):
        name = match["name"]
        if not _WORD.match(name) and not (
            len(name) == 1 and line[match.start() - 1 : match.start()] in _LEAD_IN
        ):
            yield match.start(), match.end(), name, True
    for match in _CALLED.finditer(line):
        name = match["name"]
        start = match.start("name")
        after = _FOLLOWING.search(name, 1)
        if after:
            name = name[: after.start()]
        if len(name) > 1 and not _WORD.match(name) and not _WORD.match(line, start):
            if match[0].startswith("我是") and not _INTRODUCED.match(line, start + len(name)):
                continue  # 我是宁波的
            yield start, start + len(name), name, True
    for match in _FAMILY.finditer(line):
        yield (
            match.start("name"),
            match.end(),
            match["name"],
            re.fullmatch(_SURNAME, match["name"]) is not None,
        )


def _titled(text: AlignedText) -> Iterator[re.Match[str]]:
    """Names with a title; one that begins in the clause before is read anew from where its title's clause begins:
    怎么称呼 / 欧阳女士 is no 呼欧阳女士."""
    line, at = text.text, 0
    while match := _TITLED.search(line, at):
        at = match.end()
        asked = line[match.start() - 1 : match.start() + 1] == "称呼"
        stop = match.start() + 1 if asked else clause_break(text, match.start(), match.end("name"))
        again = _TITLED.match(line, stop, at) if stop is not None else None
        yield again or match
