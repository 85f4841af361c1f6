"""Pydantic's errors, told as errors of the rubric file: located, in plain words, with the nearest valid word."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from qa_pipeline.errors import InputError, QaError, SourceLocation
from qa_pipeline.rules.flow import FlowAnswer, FlowStep
from qa_pipeline.rules.registry import OPERATORS
from qa_pipeline.rules.rubric import AutoFail, Criterion, Example, PerHit, Rubric, Section
from qa_pipeline.rules.speech import GuardedPhrase
from qa_pipeline.rules.window import Window
from qa_pipeline.rules.yaml_tree import Loc, Node, locate

_MODELS: Mapping[str, type[BaseModel]] = {
    "sections": Section,
    "criteria": Criterion,
    "examples": Example,
    "within": Window,
    "auto_fail": AutoFail,
    "score": PerHit,
    "steps": FlowStep,
    "answers": FlowAnswer,
    **dict.fromkeys(("phrases", "first", "second"), GuardedPhrase),
}
_LIMITS = {"greater_than": ("gt", ">"), "greater_than_equal": ("ge", ">="), "less_than": ("lt", "<"),
           "less_than_equal": ("le", "<=")}  # fmt: skip
_TEXT = {"string_type", "string_sub_type"}
_NUMBER = {"float_type", "float_parsing", "int_type", "int_parsing", "int_from_float", "finite_number"}
_MAPPING = {"dict_type", "mapping_type", "model_type", "model_attributes_type"}
_LIST = {"tuple_type", "list_type"}
_EMPTY = {"too_short", "string_too_short"}
_LONG = {"too_long", "string_too_long"}
_DATE = {"date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"}


def explained(
    error: ValidationError, root: Node, file: str, *, top: type[BaseModel] = Rubric
) -> list[QaError]:
    """One located error for each of pydantic's."""
    details = error.errors(include_url=False)
    return [_one(d, root, file, top) for d in details if not _follows_from_another(d, root)]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The closest of the known words, where one is close enough to be meant."""
    found = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def _follows_from_another(detail: ErrorDetails, root: Node) -> bool:
    """Pydantic counts only the good entries of a list: it seems too short where one of them is at fault."""
    node, _ = locate(root, tuple(detail["loc"]))
    needed = int(detail.get("ctx", {}).get("min_length", 0))
    return detail["type"] == "too_short" and node.items is not None and len(node.items) >= needed


def _one(detail: ErrorDetails, root: Node, file: str, top: type[BaseModel]) -> QaError:
    loc: Loc = tuple(detail["loc"])
    node, missing = locate(root, loc)
    line, column = node.line, node.column
    last = loc[-1] if loc else ""
    kind = detail["type"]
    if kind in ("extra_forbidden", "missing"):
        # The location ends in the key itself: its holder says which keys there are.
        holder, _ = locate(root, loc[:-1])
        line, column = holder.keys.get(str(last), (holder.line, holder.column))
        colon = _phrase_with_colon(holder, _known_keys(loc[:-1], root, top))
        if colon is not None:
            place = SourceLocation(file=file, line=holder.line, column=holder.column)
            return InputError("rubric.colon_in_phrase", location=place, text=colon)
    code, params = _told(kind, detail, node, str(last), missing, loc, root, top)
    return InputError(code, location=SourceLocation(file=file, line=line, column=column), **params)


def _phrase_with_colon(holder: Node, known: Sequence[str]) -> str | None:
    """A phrase such as ``注意: 请稍等`` without quotation marks, which YAML takes for a mapping; None for anything else."""
    if "say" not in known or len(holder.fields or {}) != 1:
        return None
    ((key, value),) = (holder.fields or {}).items()
    return None if nearest(key, known) is not None else f"{key}: {_written(value)}"


def _told(
    kind: str,
    detail: ErrorDetails,
    node: Node,
    last: str,
    missing: str | None,
    loc: Loc,
    root: Node,
    top: type[BaseModel],
) -> tuple[str, dict[str, Any]]:
    context: Mapping[str, Any] = detail.get("ctx", {})
    written = _written(node)
    if kind.startswith(("rubric.", "template.")):
        return kind, {"value": written, "key": last, **{k: _joined(v) for k, v in context.items()}}
    if kind == "extra_forbidden":
        return _unknown_key(last, loc, root, top)
    if kind == "missing":
        return "rubric.missing_key", {"key": last}
    if kind == "union_tag_invalid":
        return _unknown_operator(node)
    if kind == "union_tag_not_found":
        return "rubric.missing_operator", {}
    if kind in _TEXT:
        if node.raw is None:
            return "rubric.text_wanted", {"key": last}
        if node.raw == "" and not node.quoted:
            return "rubric.nothing_written", {"key": last}
        return "rubric.add_quotes", {"value": written}
    if kind in _NUMBER:
        return "rubric.not_a_number", {"value": written}
    if kind in _LIMITS:
        key, sign = _LIMITS[kind]
        return "rubric.out_of_range", {"value": written, "limit": f"{sign} {context.get(key)}"}
    if kind == "literal_error":
        return _not_one_of(written, str(context.get("expected", "")))
    if kind in _MAPPING:
        return "rubric.mapping_wanted", {"value": written}
    if kind in _LIST:
        return "rubric.list_wanted", {"value": written}
    if kind in _EMPTY:
        return "rubric.empty", {"key": _key(loc, root) or last}
    if kind in _LONG:
        return "rubric.too_long", {"key": last, "most": context.get("max_length", 0)}
    if kind in _DATE:
        return "rubric.bad_date", {"value": written}
    if kind == "string_pattern_mismatch":
        return "rubric.bad_name", {"value": written}
    return "rubric.invalid", {"value": written, "reason": detail["msg"]}


def _key(loc: Loc, root: Node) -> str:
    """The last key on the way that the author wrote, whatever the kinds of things below it are called in the code."""
    node, key = root, ""
    for part in loc:
        child = node.step(part)
        if child is not None:
            node, key = child, part if isinstance(part, str) else key
    return key


def _unknown_key(key: str, loc: Loc, root: Node, top: type[BaseModel]) -> tuple[str, dict[str, Any]]:
    known = _known_keys(loc[:-1], root, top)
    near = nearest(key, known)
    if near is not None:
        return "rubric.unknown_key_near", {"key": key, "near": near}
    return "rubric.unknown_key", {"key": key, "known": "、".join(known)}


def _known_keys(loc: Loc, root: Node, top: type[BaseModel]) -> list[str]:
    holder, _ = locate(root, loc)
    op = holder.step("op")
    model: type[BaseModel] | None = OPERATORS.get(op.raw) if op is not None and op.raw is not None else None
    if model is None and holder.step("ref") is not None:
        model = OPERATORS["ref"]
    if model is None:
        # The last key on the way names the kind of thing, whatever list indices and union names follow it.
        model = next((_MODELS[p] for p in reversed(loc) if isinstance(p, str) and p in _MODELS), top)
    return [info.alias or name for name, info in model.model_fields.items()]


def _unknown_operator(node: Node) -> tuple[str, dict[str, Any]]:
    op = node.step("op")
    written = (op.raw if op is not None else None) or "—"
    names = [name for name in OPERATORS if name != "ref"]
    near = nearest(written, names)
    if near is not None:
        return "rubric.unknown_operator_near", {"op": written, "near": near}
    return "rubric.unknown_operator", {"op": written, "known": "、".join(names)}


def _not_one_of(written: str, expected: str) -> tuple[str, dict[str, Any]]:
    options = [part.strip(" '\"") for part in expected.replace(" or ", ", ").split(",")]
    near = nearest(written, options)
    if near is not None:
        return "rubric.not_one_of_near", {"value": written, "near": near, "options": "、".join(options)}
    return "rubric.not_one_of", {"value": written, "options": "、".join(options)}


def _written(node: Node) -> str:
    if node.raw is not None:
        return node.raw if len(node.raw) <= 60 else node.raw[:60] + "…"
    return "[…]" if node.items is not None else "{…}"


def _joined(value: Any) -> Any:
    return "、".join(map(str, value)) if isinstance(value, tuple | list) else value
