"""What rubrics may ask of measures and densities, what they may not, and what a finding rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_kit import ask, findings, rubric_of

from qa_pipeline.domain.call import Call, PitchBaseline, Prosody, Role
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.time import Span
from qa_pipeline.errors import CollectedErrors
from qa_pipeline.reports.explain import explain
from qa_pipeline.rules.examples import call_of
from qa_pipeline.rules.parse import parse_rubric

TALK = [
    "客服：您好请问有什么可以帮您",
    "客户：我要查一个件",
    "客服：请您稍等",
    "客户：好的没问题",
    "客服：查到了感谢您的来电再见",
]
TRIGGER = {"op": "says_any_of", "role": "customer", "phrases": ["投诉"]}
MEASURES: list[dict[str, Any]] = [
    {"op": "response_latency_under", "seconds": 0.1},
    {"op": "monologue_under", "seconds": 0.5},
    {"op": "talk_ratio_between", "max": 0.1},
    {"op": "duration_between", "min_s": 600},
    {"op": "turns_between", "min": 50},
    {"op": "speaks_first", "role": "customer"},
    {"op": "speaks_last", "role": "customer"},
    {"op": "hang_up_gap_under", "seconds": 0.01},
    {"op": "loudness_between", "max_db": -50, "seconds": 1},
    {"op": "loudness_jump_under", "db": 0.5},
    {"op": "pitch_range_at_least", "semitones": 50},
    {"op": "pitch_within_baseline", "spreads": 0.1},
    {"op": "near", "first": ["退款"], "second": ["工作日"], "max_s": 1},
    {"op": "repeats"},
    {"op": "courtesy_at_least", "times": 50},
    {"op": "hedging_under", "times": 1, "phrases": ["查到了"]},
    {"op": "honorific_ratio", "min": 0.9, "min_words": 1, "deduct": True},
    {"op": "responds_with", "trigger": {**TRIGGER, "phrases": ["查"]}, "phrases": ["非常抱歉"]},
]


def codes(check: dict[str, Any], **more: Any) -> set[str]:
    with pytest.raises(CollectedErrors) as caught:
        rubric_of({"check": check}, **more)
    return {error.code for error in caught.value.errors}


@pytest.mark.parametrize(
    ("check", "code"),
    [
        ({"op": "talk_ratio_between"}, "rubric.needs_one_of"),
        ({"op": "talk_ratio_between", "min": 0.7, "max": 0.3}, "rubric.from_to"),
        ({"op": "talk_ratio_between", "max": 70}, "rubric.out_of_range"),
        ({"op": "talk_ratio_between", "role": "any", "max": 0.7}, "rubric.not_one_of"),
        ({"op": "duration_between", "min_s": 9, "within": {"first_turns": 1}}, "rubric.unknown_key"),
        ({"op": "turns_between", "max": 2.5}, "rubric.not_a_number"),
        ({"op": "loudness_between", "min_db": 3, "max_db": -3}, "rubric.from_to"),
        ({"op": "near", "first": ["退款"], "second": ["天"]}, "rubric.needs_one_of"),
        ({"op": "near", "first": ["退款"], "second": ["天"], "max_s": 1, "max_turns": 1}, "rubric.exclusive"),
        ({"op": "near", "first": [], "second": ["天"], "max_s": 1}, "rubric.empty"),
        ({"op": "near", "first": ["{company}"], "second": ["天"], "max_s": 1}, "rubric.template_in_phrase"),
        ({"op": "near", "first": [{"sya": "退款"}], "second": ["天"], "max_s": 1}, "rubric.unknown_key_near"),
        ({"op": "courtesy_at_least"}, "rubric.needs_one_of"),
        ({"op": "courtesy_at_least", "times": 1, "per_100_chars": 1}, "rubric.exclusive"),
        ({"op": "courtesy_at_least", "times": 1, "list": "nosuch"}, "rubric.list_not_found"),
        ({"op": "courtesy_at_least", "times": 1, "phrases": []}, "rubric.needs_one_of"),
        ({"op": "responds_with", "phrases": ["抱歉"]}, "rubric.missing_key"),
        ({"op": "responds_with", "trigger": TRIGGER}, "rubric.needs_one_of"),
        ({"op": "responds_with", "trigger": TRIGGER, "phrases": ["抱歉"], "check": TRIGGER}, "rubric.exclusive"),
        ({"op": "responds_with", "trigger": TRIGGER, "check": TRIGGER, "match": "exact"}, "rubric.only_with"),
        ({"op": "responds_with", "trigger": "nobody", "phrases": ["抱歉"]}, "rubric.unknown_condition"),
        ({"op": "responds_with", "trigger": {"op": "human"}, "phrases": ["抱歉"]}, "rubric.no_place"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_refused(check: dict[str, Any], code: str) -> None:
    assert code in codes(check)


def test_a_trigger_can_go_in_a_circle() -> None:
    circle = {"a": {"op": "responds_with", "trigger": "a", "phrases": ["抱歉"]}}
    assert "rubric.circle" in codes({"ref": "a"}, conditions=circle)


def test_a_word_list_that_is_not_named_belongs_to_the_rubric_too() -> None:
    rubric = rubric_of({"check": {"op": "hedging_under", "times": 2}})
    assert "hedges" in rubric.lists
    assert parse_rubric(rubric.content, "again.yaml").digest == rubric.digest
    own = {"hedges": {"phrases": ["说不准"]}}
    other = rubric_of({"check": {"op": "hedging_under", "times": 2}}, lists=own)
    (_, mine), (_, shipped) = next(other.criteria()), next(rubric.criteria())
    assert mine.digest != shipped.digest
    named = rubric_of({"check": {"op": "hedging_under", "times": 2, "phrases": ["说不准"]}})
    assert not named.lists


def full(call: Call) -> Call:
    """The call with everything measured that can be."""
    seconds = call.recording.duration_ms // 1000 + 1
    usual = PitchBaseline(median_hz=180.0, spread_semitones=1.0, snapshot="f" * 64)
    voice = Prosody(f0_median_hz=240.0, f0_range_semitones=5.0, baseline=usual)
    levels = tuple(-25.0 + 4.0 * (n // 3 % 2) for n in range(seconds))
    roles = (Role.AGENT, Role.CUSTOMER)
    return replace(call, loudness_db=dict.fromkeys(roles, levels), prosody=dict.fromkeys(roles, voice))


@pytest.mark.parametrize("check", MEASURES, ids=lambda c: c["op"])
def test_a_deduction_shows_where(check: dict[str, Any]) -> None:
    (finding,) = findings(rubric_of({"check": check}), full(call_of(TALK)))
    assert finding.outcome is (Outcome.MET if check["op"] == "honorific_ratio" else Outcome.NOT_MET)
    length = call_of(TALK).recording.duration_ms
    assert finding.evidence
    assert all(0 <= e.span.start_ms < e.span.end_ms <= length for e in finding.evidence)
    assert explain(finding, "zh")
    assert explain(finding, "en")


OF_NOBODY = ("duration_between", "hang_up_gap_under", "turns_between")


@pytest.mark.parametrize(
    "check", [c for c in MEASURES if c["op"] not in OF_NOBODY], ids=lambda c: str(c["op"])
)
def test_nobody_loses_points_where_nobody_knows_who_spoke(check: dict[str, Any]) -> None:
    call = full(call_of(TALK))
    unsure = replace(call, roles=tuple(replace(a, confidence=0.4) for a in call.roles))
    (finding,) = findings(rubric_of({"check": check}), unsure)
    assert finding.outcome is not Outcome.NOT_MET
    nobody = replace(call, roles=tuple(replace(a, role=Role.UNKNOWN) for a in call.roles))
    (finding,) = findings(rubric_of({"check": check}), nobody)
    assert finding.outcome is not Outcome.NOT_MET


SPEAKERS = st.sampled_from(["客服：", "客户：", "客服：【抢话】", "客户：【抢话】"])
WORDS = st.text("您你好请问查件退款三个工作日说不准", min_size=1, max_size=30)
SPOKEN = st.tuples(SPEAKERS, WORDS).map("".join)
LINES = st.lists(
    SPOKEN | st.sampled_from(["（静音3秒）", "（静音20秒）", "客户：嗯", "客服：好的"]), max_size=12
)


@given(LINES)
def test_no_made_up_call_breaks_them(lines: list[str]) -> None:
    rubric = rubric_of(*({"check": check} for check in MEASURES))
    first = findings(rubric, full(call_of(lines)))
    assert first == findings(rubric, full(call_of(lines)))
    for finding in first:
        assert explain(finding, "zh")
        assert finding.outcome is not Outcome.NOT_MET or finding.evidence


def test_unrecognised_speech_of_the_other_splits_a_monologue_in_doubt() -> None:
    line = "客服：您的件今天下午到转运中心明天早上派送到您家请您留意电话"
    call = call_of([line, "客户：好的谢谢"])
    rubric = rubric_of({"check": {"op": "monologue_under", "role": "agent", "seconds": 4}})
    (finding,) = findings(rubric, call)
    assert finding.outcome is Outcome.NOT_MET
    heard = (Span(start_ms=2000, end_ms=3500), *call.activity[Role.CUSTOMER])
    (finding,) = findings(rubric, replace(call, activity={**call.activity, Role.CUSTOMER: heard}))
    assert finding.outcome is Outcome.NEEDS_REVIEW


def test_an_unrecognised_greeting_may_have_come_first() -> None:
    call = call_of(["（静音3秒）", "客户：喂有人吗", "客服：您好"])
    rubric = rubric_of({"check": {"op": "speaks_first", "role": "agent"}})
    assert findings(rubric, call)[0].outcome is Outcome.NOT_MET
    greeting = (Span(start_ms=500, end_ms=1500), *call.activity[Role.AGENT])
    unheard = replace(call, activity={**call.activity, Role.AGENT: greeting})
    assert findings(rubric, unheard)[0].outcome is Outcome.NEEDS_REVIEW


def test_an_answer_that_was_not_recognised_is_an_answer() -> None:
    call = call_of(["客户：我的件到哪了", "（静音6秒）", "客服：在路上"])
    rubric = rubric_of({"check": {"op": "response_latency_under", "seconds": 3}})
    assert findings(rubric, call)[0].outcome is Outcome.NOT_MET
    start = call.turns[0].span.end_ms + 1000
    answer = (Span(start_ms=start, end_ms=start + 800), *call.activity[Role.AGENT])
    answered = replace(call, activity={**call.activity, Role.AGENT: answer})
    assert findings(rubric, answered)[0].outcome is Outcome.MET


def test_advice_never_costs_points_however_low_the_bar() -> None:
    check = {"op": "honorific_ratio", "min": 0.9, "min_words": 1}
    finding = ask(["客服：你哪位你说你讲你好", "客户：王"], check=check)
    assert finding.outcome is Outcome.NEEDS_REVIEW
    assert finding.explanation.key == "honorific_advice"
