"""The JSON of a scorecard: complete, as its schema says, and readable from earlier versions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from rule_kit import rubric_of
from scorecard_json import assert_recomputed, told
from test_score import BANDS, CHECK, MET, NOT_MET, REVIEW, fill, form, interval

from qa_pipeline.domain.scorecard import CallResult, CallStatus, Scorecard
from qa_pipeline.pipeline.output import result_json
from qa_pipeline.storage.codec import dumps, loads


def test_the_interval_can_be_recomputed_from_the_json_of_a_section_that_fails() -> None:
    rubric = rubric_of(
        {
            "check": CHECK,
            "points": 10,
            "severity": "fatal",
            "auto_fail": {"scope": "section", "mode": "zero"},
        },
        {"check": CHECK, "points": 6},
        {"check": CHECK, "points": 4, "score": "bonus"},
        bands=BANDS,
    )
    card = fill(rubric, [NOT_MET, REVIEW, REVIEW])
    assert interval(card)[::2] == (0.0, 100.0)
    line = told(card)
    assert [f["pending_points_possible"] for f in line["findings"]] == [0.0, 6.0, 0.0]
    assert [f["points_if_met"] for f in line["findings"]] == [10.0, 6.0, 4.0]
    assert_recomputed(line)


def test_the_json_is_what_its_schema_says() -> None:
    path = Path(__file__).parents[2] / "docs" / "scorecard.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    check = jsonschema.Draft202012Validator(schema)
    rubric = form(10, 10, 10)
    card = fill(rubric, [MET, NOT_MET, REVIEW])
    scored = told(card)
    older = replace(
        card,
        findings=tuple(
            replace(f, points_if_met=None, pending_points_possible=None, auto_fail=None)
            for f in card.findings
        ),
    )
    failed = CallResult(
        call_id="c",
        source_name="c.wav",
        status=CallStatus.FAILED,
        code="audio.empty",
        params={"path": "c.wav"},
    )
    for line in (scored, told(older), result_json(failed, "zh")):
        check.validate(line)
    assert set(scored) == set(schema["$defs"]["scored"]["properties"])
    assert set(scored["findings"][0]) == set(schema["$defs"]["finding"]["properties"])
    with pytest.raises(jsonschema.ValidationError):
        check.validate({**scored, "score": 1})


def test_a_scorecard_of_an_earlier_version_is_still_read() -> None:
    card = fill(form(10, 10), [MET, REVIEW])
    stored = json.loads(dumps(card))
    for one in stored["findings"]:
        for name in ("points_if_met", "pending_points_possible", "auto_fail"):
            del one[name]
    earlier = loads(json.dumps(stored).encode(), Scorecard)
    assert interval(earlier) == interval(card)
    assert [f["points_if_met"] for f in told(earlier)["findings"]] == [None, None]
