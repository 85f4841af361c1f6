"""Script templates: ``您好[，这里是]{company}，工号{agent_id}(为您服务|为您效劳)``, read into a small tree.

``{slot}`` a value from the call's metadata · ``{number:4-8}``, ``{name}``, ``{any:0-12}`` typed slots · ``[x]`` optional ·
``(a|b)`` one of · ``[a|b]`` optionally one of. Brackets may be nested and full-width. Punctuation does not
matter; it cuts a text into parts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from qa_pipeline.errors import InputError
from qa_pipeline.text.normalize import normalize

TYPES = {"number": (1, 12), "name": (1, 4), "any": (0, 12)}
"""Typed slots and how many characters (digits) they hold where the template does not say."""
_WIDE = str.maketrans("［］｛｝（）｜", "[]{}()|")
_CLOSING = {"[": "]", "(": ")"}
_RANGE = re.compile(r"(\d{1,3})(?:-(\d{1,3}))?")
_SLOT = re.compile(r"[^\W\d]\w*")
_LONGEST = 200


class TemplateError(InputError):
    """A template can't be read. ``column`` counts characters of the template from 1.

    Attributes:
        message_key: the code, ``template.<name>``.
        column: where.
        params: what the message names, with ``column``.
    """

    def __init__(self, message_key: str, column: int, **params: object) -> None:
        super().__init__(message_key, location=None, column=column, **params)
        self.message_key = message_key
        self.column = column

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.message_key, dict(self.params)))


def _rebuild(message_key: str, params: dict[str, object]) -> TemplateError:
    column = params.pop("column")
    return TemplateError(message_key, column if isinstance(column, int) else 1, **params)


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """Words to be said, without punctuation inside."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place for a value: from the metadata (``type`` is None) or any of a type, ``low`` to ``high`` characters."""

    name: str
    type: str | None
    low: int = 0
    high: int = 0

    def __str__(self) -> str:
        bare = self.type is None or (self.low, self.high) == TYPES[self.type]
        return f"{{{self.name}}}" if bare else f"{{{self.type}:{self.low}-{self.high}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of several sequences; may be left out where ``optional``. ``source`` is as written."""

    options: tuple[tuple[Node, ...], ...]
    optional: bool
    source: str


Node: TypeAlias = Literal | Slot | Choice


@lru_cache(maxsize=1024)
def parse_template(template: str) -> tuple[Node, ...]:
    """The template as a sequence of nodes.

    Raises:
        TemplateError: unbalanced brackets, an empty alternative, an unreadable slot, or nothing that can be said.
    """
    reader = _Reader(template.translate(_WIDE))
    options = reader.options(closing=None)
    nodes = options[0]
    if not any(_sayable(n) for n in nodes):
        raise TemplateError("template.empty", 1)
    return nodes


def slots(nodes: tuple[Node, ...]) -> Iterator[Slot]:
    """All slots of a sequence, in order."""
    for node in nodes:
        if isinstance(node, Slot):
            yield node
        elif isinstance(node, Choice):
            for option in node.options:
                yield from slots(option)


def _sayable(node: Node) -> bool:
    if isinstance(node, Choice):
        return not node.optional and all(any(map(_sayable, o)) for o in node.options)
    return isinstance(node, Literal) or node.type is None or node.low > 0


class _Reader:
    def __init__(self, template: str) -> None:
        self.template = template
        self.at = 0

    def options(self, closing: str | None, opened: int = 0) -> tuple[tuple[Node, ...], ...]:
        """Sequences separated by ``|`` up to the closing bracket (or the end, where there is none)."""
        found: list[tuple[Node, ...]] = []
        nodes: list[Node] = []
        begun = self.at
        while True:
            if self.at >= len(self.template):
                if closing is not None:
                    raise TemplateError(
                        "template.unclosed", opened, bracket=self.template[opened - 1], closing=closing
                    )
                return (*found, tuple(nodes))
            char = self.template[self.at]
            if char in "])}" or (char == "|" and closing is None):
                if char == closing:
                    found.append(self._option(nodes, begun))
                    self.at += 1
                    return tuple(found)
                code = "template.stray_bar" if char == "|" else "template.unexpected"
                raise TemplateError(code, self.at + 1, bracket=char)
            if char == "|":
                found.append(self._option(nodes, begun))
                nodes = []
                self.at += 1
                begun = self.at
            elif char == "{":
                nodes.append(self._slot())
            elif char in "[(":
                start = self.at
                self.at += 1
                inside = self.options(_CLOSING[char], start + 1)
                nodes.append(
                    Choice(
                        options=inside, optional=char == "[", source=self.template[start + 1 : self.at - 1]
                    )
                )
            else:
                nodes += self._literals()

    def _option(self, nodes: list[Node], begun: int) -> tuple[Node, ...]:
        if not nodes:
            raise TemplateError("template.empty_option", begun + 1)
        return tuple(nodes)

    def _literals(self) -> Iterator[Literal]:
        start = self.at
        while self.at < len(self.template) and self.template[self.at] not in "[](){}|":
            self.at += 1
        for piece in _pieces(self.template[start : self.at]):
            yield Literal(text=piece)

    def _slot(self) -> Slot:
        start = self.at
        end = self.template.find("}", start)
        if end < 0:
            raise TemplateError("template.unclosed", start + 1, bracket="{", closing="}")
        self.at = end + 1
        body = unicodedata.normalize("NFKC", self.template[start + 1 : end]).replace(" ", "")
        name, colon, range_ = body.partition(":")
        if not _SLOT.fullmatch(name):
            raise TemplateError("template.bad_slot", start + 1, slot=body)
        if name not in TYPES:
            if colon:
                raise TemplateError("template.unknown_type", start + 1, type=name, known=", ".join(TYPES))
            return Slot(name=name, type=None)
        low, high = TYPES[name]
        if colon:
            match = _RANGE.fullmatch(range_)
            low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
            if high < low or not 0 < high <= _LONGEST:
                raise TemplateError("template.bad_range", start + 1, slot=body, longest=_LONGEST)
        return Slot(name=name, type=name, low=low, high=high)


_CUT = re.compile(r"[^\w.:：．'’&+/-]+")


def _pieces(text: str) -> Iterator[str]:
    """A text cut at punctuation and spaces into pieces that have something to say."""
    for piece in _CUT.split(text):
        if normalize(piece):
            yield piece
