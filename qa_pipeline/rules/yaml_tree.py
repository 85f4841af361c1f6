"""YAML as a tree that remembers lines and columns, so that every error can point at its place.

Aliases, merge keys, tags and duplicate keys are refused: rubrics name shared checks under ``conditions`` instead,
and a refused alias can't become a bomb.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml

from qa_pipeline.errors import CollectedErrors, InputError, QaError, SourceLocation
from qa_pipeline.rules.yaml_faults import find_fault

MAX_CHARS = 1_000_000
"""A rubric with 30 criteria has some 20,000 characters."""
MAX_DEPTH = 40
MAX_NODES = 50_000
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "timestamp")}

Scalar = str | int | float | bool | date | None
Loc = tuple[str | int, ...]


@dataclass(slots=True)
class Node:
    """A scalar, a list or a mapping with its place (line and column count from 1)."""

    line: int
    column: int
    scalar: Scalar = None
    raw: str | None = None
    """A scalar as written; None for lists and mappings."""
    quoted: bool = False
    items: list[Node] | None = None
    in_brackets: bool = False
    """Of a list: written as [a, b], where only commas of ASCII part the items."""
    fields: dict[str, Node] | None = None
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Where each key of a mapping stands."""

    def plain(self) -> Any:
        """Dicts, tuples and scalars, as pydantic's strict mode wants them."""
        if self.fields is not None:
            return {key: child.plain() for key, child in self.fields.items()}
        if self.items is not None:
            return tuple(child.plain() for child in self.items)
        return self.scalar

    def step(self, part: str | int) -> Node | None:
        """The child under a key or index."""
        if self.fields is not None and isinstance(part, str):
            return self.fields.get(part)
        if self.items is not None and isinstance(part, int) and 0 <= part < len(self.items):
            return self.items[part]
        return None


@dataclass(slots=True)
class _Open:
    """A list or mapping that is still being read."""

    node: Node
    key: str | None = None


def read_documents(content: str, file: str) -> tuple[Node, ...]:
    """The documents of a YAML text.

    Raises:
        CollectedErrors: whatever is wrong with it as YAML, located.
    """
    if len(content) > MAX_CHARS:
        raise CollectedErrors(
            (InputError("rubric.too_large", location=SourceLocation(file=file), max_chars=MAX_CHARS),)
        )
    return _Reader(file).read(content)


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[QaError] = []
        self.documents: list[Node] = []
        self.stack: list[_Open] = []
        self.num_nodes = 0

    def read(self, content: str) -> tuple[Node, ...]:
        try:
            loader = _Loader(content)
            try:
                while loader.check_event():
                    self._event(loader.get_event(), loader)
            finally:
                loader.dispose()
        except (yaml.YAMLError, UnicodeError) as error:
            fault = find_fault(error, content)
            self._error(fault.code, fault.place, **fault.params)
        except _Stopped:
            pass
        if self.errors:
            raise CollectedErrors(tuple(self.errors))
        return tuple(self.documents)

    def _error(self, code: str, place: tuple[int, int], **params: object) -> None:
        location = SourceLocation(file=self.file, line=place[0], column=place[1])
        self.errors.append(InputError(code, location=location, **params))

    def _stop(self, code: str, place: tuple[int, int], **params: object) -> None:
        self._error(code, place, **params)
        raise _Stopped

    def _event(self, event: yaml.Event, loader: Any) -> None:
        mark = event.start_mark
        place = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        if isinstance(event, yaml.AliasEvent):
            self._error("rubric.alias", place, name=str(event.anchor))
            self._add(Node(*place), place)
        elif isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event, place, loader)
            self._add(node, place)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            node = Node(*place)
            if isinstance(event, yaml.SequenceStartEvent):
                node.items = []
                node.in_brackets = bool(event.flow_style)
            else:
                node.fields = {}
            self._add(node, place)
            self.stack.append(_Open(node))
            if len(self.stack) > MAX_DEPTH:
                self._stop("rubric.too_deep", place, max_depth=MAX_DEPTH)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self.stack.pop()

    def _add(self, node: Node, place: tuple[int, int]) -> None:
        self.num_nodes += 1
        if self.num_nodes > MAX_NODES:
            self._stop("rubric.too_large", place, max_chars=MAX_CHARS)
        if not self.stack:
            self.documents.append(node)
            return
        top = self.stack[-1]
        if top.node.items is not None:
            top.node.items.append(node)
            return
        fields = top.node.fields
        if fields is None:
            raise AssertionError("only lists and mappings are opened")
        if top.key is not None:
            fields[top.key] = node
            top.key = None
        elif node.raw is None:
            self._stop("rubric.bad_key", place)
        elif node.raw in fields:
            first = top.node.keys[node.raw]
            self._error("rubric.duplicate_key", place, key=node.raw, first_line=first[0])
            top.key = node.raw
        else:
            top.key = node.raw
            top.node.keys[node.raw] = place

    def _scalar(self, event: yaml.ScalarEvent, place: tuple[int, int], loader: Any) -> Node:
        raw = str(event.value)
        node = Node(*place, scalar=raw, raw=raw, quoted=event.style in ("'", '"'))
        if event.tag is not None and event.tag not in ("!", "tag:yaml.org,2002:str"):
            self._error("rubric.tag", place, tag=str(event.tag))
            return node
        tag = event.tag or loader.resolve(yaml.ScalarNode, raw, event.implicit)
        if tag in _PLAIN_TAGS:
            try:
                node.scalar = loader.construct_object(yaml.ScalarNode(tag, raw))
            except (ValueError, OverflowError, yaml.YAMLError):
                self._error("rubric.bad_value", place, value=raw[:40])
        return node


class _Stopped(Exception):  # noqa: N818
    """Reading further makes no sense; the reason is already among the errors."""


def locate(root: Node, loc: Loc) -> tuple[Node, str | None]:
    """Follow a pydantic location; names of union members on the way are passed over.

    Returns:
        the deepest node found, and the key under it that was asked for but isn't there (or is the wrong one).
    """
    node, missing = root, None
    for part in loc:
        child = node.step(part)
        if child is None and (unless := node.step("unless")) is not None:
            # ``reach_s`` and ``side`` may stand inside ``unless``.
            child = unless.step(part)
        if child is not None:
            node, missing = child, None
        elif isinstance(part, str):
            missing = part
    return node, missing


def flatten(value: Mapping[str, Any] | tuple[Any, ...] | Scalar) -> Any:
    """A value ready for canonical JSON: dates as ISO text."""
    if isinstance(value, Mapping):
        return {str(k): flatten(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [flatten(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value
