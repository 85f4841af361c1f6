"""What becomes of a check's answer: applicability, excuses, confidence, and findings that can be traced."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_kit import ask, findings, rubric_of

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.reports.explain import explain
from qa_pipeline.rules.evaluate import evaluate
from qa_pipeline.rules.examples import call_of

APOLOGY = {"op": "must_say", "phrases": ["非常抱歉"]}
UPSET = {"op": "says_any_of", "role": "customer", "phrases": ["投诉"]}
ANGRY = ["客服：您好请讲", "客户：我要投诉你们", "客服：什么事情啊"]
CALM = ["客服：您好请讲", "客户：我要查件", "客服：什么单号啊"]


def test_when_it_does_not_apply() -> None:
    finding = ask(CALM, when=UPSET, check=APOLOGY)
    assert finding.outcome is Outcome.NOT_APPLICABLE
    assert finding.explanation.key == "when_not_met"


def test_when_it_applies_the_reason_is_part_of_the_proof() -> None:
    finding = ask(ANGRY, when=UPSET, check=APOLOGY)
    assert finding.outcome is Outcome.NOT_MET
    assert [e.kind for e in finding.evidence] == ["searched", "quoted"]
    assert finding.evidence[1].quote == "投诉"


def test_when_uncertain_needs_review() -> None:
    finding = ask(ANGRY, when={"op": "human"}, check=APOLOGY)
    assert finding.outcome is Outcome.NEEDS_REVIEW
    assert finding.explanation.key == "when_uncertain"


def test_a_deduction_is_no_surer_than_its_reason() -> None:
    finding = ask(ANGRY, sure=0.5, when=UPSET, check=APOLOGY)
    assert finding.outcome is Outcome.NEEDS_REVIEW


def test_done_although_perhaps_not_due_is_met() -> None:
    """Earning the points is never worse for the agent than having none to earn."""
    kept = ["客户：我要投诉，你们太差劲了", "客服：非常抱歉给您带来不便", "客户：好"]
    finding = ask(kept, when={"op": "human"}, check=APOLOGY)
    assert finding.outcome is Outcome.MET
    assert finding.explanation.key == "said"


def test_any_of_tells_all_that_was_looked_for() -> None:
    check = {
        "op": "any_of",
        "of": [{"op": "must_say", "phrases": ["您的单号"]}, {"op": "must_say", "phrases": ["您的电话"]}],
    }
    finding = ask(["客服：好的呀没问题", "客户：好"], check=check)
    assert finding.explanation.key == "none_of_these"
    assert finding.explanation.params["what"] == ("您的单号", "您的电话")


def test_an_uncertain_excuse_needs_review() -> None:
    finding = ask(
        ["客户：到哪了", "（静音12秒）", "客服：在路上"],
        check={"op": "dead_air_under", "seconds": 8},
        unless={"op": "human"},
    )
    assert finding.outcome is Outcome.NEEDS_REVIEW
    assert finding.explanation.key == "excuse_uncertain"


@pytest.mark.parametrize(
    ("side", "reach_s", "outcome"),
    [("before", 15, "not_met"), ("after", 15, "met"), ("either", 15, "met"), ("after", 1, "not_met")],
)
def test_sides_and_reach_of_an_excuse(side: str, reach_s: float, outcome: str) -> None:
    lines = ["客服：这个没办法", "（静音3秒）", "客服：我帮您联系一下"]
    finding = ask(
        lines,
        check={"op": "must_not_say", "phrases": ["没办法"]},
        unless={"op": "must_say", "phrases": ["我帮您联系"]},
        side=side,
        reach_s=reach_s,
    )
    assert finding.outcome == outcome


def test_an_excuse_inside_a_combination() -> None:
    check = {
        "op": "all_of",
        "of": [{"op": "must_not_say", "phrases": ["没办法"]}, {"op": "dead_air_under", "seconds": 8}],
    }
    unless = {"op": "must_say", "phrases": ["我帮您联系"]}
    lines = ["客服：这个没办法我帮您联系一下", "客户：好的"]
    assert ask(lines, check=check, unless=unless, side="after").outcome is Outcome.MET
    assert ask(["客服：这个没办法", "客户：好的"], check=check, unless=unless).outcome is Outcome.NOT_MET


def test_tolerated_places_are_counted_after_excuses() -> None:
    lines = [
        "客服：请您稍等",
        "（静音6秒）",
        "客户：喂",
        "（静音6秒）",
        "客服：在路上",
        "（静音20秒）",
        "客服：请您稍等",
    ]
    criterion = {"check": {"op": "dead_air_under", "seconds": 5, "times": 3}}
    assert ask(lines, **criterion).outcome is Outcome.NOT_MET
    excused = {**criterion, "unless": {"op": "must_say", "phrases": ["请您稍等"]}, "reach_s": 3}
    assert ask(lines, **excused).outcome is Outcome.MET


def test_fatal_criteria_ask_for_more() -> None:
    lines = ["客服：查到了", "客户：好"]
    check = {"op": "must_say", "phrases": ["核对一下您的身份"]}
    assert ask(lines, heard=0.7, check=check).outcome is Outcome.NOT_MET
    assert ask(lines, heard=0.7, check=check, severity="fatal").outcome is Outcome.NEEDS_REVIEW


def test_met_stays_met_however_poorly_heard() -> None:
    lines = ["客服：非常抱歉", "客户：好"]
    assert ask(lines, heard=0.3, sure=0.3, check=APOLOGY).outcome is Outcome.MET


def test_speech_that_was_not_recognised_in_the_window_is_no_absence() -> None:
    call = call_of(["客服：查到了", "客户：好", "客服：马上给您送过去您放心吧"])
    (first, *_, last) = call.transcript.utterances
    lost = replace(call.transcript, utterances=tuple(u for u in call.transcript.utterances if u is not last))
    rubric = rubric_of({"check": APOLOGY})
    assert findings(rubric, call)[0].outcome is Outcome.NOT_MET
    assert findings(rubric, replace(call, transcript=lost))[0].outcome is Outcome.NEEDS_REVIEW
    assert first.text == "查到了"


def test_a_voice_that_nobody_could_name_may_have_said_it() -> None:
    call = call_of(["客服：查到了", "客户：好", "客户：马上给您送过去您放心吧"])
    unknown = tuple(
        replace(a, role=Role.UNKNOWN, confidence=0.0) if a.role is Role.CUSTOMER else a for a in call.roles
    )
    rubric = rubric_of({"check": APOLOGY})
    assert findings(rubric, replace(call, roles=unknown))[0].outcome is Outcome.NEEDS_REVIEW


def test_nobody_known_as_the_agent() -> None:
    call = call_of(ANGRY)
    unknown = tuple(replace(a, role=Role.UNKNOWN) if a.role is Role.AGENT else a for a in call.roles)
    rubric = rubric_of(
        {"check": APOLOGY},
        {"check": {"op": "must_not_say", "phrases": ["没办法"]}},
        {"check": {"op": "matches_regex", "pattern": "抱歉"}},
        {"check": {"op": "speaking_rate_between", "role": "agent", "max": 300}},
    )
    for finding in findings(rubric, replace(call, roles=unknown)):
        assert finding.outcome is Outcome.NEEDS_REVIEW
        assert finding.explanation.key == "role_unknown"


def test_a_slow_regular_expression_needs_review(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_pipeline.rules.patterns.TIMEOUT_S", 1e-9)
    finding = ask(["客服：" + "啊" * 2000], check={"op": "matches_regex", "pattern": "啊.*哦"})
    assert finding.outcome is Outcome.NEEDS_REVIEW
    assert finding.explanation.key == "regex_too_slow"


def test_findings_come_in_the_rubrics_order_and_name_the_operator_behind_a_name() -> None:
    rubric = rubric_of(
        {"id": "b", "check": "sorry"}, {"id": "a", "check": APOLOGY}, conditions={"sorry": APOLOGY}
    )
    found = findings(rubric, call_of(ANGRY))
    assert [f.criterion_id for f in found] == ["b", "a"]
    assert [f.operator for f in found] == ["must_say", "must_say"]


PHRASES = st.sampled_from(
    ["请您稍等", "没办法", "非常抱歉", "我要投诉你们", "查到了", "好的", "您好", "再见"]
)
LINES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["客服", "客户"]), PHRASES).map("：".join),
        st.integers(1, 20).map(lambda n: f"（静音{n}秒）"),
    ),
    max_size=12,
)
LEAVES = st.one_of(
    st.builds(
        lambda p, r: {"op": "must_say", "phrases": [p], "role": r}, PHRASES, st.sampled_from(["agent", "any"])
    ),
    st.builds(lambda p: {"op": "must_not_say", "phrases": [p]}, PHRASES),
    st.builds(
        lambda p, n: {"op": "must_say", "phrases": [p], "within": {"first_turns": n}},
        PHRASES,
        st.integers(1, 3),
    ),
    st.builds(
        lambda s, t: {"op": "dead_air_under", "seconds": s, "times": t}, st.integers(2, 9), st.integers(1, 2)
    ),
    st.just({"op": "human"}),
    st.just({"op": "metadata", "field": "ring_s", "max": 9}),
)
CHECKS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda op, of: {"op": op, "of": of},
        st.sampled_from(["all_of", "any_of", "none_of"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=5,
)


@given(LINES, CHECKS, st.floats(0, 1), st.floats(0, 1))
def test_every_deduction_is_traceable_sure_enough_and_told(
    lines: list[str], check: dict[str, object], heard: float, sure: float
) -> None:
    call = replace(call_of(lines, {"ring_s": 12.0}), hearing_quality=heard)
    call = replace(call, roles=tuple(replace(a, confidence=sure) for a in call.roles))
    rubric = rubric_of({"check": check}, {"check": check, "unless": LEAVES_EXCUSE, "side": "either"})
    found = evaluate(rubric, call, min_confidence=0.6, min_confidence_fatal=0.8)
    assert found == evaluate(rubric, call, min_confidence=0.6, min_confidence_fatal=0.8)
    for finding in found:
        assert 0 <= finding.confidence <= 1
        assert explain(finding, "zh")
        assert explain(finding, "en")
        if finding.outcome is Outcome.NOT_MET:
            assert finding.evidence
            assert finding.confidence >= 0.6
    if found[0].outcome is not Outcome.NOT_MET:
        assert found[1].outcome is not Outcome.NOT_MET, "an excuse never costs points"


LEAVES_EXCUSE = {"op": "must_say", "phrases": ["非常抱歉"]}


@given(LINES, CHECKS, CHECKS)
@settings(max_examples=50)
def test_de_morgan(lines: list[str], one: dict[str, object], two: dict[str, object]) -> None:
    """None of them is met exactly when it is not so that any is; what is doubtful stays doubtful or is no deduction."""
    call = call_of(lines, {"ring_s": 12.0})
    any_of, none_of = findings(
        rubric_of(
            {"check": {"op": "any_of", "of": [one, two]}}, {"check": {"op": "none_of", "of": [one, two]}}
        ),
        call,
    )
    opposite = {
        Outcome.MET: {Outcome.NOT_MET, Outcome.NEEDS_REVIEW},
        Outcome.NOT_MET: {Outcome.MET},
        Outcome.NEEDS_REVIEW: {Outcome.NEEDS_REVIEW, Outcome.MET},
        Outcome.NOT_APPLICABLE: {Outcome.NOT_APPLICABLE},
    }
    assert none_of.outcome in opposite[any_of.outcome]
