"""Regular expressions that can't run away with the night: checked before use, and stopped when slow."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import regex  # type: ignore[import-untyped]

from qa_pipeline.text.normalize import normalize

TIMEOUT_S = 1.0
"""A thousand times what an ordinary expression takes on an hour of one party's words."""
STRESS_CHARS, STRESS_S = 48, 0.5
"""Exponential expressions never end on so long a text; others take less than a millisecond."""
MANY = 8
"""Repetitions of more than this inside each other can take exponential time."""

_COMPLAINTS = (
    ("missing ), unterminated subpattern", "rubric.regex_open"),
    ("unbalanced parenthesis", "rubric.regex_close"),
    ("nothing to repeat", "rubric.regex_repeat"),
    ("multiple repeat", "rubric.regex_repeat"),
    ("bad escape", "rubric.regex_escape"),
    ("unterminated character set", "rubric.regex_set"),
    ("bad character range", "rubric.regex_range"),
    ("min repeat greater", "rubric.regex_times"),
    ("missing ", "rubric.regex_group"),
    ("bad character in group name", "rubric.regex_group"),
    ("unknown extension", "rubric.regex_group"),
    ("unknown group name", "rubric.regex_group"),
    ("invalid group reference", "rubric.regex_group"),
    ("look-behind requires", "rubric.regex_lookbehind"),
)
"""How ``re`` begins its complaints, and what we say."""


class PatternError(ValueError):
    """An expression that is refused: ``rubric.bad_regex``, ``rubric.runaway_regex``, …"""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@lru_cache(maxsize=512)
def compile_safe(pattern: str) -> Any:
    """The compiled expression for normalised text.

    Raises:
        PatternError: not valid, could run away, matches nothing at all, or asks for what normalised text never holds.
    """
    tree, compiled = _compile(pattern)
    if re.match(pattern, "") is not None:
        raise PatternError("rubric.regex_matches_nothing", problem=pattern)
    for char in _literals(tree):
        if not normalize(char):
            raise PatternError("rubric.regex_punctuation", problem=char)
    return compiled


@lru_cache(maxsize=512)
def compile_metadata(pattern: str) -> Any:
    """The compiled expression for text as written.

    Raises:
        PatternError: not valid, or could run away.
    """
    return _compile(pattern)[1]


def _compile(pattern: str) -> tuple[Any, Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _parser.parse(pattern)
            re.compile(pattern)
            compiled = regex.compile(pattern)
    except (re.error, regex.error, RecursionError, OverflowError, ValueError) as error:
        raise _told(error, pattern) from None
    if _nested_repeats(tree, inside=False) or _runs_away(compiled, tree):
        raise PatternError("rubric.runaway_regex", problem=pattern)
    return tree, compiled


def _told(error: Exception, pattern: str) -> PatternError:
    """A parser's complaint in our words, with the place in the expression; its own words only where we know none."""
    said = str(getattr(error, "msg", error))
    place = getattr(error, "pos", None)
    code = next((code for start, code in _COMPLAINTS if said.startswith(start)), None)
    if code is None or (place is None and code != "rubric.regex_lookbehind"):
        return PatternError("rubric.bad_regex", problem=said[:120], pattern=pattern)
    at = place or 0
    char = pattern[at : at + (2 if code == "rubric.regex_escape" else 1)]
    return PatternError(code, pattern=pattern, at=at + 1, char=char)


def fits_whole(pattern: str, text: str) -> bool | None:
    """Whether the expression matches the whole text; None where it took too long."""
    try:
        return compile_metadata(pattern).fullmatch(text, timeout=TIMEOUT_S) is not None
    except TimeoutError:
        return None


def find_all(pattern: str, text: str) -> tuple[tuple[int, int], ...] | None:
    """Where the expression matches, as index pairs; None where it took too long."""
    try:
        return tuple(
            m.span() for m in compile_safe(pattern).finditer(text, timeout=TIMEOUT_S) if m.start() < m.end()
        )
    except TimeoutError:
        return None


def _nested_repeats(tree: Any, *, inside: bool) -> bool:
    for op, value in tree:
        if op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            _, most, body = value
            many = most > MANY
            if (many and inside) or _nested_repeats(body, inside=inside or many):
                return True
        elif any(_nested_repeats(part, inside=inside) for part in _parts(op, value)):
            return True
    return False


def _runs_away(compiled: Any, tree: Any) -> bool:
    """Whether it takes for ever on a short text made for that: its own repeated parts again and again, then no match.

    Finds what no look at the expression does, such as ``(a|a)*b``; an ordinary expression needs a thousandth of the time.
    """
    whole = "".join(_literals(tree))
    parts = {whole, *_repeated(tree)}
    for part in sorted(p for p in {*parts, *(c for p in parts for c in p)} if p):
        text = (part * (STRESS_CHARS // len(part) + 1))[:STRESS_CHARS]
        # What must come in the end does come, but too late: a search that looks for it first is not fooled otherwise.
        text += f"\0{whole}"
        try:
            for _ in compiled.finditer(text, timeout=STRESS_S):
                pass
        except TimeoutError:
            return True
    return False


def _repeated(tree: Any) -> list[str]:
    """The literals in each repeated part, and in each of its branches."""
    found: list[str] = []
    for op, value in tree:
        if op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            bodies = [value[2], *(part for inner, v in value[2] for part in _parts(inner, v))]
            found += ["".join(_literals(body)) for body in bodies if value[1] > MANY]
            found += _repeated(value[2])
        else:
            found += [text for part in _parts(op, value) for text in _repeated(part)]
    return found


def _literals(tree: Any) -> list[str]:
    found: list[str] = []
    for op, value in tree:
        if op is _constants.LITERAL:
            found.append(chr(value))
        elif op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            if value[0]:  # what may be left out does no harm
                found += _literals(value[2])
        else:
            found += [char for part in _parts(op, value) for char in _literals(part)]
    return found


def _parts(op: Any, value: Any) -> list[Any]:
    """The expressions inside a node of ``re``'s syntax tree."""
    if op is _constants.BRANCH:
        return list(value[1])
    if op in (_constants.SUBPATTERN, _constants.ASSERT):
        return [value[-1]]
    if op is getattr(_constants, "ATOMIC_GROUP", None):
        return [value]
    return []
