"""Postal addresses: 浙江省杭州市西湖区文三路88号3栋2单元501室, and the parts that people leave out."""

from __future__ import annotations

import re

from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.clauses import clause_break
from qa_pipeline.text.entities.types import Entity, Kind
from qa_pipeline.text.normalize import key

_PROVINCES = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|"
    "青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
_CUE = "地址|住址|住在|家住|寄到|送到|寄往|发往|发到|送往|位于|改到|改成|换到|改为|收货地"
_H = r"[\u4e00-\u9fff]"
_N = "[0-9a-z一二两三四五六七八九十]"
_AREA = "特别行政区|自治区|自治州|省|市|区|县|镇|乡|街道|村"
_ROAD = "路|大道|大街|街|巷|弄|胡同|小区|广场|大厦|公寓|新村|苑|城|园区?|中心|大学|学院|医院|社区|府"
_LONGER = "大道|大街|路|街|巷|小区|广场|花园|大厦"  # 花城大道 is no 花城
_PART = re.compile(
    rf"(?P<area>(?:{_PROVINCES})(?:{_AREA})?|{_H}{{1,7}}?(?:{_AREA})(?!{_LONGER}))|(?P<road>{_H}{{1,8}}?(?:{_ROAD})(?!{_LONGER})(?:{_N}{{1,3}}[期段区])?)"
    rf"|(?P<door>{_N}{{1,5}}(?:号楼|号院|号|栋|幢|座|单元|楼|层|室|房|户|弄)|[东西南北中]{_N}{{0,2}}[门座楼区]|(?<=[楼元栋幢座层号]){_N}{{2,5}})"
)
_START = re.compile(rf"(?:{_CUE})(?:是|在|为|到|了|的|就|那个|嗯|呃|请|记一下|一下)*|(?={_PROVINCES})")
_ROAD_AND_DOOR = re.compile(rf"(?P<road>{_H}{{2,5}}(?:路|大道|大街|街|巷|胡同)){_N}{{1,5}}(?:号|弄)")
_NOT_NAME = re.compile("^.*(?:是|在|到|去|寄|送|往|址|住|于|成|换|我|您|你|的|那个|嗯)")
_NOT_PLACE = re.compile(
    "[的了吗呢吧您你我他是有没要请帮这那哪]|一[条路]|客服|公司|营业|信号|反映|联系|电话|单号"
)
MIN_PARTS = 2


def find_addresses(text: AlignedText) -> list[Entity]:
    """Addresses of at least two parts, one of them a street, an estate or a door. Complete with a street and a door."""
    line = text.text
    found: list[Entity] = []
    taken = 0
    starts = {m.end() for m in _START.finditer(line)}
    for match in _ROAD_AND_DOOR.finditer(line):
        cut = _NOT_NAME.match(match["road"])
        starts.add(match.start() + (cut.end() if cut else 0))
    for start in sorted(starts):
        if start < taken:
            continue
        end, kinds = _parts(text, start)
        if len(kinds) < MIN_PARTS or not {"road", "door"} & set(kinds):
            continue
        if "area" not in kinds and "road" not in kinds and not _cued(line, start):
            continue
        taken = end
        found.append(
            Entity(
                kind=Kind.ADDRESS,
                value=key(line[start:end]),
                start=start,
                end=end,
                span=text.span(start, end),
                quote=text.quote(start, end),
                confidence=round(text.confidence(start, end), 3),
                complete="road" in kinds and "door" in kinds,
            )
        )
    return found


def _parts(text: AlignedText, start: int) -> tuple[int, list[str]]:
    line, end = text.text, start
    kinds: list[str] = []
    while True:
        part = _PART.match(line, end)
        if part is None and kinds:
            filler = re.compile("嗯|呃|啊|那个|然后").match(line, end)
            part = _PART.match(line, filler.end()) if filler else None
        if part is None or part.lastgroup is None:
            return end, kinds
        if part.lastgroup != "door" and _NOT_PLACE.search(part[0]):
            return end, kinds
        if part.lastgroup != "door" and "door" in kinds and clause_break(text, end - 1, end + 1) is not None:
            return end, kinds  # after the house number a new clause speaks of something else
        kinds.append(part.lastgroup)
        end = part.end()


def _cued(line: str, start: int) -> bool:
    return re.search(f"(?:{_CUE}).{{0,3}}$", line[max(0, start - 8) : start]) is not None
