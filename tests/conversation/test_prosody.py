"""Pitch of a party from its channel's track, and against the same person's usual pitch."""

from dataclasses import replace

import pytest
from builders import facts, span, transcript, utterance

from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.conversation.prosody import (
    MIN_BASELINE_CALLS,
    pitch_by_role,
    pitch_of,
    prosody,
    semitones,
    usual_pitch,
    with_baseline,
)
from qa_pipeline.domain.call import Call, CallInfo, Role


def test_pitch_belongs_to_whoever_speaks_alone() -> None:
    track = [200] * 10
    found = pitch_of(track, [span(0.2, 0.8)], [span(0.6, 2)])
    assert found == (0, 0, 200, 200, 200, 200, 0, 0, 0, 0)


def test_two_parties_share_one_channel_s_track() -> None:
    track = [220] * 5 + [110] * 5
    activity = {Role.AGENT: (span(0, 0.5),), Role.CUSTOMER: (span(0.5, 1),)}
    found = pitch_by_role({Role.AGENT: track, Role.CUSTOMER: track}, activity)
    assert {hz for hz in found[Role.AGENT] if hz} == {220}
    assert {hz for hz in found[Role.CUSTOMER] if hz} == {110}


def test_median_and_range_pass_over_octave_errors() -> None:
    track = [*range(180, 221), 0, 0, 90, 450]
    found = prosody(track)
    assert found is not None
    assert found.f0_median_hz == 200
    assert found.f0_range_semitones == pytest.approx(semitones(218, 182), abs=0.1)


def test_a_few_vowels_are_no_voice() -> None:
    assert prosody([200] * 29) is None
    assert prosody([200] * 30) is not None
    assert prosody([]) is None


def test_usual_pitch_is_named_by_exactly_the_calls_it_was_made_of() -> None:
    medians = {f"c{i}": 200.0 + i for i in range(MIN_BASELINE_CALLS)}
    usual = usual_pitch(medians)
    assert usual is not None
    assert usual.median_hz == 204.5
    assert usual == usual_pitch(dict(reversed(medians.items())))
    other = usual_pitch({**medians, "c0": 200.1})
    assert other is not None
    assert other.snapshot != usual.snapshot
    assert usual_pitch(dict(list(medians.items())[1:])) is None


def test_a_voice_that_never_changed_still_has_a_spread() -> None:
    usual = usual_pitch({f"c{i}": 210.0 for i in range(12)})
    assert usual is not None
    assert usual.spread_semitones == 0.5


def voiced_call() -> Call:
    said = (
        utterance(0, 0, 5, "您好很高兴为您服务请讲"),
        utterance(1, 5.5, 10.5, "我想查一下我的快递到哪里了"),
    )
    heard = replace(facts(said), pitch_hz=((220,) * 600, (120,) * 600))
    info = CallInfo(call_id="c", channel_roles={0: Role.AGENT, 1: Role.CUSTOMER})
    return assemble(info, heard, transcript(*said), default_agent_channel=0)


def test_a_call_knows_each_party_s_voice() -> None:
    call = voiced_call()
    assert call.prosody[Role.AGENT].f0_median_hz == 220
    assert call.prosody[Role.CUSTOMER].f0_median_hz == 120
    assert call.pitch_hz[Role.AGENT][:2] == (220, 220)
    assert not any(call.pitch_hz[Role.AGENT][51:])


def test_the_usual_pitch_stands_beside_the_measured_one() -> None:
    call = voiced_call()
    usual = usual_pitch({f"c{i}": 210.0 + i for i in range(12)})
    assert with_baseline(call, Role.AGENT, usual).prosody[Role.AGENT].baseline == usual
    assert with_baseline(call, Role.AGENT, usual).prosody[Role.CUSTOMER].baseline is None
    assert with_baseline(call, Role.AGENT, None) is call
    assert with_baseline(replace(call, prosody={}), Role.AGENT, usual).prosody == {}
