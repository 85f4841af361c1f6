"""What is probably wrong with a text that is no YAML: the parser says where it stumbled, the lines say why.

A parser's words ("could not find expected ':'") are English and name its own state; the writer of a form needs the line
at fault and what to change. Whatever is not recognised here is passed on in the parser's words, marked as such.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import yaml

Place = tuple[int, int]
"""Line and column, from 1."""

_SHOWN = 60
_KEY = r"[\w.-]+"
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What YAML 1.1 counts as the end of a line."""
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.1 calls not printable."""
_SPECIAL = (
    "while scanning an alias",
    "while scanning an anchor",
    "while scanning a tag",
    "while scanning a block scalar",
    "while scanning a directive",
)
_NOT_HERE = ("mapping keys are not allowed", "block sequence entries are not allowed")
_BLOCK = ("did not find expected key", "did not find expected '-' indicator", "<document start>")
_CLOSING = {"[": "]", "{": "}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An error code with its parameters, and the place that has to be changed."""

    code: str
    place: Place
    params: dict[str, object] = field(default_factory=dict)


def find_fault(error: yaml.YAMLError | UnicodeError, content: str) -> Fault:
    """The mistake behind a parser's error.

    Args:
        error: what the parser raised.
        content: the whole text.

    Returns:
        the fault; ``rubric.yaml`` with the parser's words (``problem``) where the lines do not say what is meant.
    """
    lines = (*_BREAK.split(content), "")  # errors at the end stand on the line after it
    fault = _control(content)
    if fault is None and isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        fault = _marked(error, error.problem_mark, lines, content)
    if fault is None:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = _place(mark) if mark is not None else (1, 1)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        fault = Fault(code="rubric.yaml", place=place, params={"problem": problem})
    shown = _shown(lines[fault.place[0] - 1])
    return Fault(code=fault.code, place=fault.place, params={"text": shown, **fault.params})


def _control(content: str) -> Fault | None:
    found = _CONTROL.search(content)
    if found is None:
        return None
    before = _BREAK.split(content[: found.start()])
    place = (len(before), len(before[-1]) + 1)
    return Fault(
        code="rubric.yaml_control", place=place, params={"text": "", "character": f"U+{ord(found[0]):04X}"}
    )


def _marked(error: yaml.MarkedYAMLError, mark: yaml.Mark, lines: Sequence[str], content: str) -> Fault | None:
    """The fault of an error that has a place."""
    problem, context = error.problem or "", error.context or ""
    here = _place(mark)
    start = _place(error.context_mark) if error.context_mark is not None else here
    line = lines[here[0] - 1]
    margin = line[: len(line) - len(line.lstrip())]
    if "\t" in margin:
        return Fault(code="rubric.yaml_tab", place=(here[0], margin.index("\t") + 1))
    if "escape character" in problem or "hexdecimal" in problem:
        return Fault(code="rubric.yaml_escape", place=here)
    if context == "while scanning a quoted scalar":
        return Fault(code="rubric.yaml_quote", place=start)
    swallowed, closed = _strings_before(content, here)
    if swallowed is not None:
        return Fault(code="rubric.yaml_quote", place=swallowed)
    if "could not find expected ':'" in problem:
        return _no_colon(lines, start)
    if context.startswith(_SPECIAL) or problem.startswith(_NOT_HERE) or "cannot start any token" in problem:
        at = here if problem.startswith(_NOT_HERE) else start
        return Fault(
            code="rubric.yaml_special", place=at, params={"char": lines[at[0] - 1][at[1] - 1 : at[1]]}
        )
    if "unexpected ':'" in problem:
        key = re.search(rf"{_KEY}$", line[: here[1] - 1])
        value = re.match(r"[^,\]}]*", line[here[1] :])
        params: dict[str, object] = {"key": key[0] if key else "", "value": _shown(value[0]) if value else ""}
        return Fault(code="rubric.yaml_colon_space", place=here, params=params)
    char = line[here[1] - 1 : here[1]]
    if context == "while parsing a flow node" and not _content(line[: here[1] - 1]):
        # The rest of the form was read as if it stood in brackets.
        start = _open_bracket(lines, here) or start
    elif "expected node content" in problem and char:
        code = "rubric.yaml_bracket_extra" if char in ("]", "}") else "rubric.yaml_special"
        return Fault(code=code, place=here, params={"char": char})
    if context.startswith("while parsing a flow"):
        opened = lines[start[0] - 1][start[1] - 1 : start[1]]
        at = start if here[0] > start[0] else here
        return Fault(
            code="rubric.yaml_bracket",
            place=at,
            params={"open": opened, "close": _CLOSING.get(opened, ""), "column": start[1]},
        )
    if "mapping values are not allowed" in problem:
        return _colon_too_many(lines, here)
    if problem.endswith(_BLOCK):
        return _block(lines, here, closed)
    return None


def _open_bracket(lines: Sequence[str], here: Place) -> Place | None:
    """The last bracket of an earlier line that is not closed on it."""
    for number in range(here[0] - 1, 0, -1):
        text = lines[number - 1]
        for opened, closed in _CLOSING.items():
            if text.count(opened) > text.count(closed):
                return number, text.rindex(opened) + 1
    return None


def _strings_before(content: str, here: Place) -> tuple[Place | None, bool]:
    """Where the string began that ends on this line but began on another one (its quotation mark was probably forgotten
    there), and whether a value in quotes or brackets ends right before the place."""
    last: yaml.Token | None = None
    try:
        for token in yaml.scan(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if _place(token.start_mark) >= here:
                break
            if not isinstance(token, yaml.BlockEndToken):
                last = token
    except yaml.YAMLError:
        pass
    if isinstance(last, yaml.ScalarToken) and last.style in ("'", '"'):
        start, end = _place(last.start_mark), _place(last.end_mark)
        return (start, True) if start[0] < end[0] == here[0] else (None, end[0] == here[0])
    flow_ends = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)
    return None, isinstance(last, flow_ends) and _place(last.end_mark)[0] == here[0]


def _no_colon(lines: Sequence[str], start: Place) -> Fault:
    text = lines[start[0] - 1][start[1] - 1 :]
    for code, sign in (("rubric.yaml_wide_colon", "："), ("rubric.yaml_colon_space", ":")):
        found = re.match(rf"({_KEY}){sign}\s*(.*)", text)
        if found:
            place = (start[0], start[1] + found.end(1))
            return Fault(code=code, place=place, params={"key": found[1], "value": _shown(found[2])})
    return Fault(code="rubric.yaml_no_colon", place=start)


def _colon_too_many(lines: Sequence[str], here: Place) -> Fault:
    """A value that holds ``: ``, a key indented under a value, or the line above without its colon."""
    line = lines[here[0] - 1]
    before = line[: here[1] - 1]
    if re.match(rf"\s*(- +)*{_KEY}\s*: ", before):
        return Fault(code="rubric.yaml_colon_inside", place=here)
    above = next((n for n in range(here[0] - 1, 0, -1) if _content(lines[n - 1])), None)
    if above is not None and re.fullmatch(rf"\s*(- +)*{_KEY}\s*", lines[above - 1]):
        margin = len(lines[above - 1]) - len(lines[above - 1].lstrip())
        return Fault(code="rubric.yaml_no_colon", place=(above, margin + 1))
    return _indent(lines, (here[0], len(line) - len(line.lstrip()) + 1))


def _block(lines: Sequence[str], here: Place, closed: bool) -> Fault:
    """Something that is no further entry: rest of a value, a bracket too many, or a line at no level."""
    line = lines[here[0] - 1]
    if _content(line[: here[1] - 1]):
        if line[here[1] - 1 : here[1]] in ("]", "}"):
            return Fault(
                code="rubric.yaml_bracket_extra", place=here, params={"char": line[here[1] - 1 : here[1]]}
            )
        return Fault(code="rubric.yaml_rest", place=here) if closed else _indent(lines, here)
    return _indent(lines, here)


def _indent(lines: Sequence[str], here: Place) -> Fault:
    """A line at no level that is open there."""
    line = lines[here[0] - 1]
    margin = len(line) - len(line.lstrip())
    keys: list[int] = []
    dashes: list[int] = []
    for above in filter(_content, lines[: here[0] - 1]):
        column = len(above) - len(above.lstrip())
        keys, dashes = [k for k in keys if k < column], [d for d in dashes if d <= column]
        while above[column : column + 2] == "- ":
            dashes.append(column)
            column += 2 + len(above[column + 2 :]) - len(above[column + 2 :].lstrip())
        keys.append(column)
    place = (here[0], margin + 1)
    beside = next((n for n in range(here[0] - 1, 0, -1) if _content(lines[n - 1])), None)
    if beside is not None and re.match(rf" {{{margin}}}(?>{_KEY})(?!\s*:(\s|$))", lines[beside - 1]):
        # It stands right; the line above, at the same level, is no entry: rubric:name.
        return _no_colon(lines, (beside, margin + 1))
    if margin in dashes and not line.lstrip().startswith("-"):
        return Fault(code="rubric.yaml_dash", place=place, params={"spaces": margin, "wanted": margin + 2})
    open_ = sorted({*keys, *dashes} - {margin})
    near = [*[n for n in open_ if n < margin][-1:], *[n for n in open_ if n > margin][:1]]
    return Fault(
        code="rubric.yaml_indent",
        place=place,
        params={"spaces": margin, "levels": " / ".join(map(str, near)) or "0"},
    )


def _content(line: str) -> bool:
    """Whether there is anything on a line but a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _shown(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _place(mark: yaml.Mark) -> Place:
    return mark.line + 1, mark.column + 1
