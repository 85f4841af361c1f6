"""Loops, invented lines and impossible rates are seen; what people really say is not."""

import pytest

from qa_pipeline.asr import quality
from qa_pipeline.asr.quality import Segment
from qa_pipeline.asr.utterances import settle, simplified, utterances_of
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Word


def span(start: int, end: int) -> Span:
    return Span(start_ms=start, end_ms=end)


def segment(
    text: str,
    *,
    start: int = 0,
    ms_per_char: int = 200,
    logprob: float = -0.3,
    confidence: float = 0.9,
    no_speech: float = 0.1,
) -> Segment:
    words = tuple(
        Word(text=c, span=span(start + i * ms_per_char, start + (i + 1) * ms_per_char), confidence=confidence)
        for i, c in enumerate(text)
    )
    return Segment(
        words=words, avg_logprob=logprob, no_speech_prob=no_speech, compression_ratio=1.0, temperature=0.0
    )


SPEECH = (span(0, 60_000),)


@pytest.mark.parametrize(
    "text",
    ["我也不知道" * 5, "好" * 20, "哈哈" * 8, "这个是我们公司的规定" * 3, "你好请问一下我想要一个" * 4],
)
def test_loops_are_seen(text: str) -> None:
    assert quality.flags([segment(text)], SPEECH) == ((quality.LOOP,),)


@pytest.mark.parametrize(
    "text",
    [
        "对对对对",
        "好的好的好的",
        "您好您好您好",
        "喂喂喂",
        "一三八零零零零零零零零"[:10],
        "没关系没关系没关系",
    ],
)
def test_people_may_repeat_themselves(text: str) -> None:
    assert quality.flags([segment(text)], SPEECH) == ((),)


def test_a_loop_over_several_segments_is_seen_and_its_neighbours_are_not_blamed() -> None:
    segments = [segment("请您稍等"), *(segment("我不知道。") for _ in range(5)), segment("谢谢")]
    raised = quality.flags(segments, SPEECH)
    assert raised == ((), *(((quality.LOOP,),) * 5), ())


@pytest.mark.parametrize(
    "text",
    [
        "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
        "字幕由 Amara.org 社群提供",
        "字幕志愿者 杨茜茜",
        "谢谢观看",
        "感谢您的收看。",
        "中文字幕",
    ],
)
def test_lines_learned_from_subtitles_are_known(text: str) -> None:
    assert quality.known_line(text)


@pytest.mark.parametrize(
    "text", ["谢谢", "感谢您的来电，祝您生活愉快，再见", "谢谢您的观看建议，我们会改进", "订单已经转发给仓库"]
)
def test_what_agents_say_is_not_a_known_line(text: str) -> None:
    assert not quality.known_line(text)


def test_rates_nobody_speaks_at() -> None:
    assert quality.flags([segment("今天下午三点钟送到您家", ms_per_char=40)], SPEECH) == ((quality.RATE,),)
    assert quality.flags([segment("今天下午三点钟送到您家", ms_per_char=130)], SPEECH) == ((),)
    assert quality.flags([segment("好的", ms_per_char=10)], SPEECH) == ((),)


def test_unsure_and_unvoiced() -> None:
    assert quality.flags([segment("请稍等", logprob=-1.2)], SPEECH) == ((quality.UNSURE,),)
    assert quality.flags([segment("要不然", confidence=0.2, no_speech=0.7)], SPEECH) == ((quality.UNSURE,),)
    assert quality.flags([segment("要不然", confidence=0.2)], SPEECH) == ((),)
    assert quality.flags([segment("要不然", no_speech=0.7)], SPEECH) == ((),)
    assert quality.flags([segment("请稍等", start=5_000)], (span(0, 1_000),)) == ((quality.UNVOICED,),)


def test_the_digest_names_list_and_version() -> None:
    assert quality.digest().startswith(f"{quality.VERSION}-")


def test_traditional_characters_become_simplified_word_by_word() -> None:
    assert simplified(["感謝", "您的", "來電"]) == ["感谢", "您的", "来电"]
    assert simplified(["隨", "著", "著", "名"]) == ["随", "着", "著", "名"]
    assert simplified([]) == []


def test_words_in_silence_move_to_the_nearest_speech_in_order() -> None:
    activity = (span(1_000, 2_000), span(5_000, 6_000))
    words = segment("零一二三四", ms_per_char=1_000).words  # 0-1 s, 1-2 s, ... 4-5 s
    settled = settle(words, activity)
    assert [w.span for w in settled] == [
        span(1_000, 1_020),
        span(1_000, 2_000),
        span(1_980, 2_000),
        span(1_980, 2_000),
        span(5_000, 5_020),
    ]
    assert [w.confidence for w in settled] == [0.9] * 5
    assert settle(words, ()) == words


def test_a_pause_begins_a_new_utterance() -> None:
    words = (*segment("您好").words, *segment("再见", start=3_000).words)
    joined = Segment(
        words=words, avg_logprob=-0.2, no_speech_prob=0.0, compression_ratio=1.0, temperature=0.0
    )
    made = utterances_of(1, [joined], [()], (span(0, 400), span(3_000, 3_400)))
    assert [(u.utterance_id, u.text, u.span) for u in made] == [
        ("c1-0001", "您好", span(0, 400)),
        ("c1-0002", "再见", span(3_000, 3_400)),
    ]


def test_an_invented_line_over_silence_leaves_a_trace_and_no_words() -> None:
    invented = segment("谢谢观看", start=9_000)
    activity = (span(0, 1_000),)
    (raised,) = quality.flags([invented], activity)
    (trace,) = utterances_of(0, [invented], [raised], activity)
    assert (trace.words, trace.text, trace.span) == ((), "", span(9_000, 9_800))
    assert quality.DROPPED in trace.asr_quality.flags


def test_the_same_line_over_speech_is_kept_and_flagged() -> None:
    line = segment("谢谢观看")
    (raised,) = quality.flags([line], SPEECH)
    (kept,) = utterances_of(0, [line], [raised], SPEECH)
    assert kept.text == "谢谢观看"
    assert kept.asr_quality.flags == (quality.KNOWN,)


def test_a_known_line_that_whisper_itself_takes_for_silence_is_dropped() -> None:
    line = segment("请按赞订阅转发", no_speech=0.7)
    (raised,) = quality.flags([line], SPEECH)
    (trace,) = utterances_of(0, [line], [raised], SPEECH)
    assert trace.words == ()
    assert quality.DROPPED in trace.asr_quality.flags
