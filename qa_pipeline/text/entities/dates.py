"""Dates and times as people say them.

A date's value is ``year-month-day`` with ``?`` for what was not said (``?-11-3``), ``W5`` for a Friday (``W+1-5``: of next
week), ``D+1`` for tomorrow. A time's is ``15:30`` (``~3:30`` where the half of the day was not said), a length of
time ``120m`` in minutes, ``3d`` in days (``3-5d``: three to five), ``2wd`` in working days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.clauses import clause_break
from qa_pipeline.text.entities.money import number
from qa_pipeline.text.entities.types import Entity, Kind

_N = "[0-9零一二两三四五六七八九十]"
_DATE = re.compile(
    rf"(?:(?P<year>(?:19|20)\d\d|[0-9]{{2}})年的?)?(?:(?P<month>{_N}{{1,3}})月份?(?:的|,)?(?:(?P<day>{_N}{{1,3}})[号日]?)?"
    rf"|(?P<only>{_N}{{1,3}})(?:号|日)(?![线楼门店柜仓库客员坐座桌单元院令文铺机码房厅车]|[0-9]|就是客服))"
    r"|(?P<lone>(?:19|20)\d\d)年"
    r"|(?P<plain>20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d)"
    r"|(?P<which>[上下这本]{0,2})个?(?:周|星期|礼拜)(?P<weekday>[1-6一二三四五六日天末])(?![个年])"
    r"|(?P<word>大后天|大前天|后天|前天|明天|明日|明早|明晚|今天|今日|今早|今晚|昨天|昨日|昨晚|当天|次日|月底|月初|年底|下周|下个?星期|下个?月|本周|本月)"
)
_WORDS = {
    "大后天": "D+3", "大前天": "D-3", "后天": "D+2", "前天": "D-2", "明天": "D+1", "明日": "D+1", "明早": "D+1",
    "明晚": "D+1", "次日": "D+1", "今天": "D+0", "今日": "D+0", "今早": "D+0", "今晚": "D+0", "当天": "D+0",
    "昨天": "D-1", "昨日": "D-1", "昨晚": "D-1", "月底": "M+0-end", "月初": "M+0-start", "年底": "Y+0-end",
    "下周": "W+1", "下星期": "W+1", "下个星期": "W+1", "下月": "M+1", "下个月": "M+1", "本周": "W+0", "本月": "M+0",
}  # fmt: skip
_DAYPART = "凌晨|清晨|早上|早晨|上午|中午|正午|下午|午后|傍晚|晚上|夜里|半夜|今晚|明晚|今早|明早|早|晚"
_CLOCK = re.compile(
    rf"(?P<part>{_DAYPART})?的?(?P<hour>{_N}{{1,3}})点(?P<rest>半|(?P<quarter>[1-3一三])刻|[钟整]|(?P<minute>{_N}{{1,3}})分?)?"
    r"(?P<tail>之?[前后]|以[前后]|左右|多|(?=到|至|开始|上班|下班))?"
)
_UNITS = "个?半?小时|个?钟头|分钟|秒钟|个?工作日|天|个?星期|个?礼拜|周(?![一二三四五六日天末1-6])|个?月|年"
_LENGTH = re.compile(
    rf"(?:(?P<low>{_N}{{1,4}})(?:到|至|或者?)|(?P<about>[一二两三四五六七八])(?=[二两三四五六七八九]))?(?P<high>{_N}{{1,4}})(?P<unit>{_UNITS})(?P<half>半)?(?P<tail>之?内|以内|左右|[之以]?[前后])?"
)
_HALF = re.compile(r"半个?(?P<unit>小时|钟头|天|月|年)(?P<tail>之?内|以内|左右|[之以]?后)?")
_PARTS_PM = ("下午", "午后", "傍晚", "晚上", "夜里", "今晚", "明晚", "晚")
_MINUTES = {"小时": 60, "钟头": 60, "分钟": 1}
_DAYS = {"天": 1, "星期": 7, "礼拜": 7, "周": 7}


def find_dates(text: AlignedText) -> list[Entity]:
    """Calendar dates, days of the week, and words such as 明天."""
    found: list[Entity] = []
    for match in _DATE.finditer(text.text):
        value = _date(match, text.text)
        if value is not None:
            found.append(_entity(text, Kind.DATE, value, match))
    return found


def find_times(text: AlignedText) -> list[Entity]:
    """Clock times and lengths of time. 几天 and 尽快 are none."""
    found = [_entity(text, Kind.TIME, value, match) for match, value in _times(text)]
    found.sort(key=lambda e: (e.start, -e.end))
    kept: list[Entity] = []
    for entity in found:
        if not kept or entity.start >= kept[-1].end:
            kept.append(entity)
    return kept


def same_moment(given: str, said: str) -> bool | None:
    """Whether two dates or times agree; None where they can't be compared (明天 with 三号)."""
    if given == said:
        return True
    left, right = given.split("-"), said.split("-")
    if len(left) == len(right) == 3 and left[0][0] in "?12" and right[0][0] in "?12":
        return all(a == b or "?" in (a, b) for a, b in zip(left, right, strict=True))
    if ":" in given and ":" in said:
        if "~" not in given + said:
            return False
        return _half_day(given) == _half_day(said)
    if given[0] == said[0] and given[0] in "DWM":
        return False
    return (
        False if given[-1] in "md" and said[-1] in "md" and given[0].isdigit() == said[0].isdigit() else None
    )


def _half_day(clock: str) -> tuple[int, str]:
    hour, _, minute = clock.removeprefix("~").partition(":")
    return int(hour) % 12, minute


def _date(match: re.Match[str], line: str) -> str | None:
    group = match.groupdict()
    if group["word"]:
        return _WORDS[group["word"]]
    if group["weekday"]:
        day = (
            {"日": 7, "天": 7, "末": 6}.get(group["weekday"])
            or number(group["weekday"])
            or int(_lone(group["weekday"]))
        )
        which = group["which"]
        if not which:
            return f"W{day}"
        return f"W{which.count('下') - which.count('上'):+d}-{day}"
    if group["plain"]:
        plain = group["plain"]
        return f"{plain[:4]}-{int(plain[4:6])}-{int(plain[6:])}"
    if group["lone"]:
        return f"{group['lone']}-?-?"
    if group["only"]:
        day = _figure(group["only"])
        before = line[max(0, match.start() - 2) : match.start()]
        if not 1 <= day <= 31 or re.search("[路街道巷弄村号第楼园厦栋]$|工号$", before):
            return None
        return f"?-?-{day}"
    month, day = _figure(group["month"]), _figure(group["day"]) if group["day"] else 0
    if not 1 <= month <= 12 or day > 31 or (group["day"] and not day):
        return None
    if (
        not group["year"]
        and not group["day"]
        and line[match.start() - 1 : match.start()] in ("个", "每", "几")
    ):
        return None
    year = group["year"] or "?"
    return f"{'20' + year if len(year) == 2 else year}-{month}-{day or '?'}"


def _times(text: AlignedText) -> Iterator[tuple[re.Match[str], str]]:
    line = text.text
    for match in _CLOCK.finditer(line):
        value = _clock(match, line)
        if value is not None:
            yield match, value
    for found in _LENGTH.finditer(line):
        stop = clause_break(text, *found.span())
        again = found if stop is None else _LENGTH.match(line, stop)
        if again is None:
            continue
        match = again
        value = _length(match)
        if value is not None and line[match.start() - 1 : match.start()] != "第":
            yield match, value
    for match in _HALF.finditer(line):
        unit = match["unit"]
        if line[match.start() - 1 : match.start()] not in ("个", "两", "大"):
            yield match, {"天": "720m", "月": "15d", "年": "0.5y"}.get(unit, "30m")


def _clock(match: re.Match[str], line: str) -> str | None:
    """None for 两点建议 (two points), 三点五公斤 (3.5) and the like: something must say that it is a clock."""
    part, rest, tail = match["part"], match["rest"], match["tail"]
    if part in ("早", "晚") and match["hour"] in ("一", "1") and not rest:
        return None  # 晚一点: a little later
    hour = _figure(match["hour"])
    minute = 0
    if match["minute"]:
        minute = _figure(match["minute"])
        if not part and not rest.endswith("分") and (len(match["minute"]) == 1 or minute > 59):
            return None
    elif rest == "半":
        minute = 30
    elif match["quarter"]:
        minute = 15 * _figure(match["quarter"])
    dated = re.search(
        "(?:[天日号晚早周末到至]|星期.|礼拜.|周.)$", line[max(0, match.start() - 3) : match.start()]
    )
    if not (part or rest or tail is not None or dated) or hour > 24 or minute > 59:
        return None
    if not part:
        return f"{hour}:{minute:02d}" if hour > 12 else f"~{hour}:{minute:02d}"
    if (part in _PARTS_PM and hour < 12) or (part in ("中午", "正午") and hour < 3):
        hour += 12
    return f"{hour % 24}:{minute:02d}"


def _length(match: re.Match[str]) -> str | None:
    unit = match["unit"]
    high = _figure(match["high"])
    fewest = match["low"] or match["about"]
    low = _figure(fewest) if fewest else None
    if high <= 0 or (low is not None and low >= high):
        low = None
        if high <= 0:
            return None
    half = 0.5 if "半" in unit or match["half"] else 0.0
    unit = unit.removeprefix("个").replace("半", "")
    if unit == "工作日":
        return f"{low}-{high}wd" if low else f"{high}wd"
    if unit in ("秒钟", "年", "月"):
        short = {"秒钟": "s", "年": "y", "月": "mo"}[unit]
        if unit in "年" and high > 99:
            return None
        if unit == "月" and "个" not in match["unit"]:
            return None
        return f"{low}-{high}{short}" if low else f"{high + half:g}{short}"
    if unit in _DAYS:
        scale = _DAYS[unit]
        return f"{low * scale}-{high * scale}d" if low else f"{(high + half) * scale:g}d"
    minutes = _MINUTES[unit]
    if not low and minutes == 60 and (high * 60) % 1440 == 0 and not half:
        return f"{high // 24}d"
    return f"{low * minutes}-{high * minutes}m" if low else f"{(high + half) * minutes:g}m"


def _figure(figures: str) -> int:
    """A small number; -1 where the figures are none."""
    if len(figures) == 1:
        return int(_lone(figures))
    found = number(figures)
    return -1 if found is None else found


def _lone(figure: str) -> str:
    return str(
        dict(zip("零一二两三四五六七八九十", (0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10), strict=True)).get(
            figure, figure
        )
    )


def _entity(text: AlignedText, kind: Kind, value: str, match: re.Match[str]) -> Entity:
    start, end = match.span()
    return Entity(
        kind=kind,
        value=value,
        start=start,
        end=end,
        span=text.span(start, end),
        quote=text.quote(start, end),
        confidence=round(text.confidence(start, end), 3),
    )
