"""The table of measures: every figure against a call whose figures are known."""

from dataclasses import replace

import pytest
from builders import facts, transcript, utterance

from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.conversation.measures import (
    CALL_UNITS,
    ROLE_UNITS,
    UTTERANCE_UNITS,
    measures,
    utterance_measures,
)
from qa_pipeline.domain.call import Call, CallInfo, PitchBaseline, Role, RoleAssignment
from qa_pipeline.domain.transcript import Utterance

SAID = (
    utterance(0, 0, 6, "您好很高兴为您服务请问有什么可以帮您"),  # 18 characters in 6 s
    utterance(1, 7, 13, "呃我想查一下你们昨天那个，那个快递到哪里了"),
    utterance(0, 12, 18, "您稍等金额是额多少你说"),  # begins one second before the customer has ended
    utterance(1, 22, 28, "好的麻烦你了我再等一等吧谢谢"),
)


def call(*said: Utterance, agent: int = 0) -> Call:
    heard = facts(said)
    loud = [-20.0] * 60
    loud[12:18] = [-10.0] * 6
    heard = replace(
        heard,
        loudness_db=(tuple(loud), (-30.0,) * 60),
        pitch_hz=((200,) * 600, (100,) * 600),
    )
    info = CallInfo(call_id="c", channel_roles={agent: Role.AGENT, 1 - agent: Role.CUSTOMER})
    return assemble(info, heard, transcript(*said), default_agent_channel=agent)


def test_every_figure_is_the_one_that_was_planted() -> None:
    found = measures(call(*SAID))
    agent = {name: value for (role, name), value in found.items() if role is Role.AGENT}
    assert agent == {
        "talk_s": 12.0,
        "talk_share_pct": 50.0,
        "turns": 2,
        "speaking_rate": pytest.approx(145.0),
        "response_latency_median_s": 0.0,
        "response_latency_max_s": 0.0,
        "talk_over_count": 1,
        "talk_over_s": 1.0,
        "monologue_max_s": 6.0,
        "loudness_db": 10.0,
        "loudness_jump_db": 10.0,
        "pitch_hz": 200.0,
        "pitch_range_st": 0.0,
        "hesitations_per_min": 5.0,
        "honorific_nin": 4,
        "honorific_ni": 1,
    }
    customer = {name: value for (role, name), value in found.items() if role is Role.CUSTOMER}
    assert customer["response_latency_median_s"] == 2.5  # one second, then four
    assert customer["response_latency_max_s"] == 4.0
    assert customer["hesitations_per_min"] == 10.0
    assert customer["honorific_ni"] == 1  # 你们 is the company
    assert customer["talk_over_count"] == 0
    assert customer["loudness_db"] == -5.0
    whole = {name: value for (role, name), value in found.items() if role is None}
    assert whole == {
        "duration_s": 60.0,
        "dead_air_count": 2,
        "dead_air_s": 5.0,
        "dead_air_max_s": 4.0,
        "overlap_s": 1.0,
        "talk_listen_ratio": 1.0,
        "hearing_quality_pct": 100.0,
    }


def test_every_name_has_a_unit() -> None:
    usual = PitchBaseline(median_hz=190, spread_semitones=1, snapshot="s" * 64)
    made = call(*SAID)
    voice = replace(made.prosody[Role.AGENT], baseline=usual)
    made = replace(made, prosody={**made.prosody, Role.AGENT: voice})
    found = measures(made)
    assert found[Role.AGENT, "pitch_off_baseline_st"] == 0.89
    assert {name for role, name in found if role is Role.AGENT} == set(ROLE_UNITS)
    assert {name for role, name in found if role is None} == set(CALL_UNITS)
    assert {name for values in utterance_measures(made).values() for name in values} == set(UTTERANCE_UNITS)


def test_unsure_roles_have_no_figures_of_their_own() -> None:
    made = call(*SAID)
    roles = tuple(
        RoleAssignment(channel=a.channel, role=a.role, confidence=0.4, basis=a.basis) for a in made.roles
    )
    assert {role for role, _ in measures(replace(made, roles=roles))} == {None}


def test_what_is_too_short_has_no_figure() -> None:
    found = measures(call(utterance(0, 0, 1, "您好"), utterance(1, 2, 3, "你好")))
    names = {name for role, name in found if role is Role.AGENT}
    assert "speaking_rate" not in names
    assert "hesitations_per_min" not in names
    assert "loudness_db" not in names
    assert "pitch_hz" not in names
    assert (None, "talk_listen_ratio") not in found


def test_an_answer_is_no_hesitation_and_an_amount_neither() -> None:
    said = (
        utterance(1, 0, 4, "您这个金额和额度都对吗那个单子"),
        utterance(0, 4.5, 5.2, "嗯嗯"),
        utterance(0, 8, 12, "余额是三百元您看一下好吗"),
    )
    found = measures(call(*said))
    assert found[Role.AGENT, "hesitations_per_min"] == 0
    assert found[Role.CUSTOMER, "hesitations_per_min"] == 0


def test_each_utterance_has_its_figures() -> None:
    made = call(*SAID)
    found = utterance_measures(made)
    first, third = SAID[0].utterance_id, SAID[2].utterance_id
    assert found[first] == {"speaking_rate": 180.0, "loudness_db": -5.0, "pitch_hz": 200.0}
    assert found[third]["loudness_db"] == 5.0
