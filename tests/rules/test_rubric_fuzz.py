"""No rubric text, however broken, gives a traceback: it parses, or its faults are told."""

from __future__ import annotations

from pathlib import Path

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa_pipeline.errors import CollectedErrors
from qa_pipeline.i18n import error_text
from qa_pipeline.rules.examples import run_examples
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.registry import OPERATORS

SHIPPED = (Path(__file__).parents[2] / "rubrics" / "inbound_enquiry.yaml").read_text(encoding="utf-8")
LINES = SHIPPED.splitlines()
KEYS = sorted(
    {
        "op",
        "ref",
        "rubric",
        "version",
        "title",
        "sections",
        "criteria",
        "id",
        "points",
        "check",
        "when",
        "unless",
    }
    | {
        "within",
        "after",
        "hit",
        "bands",
        "lists",
        "conditions",
        "score",
        "auto_fail",
        "examples",
        "met",
        "in",
    }
    | {name for kind in OPERATORS.values() for name in kind.model_fields}
)
SCALARS = (
    st.sampled_from(
        [*OPERATORS, "agent", "any", "您好", "{company}", "(a|", "2026-01-01", "(a+)+", "every", "", "'"]
    )
    | st.integers(-(10**12), 10**12)
    | st.floats()
    | st.booleans()
    | st.none()
    | st.text(max_size=8)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=30,
)


def survives(content: str) -> None:
    try:
        rubric = parse_rubric(content, "fuzz.yaml")
    except CollectedErrors as error:
        assert error.errors
        for each in error.errors:
            assert each.location is not None
            assert error_text(each, "zh")
            assert error_text(each, "en")
    else:
        assert rubric.digest
        if len(content) < 3000:
            run_examples(rubric)


@given(st.text(max_size=200))
@example("{{")
@example("a: {b: c, d}")
@example("<<: {a: b}")
@example("=: 1")
@example("a: 12:30:45")
def test_any_text(content: str) -> None:
    survives(content)


@given(st.dictionaries(st.sampled_from(KEYS), TREES, max_size=8))
@settings(max_examples=200)
def test_any_tree(tree: dict[str, object]) -> None:
    survives(yaml.safe_dump(tree, allow_unicode=True))


@given(TREES, st.sampled_from(["check", "when", "unless", "within", "score", "examples", "auto_fail"]))
@settings(max_examples=200)
def test_any_criterion(tree: object, key: str) -> None:
    criterion = {"id": "c", "title": "t", "points": 1, "check": {"op": "must_say", "phrases": ["好"]}}
    if key == "within":
        criterion["check"] = {"op": "must_say", "phrases": ["好"], "within": tree}
    else:
        criterion[key] = tree
    survives(
        yaml.safe_dump(
            {
                "rubric": "r",
                "version": 1,
                "title": "t",
                "sections": [{"id": "s", "title": "s", "criteria": [criterion]}],
            },
            allow_unicode=True,
        )
    )


@given(st.integers(0, len(SHIPPED) - 1), st.integers(0, 40), st.text(max_size=6))
@settings(max_examples=60)
def test_the_shipped_rubric_with_a_bite_taken(start: int, length: int, put: str) -> None:
    survives(SHIPPED[:start] + put + SHIPPED[start + length :])


@given(st.lists(st.integers(0, len(LINES) - 1), min_size=1, max_size=3, unique=True))
@settings(max_examples=40)
def test_the_shipped_rubric_with_lines_lost(lost: list[int]) -> None:
    survives("\n".join(line for i, line in enumerate(LINES) if i not in lost))


def test_shipped_examples_pass() -> None:
    for path in sorted((Path(__file__).parents[2] / "rubrics").glob("*.yaml")):
        rubric = parse_rubric(path.read_text(encoding="utf-8"), str(path))
        wrong = [(r.criterion_id, r.line, r.actual) for r in run_examples(rubric) if not r.passed]
        assert wrong == []
