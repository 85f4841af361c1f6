"""What a string of digits can be by its shape, with the checks the numbers carry themselves."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from qa_pipeline.text.entities.types import Kind

_MOBILE = re.compile(r"(?:86)?1[3-9]\d{9}")
# Area codes: 010, 02x and four-digit ones; E.164 numbers of fixed lines in mainland China.
_LANDLINE = re.compile(r"0(?:10|2\d)[2-8]\d{7}|0[3-9]\d\d[2-8]\d{6,7}")
_SERVICE = re.compile(r"[48]00\d{7}")
_SHORT = re.compile(r"95\d{3}")
_HOTLINE = re.compile(r"1(?:00(?:86|10|00|11)|2[0-9]{3})")
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_CARD = re.compile(r"62\d{14,17}|[345]\d{15}|60\d{14,17}")
_BEGUN_MOBILE = re.compile(r"1[3-9]\d{7,8}")
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_ID = re.compile(r"[1-8]\d{5}(\d{8})\d{3}[\dx]")
_OLD_ID = re.compile(r"[1-8]\d{5}(\d{6})\d{3}")
_MIXED = re.compile(r"(?=(?:[a-z]*\d){6})[a-z\d]{8,20}")
_WORD = re.compile("[a-z]{4}")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Shape(NamedTuple):
    """A kind, whether nothing of it lacks, and what says so: 3 the number itself, 2 the words around it, 1 nothing else."""

    kind: Kind
    complete: bool
    strength: int


def id_checksum(number: str) -> bool:
    """The check character of an 18-digit identity number (GB 11643: weights, modulo 11, ``10X98765432``)."""
    if len(number) != 18 or not number[:17].isdecimal():
        return False
    total = sum(int(d) * w for d, w in zip(number, _ID_WEIGHTS, strict=False))
    return "10x98765432"[total % 11] == number[17].lower()


def luhn(number: str) -> bool:
    """The check digit of a bank card (ISO/IEC 7812, Luhn)."""
    if not number.isdecimal():
        return False
    digits = [int(d) for d in reversed(number)]
    doubled = [d * 2 - 9 if d > 4 else d * 2 for d in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def shape(digits: str, context: Kind | None, *, other: bool = False, mobile: bool = False) -> Shape | None:
    """What a number is.

    Args:
        digits: digits and small Latin letters.
        context: the kind the words around speak of, which decides where several fit.
        other: the words speak of a number that is none of these.
        mobile: the words say it is a mobile one.
    """
    n = len(digits)
    if other or n < 5:
        return None
    if context is Kind.ORDER_NUMBER:
        return Shape(Kind.ORDER_NUMBER, True, 2) if _order(digits) else None
    if not digits.isdecimal():
        if _ID.fullmatch(digits):
            return _identity(digits, context)
        return Shape(Kind.ORDER_NUMBER, True, 1) if _order(digits) else None
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits) or _SERVICE.fullmatch(digits):
        return Shape(Kind.PHONE, True, 3)
    if n == 18 and (id_checksum(digits) or context is Kind.ID_NUMBER):
        found = _identity(digits, context)
        if found is not None:
            return found
    if context is Kind.BANK_CARD and 14 <= n <= 20:
        return Shape(Kind.BANK_CARD, luhn(digits) and 16 <= n <= 19, 3 if luhn(digits) else 2)
    if _CARD.fullmatch(digits) and luhn(digits):
        return Shape(Kind.BANK_CARD, True, 3)
    if context is Kind.ID_NUMBER and 15 <= n <= 19:
        old = _OLD_ID.fullmatch(digits)
        return Shape(Kind.ID_NUMBER, old is not None and _is_date("19" + old[1]), 2)
    if context is Kind.PHONE:
        return _telephone(digits, mobile)
    return _unlabelled(digits)


def _unlabelled(digits: str) -> Shape | None:
    if _SHORT.fullmatch(digits):
        return Shape(Kind.PHONE, True, 2)
    if _ID.fullmatch(digits):
        found = _identity(digits, None)
        if found is not None:
            return found
    if _BEGUN_MOBILE.fullmatch(digits):
        return Shape(Kind.PHONE, False, 1)
    if _order(digits):
        return Shape(Kind.ORDER_NUMBER, True, 1)
    return None


def _telephone(digits: str, mobile: bool) -> Shape | None:
    n = len(digits)
    if _SHORT.fullmatch(digits) or _HOTLINE.fullmatch(digits):
        return Shape(Kind.PHONE, True, 2)
    if _LOCAL.fullmatch(digits) and not mobile:
        return Shape(Kind.PHONE, True, 2)
    return Shape(Kind.PHONE, False, 2) if 7 <= n <= 13 else None


def _identity(digits: str, context: Kind | None) -> Shape | None:
    found = _ID.fullmatch(digits)
    if found is not None and _is_date(found[1]):
        return Shape(Kind.ID_NUMBER, id_checksum(digits), 3 if id_checksum(digits) else 2)
    return Shape(Kind.ID_NUMBER, False, 2) if context is Kind.ID_NUMBER else None


def _order(digits: str) -> bool:
    return _MIXED.fullmatch(digits) is not None and not _WORD.search(digits) and not _DATE.fullmatch(digits)


def _is_date(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2099
    except ValueError:
        return False
