"""Every operator against its case file: cases that anybody can write, one YAML entry each."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from qa_pipeline.domain.call import Call, PitchBaseline, Prosody, Role
from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.reports.explain import explain
from qa_pipeline.rules.evaluate import evaluate
from qa_pipeline.rules.examples import call_of
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.registry import OPERATORS

FOLDER = Path(__file__).parent / "cases"
CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}")
    for path in sorted(FOLDER.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
CRITERION_KEYS = ("check", "when", "unless", "reach_s", "side", "severity")


def rubric_text(case: dict[str, Any]) -> str:
    criterion = {"id": "it", "title": "这一项", "points": 10}
    criterion |= {key: case[key] for key in CRITERION_KEYS if key in case}
    rubric = {
        "rubric": "cases",
        "version": 1,
        "title": "样例",
        "variables": {"company": "云帆物流"},
        "conditions": case.get("conditions", {}),
        "sections": [{"id": "s", "title": "节", "criteria": [criterion]}],
    }
    # JSON is YAML without aliases: the case files may use them, rubrics may not.
    return json.dumps(rubric, ensure_ascii=False)


def as_heard(call: Call, heard: dict[str, Any]) -> Call:
    """The same call, heard worse."""
    call = replace(call, hearing_quality=heard.get("hearing_quality", 1.0))
    sure = heard.get("role_confidence", 1.0)
    call = replace(call, roles=tuple(replace(a, confidence=sure) for a in call.roles))
    utterances = tuple(
        replace(
            u,
            asr_quality=replace(u.asr_quality, flags=tuple(heard.get("flags", ()))),
            words=tuple(replace(w, confidence=heard.get("word_confidence", w.confidence)) for w in u.words),
        )
        for u in call.transcript.utterances
    )
    if "talk_over_chars" in heard:
        overs = tuple(replace(t, num_chars=heard["talk_over_chars"]) for t in call.talk_overs)
        call = replace(call, talk_overs=overs)
    loudness = {Role(role): tuple(figures) for role, figures in heard.get("loudness_db", {}).items()}
    call = replace(call, loudness_db=loudness, prosody=prosody_of(heard.get("prosody", {})))
    return replace(call, transcript=replace(call.transcript, utterances=utterances))


def prosody_of(heard: dict[str, Any]) -> dict[Role, Prosody]:
    return {
        Role(role): Prosody(
            f0_median_hz=figures.get("median_hz", 200.0),
            f0_range_semitones=figures.get("range", 8.0),
            baseline=PitchBaseline(snapshot="0123456789abcdef", **figures["baseline"])
            if "baseline" in figures
            else None,
        )
        for role, figures in heard.items()
    }


def judge(case: dict[str, Any]) -> Finding:
    rubric = parse_rubric(rubric_text(case), "cases.yaml")
    call = as_heard(call_of(case["lines"], case.get("call")), case.get("heard", {}))
    (finding,) = evaluate(rubric, call, min_confidence=0.6, min_confidence_fatal=0.8)
    return finding


@pytest.mark.parametrize(("operator", "case"), CASES)
def test_case(operator: str, case: dict[str, Any]) -> None:
    finding = judge(case)
    assert finding.outcome is Outcome(case["outcome"]), explain(finding, "zh")
    if "message" in case:
        assert finding.explanation.key == case["message"]
    for name, value in case.get("params", {}).items():
        told = finding.explanation.params[name]
        assert (list(told) if isinstance(told, tuple) else told) == value
    if "searched_s" in case:
        spans = [e.span for e in finding.evidence if e.kind == "searched"]
        assert spans, "nothing tells what was searched"
        assert [spans[0].start_ms / 1000, spans[0].end_ms / 1000] == pytest.approx(
            case["searched_s"], abs=0.3
        )
    if "quote" in case:
        assert case["quote"] in [e.quote for e in finding.evidence]
    if "at_s" in case:
        assert finding.evidence[0].span.start_ms / 1000 == pytest.approx(case["at_s"], abs=0.5)
    assert explain(finding, "zh")
    assert explain(finding, "en")


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_every_operator_has_its_cases(operator: str) -> None:
    cases = yaml.safe_load((FOLDER / f"{operator}.yaml").read_text(encoding="utf-8"))
    outcomes = {case["outcome"] for case in cases}
    if operator not in ("human", "means"):  # neither is ever met by itself
        assert {"met", "not_met"} <= outcomes
