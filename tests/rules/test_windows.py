"""Where a check looks, at word times."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rule_kit import ask, findings, rubric_of

from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.rules.examples import call_of

# Agent and customer alternate; one character is 250 ms, pauses are 400 ms.
TALK = [
    "客服：您好有什么可以帮您",
    "客户：我的包裹还没有到",
    "客服：请您稍等我查一下",
    "客户：好我等你",
    "客服：查到了明天送到您家",
    "客户：那谢谢了啊",
    "客服：祝您生活愉快再见",
]


def say(phrase: str, within: dict[str, object], lines: list[str] = TALK, **more: object) -> Finding:
    return ask(lines, check={"op": "must_say", "phrases": [phrase], "within": within}, **more)


@pytest.mark.parametrize(
    ("phrase", "within", "found"),
    [
        ("您好有什么可以帮您", {"first_turns": 1}, True),
        ("请您稍等", {"first_turns": 1}, False),
        ("请您稍等", {"first_turns": 2}, True),
        ("请您稍等", {"first_turns": 99}, True),
        ("祝您生活愉快", {"last_turns": 1}, True),
        ("查到了", {"last_turns": 1}, False),
        ("查到了", {"last_turns": 2}, True),
        ("您好", {"first_s": 1}, True),
        ("可以帮您", {"first_s": 1}, False),
        ("再见", {"last_s": 1}, True),
        ("祝您生活愉快", {"last_s": 1}, False),
        ("您好", {"to_pct": 20}, True),
        ("祝您生活愉快", {"to_pct": 50}, False),
        ("祝您生活愉快", {"from_pct": 80}, True),
        ("您好有什么", {"from_pct": 50}, False),
        ("请您稍等", {"first_turns": 2, "from_pct": 20}, True),
        ("您好有什么", {"first_turns": 2, "from_pct": 20}, False),
    ],
)
def test_fixed_windows(phrase: str, within: dict[str, object], found: bool) -> None:
    finding = say(phrase, within)
    assert (finding.outcome is Outcome.MET) is found
    if not found:
        assert finding.outcome is Outcome.NOT_MET
        assert finding.evidence[0].kind == "searched"


def complains(role: str = "customer", phrase: str = "投诉") -> dict[str, object]:
    return {"op": "must_say", "role": role, "phrases": [phrase]}


ANGRY = [
    "客服：您好请讲",
    "客户：我要投诉你们",
    "客服：您说是什么事情",
    "客户：包裹全都烂掉了",
    "客服：非常抱歉给您添麻烦",
    "客户：我一定要投诉你们",
    "客服：我帮您登记一下",
]


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({}, "met"),
        ({"turns": 1}, "not_met"),
        ({"turns": 2}, "met"),
        ({"seconds": 2}, "not_met"),
        ({"seconds": 10}, "met"),
        ({"turns": 2, "hit": "first"}, "met"),
        ({"hit": "last"}, "not_met"),
        ({"hit": 1}, "met"),
        ({"hit": 2}, "not_met"),
        ({"hit": 3}, "not_applicable"),
        ({"turns": 2, "hit": "any"}, "met"),
        ({"turns": 2, "hit": "every"}, "not_met"),
    ],
)
def test_after_a_condition(more: dict[str, object], outcome: str) -> None:
    assert say("非常抱歉", {"after": complains(), **more}, ANGRY).outcome == outcome


@pytest.mark.parametrize(
    ("more", "outcome"),
    [({}, "met"), ({"turns": 1}, "met"), ({"seconds": 0.5}, "not_met"), ({"hit": "first"}, "not_met")],
)
def test_before_a_condition(more: dict[str, object], outcome: str) -> None:
    assert say("非常抱歉", {"before": complains(), **more}, ANGRY).outcome == outcome


def test_around_a_condition() -> None:
    assert say("您好", {"around": complains(), "seconds": 3, "hit": "first"}, ANGRY).outcome is Outcome.MET
    assert (
        say("登记", {"around": complains(), "seconds": 3, "hit": "first"}, ANGRY).outcome is Outcome.NOT_MET
    )
    assert say("登记", {"around": complains(), "turns": 1, "hit": "last"}, ANGRY).outcome is Outcome.MET


def test_a_condition_that_never_occurs() -> None:
    finding = say("非常抱歉", {"after": complains()})
    assert finding.outcome is Outcome.NOT_APPLICABLE
    assert finding.explanation.key == "anchor_absent"


def test_an_uncertain_condition() -> None:
    finding = say("非常抱歉", {"after": {"op": "any_of", "of": [{"op": "human"}, complains()]}})
    assert finding.outcome is Outcome.NEEDS_REVIEW


def test_the_call_ends_with_the_condition() -> None:
    lines = ["客服：您好", "客户：我要投诉"]
    assert say("非常抱歉", {"after": complains()}, lines).outcome is not Outcome.NOT_MET


def test_the_agent_never_speaks_again() -> None:
    lines = ["客服：您好", "客户：我要投诉", "客户：喂喂喂你在听吗", "客户：算了不说了"]
    finding = say("非常抱歉", {"after": complains()}, lines)
    assert finding.outcome is Outcome.NEEDS_REVIEW
    assert finding.explanation.key == "role_silent_after"


def test_words_count_where_they_are_spoken_not_where_their_turn_begins() -> None:
    lines = ["客服：您好" + "这里是一段很长很长的开场白" * 4 + "请您稍等", "客户：好的谢谢"]
    assert say("请您稍等", {"first_s": 5}, lines).outcome is Outcome.NOT_MET
    assert say("请您稍等", {"last_s": 4}, lines).outcome is Outcome.MET


def test_ring_back_and_a_silent_tail_shift_no_window() -> None:
    lines = ["（静音30秒）", *TALK, "（静音40秒）"]
    assert say("您好", {"first_s": 2}, lines).outcome is Outcome.MET
    assert say("再见", {"last_s": 2}, lines).outcome is Outcome.MET


def test_back_channels_are_no_turns() -> None:
    lines = ["客服：您好", "客户：我要查一个件", "客服：嗯", "客户：单号是八六三二", "客服：请您稍等"]
    assert say("请您稍等", {"first_turns": 2}, lines).outcome is Outcome.MET


def test_turns_of_anybody_count_for_any_role() -> None:
    within = {"first_turns": 2}
    check = {"op": "must_say", "role": "any", "phrases": ["包裹"], "within": within}
    assert ask(TALK, check=check).outcome is Outcome.MET
    check["phrases"] = ["请您稍等"]
    assert ask(TALK, check=check).outcome is Outcome.NOT_MET


def test_slack_never_reaches_the_next_turn() -> None:
    finding = say("请您稍等", {"first_turns": 1})
    call = call_of(TALK)
    second = [t for t in call.turns if t.role.value == "agent"][1]
    assert finding.evidence[0].span.end_ms <= second.span.start_ms


def test_forbidden_words_in_a_window() -> None:
    check = {"op": "must_not_say", "phrases": ["查到了"], "within": {"first_turns": 2}}
    assert ask(TALK, check=check).outcome is Outcome.MET
    check["within"] = {"last_turns": 2}
    assert ask(TALK, check=check).outcome is Outcome.NOT_MET


def test_a_call_without_a_word() -> None:
    call = call_of([])
    rubric = rubric_of(
        {"check": {"op": "must_say", "phrases": ["您好"], "within": {"first_turns": 1}}},
        {"check": {"op": "must_not_say", "phrases": ["没办法"]}},
        {"check": {"op": "dead_air_under", "seconds": 5}},
        {"check": {"op": "speaking_rate_between", "role": "agent", "max": 300}},
    )
    assert Outcome.NOT_MET not in [f.outcome for f in findings(rubric, call)]
    empty = replace(call, recording=replace(call.recording, num_samples=0))
    assert Outcome.NOT_MET not in [f.outcome for f in findings(rubric, empty)]
