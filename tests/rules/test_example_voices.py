"""How a line of an example is said: its rate, its level, and the party's pitch."""

import pytest
from rule_kit import ask

from qa_pipeline.domain.call import Role
from qa_pipeline.rules.example_lines import Voice, parse_line
from qa_pipeline.rules.examples import call_of

WORDS = "您好这里是云帆物流客服中心很高兴为您服务请问有什么可以帮您"


def test_a_voice_is_read_in_both_languages_and_kept_out_of_the_words() -> None:
    line = parse_line(f"客服：【抢话】（语速 320 字/分、音量＋12分贝）{WORDS}")
    assert line is not None
    assert (line.text, line.interrupts, line.voice) == (WORDS, True, Voice(320.0, 12.0))
    assert parse_line("agent: (rate 320 chars/min, loudness +12 dB) 您好") == (
        Role.AGENT,
        "您好",
        0,
        False,
        Voice(320.0, 12.0),
    )
    pitch = parse_line("客户：（音调220Hz，起伏3半音，平时音调200Hz）您好")
    assert pitch is not None
    assert pitch.voice == Voice(None, None, 220.0, 3.0, 200.0)


@pytest.mark.parametrize(
    "line",
    [
        "客服：（语速很快，音量+12dB）您好",
        "客服：（语速320）您好",
        "客服：（音量+99dB）您好",
        "客服：（语速320字/分，大声）您好",
    ],
)
def test_a_voice_that_makes_no_sense_is_no_line(line: str) -> None:
    spoken = parse_line(line)
    # What does not begin like a voice is what somebody said.
    assert spoken is None or "语速很快" in spoken.text


def test_words_in_brackets_stay_words() -> None:
    line = parse_line("客服：（笑）好的")
    assert line is not None
    assert (line.text, line.voice) == ("（笑）好的", Voice())


def test_the_rate_of_a_line_is_measured_as_said() -> None:
    call = call_of([f"客服：（语速400字/分）{WORDS}"])
    assert call.speaking_rate[Role.AGENT] == pytest.approx(400, abs=5)


def test_levels_and_pitch_are_there_only_where_told() -> None:
    silent = call_of([f"客服：{WORDS}"])
    assert (dict(silent.loudness_db), dict(silent.prosody)) == ({}, {})
    told = call_of([f"客服：{WORDS}", f"客服：（音量+12dB，起伏2半音）{WORDS}"])
    assert set(told.loudness_db[Role.AGENT]) == {-30.0, -18.0}
    assert told.prosody[Role.AGENT].f0_range_semitones == 2.0
    assert Role.CUSTOMER not in told.prosody


def test_voice_operators_have_pass_and_fail() -> None:
    flat = {"op": "pitch_range_at_least", "role": "agent", "semitones": 5}
    assert ask([f"客服：（起伏8半音）{WORDS}"], check=flat).outcome.value == "met"
    assert ask([f"客服：（起伏1半音）{WORDS}"], check=flat).outcome.value == "not_met"
    loud = {"op": "loudness_jump_under", "role": "agent", "db": 12}
    assert ask([f"客服：{WORDS}", f"客服：（音量+20dB）{WORDS}"], check=loud).outcome.value == "not_met"
    assert ask([f"客服：{WORDS}", f"客服：（音量+3dB）{WORDS}"], check=loud).outcome.value == "met"
