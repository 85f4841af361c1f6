"""Errors of a flow that no single line shows: steps that ``then`` names in vain, circles, and steps nobody comes to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa_pipeline.rules.explain_errors import nearest
from qa_pipeline.rules.flow import END, successors
from qa_pipeline.rules.yaml_tree import Node


@dataclass(frozen=True, slots=True)
class FlowFault:
    """A fault in a flow: the code of the error, its place and parameters."""

    code: str
    node: Node
    params: dict[str, object]


def flow_faults(flow: Node) -> Iterator[FlowFault]:
    """The faults of one ``follows_flow``, as written."""
    items = _items(flow.step("steps"))
    steps: dict[str, Node] = {}
    for item in items:
        yield from _named(item.step("step"), steps, item)
    for item in items:
        yield from _answers(item)
    unknown = list(_unknown(items, steps))
    yield from unknown
    if unknown or len(steps) != len(items) or not items or END in steps:
        # Ways through the flow can be told only once every name in it is right.
        return
    ways = _ways(items)
    circle = _circle(ways)
    if circle:
        chain = " → ".join([*circle, circle[0]])
        yield FlowFault("rubric.flow_circle", steps[circle[0]], {"chain": chain})
    reached = _reached(next(iter(steps)), ways)
    for name, node in steps.items():
        if name not in reached:
            yield FlowFault("rubric.flow_unreachable", _name_of(node), {"step": name})
    if all(_is(item, "optional") for item in items):
        yield FlowFault("rubric.flow_nothing_due", flow, {})


def _named(name: Node | None, seen: dict[str, Node], holder: Node) -> Iterator[FlowFault]:
    word = _word(name)
    if name is None or word is None:
        return
    if word == END:
        yield FlowFault("rubric.flow_reserved", name, {"step": word})
    if word in seen:
        first = _name_of(seen[word]).line
        yield FlowFault("rubric.duplicate_id", name, {"id": word, "first_line": first})
    else:
        seen[word] = holder


def _answers(step: Node) -> Iterator[FlowFault]:
    seen: dict[str, Node] = {}
    otherwise: Node | None = None
    for answer in _items(step.step("answers")):
        if answer.fields is None:
            continue
        name = answer.step("answer")
        word = _word(name)
        if name is not None and word is not None:
            if word in seen:
                yield FlowFault("rubric.duplicate_id", name, {"id": word, "first_line": seen[word].line})
            seen.setdefault(word, name)
        if answer.step("phrases") is None and answer.step("check") is None:
            if otherwise is not None:
                yield FlowFault("rubric.flow_two_otherwise", answer, {"first_line": otherwise.line})
            otherwise = otherwise or answer


def _unknown(items: list[Node], steps: dict[str, Node]) -> Iterator[FlowFault]:
    for item in items:
        for holder in (item, *_items(item.step("answers"))):
            then = holder.step("then")
            name = _word(then)
            if then is None or name is None or name in steps or name == END:
                continue
            near = nearest(name, [*steps, END])
            if near is not None:
                yield FlowFault("rubric.flow_unknown_step_near", then, {"step": name, "near": near})
            else:
                known = "、".join([*steps, END])
                yield FlowFault("rubric.flow_unknown_step", then, {"step": name, "known": known})


def _ways(items: list[Node]) -> dict[str, list[str]]:
    names = [_word(item.step("step")) or "" for item in items]
    ways: dict[str, list[str]] = {}
    for index, item in enumerate(items):
        after = names[index + 1] if index + 1 < len(names) else END
        answers = tuple(_word(a.step("then")) or END for a in _items(item.step("answers")))
        ways[names[index]] = list(successors(_word(item.step("then")), after, answers, _is(item, "optional")))
    return ways


def _reached(first: str, ways: dict[str, list[str]]) -> set[str]:
    reached: set[str] = set()
    pending = [first]
    while pending:
        name = pending.pop()
        if name not in reached and name in ways:
            reached.add(name)
            pending += ways[name]
    return reached


def _circle(ways: dict[str, list[str]]) -> list[str]:
    """A way from a step back to itself, or nothing. Steps come off the graph once nothing leads on from them."""
    left = {name: {w for w in following if w in ways} for name, following in ways.items()}
    while True:
        done = {name for name, following in left.items() if not following}
        if not done:
            break
        left = {name: following - done for name, following in left.items() if name not in done}
    if not left:
        return []
    # Whoever is left leads on to somebody who is left, so following on must come back to where one was.
    path: list[str] = []
    name = next(iter(left))
    while name not in path:
        path.append(name)
        name = next(w for w in ways[name] if w in left)
    return path[path.index(name) :]


def _items(node: Node | None) -> list[Node]:
    return node.items or [] if node is not None else []


def _word(node: Node | None) -> str | None:
    """A name as the form reads it, or nothing where it is no text; other errors speak of that."""
    if node is None or not isinstance(node.scalar, str) or not node.scalar.strip():
        return None
    return node.scalar.strip()


def _name_of(step: Node) -> Node:
    return step.step("step") or step


def _is(step: Node, key: str) -> bool:
    node = step.step(key)
    return node is not None and node.scalar is True
