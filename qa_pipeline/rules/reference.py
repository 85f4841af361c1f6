"""The manual of operators and the JSON Schema for editors, both made from the operators themselves.

``python -m qa_pipeline.rules.reference --write`` writes ``docs/operators.md`` and ``rubrics/rubric.schema.json``;
``--check`` exits with 1 where they are out of date. In a rubric, the first line
``# yaml-language-server: $schema=rubric.schema.json`` gives an editor completion and checks.
"""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from qa_pipeline.i18n import text
from qa_pipeline.rules.flow import FlowAnswer, FlowStep
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.registry import OPERATORS
from qa_pipeline.rules.rubric import Criterion, Rubric
from qa_pipeline.rules.window import Window
from qa_pipeline.text.meanings import catalogue

_FAMILIES = (
    (
        "Phrasing",
        (
            "must_say",
            "must_not_say",
            "says_any_of",
            "near",
            "matches_regex",
            "similar_to",
            "means",
            "repeats",
            "follows_flow",
        ),
    ),
    ("Entities", ("mentions", "reads_back", "discloses", "verifies_before")),
    ("Manner", ("courtesy_at_least", "hedging_under", "honorific_ratio", "responds_with", "classified_as")),
    (
        "Timing",
        (
            "dead_air_under",
            "dead_air_over",
            "response_latency_under",
            "talk_over_under",
            "monologue_under",
            "speaking_rate_between",
            "talk_ratio_between",
            "duration_between",
            "turns_between",
            "speaks_first",
            "speaks_last",
            "hang_up_gap_under",
        ),
    ),
    ("Voice", ("loudness_between", "loudness_jump_under", "pitch_range_at_least", "pitch_within_baseline")),
    ("Metadata", ("metadata",)),
    ("People", ("human",)),
    ("Order and logic", ("in_order", "all_of", "any_of", "none_of", "at_least", "ref")),
)
"""Order of the manual; an operator that is not listed comes under "Other"."""

_PARTS: Mapping[str, tuple[tuple[str, type[BaseModel]], ...]] = {
    "follows_flow": (("a step", FlowStep), ("an answer", FlowAnswer)),
}
"""What operators are made of, where it has keys of its own."""

_INTRO = """\
# Operators

The checks a rubric can make, with their parameters. This page is generated from the operators themselves
(`make docs`); how to write a whole rubric is told in `rubrics/README.zh-CN.md`.

Every answer is met, not met, uncertain (needs review) or not applicable. Not met always names its evidence: what was
heard, what was measured, or where something was searched in vain. A deduction that is less sure than the centre asks
for needs review instead. A criterion that is met stays met, however surely.

A check can be written wherever one is expected: as `{op: …}`, as `{ref: name}` or simply as the name of a condition.
"""


def json_schema() -> dict[str, Any]:
    """The JSON Schema of rubric files."""
    schema = Rubric.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Rubric"
    _allow_names(schema)
    _let_excuses_reach(schema)
    return schema


def operators_page() -> str:
    """``docs/operators.md``."""
    parts = [_INTRO, "## Where to look: `within`\n", _about(Window), _table(Window)]
    parts += ["\n## Keys of a criterion\n", _table(Criterion)]
    listed = {name for _, names in _FAMILIES for name in names}
    rest = tuple(name for name in OPERATORS if name not in listed)
    for family, names in (*_FAMILIES, ("Other", rest)):
        pages = [_page(name, OPERATORS[name]) for name in names if name in OPERATORS]
        parts += [f"\n## {family}\n", *pages] if pages else []
    return "\n".join(parts).rstrip() + "\n"


def targets(root: Path) -> Iterator[tuple[Path, str]]:
    """The generated files and what belongs in them."""
    yield root / "docs" / "operators.md", operators_page()
    schema = json.dumps(json_schema(), ensure_ascii=False, indent=2, sort_keys=True)
    yield root / "rubrics" / "rubric.schema.json", schema + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Write or check; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m qa_pipeline.rules.reference", description=__doc__)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true", help="write the files")
    action.add_argument("--check", action="store_true", help="exit with 1 where a file is out of date")
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).resolve().parents[2], help="the repository"
    )
    options = parser.parse_args(arguments)
    stale = 0
    for path, content in targets(options.root):
        if path.is_file() and path.read_text(encoding="utf-8") == content:
            continue
        if options.write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            print(f"written: {path.relative_to(options.root)}")
        else:
            stale += 1
            print(f"out of date: {path.relative_to(options.root)}; run: make docs", file=sys.stderr)
    return 1 if stale else 0


def _about(model: type[BaseModel]) -> str:
    return inspect.cleandoc(model.__doc__ or "") + "\n"


def _page(name: str, kind: type[Operator]) -> str:
    parts = "".join(f"\nKeys of {what}:\n\n{_table(part)}" for what, part in _PARTS.get(name, ()))
    listed = f"\nThe meanings:\n\n{_meanings()}" if name == "means" else ""
    return f"### `{name}`\n\n{_about(kind)}\n{_table(kind)}{parts}{listed}"


def _meanings() -> str:
    rows = ["| `what` | 句意 | meaning |", "|---|---|---|"]
    for name in catalogue().names():
        key = f"form.meaning_{name}"
        rows.append(f"| `{name}` | {text(key, 'zh')} | {text(key, 'en')} |")
    return "\n".join(rows) + "\n"


def _table(model: type[BaseModel]) -> str:
    rows = ["| key | default | meaning |", "|---|---|---|"]
    for name, info in model.model_fields.items():
        if name == "op":
            continue
        default = "required" if info.is_required() else _shown(info.default)
        about = (info.description or "").replace("|", "\\|")
        rows.append(f"| `{info.alias or name}` | {default} | {about} |")
    return "\n".join(rows) + "\n"


def _shown(default: object) -> str:
    if default is None or default == () or default == {}:
        return "–"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def _allow_names(node: Any) -> None:
    """Where any check may stand, the name of a condition may too."""
    if isinstance(node, dict):
        options = node.get("oneOf")
        if isinstance(options, list) and {"$ref": "#/$defs/Ref"} in options:
            options.append({"type": "string", "description": "name of a condition"})
        for child in node.values():
            _allow_names(child)
    elif isinstance(node, list):
        for child in node:
            _allow_names(child)


def _let_excuses_reach(schema: dict[str, Any]) -> None:
    """``reach_s`` and ``side`` may stand beside ``unless`` or inside it."""
    definitions = schema["$defs"]
    properties = definitions["Criterion"]["properties"]
    reach = {key: properties[key] for key in ("reach_s", "side")}
    for option in [o for u in properties["unless"]["anyOf"] for o in u.get("oneOf", ())]:
        name = str(option.get("$ref", "")).rpartition("/")[2]
        if name:
            check = definitions[name]
            definitions[f"{name}Excuse"] = {**check, "properties": {**check["properties"], **reach}}
            option["$ref"] = f"#/$defs/{name}Excuse"


if __name__ == "__main__":
    sys.exit(main())
