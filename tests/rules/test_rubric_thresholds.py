"""Every number of a form is found, changed and written in its place, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.rules.difference import differences
from qa_pipeline.rules.parse import load_rubric, parse_rubric
from qa_pipeline.rules.rubric import Criterion, Rubric
from qa_pipeline.rules.rubric_edit import Edit, edited, number_edit, source_text, unified, version_edit
from qa_pipeline.rules.thresholds import (
    Threshold,
    Variant,
    shared_conditions,
    thresholds,
    variant,
    variants,
)
from qa_pipeline.rules.yaml_tree import read_documents

RUBRICS = [
    Path(__file__).parents[2] / "rubrics" / f"{name}.yaml"
    for name in ("inbound_complaint", "telephone_sales")
]
FORM = """\
rubric: small
version: 7   # 七
title: 小
conditions:
  long: {op: dead_air_over, role: any, seconds: 4}
  mine:
    op: says_any_of
    role: customer
    phrases: [投诉]
sections:
  - id: s
    title: 节
    criteria:
      - id: braces
        title: 一
        points: 1.5
        score: {per_hit: 1, cap: 2}
        when: long
        check: {op: talk_over_under, role: agent, seconds: 1.5}   # 不动
        examples:
          - met: ["客服：您好", "（静音8秒）"]
      - id: block
        title: 二
        points: 5
        when: {ref: long}
        check:
          op: any_of
          of:
            - op: must_say
              phrases: [谢谢您]
              within: {first_turns: 2, hit: 2, after: mine}
            - {op: human, heard: {op: must_say, phrases: [谢谢], min_similarity: 0.6}}
        unless: {op: must_say, phrases: [抱歉], reach_s: 10}
      - id: anew
        title: 三
        points: 5
        check: {op: must_not_say, phrases: [不知道]}
        unless:
          op: must_say
          phrases: [我帮您查]
"""


def form() -> Rubric:
    return parse_rubric(FORM.replace("hit: 2, ", ""), "small.yaml")


def criterion(rubric: Rubric, criterion_id: str) -> Criterion:
    return next(c for _, c in rubric.criteria() if c.id == criterion_id)


def known(criterion_id: str) -> dict[str, float | None]:
    rubric = form()
    return {t.where(): t.current for t in thresholds(criterion(rubric, criterion_id), rubric)}


def test_numbers_that_are_limits_are_found() -> None:
    assert known("braces") == {"check.seconds": 1.5, "check.times": 1, "check.min_chars": 3}
    assert known("block") == {
        "check.of[0].min_similarity": None,
        "check.of[0].count": 1,
        "check.of[0].within.first_turns": 2,
        "unless.min_similarity": None,
        "unless.count": 1,
        "reach_s": 10,
        "conditions.mine.min_similarity": None,
        "conditions.mine.min_hits": 1,
        "conditions.mine.min_distinct": 1,
    }
    assert known("anew")["reach_s"] == 15


def test_numbers_of_conditions_that_others_rest_on_are_named() -> None:
    rubric = form()
    assert shared_conditions(criterion(rubric, "block"), rubric) == {"long"}
    assert shared_conditions(criterion(rubric, "anew"), rubric) == frozenset()


@pytest.mark.parametrize(
    ("threshold", "some", "none"),
    [
        (Threshold(path=("seconds",), current=8, whole=False, share=False), (7, 9, 4, 16), (8, 0, 30)),
        (Threshold(path=("times",), current=1, whole=True, share=False), (2, 3), (1, 1.5, -1)),
        (
            Threshold(path=("min_coverage",), current=0.75, whole=False, share=True),
            (0.7, 0.8, 1),
            (0.45, 1.05),
        ),
        (Threshold(path=("min_similarity",), current=None, whole=False, share=True), (0.6, 0.95), (0.5, 1)),
        (Threshold(path=("min_db",), current=-6, whole=False, share=False), (-7, -5, 0), (-6, 2)),
    ],
)
def test_values_worth_trying_are_round_and_near(
    threshold: Threshold, some: tuple[float, ...], none: tuple[float, ...]
) -> None:
    values = threshold.candidates()
    assert set(some) <= set(values) and not set(none) & set(values)
    assert len(values) == len(set(values)) <= 15


def test_a_variant_differs_in_one_number_and_shares_the_rest() -> None:
    rubric = form()
    own = criterion(rubric, "block")
    turns = next(t for t in thresholds(own, rubric) if t.key == "first_turns")
    made = variant(own, rubric, turns, 3)
    assert made is not None
    assert made.criterion.unless is own.unless and made.criterion.check.of[1] is own.check.of[1]  # type: ignore[attr-defined]
    assert made.criterion.check.of[0].within.first_turns == 3  # type: ignore[attr-defined]
    assert own.check.of[0].within.first_turns == 2  # type: ignore[attr-defined]
    assert variant(own, rubric, turns, 0) is None


@pytest.mark.parametrize(
    ("criterion_id", "key", "value", "was", "now"),
    [
        ("braces", "seconds", 2, "seconds: 1.5}   # 不动", "seconds: 2}   # 不动"),
        ("braces", "times", 2, "check: {op: talk", "check: {times: 2, op: talk"),
        (
            "block",
            "count",
            2,
            "            - op: must_say\n",
            "            - count: 2\n              op: must_say\n",
        ),
        ("block", "reach_s", 20, "reach_s: 10", "reach_s: 20"),
        (
            "anew",
            "reach_s",
            20,
            "        unless:\n          op",
            "        reach_s: 20\n        unless:\n          op",
        ),
    ],
)
def test_the_text_changes_in_one_place(criterion_id: str, key: str, value: float, was: str, now: str) -> None:
    rubric = form()
    own = criterion(rubric, criterion_id)
    threshold = next(t for t in thresholds(own, rubric) if t.key == key)
    new = edited(rubric.content, [number_edit(rubric.content, criterion_id, threshold.path, value)])
    assert new == rubric.content.replace(was, now, 1)


def test_a_line_that_is_not_as_it_was_is_refused() -> None:
    edit = version_edit(FORM, 8)
    assert "version: 8   # 七" in edited(FORM, [edit])
    with pytest.raises(AssertionError, match="line 2"):
        edited(FORM.replace("version: 7", "version: 9"), [edit])


def test_windows_line_ends_stay() -> None:
    text = FORM.replace("\n", "\r\n").replace("hit: 2, ", "")
    new = edited(text, [number_edit(text, "braces", ("check", "seconds"), 2)])
    assert new == text.replace("seconds: 1.5}", "seconds: 2}")
    assert "-        check: {op: talk_over_under, role: agent, seconds: 1.5}   # 不动" in unified(
        text, new, "f"
    )


def leaves(value: object, path: tuple[object, ...] = ()) -> dict[tuple[object, ...], object]:
    """Every value of a tree by its path."""
    if isinstance(value, dict):
        return {k: v for key, child in value.items() for k, v in leaves(child, (*path, key)).items()}
    if isinstance(value, tuple):
        return {k: v for i, child in enumerate(value) for k, v in leaves(child, (*path, i)).items()}
    return {path: value}


@pytest.mark.parametrize("path", RUBRICS, ids=lambda p: p.stem)
def test_every_threshold_of_a_shipped_form_can_be_rewritten(path: Path) -> None:
    """One leaf of the file differs, and it is the one; what is read then is what was tried."""
    rubric = load_rubric(path)
    text = source_text(rubric)
    before = leaves(read_documents(text, "")[0].plain()).items()
    first: dict[str, tuple[Variant, Edit]] = {}
    for _, own in rubric.criteria():
        for made in {v.threshold.path: v for v in variants(own, rubric)}.values():
            edit = number_edit(text, own.id, made.threshold.path, made.value)
            after = leaves(read_documents(edited(text, [edit]), "")[0].plain()).items()
            ((place, number),) = after - before
            assert place[-1] == made.threshold.key and number == made.value
            assert len(before - after) == (edit.old != "")
            first.setdefault(own.id, (made, edit))
    assert len(first) > 10
    read = parse_rubric(edited(text, [edit for _, edit in first.values()]), str(path))
    for criterion_id, (made, _) in first.items():
        assert criterion(read, criterion_id).model_dump() == made.criterion.model_dump()
        assert {n: read.conditions[n] for n in made.conditions} == made.conditions
    assert set(differences(rubric, read).changed) == set(first)
