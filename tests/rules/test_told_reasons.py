"""The sentence under a lost point says what was asked for, so that nobody takes a part of it for the whole."""

from __future__ import annotations

import pytest
from rule_kit import ask

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.reports.explain import explain

LINES = ["客服：您好请讲", "客户：我要查件", "客服：什么单号啊"]
FIVE = ["非常抱歉", "对不起", "不好意思", "过意不去", "请您谅解"]


@pytest.mark.parametrize(
    "check",
    [
        {"op": "must_say", "phrases": FIVE},
        {"op": "says_any_of", "phrases": FIVE},
        {"op": "says_any_of", "phrases": FIVE, "min_hits": 2},
    ],
)
def test_the_first_few_of_many_phrases_are_told_as_such(check: dict[str, object]) -> None:
    finding = ask(LINES, check=check)
    assert finding.outcome is Outcome.NOT_MET
    assert "“非常抱歉、对不起、不好意思、过意不去等 5 种说法”" in explain(finding, "zh")
    assert "and others, 5 in all" in explain(finding, "en")
    assert finding.evidence[0].expected == "非常抱歉 / 对不起 / 不好意思 / 过意不去 / …"


def test_a_few_phrases_are_all_told() -> None:
    finding = ask(LINES, check={"op": "must_say", "phrases": FIVE[:4]})
    assert "“非常抱歉、对不起、不好意思、过意不去”" in explain(finding, "zh")
    assert finding.evidence[0].expected == "非常抱歉 / 对不起 / 不好意思 / 过意不去"


def test_columns_are_told_by_their_names_and_the_centre_s_own_as_they_are() -> None:
    call = {"ring_s": 23, "extra": {"满意度": "1"}}
    told = explain(ask(LINES, call=call, check={"op": "metadata", "field": "ring_s", "max": 15}), "zh")
    assert "“振铃秒数”是“23”" in told
    told = explain(ask(LINES, call=call, check={"op": "metadata", "field": "满意度", "min": 3}), "zh")
    assert "“满意度”" in told


def test_a_step_is_told_by_its_customary_wording_and_not_by_a_vague_sign_of_it() -> None:
    wait = {
        "op": "any_of",
        "of": [
            {"op": "human", "heard": {"op": "matches_regex", "label": "像是请客户等", "pattern": "等"}},
            {"op": "must_say", "phrases": ["请您稍等", "请稍候"]},
        ],
    }
    check = {"op": "in_order", "steps": [{"op": "must_say", "phrases": ["什么单号"]}, wait]}
    finding = ask(LINES, check=check)
    assert finding.outcome is Outcome.NOT_MET
    assert "第 2 步“请您稍等、请稍候”未出现" in explain(finding, "zh")
    assert finding.evidence[-1].expected == "请您稍等 / 请稍候"


def test_the_windows_shown_are_of_what_could_have_been_said_and_not_of_a_vague_sign() -> None:
    sign = {"op": "human", "heard": {"op": "matches_regex", "label": "像是在致歉", "pattern": "抱歉"}}
    said = {"op": "must_say", "phrases": ["非常抱歉", "对不起"]}
    finding = ask(LINES, check={"op": "any_of", "of": [sign, said]})
    assert [e.expected for e in finding.evidence] == ["非常抱歉 / 对不起"]
    (alone,) = ask(LINES, check=sign).evidence
    assert alone.expected == "像是在致歉"


def test_a_forbidden_phrase_heard_as_it_is_written_is_told_once() -> None:
    check = {"op": "must_not_say", "phrases": ["什么单号"]}
    assert explain(ask(LINES, check=check), "zh").count("什么单号") == 1
    misheard = ask(
        ["客服：刚才不是跟你说过了马"], check={"op": "must_not_say", "phrases": ["刚才不是跟你说过了吗"]}
    )
    assert "即“刚才不是跟你说过了吗”" in explain(misheard, "zh")
