"""Rubric files in, rubrics out: or every error at once, each with its file, line, column and the nearest valid word."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from qa_pipeline.errors import CollectedErrors, InputError, QaError, SourceLocation
from qa_pipeline.resources import folder
from qa_pipeline.rules.crosscheck import crosscheck, list_names
from qa_pipeline.rules.explain_errors import explained
from qa_pipeline.rules.registry import list_named
from qa_pipeline.rules.rubric import Criterion, Rubric, WordList
from qa_pipeline.rules.yaml_tree import MAX_CHARS, Node, flatten, read_documents

_SLOT = re.compile(r"\{(\w+)\}")


def load_rubric(path: Path) -> Rubric:
    """Read a rubric file.

    Raises:
        CollectedErrors: it can't be read, or whatever is wrong with it.
    """
    return parse_rubric(_read(path), str(path))


def parse_rubric(content: str, file: str) -> Rubric:
    """Read a rubric.

    Args:
        content: the text of the file. A second YAML document may hold ``lists``, as :attr:`Rubric.content` does.
        file: its name, for errors and for finding ``lists/`` beside it.

    Raises:
        CollectedErrors: everything that is wrong with it.
    """
    root, extra = _documents(content, file)
    errors: list[QaError] = []
    external = _external_lists(root, extra, file, errors)
    rubric: Rubric | None = None
    data = {**root.plain()}
    lists = {name: node.plain() for name, (node, _) in external.items()}
    try:
        rubric = Rubric.model_validate(
            {**data, **({"lists": {**data.get("lists", {}), **lists}} if lists else {})}
        )
    except ValidationError as error:
        errors += explained(error, root, file)
    except RecursionError:
        errors.append(InputError("rubric.too_deep", location=SourceLocation(file=file), max_depth=20))
    errors += crosscheck(root, file, known_lists=external.keys())
    if errors or rubric is None:
        raise CollectedErrors(tuple(_in_order(errors)))
    _bind(rubric, content, file, root, lists, in_file=extra is None)
    return rubric


def _read(path: Path) -> str:
    location = SourceLocation(file=str(path))
    try:
        if path.stat().st_size > 4 * MAX_CHARS:
            raise CollectedErrors((InputError("rubric.too_large", location=location, max_chars=MAX_CHARS),))
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise CollectedErrors((InputError("rubric.not_found", location=location),)) from None
    except UnicodeDecodeError as error:
        raise CollectedErrors(
            (InputError("rubric.not_utf8", location=location, position=error.start),)
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CollectedErrors((InputError("rubric.unreadable", location=location, reason=reason),)) from None


def _documents(content: str, file: str) -> tuple[Node, Node | None]:
    """The rubric, and the document of lists where there is one."""
    documents = read_documents(content, file)
    if not documents or (documents[0].fields is None and documents[0].raw == ""):
        raise CollectedErrors((InputError("rubric.empty_file", location=SourceLocation(file=file, line=1)),))
    root = documents[0]
    for node in documents[:2]:
        if node.fields is None:
            raise CollectedErrors((InputError("rubric.not_a_rubric", location=_at(file, node)),))
    if len(documents) > 2 or (len(documents) == 2 and set(documents[1].fields or {}) != {"lists"}):
        raise CollectedErrors((InputError("rubric.several_documents", location=_at(file, documents[1])),))
    return root, documents[1] if len(documents) == 2 else None


def _external_lists(
    root: Node, extra: Node | None, file: str, errors: list[QaError]
) -> dict[str, tuple[Node, str]]:
    """The word lists that the rubric names but does not hold: from its second document, or from files."""
    found: dict[str, tuple[Node, str]] = {}
    inside = root.step("lists")
    own = inside.fields or {} if inside else {}
    carried = extra.step("lists") if extra is not None else None
    for name, node in list_names(root):
        if name in own or name in found or not re.fullmatch(r"[\w-]+", name):
            continue
        given = carried.step(name) if carried is not None else None
        if given is not None:
            found[name] = given, file
            continue
        path = next((p for p in _list_paths(name, file) if p.is_file()), None)
        if path is None:
            known = sorted({p.stem for d in _list_folders(file) if d.is_dir() for p in d.glob("*.yaml")})
            errors.append(
                InputError(
                    "rubric.list_not_found",
                    location=_at(file, node),
                    name=name,
                    known="、".join(known) or "—",
                )
            )
            continue
        try:
            found[name] = _list_file(path), str(path)
        except CollectedErrors as error:
            errors += error.errors
    return found


def _list_file(path: Path) -> Node:
    documents = read_documents(_read(path), str(path))
    if len(documents) != 1 or documents[0].fields is None:
        raise CollectedErrors((InputError("rubric.not_a_list", location=SourceLocation(file=str(path))),))
    root = documents[0]
    try:
        WordList.model_validate(root.plain())
    except ValidationError as error:
        raise CollectedErrors(tuple(explained(error, root, str(path), top=WordList))) from None
    errors = crosscheck(root, str(path), known_lists=())
    if errors:
        raise CollectedErrors(tuple(errors))
    return root


def _list_folders(file: str) -> Iterator[Path]:
    yield Path(file).parent / "lists"
    try:
        yield folder("rubrics") / "lists"
    except FileNotFoundError:
        return


def _list_paths(name: str, file: str) -> Iterator[Path]:
    return (place / f"{name}.yaml" for place in _list_folders(file))


def _bind(
    rubric: Rubric, content: str, file: str, root: Node, lists: Mapping[str, Any], *, in_file: bool
) -> None:
    """Give the rubric its digests, its self-contained text and the lines of its examples."""
    data = root.plain()
    for section in data["sections"]:
        for criterion in section["criteria"]:
            # What only teaches decides nothing: editing it is no other form, and people's marks hold.
            for teaching in ("examples", "better"):
                criterion.pop(teaching, None)
    if lists:
        data["lists"] = {**data.get("lists", {}), **lists}
        if in_file:
            content = f"{content.rstrip()}\n---\nlists: {_canonical({k: lists[k] for k in sorted(lists)})}\n"
    rubric._content = content
    rubric._file = file
    rubric._digest = _sha256(data)
    lines: dict[str, tuple[int, ...]] = {}
    raw = [
        c
        for s in (root.fields or {})["sections"].items or []
        for c in (s.fields or {})["criteria"].items or []
    ]
    plain = [c for s in data["sections"] for c in s["criteria"]]
    for (_, criterion), node, own in zip(rubric.criteria(), raw, plain, strict=True):
        criterion._digest = _sha256(_closure(criterion, own, data))
        examples = node.step("examples")
        lines[criterion.id] = tuple(e.line for e in (examples.items or [])) if examples else ()
    rubric._lines = lines


def _closure(criterion: Criterion, own: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """A criterion with the conditions, lists and variables it rests on."""
    conditions, lists = data.get("conditions", {}), data.get("lists", {})
    used_conditions: dict[str, Any] = {}
    used_lists: dict[str, Any] = {}
    pending: list[Any] = [own]
    texts: list[str] = []
    while pending:
        value = pending.pop()
        if isinstance(value, Mapping):
            pending += value.values()
            name = list_named(value)
            if name is not None and name in lists:
                used_lists[name] = lists[name]
        elif isinstance(value, tuple):
            pending += value
        elif isinstance(value, str):
            texts.append(value)
            if value in conditions and value not in used_conditions:
                used_conditions[value] = conditions[value]
                pending.append(conditions[value])
    slots = {name for text in texts for name in _SLOT.findall(text)}
    variables = {k: v for k, v in data.get("variables", {}).items() if k in slots}
    # Another title or note is the same question: people's marks on it still hold.
    own = {k: v for k, v in own.items() if k not in ("title", "note")}
    return {"own": own, "conditions": used_conditions, "lists": used_lists, "variables": variables}


def _canonical(value: Any) -> str:
    return json.dumps(flatten(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _sha256(value: Any) -> str:
    return hashlib.sha256(_canonical(value).encode()).hexdigest()


def _at(file: str, node: Node) -> SourceLocation:
    return SourceLocation(file=file, line=node.line, column=node.column)


def _in_order(errors: list[QaError]) -> list[QaError]:
    """By place, each once."""
    unique = {(str(e.location), e.code, str(sorted(e.params.items(), key=str))): e for e in errors}

    def place(error: QaError) -> tuple[str, int, int]:
        location = error.location
        return (location.file, location.line or 0, location.column or 0) if location else ("", 0, 0)

    return sorted(unique.values(), key=place)
