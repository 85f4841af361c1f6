"""Call ids and file names that hold somebody's number: recording systems often name a file by the caller."""

from __future__ import annotations

import hashlib
import re

_GAP = "[-_ .]?"
_NUMBERS = re.compile(
    # A mobile number, perhaps after a country code or the 0 or 9 that dials out.
    rf"(?<!\d)(?:\+?(?:00)?86{_GAP}|[09])?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)"
    # A landline number with its area code.
    r"|(?<!\d)0[1-9]\d{1,2}[-_ ]?[2-9]\d{6,7}(?!\d)"
    # An identity card: region, date of birth, three figures and a check character.
    r"|(?<!\d)[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])",
    re.ASCII,
)
_ENDING = re.compile(r"(.*?)((?:\.[a-zA-Z][0-9a-zA-Z]{1,4})?)", re.DOTALL)
_TOKEN = re.compile(r"[^\s/\\:：,，。;；“”\"'()（）]+")
_CARD = re.compile(r"(?<!\d)(?:\d{16,19}|\d{4}([- ])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?)(?!\d)", re.ASCII)


def names_somebody(name: str) -> bool:
    """Whether a call id or file name holds what looks like a telephone, identity card or bank card number.

    Days, times and counters (``20261104101554``) do not; card numbers must pass their check digit (ISO/IEC 7812, Luhn).
    """
    return bool(_NUMBERS.search(name)) or any(_luhn(card[0]) for card in _CARD.finditer(name))


def hashed(name: str) -> str:
    """A name in the place of one that must not be read, with its ending: equal names give equal ones."""
    stem, ending = _ENDING.fullmatch(name).groups()  # type: ignore[union-attr]
    return f"call-{hashlib.sha256(stem.encode('utf-8', 'replace')).hexdigest()[:12]}{ending}"


def public_name(name: str) -> str:
    """The name itself, or its stand-in where it holds somebody's number."""
    return hashed(name) if names_somebody(name) else name


def public_text(text: str) -> str:
    """A sentence with such stand-ins, as errors name files and folders."""
    return _TOKEN.sub(lambda m: public_name(m[0]), text)


def _luhn(card: str) -> bool:
    figures = [int(c) for c in reversed(card) if c.isdecimal()]
    doubled = (2 * f - 9 if f > 4 else 2 * f for f in figures[1::2])
    return (sum(figures[::2]) + sum(doubled)) % 10 == 0
