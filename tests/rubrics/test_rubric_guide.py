"""What the guides for rubric writers show is true: their YAML parses and answers its own examples."""

import re

import pytest
import yaml

from qa_pipeline.resources import folder
from qa_pipeline.rules.examples import run_examples
from qa_pipeline.rules.parse import load_rubric, parse_rubric
from qa_pipeline.rules.rubric import Criterion, Rubric, WordList

RUBRICS = folder("rubrics")
GUIDES = ("README.zh-CN.md", "README.md")
BLOCKS = [
    (guide, number, block)
    for guide in GUIDES
    for number, block in enumerate(
        re.findall(r"```yaml\n(.*?)```", (RUBRICS / guide).read_text(encoding="utf-8"), re.S)
    )
]


def _documented() -> list[Rubric]:
    """The forms that the guide names as shipped, those its table has columns for."""
    return [load_rubric(path) for path in sorted(RUBRICS.glob("*.yaml")) if f"`{path.name}`" in _chinese()]


def _chinese() -> str:
    return (RUBRICS / "README.zh-CN.md").read_text(encoding="utf-8")


def _as_rubric(block: str) -> str:
    """A block with a criterion or a word list, put into the least rubric around it."""
    if block.startswith("rubric:"):
        return block
    if block.startswith("phrases:"):
        words = "\n".join("    " + line for line in block.splitlines())
        block = "- {id: c, title: c, points: 1, check: {op: must_not_say, list: mine}}\n"
        head = f"lists:\n  mine:\n{words}\n"
    else:
        head = ""
    criteria = "\n".join("      " + line for line in block.splitlines())
    return f"rubric: guide\nversion: 1\ntitle: t\n{head}sections:\n  - id: s\n    title: s\n    criteria:\n{criteria}\n"


@pytest.mark.parametrize(("guide", "number", "block"), BLOCKS, ids=[f"{g}-{n}" for g, n, _ in BLOCKS])
def test_every_yaml_block_of_the_guides_runs(guide: str, number: int, block: str) -> None:
    rubric = parse_rubric(_as_rubric(block), f"{guide}-{number}.yaml")
    results = run_examples(rubric)
    assert [r for r in results if not r.passed] == []
    assert results or "phrases:" in block[:10]


def test_the_walk_through_is_a_whole_rubric_and_shows_every_kind_of_example() -> None:
    whole = next(b for g, _, b in BLOCKS if g == "README.zh-CN.md" and b.startswith("rubric:"))
    rubric = parse_rubric(whole, "my_first.yaml")
    answers = {e.expected for _, c in rubric.criteria() for e in c.examples}
    assert answers == {"met", "not_met", "not_applicable"}
    assert rubric.bands and rubric.applies_when and rubric.conditions and rubric.variables


OPERATORS = [
    "must_say",
    "must_not_say",
    "says_any_of",
    "matches_regex",
    "in_order",
    "dead_air_under",
    "dead_air_over",
    "talk_over_under",
    "speaking_rate_between",
    "metadata",
    "human",
    "all_of",
    "any_of",
    "none_of",
    "at_least",
    "ref",
]
"""Those the shipped rubrics are written with; the generated manual has them all."""


def test_the_chinese_guide_names_every_key_the_operators_it_teaches_and_every_list() -> None:
    text = _chinese()
    assert "docs/operators.md" in text
    keys = {f.alias or n for n, f in Criterion.model_fields.items()} | set(Rubric.model_fields)
    missing = [k for k in (*keys, *OPERATORS) if f"`{k}`" not in text]
    missing += [name for rubric in _documented() for name in rubric.lists if f"`{name}`" not in text]
    assert missing == []
    assert WordList.model_fields.keys() == {"title", "phrases"}


def test_the_table_of_standards_is_honest() -> None:
    """Every standard has a row; a criterion is named in the row of its standard and ticked where it exists."""
    rows = {m[1]: m[0] for m in re.finditer(r"^\| (A\d+) \|.*$", _chinese(), re.M)}
    assert sorted(rows, key=lambda r: int(r[1:])) == [f"A{n}" for n in range(1, 20)]
    served: dict[str, set[str]] = {}
    for rubric in _documented():
        for _, criterion in rubric.criteria():
            if criterion.standard and criterion.standard.startswith("A"):
                served.setdefault(criterion.standard, set()).add(criterion.id)
    for standard, row in rows.items():
        named = set(re.findall(r"`([a-z_]+)`", row.split("|")[3]))
        if standard in served:
            assert served[standard] <= named, (standard, row)
        else:
            assert "暂无" in row, (standard, row)


def test_shipped_lists_are_plain_yaml_without_duplicates() -> None:
    for path in sorted((RUBRICS / "lists").glob("*.yaml")):
        phrases = yaml.safe_load(path.read_text(encoding="utf-8"))["phrases"]
        said = [p if isinstance(p, str) else p["say"] for p in phrases]
        assert len(said) == len(set(said)), path.name
        for p in phrases:
            innocents = [] if isinstance(p, str) else p.get("innocents", [])
            assert len(innocents) == len(set(innocents)), (path.name, p)
