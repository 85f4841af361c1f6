"""Spoken Chinese numerals and digits: 三幺零七 → 3107, 八千零二十六 → 8026."""

from __future__ import annotations

_DIGITS = dict(zip("0123456789零幺一二两三四五六七八九洞拐勾", "0123456789011223456789079", strict=True))
_UNITS = {"十": 10, "百": 100, "千": 1000}
_SECTIONS = {"万": 10**4, "亿": 10**8}
# 三五天, 七八个: "about", not 35 and 78.
_ABOUT = frozenset(
    ("一二", "一两", "两三", "二三", "三四", "三五", "四五", "五六", "六七", "七八", "八九", "三两", "一一")
)


def is_unit(char: str) -> bool:
    """Whether a character is a unit such as 十 or 万."""
    return char in _UNITS or char in _SECTIONS


def convert_run(run: str) -> str | None:
    """A maximal run of numeral characters in digits; None where it is not a well-formed number (万一, 一五一十)."""
    if any(map(is_unit, run)):
        number = value(run)
        return None if number is None else str(number)
    if run in _ABOUT or not _radio_figures_stand(run):
        return None
    return "".join(_DIGITS[c] for c in run)


def _radio_figures_stand(run: str) -> bool:
    if "幺" in run or not any(c in "洞拐勾" for c in run):
        return True
    return run[0] not in "洞拐勾" and run[-1] not in "洞拐勾"


def value(run: str) -> int | None:
    """The value of a numeral with units, or None where it is not well-formed. 两百五 is 250, 三千二 is 3200."""
    total = section = 0
    limit_section, limit_unit = 10**12, 10**4
    number = ""
    zero = False
    last_unit = 1
    for i, char in enumerate(run):
        if char in _DIGITS and char not in "洞拐勾幺":
            if char == "零" and i > 0 and not number:
                if zero or i == len(run) - 1:
                    return None
                zero = True
                continue
            if number and not (number.isascii() and char.isascii()):
                return None
            number += char
        elif char in _UNITS:
            unit = _UNITS[char]
            if not number and not (unit == 10 and section % 100 == 0 and (i == 0 or zero)):
                return None
            if unit >= limit_unit or (number and number.isascii() and len(number) > 1):
                return None
            section += (_int(number) if number else 1) * unit
            limit_unit = last_unit = unit
            number, zero = "", False
        elif char in _SECTIONS:
            unit = _SECTIONS[char]
            section += _int(number) if number else 0
            if section == 0 or unit >= limit_section:
                return None
            total += section * unit
            limit_section = last_unit = unit
            section, number, zero, limit_unit = 0, "", False, 10**4
        else:
            return None
    if number:
        rest = _int(number)
        if not zero and last_unit >= 100 and rest < 10 and not number.isascii():
            rest *= last_unit // 10  # 两百五
        elif last_unit > 1 and rest >= last_unit:
            return None
        section += rest
    return total + section if last_unit > 1 else None


def _int(number: str) -> int:
    return int("".join(_DIGITS[c] for c in number))
