"""One number in the text of a rubric file, changed or written where it was a default; everything else stays as it is."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.rules.thresholds import Loc
from qa_pipeline.rules.yaml_tree import Node, read_documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A piece of text in the place of another. Lines and columns count from 1."""

    line: int
    column: int
    old: str
    """Empty where something is written anew."""
    new: str


def source_text(rubric: Rubric) -> str:
    """The rubric's file as it is written; the stored text where there is no such file, or where it says something else."""
    path = Path(rubric.file)
    if path.is_file():
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
        if rubric.content.startswith(text.rstrip()):
            return text
    return rubric.content


def number_edit(text: str, criterion_id: str, path: Loc, value: float) -> Edit:
    """How to write a number of a criterion.

    Args:
        text: of a rubric file without faults.
        criterion_id: the criterion.
        path: as of :class:`qa_pipeline.rules.thresholds.Threshold`.
        value: the number.
    """
    root = read_documents(text, "")[0]
    node = root if path[0] == "conditions" else _criterion(root, criterion_id)
    for part in path[:-1]:
        node = _step(node, part)
    key, number = str(path[-1]), f"{value:g}"
    unless = node.step("unless")
    for place in (node, unless) if key == "reach_s" and unless is not None else (node,):
        known = place.step(key)
        if known is not None and known.raw is not None:
            return Edit(line=known.line, column=known.column, old=known.raw, new=number)
    return _written_anew(text, node, key, number)


def version_edit(text: str, version: int) -> Edit:
    """How to write another version."""
    node = _step(read_documents(text, "")[0], "version")
    return Edit(line=node.line, column=node.column, old=str(node.raw), new=str(version))


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The text with all edits made."""
    lines = text.splitlines(keepends=True)
    for edit in sorted(edits, key=lambda e: (e.line, e.column), reverse=True):
        line, at = lines[edit.line - 1], edit.column - 1
        if line[at : at + len(edit.old)] != edit.old:
            raise AssertionError(f"line {edit.line} does not have {edit.old!r} in column {edit.column}")
        lines[edit.line - 1] = line[:at] + edit.new + line[at + len(edit.old) :]
    return "".join(lines)


def unified(old: str, new: str, file: str) -> str:
    """What changes, as ``patch`` reads it; one line of context."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), file, file, lineterm="", n=1)
    return "\n".join(lines) + "\n"


def _criterion(root: Node, criterion_id: str) -> Node:
    for section in _step(root, "sections").items or []:
        for criterion in _step(section, "criteria").items or []:
            if _step(criterion, "id").scalar == criterion_id:
                return criterion
    raise AssertionError(f"no criterion {criterion_id}")


def _step(node: Node, part: str | int) -> Node:
    child = node.step(part)
    if child is None:
        raise AssertionError(f"nothing at {part}")
    return child


def _written_anew(text: str, node: Node, key: str, number: str) -> Edit:
    """Beside the key that it belongs to: in a pair of braces on the same line, else on a line of its own before it."""
    beside = "unless" if key == "reach_s" else next(k for k in ("op", "step", *node.keys) if k in node.keys)
    line, column = node.keys[beside]
    # Where a mapping begins with a brace, its own place is that of the brace.
    braces = text.splitlines()[node.line - 1][node.column - 1] == "{"
    between = ", " if braces else "\n" + " " * (column - 1)
    return Edit(line=line, column=column, old="", new=f"{key}: {number}{between}")
