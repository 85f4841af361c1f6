"""What no single line of a rubric shows: names that must exist, be unique, go in no circle, and grades in order.

Works on the tree as written, so that these errors come together with those of the form.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from qa_pipeline.errors import InputError, QaError, SourceLocation
from qa_pipeline.rules.example_lines import parse_line
from qa_pipeline.rules.explain_errors import nearest
from qa_pipeline.rules.flow_check import flow_faults
from qa_pipeline.rules.registry import OPERATORS, list_named
from qa_pipeline.rules.scene import INFO_FIELDS
from qa_pipeline.rules.yaml_tree import Node
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.script import TemplateError, check_template, slot_names
from qa_pipeline.text.template import TYPES

_ANCHOR_KEYS = ("after", "before", "around", "trigger")
_CHECK_KEYS = ("check", "when", "unless", *_ANCHOR_KEYS)
_PHRASE_KEYS = ("phrases", "first", "second")
_BRACKETS = "{}[]|｛｝［］｜"
_QUOTES = ("“", "”", "‘", "’", "「", "」", "＂")


@dataclass(frozen=True, slots=True)
class _Reference:
    name: str
    node: Node


def crosscheck(root: Node, file: str, *, known_lists: Collection[str]) -> list[QaError]:
    """All errors of this kind. ``known_lists`` are the word lists found outside the rubric."""
    return list(_Checker(root, file).errors(known_lists))


def list_names(root: Node) -> Iterator[tuple[str, Node]]:
    """The word lists that operators name, or rest on where they name none."""
    for node in _mappings(root):
        if node.step("op") is not None:
            keys = {key: child.scalar for key, child in (node.fields or {}).items()}
            name = list_named(keys)
            if name is not None:
                yield name, node.step("list") or node


class _Checker:
    def __init__(self, root: Node, file: str) -> None:
        self.root = root
        self.file = file
        conditions = root.step("conditions")
        self.conditions = (conditions.fields or {}) if conditions is not None else {}

    def errors(self, known_lists: Collection[str]) -> Iterator[QaError]:
        yield from self._ids()
        yield from self._references()
        yield from self._circles()
        yield from self._located()
        yield from self._signs()
        yield from self._flows()
        yield from self._variables()
        yield from self._templates()
        yield from self._phrases()
        yield from self._bands()
        yield from self._example_lines()

    def _error(self, code: str, node: Node, *, shift: int = 0, **params: object) -> QaError:
        location = SourceLocation(file=self.file, line=node.line, column=node.column + shift)
        return InputError(code, location=location, **params)

    def _ids(self) -> Iterator[QaError]:
        sections: dict[str, Node] = {}
        criteria: dict[str, Node] = {}
        for section in _items(self.root.step("sections")):
            yield from self._unique(section, sections)
            for criterion in _items(section.step("criteria")):
                yield from self._unique(criterion, criteria)

    def _unique(self, node: Node, seen: dict[str, Node]) -> Iterator[QaError]:
        name = node.step("id")
        if name is None or not isinstance(name.scalar, str):
            return
        if name.scalar in seen:
            yield self._error("rubric.duplicate_id", name, id=name.scalar, first_line=seen[name.scalar].line)
        else:
            seen[name.scalar] = name

    def _references(self) -> Iterator[QaError]:
        for found in _references(self.root):
            if found.name in self.conditions:
                continue
            near = nearest(found.name, self.conditions)
            if near is not None:
                yield self._error("rubric.unknown_condition_near", found.node, name=found.name, near=near)
            else:
                known = "、".join(self.conditions) or "—"
                yield self._error("rubric.unknown_condition", found.node, name=found.name, known=known)

    def _circles(self) -> Iterator[QaError]:
        uses = {
            name: sorted({r.name for r in _references(node, top=True)})
            for name, node in self.conditions.items()
        }
        for name in self.conditions:
            path = _circle(name, uses)
            # Told once, at the first name of the circle.
            if path and name == min(path):
                yield self._error("rubric.circle", self.conditions[name], chain=" → ".join([*path, name]))

    def _located(self) -> Iterator[QaError]:
        for node in _mappings(self.root):
            anchors = [node.step(key) for key in _ANCHOR_KEYS]
            op = node.step("op")
            steps: list[Node | None] = []
            if op is not None and op.raw == "in_order":
                steps = [*_items(node.step("steps"))]
            elif op is not None and op.raw == "follows_flow":
                steps = [step.step("check") for step in _items(node.step("steps"))]
            for check in [*anchors, *steps]:
                if check is not None and not self._has_place(check, set()):
                    name = check.raw or _raw(check, "op") or _raw(check, "ref") or "—"
                    yield self._error("rubric.no_place", check, op=name)

    def _signs(self) -> Iterator[QaError]:
        """What only may be meant is for a person: it stands inside ``heard``."""
        signs = [sign for node in _mappings(self.root) if (sign := node.step("heard")) is not None]
        inside = {id(node) for sign in signs for node in _mappings(sign)}
        for node in _mappings(self.root):
            if _raw(node, "op") == "means" and id(node) not in inside:
                yield self._error("rubric.means_alone", node, what=_raw(node, "what") or "…")

    def _flows(self) -> Iterator[QaError]:
        for node in _mappings(self.root):
            if _raw(node, "op") == "follows_flow":
                for fault in flow_faults(node):
                    location = SourceLocation(file=self.file, line=fault.node.line, column=fault.node.column)
                    yield InputError(fault.code, location=location, **fault.params)

    def _has_place(self, check: Node, seen: set[str]) -> bool:
        """Whether being met is an event with a place; what can't be told passes, other errors speak of it."""
        name = check.scalar if isinstance(check.scalar, str) else _raw(check, "ref")
        if name is not None:
            if name in seen or name not in self.conditions:
                return True
            return self._has_place(self.conditions[name], seen | {name})
        op = _raw(check, "op")
        if op is None or op not in OPERATORS:
            return True
        children = _items(check.step("of"))
        if children and op in ("all_of", "any_of", "at_least"):
            return any(self._has_place(child, seen) for child in children)
        return OPERATORS[op].located

    def _variables(self) -> Iterator[QaError]:
        variables = self.root.step("variables")
        for name in (variables.fields or {}) if variables is not None else {}:
            # The metadata's own fields and the typed slots would be hidden by a variable, or hide it.
            if variables is not None and name in (*INFO_FIELDS, *TYPES):
                line, column = variables.keys[name]
                yield self._error("rubric.reserved_name", Node(line, column), name=name)

    def _templates(self) -> Iterator[QaError]:
        slots = set(INFO_FIELDS)
        variables = self.root.step("variables")
        slots.update((variables.fields or {}) if variables is not None else {})
        slots.update(str(c.scalar) for c in _items(self.root.step("columns")))
        for script in self._scripts():
            if not isinstance(script.scalar, str):
                continue
            try:
                check_template(script.scalar)
                names = slot_names(script.scalar)
            except TemplateError as error:
                shift = error.column - 1 + script.quoted
                yield self._error(error.code, script, shift=shift, **error.params)
                continue
            for name in names:
                if name not in slots:
                    shift = script.scalar.find("{" + name) + script.quoted
                    known = "、".join(sorted(slots))
                    near = nearest(name, sorted(slots))
                    code = "rubric.unknown_slot" if near is None else "rubric.unknown_slot_near"
                    params = {"known": known} if near is None else {"near": near}
                    yield self._error(code, script, shift=max(shift, 0), slot=name, **params)

    def _scripts(self) -> Iterator[Node]:
        for node in _mappings(self.root):
            op = _raw(node, "op")
            steps = _items(node.step("steps")) if op == "follows_flow" else []
            for holder in [*([node] if op == "must_say" else []), *steps]:
                script = holder.step("script")
                if script is not None:
                    yield script

    def _phrases(self) -> Iterator[QaError]:
        for node in _mappings(self.root):
            for key in _PHRASE_KEYS:
                yield from self._synonyms(_items(node.step(key)))
            for item in [i for key in _PHRASE_KEYS for i in _items(node.step(key))]:
                others = [*_items(item.step("synonyms")), *_items(item.step("innocents"))]
                for words in [item.step("say") if item.fields is not None else item, *others]:
                    if words is None or not isinstance(words.scalar, str) or not words.scalar.strip():
                        continue
                    if any(bracket in words.scalar for bracket in _BRACKETS):
                        yield self._error("rubric.template_in_phrase", words, value=words.scalar)
                    elif not normalize(words.scalar):
                        yield self._error("rubric.nothing_to_say", words, value=words.scalar)
        for words in self._run_together():
            yield self._error("rubric.phrases_run_together", words, value=words.scalar)

    def _run_together(self) -> Iterator[Node]:
        """Phrases typed with Chinese punctuation, which YAML takes for one long phrase that nobody ever says."""
        for node in _mappings(self.root):
            for key in (*_PHRASE_KEYS, "synonyms", "innocents"):
                phrases = node.step(key)
                for words in _items(phrases):
                    if words.quoted or not isinstance(words.scalar, str):
                        continue
                    inner = words.scalar.strip()
                    parted = phrases is not None and phrases.in_brackets and any(c in inner for c in "，、；")
                    if parted or (inner[:1] in _QUOTES and inner[-1:] in _QUOTES):
                        yield words

    def _synonyms(self, phrases: list[Node]) -> Iterator[QaError]:
        """A synonym that is also another phrase would make it two things and one; one that is innocent, said and not."""
        known: dict[str, Node] = {}
        for item in phrases:
            innocents = _items(item.step("innocents")) if item.step("synonyms") else []
            for words in [item.step("say") if item.fields is not None else item, *innocents]:
                if words is not None and isinstance(words.scalar, str):
                    known.setdefault(normalize(words.scalar), words)
        for item in phrases:
            for words in _items(item.step("synonyms")):
                said = normalize(words.scalar) if isinstance(words.scalar, str) else ""
                if said in known:
                    yield self._error(
                        "rubric.synonym_twice", words, value=words.scalar, first_line=known[said].line
                    )
                elif said:
                    known[said] = words

    def _bands(self) -> Iterator[QaError]:
        bands = self.root.step("bands")
        if bands is None or not bands.fields:
            return
        before: float | None = None
        for name, node in bands.fields.items():
            value = node.scalar
            if isinstance(value, bool) or not isinstance(value, int | float):
                return
            if before is not None and value >= before:
                yield self._error("rubric.bands_order", node, name=name, value=value, before=before)
            before = value
        if before != 0:
            last = list(bands.fields.values())[-1]
            yield self._error("rubric.bands_gap", last, value=before)

    def _example_lines(self) -> Iterator[QaError]:
        for section in _items(self.root.step("sections")):
            for criterion in _items(section.step("criteria")):
                for example in _items(criterion.step("examples")):
                    for key, lines in (example.fields or {}).items():
                        for line in _items(lines) if key != "call" else ():
                            if isinstance(line.scalar, str) and parse_line(line.scalar) is None:
                                yield self._error("rubric.example_line", line, value=line.scalar[:60])


def _references(root: Node, *, top: bool = False) -> Iterator[_Reference]:
    """Names of conditions, wherever a check is expected."""
    if top and isinstance(root.scalar, str):
        yield _Reference(root.scalar, root)
    conditions = root.step("conditions")
    for node in (conditions.fields or {}).values() if conditions is not None and not top else ():
        if isinstance(node.scalar, str):
            yield _Reference(node.scalar, node)
    for node in _mappings(root):
        ref = node.step("ref")
        if ref is not None and node.step("op") is None and isinstance(ref.scalar, str):
            yield _Reference(ref.scalar, ref)
        named = [node.step(key) for key in _CHECK_KEYS]
        if node.step("op") is not None:
            named += [*_items(node.step("of")), *_items(node.step("steps"))]
        for check in named:
            if check is not None and isinstance(check.scalar, str):
                yield _Reference(check.scalar, check)


def _circle(start: str, uses: dict[str, list[str]]) -> list[str]:
    """The way from a condition back to itself, or nothing."""
    stack = [(start, [start])]
    seen: set[str] = set()
    while stack:
        name, path = stack.pop()
        for other in uses.get(name, []):
            if other == start:
                return path
            if other not in seen:
                seen.add(other)
                stack.append((other, [*path, other]))
    return []


def _mappings(root: Node) -> Iterator[Node]:
    """All mappings in the tree, in order; examples hold none that matter."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.fields is not None:
            yield node
            stack += reversed([child for key, child in node.fields.items() if key != "examples"])
        elif node.items is not None:
            stack += reversed(node.items)


def _items(node: Node | None) -> list[Node]:
    return node.items or [] if node is not None else []


def _raw(node: Node, key: str) -> str | None:
    child = node.step(key)
    return child.raw if child is not None else None
