"""What the operators about numbers and names refuse, find once a call, and never break on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_kit import ask, findings, rubric_of

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.errors import CollectedErrors
from qa_pipeline.reports.explain import explain
from qa_pipeline.rules.examples import call_of


@pytest.mark.parametrize(
    ("check", "code"),
    [
        ({"op": "mentions", "entity": "custom"}, "rubric.missing_key"),
        ({"op": "mentions", "entity": "phone", "pattern": "1.*"}, "rubric.unknown_key"),
        ({"op": "mentions", "entity": "custom", "pattern": "(a+)+"}, "rubric.runaway_regex"),
        ({"op": "mentions", "entity": "fone"}, "rubric.not_one_of_near"),
        ({"op": "reads_back", "entity": "phone", "min_share": 2}, "rubric.out_of_range"),
        ({"op": "reads_back", "entity": "phone", "role": "any"}, "rubric.not_one_of"),
        ({"op": "discloses", "entity": ["phone", "fone"]}, "rubric.not_one_of_near"),
        ({"op": "verifies_before", "entity": "phone"}, "rubric.needs_one_of"),
        (
            {"op": "verifies_before", "phrases": ["核对"], "entity": "phone", "before": "x"},
            "rubric.exclusive",
        ),
        ({"op": "verifies_before", "phrases": ["核对"], "before": {"op": "human"}}, "rubric.no_place"),
        ({"op": "verifies_before", "phrases": ["核对"], "before": "nowhere"}, "rubric.unknown_condition"),
    ],
)
def test_what_is_refused(check: dict[str, Any], code: str) -> None:
    with pytest.raises(CollectedErrors) as caught:
        rubric_of({"check": check}, conditions={"x": {"op": "says_any_of", "phrases": ["您的包裹"]}})
    assert code in [e.code for e in caught.value.errors]
    assert all(e.location is not None for e in caught.value.errors)


def test_a_window_does_not_cut_a_number_in_two() -> None:
    lines = ["客户：你好", "客服：您说", "客户：电话一三八零零一三八零零零", "客服：好的"]
    within = {"from_pct": 0, "to_pct": 80}
    finding = ask(lines, check={"op": "mentions", "entity": "phone", "role": "customer", "within": within})
    assert finding.outcome is Outcome.MET
    assert finding.evidence[0].quote == "一三八零零一三八零零零"


def test_both_quotes_prove_a_wrong_read_back() -> None:
    lines = ["客户：电话一三八零零一三八零零零", "客服：一三八零零一三八五四零", "客户：什么时候到"]
    finding = ask(lines, check={"op": "reads_back", "entity": "phone"})
    assert finding.outcome is Outcome.NOT_MET
    assert [e.quote for e in finding.evidence] == ["一三八零零一三八零零零", "一三八零零一三八五四零"]
    assert [e.role.value for e in finding.evidence if e.role] == ["customer", "agent"]
    assert "电话号码" in explain(finding, "zh")
    assert "telephone number" in explain(finding, "en")


def test_an_excuse_holds_for_a_disclosure() -> None:
    finding = ask(
        ["客户：我是本人", "客服：预留手机号是一三八零零一三八零零零"],
        check={"op": "verifies_before", "phrases": ["核对一下您的身份"], "entity": "phone"},
        unless={"op": "says_any_of", "role": "customer", "phrases": ["我是本人"]},
    )
    assert finding.outcome is Outcome.MET


def test_who_spoke_must_be_sure() -> None:
    lines = ["客户：电话一三八零零一三八零零零", "客服：好的记下了"]
    assert ask(lines, sure=0.4, check={"op": "reads_back", "entity": "phone"}).outcome is Outcome.NEEDS_REVIEW


ALPHABET = (
    "零一二两三四五六七八九十百千万幺洞0123456789sfx叉点块毛元分号月日年周天小时先生姓王张叫是电话手机单号身份证"
    "卡尾地址省市区路栋室嗯对不期的"
)
CHECKS: list[dict[str, Any]] = [
    *({"op": "mentions", "entity": e, "role": "any"} for e in ("phone", "order_number", "time", "address")),
    {"op": "mentions", "entity": "custom", "pattern": r"\d{3}", "count": 2},
    *(
        {"op": "reads_back", "entity": e}
        for e in ("phone", "order_number", "amount", "date", "time", "person", "address")
    ),
    {"op": "reads_back", "entity": "custom", "pattern": r"[a-z]\d+", "role": "customer"},
    {"op": "discloses", "role": "any", "entity": ["phone", "person", "address", "amount"]},
    {"op": "verifies_before", "phrases": ["核对身份"], "entity": ["order_number", "phone", "address"]},
]
RUBRIC = rubric_of(*({"check": check} for check in CHECKS))


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(["客服", "客户"]), st.text(ALPHABET, min_size=1, max_size=30)), max_size=8
    )
)
def test_no_dialogue_breaks_them(lines: list[tuple[str, str]]) -> None:
    for finding in findings(RUBRIC, call_of([f"{who}：{text}" for who, text in lines])):
        assert 0 <= finding.confidence <= 1
        assert explain(finding, "zh")
        assert explain(finding, "en")
