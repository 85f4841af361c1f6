"""Amounts of money: 三十五块五, 两块五毛, 1200元, 一点五万元, 一共三百二."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.clauses import clause_break
from qa_pipeline.text.entities.types import Entity, Kind
from qa_pipeline.text.numerals import convert_run

_N = "0-9零一二两三四五六七八九十百千万亿"
_MONEY = re.compile(
    rf"(?P<whole>[{_N}]+)(?:点(?P<point>[0-9零一二两三四五六七八九]+)(?P<scale>[千万亿])?)?"
    rf"(?:(?P<unit>块钱|元钱|块|元|圆)(?:(?P<tenth>[0-9一二两三四五六七八九])(?![0-9月号点日个天年件小次分]))?(?P<mao>[毛角])?"
    rf"(?:零?(?P<cent>[0-9一二两三四五六七八九]{{1,2}})(?P<fen>分)?)?|(?P<coin>毛|角|分)(?P<money>钱)?(?P<fens>[0-9一二两三四五六七八九])?分?)"
)
_BARE = re.compile(
    rf"(?:一共|总共|合计|共计|金额|价格|运费|费用|货款|保费|邮费|到付|付了|收您|收了|退您|赔您|赔付|价值|多少钱)(?:就?是|大概|要|为|了|您|的)*"
    rf"(?!一[共般直样下定起些])(?P<whole>[{_N}]+)(?:点(?P<point>[0-9]+))?(?![{_N}点个天件次号分小公斤年月日单票箱])"
)
_NOT_MONEY = re.compile("[电表板砖布肉糖巧屏石地]")


def find_amounts(text: AlignedText) -> list[Entity]:
    """Sums in yuan. Without 元 or 块 a number is a sum only right after a word such as 一共 or 运费."""
    line = text.text
    found: list[Entity] = []
    taken = 0
    for match in sorted(
        [*_MONEY.finditer(line), *_BARE.finditer(line)], key=lambda m: (m.start("whole"), -m.end())
    ):
        start, end = match.start("whole"), match.end()
        stop = clause_break(text, start, end)
        if stop is not None:  # 十八元，八天: the figure after the sign belongs to what follows
            again = _MONEY.match(line, start, stop) or _MONEY.match(line, stop)
            if again is None:
                continue
            match, start, end = again, again.start(), again.end()
        value = _value(match, line)
        if value is None or start < taken:
            continue
        taken = end
        found.append(
            Entity(
                kind=Kind.AMOUNT,
                value=f"{value:.2f}",
                start=start,
                end=end,
                span=text.span(start, end),
                quote=text.quote(start, end),
                confidence=round(text.confidence(start, end), 3),
            )
        )
    return found


def number(figures: str) -> int | None:
    """Figures and numerals as normalisation left them, as a number."""
    if figures.isdecimal() and figures.isascii():
        return int(figures)
    converted = convert_run(figures)
    return int(converted) if converted is not None else None


def _value(match: re.Match[str], line: str) -> Decimal | None:
    group = match.groupdict()
    whole = number(group["whole"])
    if whole is None or len(str(whole)) > 9:
        return None
    value = Decimal(whole)
    if group["point"]:
        point = "".join(str(number(c)) for c in group["point"])
        try:
            value = Decimal(f"{whole}.{point}")
        except InvalidOperation:
            return None
    if group.get("scale"):
        value *= {"千": 1000, "万": 10**4, "亿": 10**8}[group["scale"]]
    unit = group.get("unit")
    if "unit" not in group:
        return value if group["whole"] != "一" else None  # 金额一致
    if unit is None:
        if not _coins(group, line, match.start()):
            return None
        small = Decimal("0.01") if group["coin"] == "分" else Decimal("0.1")
        cents = Decimal(number(group["fens"]) or 0) / 100 if group["fens"] and group["coin"] != "分" else 0
        return value * small + cents
    if unit == "块" and not group["tenth"]:
        if _NOT_MONEY.match(line, match.end()):
            return None
        if group["whole"] == "一":
            return None  # 一块: together
    if group["tenth"]:
        value += Decimal(number(group["tenth"]) or 0) / 10
    if group["cent"]:
        value += Decimal(number(group["cent"]) or 0) / 100
    return value


def _coins(group: dict[str, str | None], line: str, start: int) -> bool:
    """五毛, 三角钱, 五分钱; but not 十分 (very), 三角 (a shape), 满分 or 五分 (points)."""
    if group["coin"] == "毛":
        return True
    return group["money"] is not None and not (start and line[start - 1] in "点小")
