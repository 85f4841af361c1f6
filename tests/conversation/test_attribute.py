"""Whose words are they, and who is the agent, where several people share a channel."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import facts, span, transcript, utterance
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.conversation.attribute import attribute
from qa_pipeline.conversation.measures import measures
from qa_pipeline.conversation.roles import agent_odds, assign_stereo, assign_voices
from qa_pipeline.domain.call import Call, CallInfo, Role
from qa_pipeline.domain.diarization import Diarization, VoiceSpan
from qa_pipeline.domain.transcript import Utterance

AGENT, CUSTOMER, UNKNOWN = Role.AGENT, Role.CUSTOMER, Role.UNKNOWN
GREETING = "您好这里是云帆物流客户服务中心工号三一零七很高兴为您服务请问有什么可以帮您"
COMPLAINT = "我的快递三天了还没有到你们怎么回事我要投诉"
CLOSING = "感谢您的来电祝您生活愉快再见"


def voices(*told: tuple[str, float, float] | tuple[str, float, float, float]) -> Diarization:
    return Diarization(
        recording_id="r" * 64,
        voices=tuple(
            VoiceSpan(speaker=t[0], span=span(t[1], t[2]), confidence=t[3] if len(t) == 4 else 0.95)
            for t in told
        ),
        provenance={"diarizer": "fake"},
    )


def said(diarization: Diarization, *utterances: Utterance) -> list[tuple[str | None, str]]:
    return [(u.speaker, u.text) for u in attribute(transcript(*utterances), diarization).utterances]


def mono(diarization: Diarization, *utterances: Utterance, notes: tuple[str, ...] = ()) -> Call:
    measured = replace(
        facts(tuple(utterances), channels=1),
        activity=(tuple(v.span for v in diarization.voices),),
        notes=notes,
    )
    return assemble(
        CallInfo(call_id="c1"),
        measured,
        transcript(*utterances),
        default_agent_channel=0,
        diarization=diarization,
    )


def two_party_call(**options: tuple[str, ...]) -> Call:
    return mono(
        voices(("s1", 0, 8), ("s2", 8.5, 14), ("s1", 20, 24)),
        utterance(0, 0, 8, GREETING),
        utterance(0, 8.5, 14, COMPLAINT),
        utterance(0, 20, 24, CLOSING),
        **options,
    )


def test_an_utterance_is_split_where_the_voice_changes() -> None:
    found = said(voices(("s1", 0, 2), ("s2", 2, 4)), utterance(0, 0, 4, "请问单号多少三一零七"))
    assert found == [("s1", "请问单号多"), ("s2", "少三一零七")]


def test_a_change_moves_to_the_full_stop_beside_it() -> None:
    spoken = utterance(0, 0, 4, "请问单号多少三一零七")
    words = tuple(replace(w, text="少？") if w.text == "少" else w for w in spoken.words)
    glued = replace(spoken, words=words)
    assert said(voices(("s1", 0, 1.9), ("s2", 1.9, 4)), glued) == [
        ("s1", "请问单号多少？"),
        ("s2", "三一零七"),
    ]


def test_a_word_between_two_voices_goes_to_the_one_it_shares_most_time_with() -> None:
    found = said(
        voices(("s1", 0, 1), ("s2", 1.2, 3)), utterance(0, 0.0, 0.9, "您好"), utterance(0, 0.95, 2, "喂")
    )
    assert found == [("s1", "您好"), ("s2", "喂")]


def test_a_short_flicker_within_speech_is_not_another_voice() -> None:
    flicker = voices(("s1", 0, 2), ("s2", 2, 2.2), ("s1", 2.2, 4))
    assert said(flicker, utterance(0, 0, 4, "您的包裹已经到了")) == [("s1", "您的包裹已经到了")]


def test_overlapping_voices_keep_the_words_together() -> None:
    both = voices(("s1", 0, 4), ("s2", 3, 4.2))
    assert said(both, utterance(0, 0, 4, "您的包裹已经到了")) == [("s1", "您的包裹已经到了")]


def test_words_whose_voice_is_unsure_are_nobodys() -> None:
    found = said(
        voices(("s1", 0, 2), ("s2", 5, 7, 0.52)), utterance(0, 0, 2, "您好"), utterance(0, 5, 7, "没办法")
    )
    assert found == [("s1", "您好"), (None, "没办法")]


def test_an_undivided_utterance_keeps_its_id_and_parts_can_be_traced() -> None:
    one, two = utterance(0, 0, 2, "您好您好"), utterance(0, 3, 7, "多少钱三十块钱")
    found = attribute(transcript(one, two), voices(("s1", 0, 2), ("s1", 3, 5), ("s2", 5, 7)))
    ids = [u.utterance_id for u in found.utterances]
    assert ids == [one.utterance_id, f"{two.utterance_id}-1", f"{two.utterance_id}-2"]
    assert found.provenance == {"asr_engine": "fake", "diarizer": "fake"}


told = st.lists(
    st.tuples(st.sampled_from(["s1", "s2", "s3"]), st.integers(0, 90), st.integers(1, 20), st.floats(0.5, 1)),
    max_size=10,
)


@given(told, st.lists(st.tuples(st.integers(0, 90), st.integers(1, 15)), min_size=1, max_size=5))
def test_no_word_is_lost_or_moved(
    spans: list[tuple[str, int, int, float]], lines: list[tuple[int, int]]
) -> None:
    diarization = voices(*((s, a / 10, (a + n) / 10, c) for s, a, n, c in sorted(spans, key=lambda t: t[1])))
    spoken = [utterance(0, a / 10, (a + n) / 10, "甲乙丙丁戊己") for a, n in lines]
    found = attribute(transcript(*spoken), diarization)

    def words(utterances: tuple[Utterance, ...] | list[Utterance]) -> list[tuple[int, int, str]]:
        return sorted((w.span.start_ms, w.span.end_ms, w.text) for u in utterances for w in u.words)

    assert words(found.utterances) == words(spoken)


def test_roles_of_voices_come_from_what_they_say() -> None:
    call = two_party_call()
    assert [(a.speaker, a.role, a.basis) for a in call.roles] == [
        ("s1", AGENT, "classifier"),
        ("s2", CUSTOMER, "classifier"),
    ]
    assert 0.9 <= call.role_confidence(AGENT) <= 0.95
    assert [t.role for t in call.turns] == [AGENT, CUSTOMER, AGENT]
    assert call.is_mono
    assert "mono_voices" in call.notes
    assert call.transcript.provenance["diarizer"] == "fake"


def test_dead_air_of_a_mono_call_is_measured_between_its_voices() -> None:
    call = two_party_call()
    assert [(d.span, d.after_role) for d in call.dead_air] == [(span(14, 20), CUSTOMER)]


def test_talk_over_is_not_claimed_on_one_channel() -> None:
    call = two_party_call()
    assert call.talk_overs == ()
    names = {name for _, name in measures(call)}
    assert "dead_air_s" in names
    assert not {"overlap_s", "talk_over_count", "talk_over_s"} & names


def test_two_equal_channels_are_one() -> None:
    call = two_party_call(notes=("dual_mono",))
    assert call.role_confidence(AGENT) >= 0.9
    assert call.hearing_quality > 0.9


def test_voices_that_say_nothing_telling_stay_unsure() -> None:
    call = mono(voices(("s1", 0, 3), ("s2", 4, 7)), utterance(0, 0, 3, "喂"), utterance(0, 4, 7, "嗯"))
    assert call.role_confidence(AGENT) <= 0.5
    assert "roles_unsure" in call.notes


def test_a_third_voice_is_kept_apart_and_makes_everything_careful() -> None:
    call = mono(
        voices(("s1", 0, 8), ("s2", 8.5, 14), ("s3", 15, 18), ("s1", 20, 24)),
        utterance(0, 0, 8, GREETING),
        utterance(0, 8.5, 14, COMPLAINT),
        utterance(0, 15, 18, "妈妈我的书包在哪里呀"),
        utterance(0, 20, 24, CLOSING),
    )
    assert {a.speaker: a.role for a in call.roles}["s1"] is AGENT
    assert sorted(a.role for a in call.roles) == [AGENT, CUSTOMER, UNKNOWN]
    assert "several_voices" in call.notes
    assert call.role_confidence(AGENT) <= 0.7
    assert call.activity[UNKNOWN]


def test_two_agents_on_one_channel_are_not_told_apart_by_words() -> None:
    said_by = {
        "s1": [utterance(0, 0, 8, GREETING)],
        "s2": [utterance(0, 9, 14, COMPLAINT)],
        "s3": [utterance(0, 15, 23, GREETING)],
    }
    assert {a.confidence for a in assign_voices(said_by, channel=0)} == {0.5}


def test_mono_without_voices_is_refused() -> None:
    with pytest.raises(ValueError, match="diarization"):
        assemble(CallInfo(call_id="c1"), facts((), channels=1), transcript(), default_agent_channel=0)


AGENT_LINES = [
    utterance(0, 0, 6, "好的我帮您查一下请您提供一下订单号"),
    utterance(0, 20, 24, "您的快件明天送到还有其他可以帮您的吗"),
]
CUSTOMER_LINES = [utterance(1, 7, 12, "我昨天寄的东西到现在都没有到我很着急")]


def test_a_wrong_default_is_corrected_by_what_is_said_without_any_stock_phrase() -> None:
    right = assign_stereo({0: AGENT_LINES, 1: CUSTOMER_LINES}, {}, 0)
    swapped = assign_stereo({0: CUSTOMER_LINES, 1: AGENT_LINES}, {}, 0)
    assert [(a.channel, a.role, a.basis) for a in right] == [(0, AGENT, "setting"), (1, CUSTOMER, "setting")]
    assert [(a.channel, a.role, a.basis) for a in swapped] == [(0, CUSTOMER, "spoken"), (1, AGENT, "spoken")]
    assert min(a.confidence for a in (*right, *swapped)) > 0.8


def test_metadata_that_the_words_contradict_stand_but_cost_nobody_points() -> None:
    found = assign_stereo({0: CUSTOMER_LINES, 1: [*AGENT_LINES]}, {0: AGENT, 1: CUSTOMER}, 0)
    assert found[0].role is AGENT
    assert {a.confidence for a in found} == {0.4}


def test_metadata_that_name_only_the_customer_are_enough() -> None:
    found = assign_stereo({}, {0: CUSTOMER}, 0)
    assert [(a.channel, a.role, a.basis) for a in found] == [
        (0, CUSTOMER, "metadata"),
        (1, AGENT, "metadata"),
    ]


def test_a_silent_call_keeps_the_default_with_little_confidence() -> None:
    found = assign_stereo({}, {}, 1)
    assert found[1].role is AGENT
    assert 0.6 < found[1].confidence < 0.8


def test_words_speak_for_the_agent_or_against() -> None:
    assert agent_odds([utterance(0, 0, 8, GREETING)]) > 4
    assert agent_odds([utterance(0, 0, 8, COMPLAINT)]) < -1
    assert agent_odds([utterance(0, 0, 1, "嗯")]) == 0
