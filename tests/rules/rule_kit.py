"""Small rubrics and made-up calls for the tests of rules and scoring."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from qa_pipeline.domain.call import Call
from qa_pipeline.domain.finding import Finding
from qa_pipeline.rules.evaluate import evaluate
from qa_pipeline.rules.examples import call_of
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Rubric


def rubric_of(*criteria: dict[str, Any], **more: Any) -> Rubric:
    """A rubric with one section; criteria get an id, a title and ten points where they lack them."""
    filled = [{"id": f"c{i}", "title": f"第{i}项", "points": 10, **c} for i, c in enumerate(criteria)]
    data = {"rubric": "kit", "version": 1, "title": "样例", "variables": {"company": "云帆物流"}}
    data |= {"sections": [{"id": "s", "title": "节", "criteria": filled}]} | more
    # JSON is YAML, and knows no aliases.
    return parse_rubric(json.dumps(data, ensure_ascii=False), "kit.yaml")


def findings(rubric: Rubric, call: Call) -> tuple[Finding, ...]:
    return evaluate(rubric, call, min_confidence=0.6, min_confidence_fatal=0.8)


def ask(lines: Sequence[str], *, sure: float = 1.0, heard: float = 1.0, **criterion: Any) -> Finding:
    """The finding of one criterion on a made-up call."""
    call = replace(call_of(lines, criterion.pop("call", None)), hearing_quality=heard)
    call = replace(call, roles=tuple(replace(a, confidence=sure) for a in call.roles))
    (finding,) = findings(rubric_of(criterion), call)
    return finding
