"""From utterances and activity to turns, talk-over, dead air and rates."""

from __future__ import annotations

from builders import facts, span, transcript, utterance
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.conversation.assemble import assemble, hearing_quality
from qa_pipeline.conversation.overlap import talk_overs
from qa_pipeline.conversation.pace import count_chars, speaking_rate
from qa_pipeline.conversation.silence import dead_air
from qa_pipeline.conversation.turns import build_turns
from qa_pipeline.domain.call import Call, CallInfo, Role
from qa_pipeline.domain.time import Span, intersections, merge, subtract, total_ms
from qa_pipeline.domain.transcript import Utterance

AGENT, CUSTOMER = Role.AGENT, Role.CUSTOMER


def call(*utterances: Utterance, info: CallInfo | None = None, default_agent_channel: int = 0) -> Call:
    ordered = tuple(sorted(utterances, key=lambda u: u.span))
    return assemble(
        info or CallInfo(call_id="c1"),
        facts(ordered),
        transcript(*ordered),
        default_agent_channel=default_agent_channel,
    )


def spoken(*lines: tuple[Role, float, float, str]) -> list[tuple[Role, Utterance]]:
    return [
        (role, utterance(0 if role is AGENT else 1, start, end, text)) for role, start, end, text in lines
    ]


def test_pause_under_one_and_a_half_seconds_keeps_the_turn() -> None:
    turns = build_turns(spoken((AGENT, 0, 2, "您好"), (AGENT, 3.4, 5, "请问有什么可以帮您")))
    assert [t.span for t in turns] == [span(0, 5)]


def test_longer_pause_ends_the_turn() -> None:
    turns = build_turns(spoken((AGENT, 0, 2, "请稍等"), (AGENT, 3.5, 5, "让您久等了")))
    assert [t.span for t in turns] == [span(0, 2), span(3.5, 5)]


def test_back_channel_leaves_the_floor() -> None:
    turns = build_turns(
        spoken((AGENT, 0, 3, "我帮您查一下"), (CUSTOMER, 3.1, 3.5, "好的。"), (AGENT, 3.8, 6, "您的快件到了"))
    )
    assert [(t.role, t.back_channel) for t in turns] == [(AGENT, False), (CUSTOMER, True)]
    assert turns[0].span == span(0, 6)


def test_acknowledgement_that_hands_over_is_a_turn() -> None:
    turns = build_turns(
        spoken((AGENT, 0, 3, "请问是张先生吗"), (CUSTOMER, 3.5, 4, "是的"), (AGENT, 6, 7, "您好"))
    )
    assert [t.back_channel for t in turns] == [False, False, False]


def test_a_refusal_is_never_a_back_channel() -> None:
    turns = build_turns(
        spoken((AGENT, 0, 3, "需要吗"), (CUSTOMER, 3.1, 3.6, "不用"), (AGENT, 3.8, 5, "那好"))
    )
    assert [t.role for t in turns] == [AGENT, CUSTOMER, AGENT]


def test_interrupter_is_who_began_later() -> None:
    said = utterance(0, 4, 6, "您先听我说完好吗")
    found = talk_overs({AGENT: [span(4, 6)], CUSTOMER: [span(0, 9)]}, {AGENT: [said], CUSTOMER: []})
    assert [(t.interrupter, t.span, t.num_chars) for t in found] == [(AGENT, span(4, 6), 8)]


def test_resuming_after_a_breath_is_not_interrupting() -> None:
    # The customer breathes at 3.9–4.3; the agent falls in at 4.1 and is the one who interrupts.
    activity = {AGENT: [span(4.1, 6)], CUSTOMER: [span(0, 3.9), span(4.3, 8)]}
    (found,) = talk_overs(activity, {})
    assert found.interrupter is AGENT


def test_starting_together_is_nobodys_fault() -> None:
    (found,) = talk_overs({AGENT: [span(2.0, 4)], CUSTOMER: [span(2.2, 5)]}, {})
    assert found.interrupter is Role.UNKNOWN


def test_dead_air_is_measured_between_first_and_last_turn() -> None:
    turns = build_turns(spoken((AGENT, 2, 4, "请稍等"), (CUSTOMER, 12, 13, "还在吗")))
    (gap,) = dead_air({AGENT: [span(2, 4)], CUSTOMER: [span(12, 13)]}, turns)
    assert (gap.span, gap.after_role) == (span(4, 12), AGENT)


def test_unrecognised_speech_still_breaks_dead_air() -> None:
    turns = build_turns(spoken((AGENT, 2, 4, "请稍等"), (CUSTOMER, 12, 13, "还在吗")))
    gaps = dead_air({AGENT: [span(2, 4), span(8, 9)], CUSTOMER: [span(12, 13)]}, turns)
    assert [g.span for g in gaps] == [span(4, 8), span(9, 12)]


def test_rate_counts_speaking_time_only() -> None:
    said = [utterance(0, 0, 2, "您好工号八零二六"), utterance(0, 10, 12, "很高兴为您服务吗")]
    assert speaking_rate(said, [span(0, 2), span(10, 12)]) == 16 * 60 / 4
    assert speaking_rate(said, [span(0, 1)]) is None


def test_count_chars_ignores_punctuation() -> None:
    assert count_chars("您好，工号8026。 VIP客户！") == 11


def test_words_spoken_decide_against_a_default_channel() -> None:
    heard = call(
        utterance(0, 0, 2, "喂我想查个快递"),
        utterance(1, 2.5, 6, "您好这里是云帆物流很高兴为您服务请问有什么可以帮您"),
        utterance(1, 20, 23, "感谢您的来电祝您生活愉快再见"),
    )
    assert [(a.channel, a.role, a.basis) for a in heard.roles] == [
        (0, CUSTOMER, "spoken"),
        (1, AGENT, "spoken"),
    ]


def test_words_that_contradict_the_metadata_make_roles_doubtful() -> None:
    heard = call(
        utterance(0, 0, 2, "喂我想查个快递"),
        utterance(1, 2.5, 6, "您好这里是云帆物流很高兴为您服务请问有什么可以帮您"),
        info=CallInfo(call_id="c1", channel_roles={0: AGENT, 1: CUSTOMER}),
    )
    assert heard.role_confidence(AGENT) < 0.5
    assert "roles_contradicted" in heard.notes


def test_hearing_quality_is_the_confident_share_of_speech() -> None:
    clear, muffled = utterance(0, 0, 3, "您好请问"), utterance(1, 3, 4, "嗯嗯", confidence=0.2)
    activity = ((clear.span,), (muffled.span,))
    assert hearing_quality(activity, (clear, muffled)) == 0.75


spans = st.lists(
    st.tuples(st.integers(0, 5000), st.integers(0, 800)).map(
        lambda p: Span(start_ms=p[0], end_ms=p[0] + p[1])
    ),
    max_size=12,
)


@given(spans, spans)
def test_shared_and_remaining_time_add_up(left: list[Span], right: list[Span]) -> None:
    one, other = merge(left), merge(right)
    shared = total_ms(intersections(one, other))
    rest = sum(piece.duration_ms for span_ in one for piece in subtract(span_, other))
    assert shared + rest == total_ms(one)
