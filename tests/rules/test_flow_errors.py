"""What is wrong with a flow is told at its place, all at once."""

from __future__ import annotations

import pytest
from rule_kit import ask, rubric_of

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.errors import CollectedErrors
from qa_pipeline.i18n import error_text
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.scoring.points import earned

GOOD = """\
rubric: flow
version: 1
title: 流程
sections:
  - id: s
    title: 节
    criteria:
      - id: it
        title: 流程
        points: 10
        check:
          op: follows_flow
          steps:
            - step: 问候
              phrases: [您好]
            - step: 询问
              phrases: [请问您满意吗]
              answers:
                - {answer: 满意, phrases: [满意], then: 致谢}
                - {answer: 其他, then: 致歉}
            - step: 致歉
              phrases: [非常抱歉]
            - step: 致谢
              phrases: [感谢您]
"""


def told(content: str) -> list[tuple[str, int | None, int | None]]:
    with pytest.raises(CollectedErrors) as caught:
        parse_rubric(content, "flow.yaml")
    assert all(error_text(e, lang) for e in caught.value.errors for lang in ("zh", "en"))
    return [
        (e.code, *((e.location.line, e.location.column) if e.location else (None, None)))
        for e in caught.value.errors
    ]


def test_the_pattern_is_good() -> None:
    assert parse_rubric(GOOD, "flow.yaml").digest


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("then: 致谢}", "then: 谢谢你}", [("rubric.flow_unknown_step", 19, 53)]),
        ("then: 致歉}", "then: 致歉的}", [("rubric.flow_unknown_step_near", 20, 38)]),
        ("then: 致歉}", "then: 致谢}", [("rubric.flow_unreachable", 21, 21)]),
        ("then: 致歉}", "then: 问候}", [("rubric.flow_circle", 14, 15), ("rubric.flow_unreachable", 21, 21)]),
        ("step: 致谢\n", "step: 致歉\n", [("rubric.flow_unknown_step", 19, 53), ("rubric.duplicate_id", 23, 21)]),
        ("step: 问候\n", "step: end\n", [("rubric.flow_reserved", 14, 21)]),
        ("phrases: [满意], ", "", [("rubric.flow_two_otherwise", 20, 19)]),
        ("answer: 其他", "answer: 满意", [("rubric.duplicate_id", 20, 28)]),
        ("phrases: [非常抱歉]", "prases: [非常抱歉]", [("rubric.unknown_key_near", 22, 15)]),
        ("phrases: [非常抱歉]", "optional: true", [("rubric.needs_one_of", 21, 15)]),
        ("phrases: [非常抱歉]", "script: 非常{compny}抱歉", [("rubric.unknown_slot", 22, 25)]),
        ("phrases: [非常抱歉]", "check: {op: human}", [("rubric.no_place", 22, 22)]),
        ("phrases: [非常抱歉]", "check: sorry", [("rubric.unknown_condition", 22, 22)]),
        ("phrases: [非常抱歉]", "phrases: [非常抱歉]\n              optional: true\n              points: 2", [("rubric.exclusive", 21, 15)]),  # noqa: E501
        ("phrases: [您好]", "phrases: [您好]\n              within_turns: 2", [("rubric.only_with", 14, 15)]),
        ("{answer: 其他,", "{anser: 其他,", [("rubric.missing_key", 20, 19), ("rubric.unknown_key_near", 20, 20)]),
    ],
)  # fmt: skip
def test_errors_point_at_their_place(old: str, new: str, expected: list[tuple[str, int, int]]) -> None:
    assert GOOD.count(old) == 1, old
    assert told(GOOD.replace(old, new)) == expected


def test_a_flow_of_optional_steps_is_refused() -> None:
    flow = {"op": "follows_flow", "steps": [{"step": "a", "phrases": ["您好"], "optional": True}]}
    with pytest.raises(CollectedErrors) as caught:
        rubric_of({"check": flow})
    assert [e.code for e in caught.value.errors] == ["rubric.flow_nothing_due"]


def test_points_are_the_share_of_the_steps_that_were_due() -> None:
    steps = [
        {"step": "问候", "phrases": ["您好"], "points": 1},
        {"step": "核对", "phrases": ["请问您的订单号"], "points": 3},
        {"step": "记录", "phrases": ["我记录一下"], "optional": True},
        {"step": "祝愿", "phrases": ["祝您生活愉快"], "points": 1},
    ]
    criterion = {"check": {"op": "follows_flow", "steps": steps}, "score": "proportional"}
    lines = ["客服：您好请讲", "客户：我要查件", "客服：祝您生活愉快"]
    finding = ask(lines, **criterion)
    assert (finding.outcome, finding.share) == (Outcome.NOT_MET, 0.4)
    rubric = rubric_of(criterion)
    (_, scored), *_ = rubric.criteria()
    assert earned(scored, finding) == pytest.approx(4.0)


def test_passing_over_a_question_opens_no_easier_branch() -> None:
    """The question was asked and answered, only before the greeting: its answer still decides what is due."""
    content = GOOD
    lines = ["客服：请问您满意吗", "客户：太慢了", "客服：您好感谢您"]
    rubric = parse_rubric(content, "flow.yaml")
    (_, criterion), *_ = rubric.criteria()
    finding = ask(lines, check=criterion.check.model_dump(exclude_unset=True))
    assert finding.outcome is Outcome.NOT_MET
    assert "✗致歉" in str(finding.explanation.params["path"])
