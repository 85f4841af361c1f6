"""Where a clip begins and ends, and how it sounds."""

from __future__ import annotations

import numpy as np
import pytest
from builders import facts, span, transcript
from clip_world import noise_share, talk

from qa_pipeline.audio.encode import encode
from qa_pipeline.conversation.assemble import assemble
from qa_pipeline.domain.call import Call, CallInfo, Role
from qa_pipeline.domain.finding import Evidence, Finding, Message, Outcome
from qa_pipeline.domain.time import Span
from qa_pipeline.pipeline.clip_cut import EDGE_MS, LONGEST_MS, SPEECH_DB, sound, window
from qa_pipeline.reports.clip_view import Line, plain, srt, vtt

LINES = (
    "坐：您好云帆物流请讲",
    "客：我的包裹丢了没有人理我",
    "坐：你爱投诉就去投诉",
    "客：你们这是什么态度",
    "坐：好的再见",
)


def call(lines: tuple[str, ...] = LINES) -> Call:
    said = talk(lines)
    length = max(u.span.end_ms for u in said) / 1000 + 5
    info = CallInfo(call_id="a", channel_roles={0: Role.AGENT, 1: Role.CUSTOMER})
    return assemble(
        info, facts(said, duration_s=length), transcript(*said), default_agent_channel=0, diarization=None
    )


def finding(*evidence: Evidence) -> Finding:
    return Finding(
        criterion_id="x",
        operator="must_not_say",
        outcome=Outcome.NOT_MET,
        confidence=0.9,
        evidence=evidence,
        explanation=Message(key="x"),
    )


def quoted(where: Span) -> Evidence:
    return Evidence(kind="quoted", span=where, role=Role.AGENT, quote="…")


def test_a_clip_goes_from_turn_to_turn_with_one_more_on_either_side() -> None:
    made = call()
    turns = [t.span for t in made.turns]
    assert len(turns) == 5
    shown = window(
        made, finding(quoted(Span(start_ms=turns[2].start_ms + 400, end_ms=turns[2].end_ms - 400)))
    )
    assert shown == Span(start_ms=turns[1].start_ms - EDGE_MS, end_ms=turns[3].end_ms + EDGE_MS)


def test_at_the_edges_of_a_call() -> None:
    made = call()
    turns = [t.span for t in made.turns]
    assert window(made, finding(quoted(turns[0]))).start_ms == turns[0].start_ms - EDGE_MS
    whole = Span(start_ms=0, end_ms=made.recording.duration_ms)
    assert window(made, finding(Evidence(kind="searched", span=whole))).end_ms <= whole.end_ms
    assert window(made, finding(quoted(Span(start_ms=0, end_ms=100)))).start_ms == 0


@pytest.mark.parametrize(("start", "end", "late"), [(0, 900, False), (500, 900, True)])
def test_long_searches_show_their_beginning_or_the_end_of_the_call(start: int, end: int, late: bool) -> None:
    made = call(tuple(f"{'坐客'[n % 2]}：{'我说了很多很多话' * 4}" for n in range(120)))
    last = made.recording.duration_ms
    searched = Span(start_ms=start * last // 900, end_ms=end * last // 900)
    shown = window(made, finding(Evidence(kind="searched", span=searched)))
    assert 20_000 < shown.duration_ms <= LONGEST_MS
    assert (shown.end_ms > last - 15_000) is late


def test_a_monologue_is_cut_between_words() -> None:
    made = call(("客：" + "我说了很多很多的话" * 60, "坐：好的"))
    shown = window(made, finding(quoted(span(50, 52))))
    assert shown.duration_ms <= LONGEST_MS
    edges = {w.span.start_ms for u in made.transcript.utterances for w in u.words}
    assert shown.start_ms in edges


def voice(seconds: float, level_db: float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(round(seconds * 16000))
    return (noise * 32768 * 10 ** (level_db / 20)).clip(-32768, 32767).astype(np.int16)


def rms_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean((samples / 32768.0) ** 2)))


@pytest.mark.parametrize("level", [-40.0, -30.0, -15.0])
def test_both_parties_are_brought_to_one_level(level: float) -> None:
    loud, quiet = voice(4, -20, 1), np.zeros(64000, np.int16)
    quiet[32000:] = voice(2, level, 2)
    loud[32000:] = 0
    made = sound((loud, quiet), span(0, 4), ())
    assert rms_db(made[2000:30000]) == pytest.approx(SPEECH_DB, abs=0.5)
    assert rms_db(made[34000:62000]) == pytest.approx(SPEECH_DB, abs=0.5)


def test_a_silent_channel_is_not_raised_and_loud_ones_do_not_clip() -> None:
    assert rms_db(sound((voice(1, -75, 1),), span(0, 1), ())) < -70
    peaky = np.zeros(16000, np.int16)
    peaky[::400] = 30000
    assert np.abs(sound((peaky, peaky), span(0, 1), ()).astype(int)).max() <= 32_000


def test_edges_fade_and_private_time_across_an_edge_is_covered_up_to_it() -> None:
    made = sound(
        (voice(10, -20, 1), voice(10, -20, 2)), span(2, 6), [span(1, 3), span(2.5, 3.2), span(5.5, 9)]
    )
    assert len(made) == 64000
    assert np.abs(made[:8]).max() < 100 and np.abs(made[-8:]).max() < 100
    assert noise_share(made[800:19000].astype(float)) < 0.01
    assert noise_share(made[57000:63000].astype(float)) < 0.01
    assert noise_share(made[24000:50000].astype(float)) > 0.9


@pytest.mark.parametrize("format_", ["mp3", "wav"])
def test_the_same_sound_gives_the_same_bytes(format_: str) -> None:
    samples = voice(1.3, -20, 1)
    assert encode(samples, format_) == encode(samples, format_)  # type: ignore[arg-type]


def test_subtitles_keep_their_times_and_what_is_said_is_no_markup() -> None:
    line = Line(role="agent", who="坐席A", span=Span(start_ms=61_005, end_ms=3_662_300), text="a<b>&c")
    assert srt((line,), "zh") == "1\n00:01:01,005 --> 01:01:02,300\n坐席A：a<b>&c\n\n"
    assert vtt((line,), "en") == "WEBVTT\n\n00:01:01.005 --> 01:01:02.300\n坐席A: a&lt;b&gt;&amp;c\n\n"
    assert plain((line,), "zh") == "[1:01.0] 坐席A：a<b>&c\n"
