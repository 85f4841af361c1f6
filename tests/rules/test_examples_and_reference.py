"""Made-up calls are calls; the generated manual and schema are what the operators say."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from rule_kit import rubric_of

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.rules import reference
from qa_pipeline.rules.example_lines import parse_line
from qa_pipeline.rules.examples import call_of, run_examples
from qa_pipeline.rules.registry import OPERATORS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("客服：您好", (Role.AGENT, "您好", 0, False)),
        ("客户: 你好", (Role.CUSTOMER, "你好", 0, False)),
        ("agent: hello", (Role.AGENT, "hello", 0, False)),
        ("Customer：hi", (Role.CUSTOMER, "hi", 0, False)),
        ("客服：【抢话】您先听我说", (Role.AGENT, "您先听我说", 0, True)),
        ("（静音8秒）", (None, "", 8000, False)),
        ("(静音 2.5 秒)", (None, "", 2500, False)),
        ("(silence 3s)", (None, "", 3000, False)),
        ("您好", None),
        ("客服：", None),
        ("客服：……", None),
        ("（静音）", None),
        ("经理：您好", None),
    ],
)
def test_lines(line: str, expected: tuple[object, ...] | None) -> None:
    parsed = parse_line(line)
    assert (None if parsed is None else parsed[:4]) == expected


def test_a_made_up_call() -> None:
    call = call_of(
        [
            "客服：您好，请讲。",
            "客户：我要查件",
            "（静音8秒）",
            "客服：查到了您的件今天就到您放心",
            "客户：【抢话】你快点说",
        ],
        {"agent_id": "0031", "ring_s": 5, "branch": "7"},
    )
    assert call.info.agent_id == "0031"
    assert call.info.ring_s == 5.0
    assert call.info.extra == {"branch": "7"}
    assert [t.role for t in call.turns] == [Role.AGENT, Role.CUSTOMER, Role.AGENT, Role.CUSTOMER]
    assert "".join(u.text for u in call.utterances_of(Role.AGENT)) == "您好，请讲。查到了您的件今天就到您放心"
    (silence,) = call.dead_air
    assert silence.span.duration_ms == 8000
    assert silence.after_role is Role.CUSTOMER
    (talk_over,) = call.talk_overs
    assert talk_over.interrupter is Role.CUSTOMER
    assert call.recording.duration_ms >= max(t.span.end_ms for t in call.turns)
    for utterance in call.transcript.utterances:
        assert [w.span.start_ms for w in utterance.words] == sorted(w.span.start_ms for w in utterance.words)


def test_examples_that_come_out_otherwise() -> None:
    rubric = rubric_of(
        {
            "check": {"op": "must_say", "phrases": ["请您稍等"]},
            "examples": [
                {"met": ["客服：请您稍等"]},
                {"met": ["客服：查到了", "客户：好"]},
                {"not_met": ["客服：好", "客户：好"]},
            ],
        }
    )
    results = run_examples(rubric)
    assert [r.passed for r in results] == [True, False, True]
    assert results[1].actual is Outcome.NOT_MET
    assert results[1].index == 1
    assert results[1].line == 1


def test_the_generated_files_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert reference.main(["--check"]) == 0, capsys.readouterr().err


def test_check_and_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reference.main(["--check", "--root", str(tmp_path)]) == 1
    assert "make docs" in capsys.readouterr().err
    assert reference.main(["--write", "--root", str(tmp_path)]) == 0
    assert reference.main(["--check", "--root", str(tmp_path)]) == 0
    (tmp_path / "docs" / "operators.md").write_text("stale", encoding="utf-8")
    assert reference.main(["--check", "--root", str(tmp_path)]) == 1


@pytest.mark.parametrize("path", sorted((ROOT / "rubrics").glob("*.yaml")), ids=lambda p: p.stem)
def test_shipped_rubrics_fit_the_schema(path: Path) -> None:
    data = json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))
    jsonschema.Draft202012Validator(reference.json_schema()).validate(data)


@pytest.mark.parametrize(
    "fault",
    [
        {"check": {"op": "must_sya", "phrases": ["好"]}},
        {"check": {"op": "must_say", "phrases": [1]}},
        {"check": {"op": "must_say", "phrases": ["好"], "rol": "agent"}},
        {"check": {"op": "human"}, "points": -1},
    ],
)
def test_the_schema_finds_faults(fault: dict[str, object]) -> None:
    criterion = {"id": "c", "title": "t", "points": 1, **fault}
    data = {
        "rubric": "r",
        "version": 1,
        "title": "t",
        "sections": [{"id": "s", "title": "s", "criteria": [criterion]}],
    }
    jsonschema.Draft202012Validator.check_schema(reference.json_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(reference.json_schema()).validate(data)


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_every_manual_page_has_purpose_pass_and_fail(name: str) -> None:
    page = OPERATORS[name].__doc__ or ""
    assert "```yaml" in page
    assert "PASS:" in page
    assert "FAIL:" in page
    for field, info in OPERATORS[name].model_fields.items():
        assert field == "op" or info.description, f"{name}.{field} says nothing"
    assert f"### `{name}`" in reference.operators_page()
