"""Speech without recognised words: found, heard again alone, taken only where it is to be trusted."""

from qa_pipeline.asr import missed
from qa_pipeline.asr.quality import Heard, Segment
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Word


def span(start: int, end: int) -> Span:
    return Span(start_ms=start, end_ms=end)


def said(text: str, start: int, *, step: int = 200, confidence: float = 0.8) -> Segment:
    words = tuple(
        Word(text=c, span=span(start + i * step, start + (i + 1) * step), confidence=confidence)
        for i, c in enumerate(text)
    )
    return Segment(words=words, avg_logprob=-0.3, no_speech_prob=0.1, compression_ratio=1.0, temperature=0.0)


FIRST, SECOND = span(1_000, 3_000), span(3_500, 5_500)
HEARD: Heard = [(said("我要投诉你们", 1_200), ())]


def test_a_voiced_stretch_without_words_is_found() -> None:
    assert missed.stretches((FIRST, SECOND), HEARD) == (SECOND,)
    assert missed.stretches((FIRST, SECOND), []) == (FIRST, SECOND)


def test_grunts_and_words_that_stray_a_little_are_no_gap() -> None:
    assert missed.stretches((FIRST, span(3_500, 4_000)), HEARD) == ()
    assert missed.stretches((FIRST, SECOND), [*HEARD, (said("好", 3_250, step=100), ())]) == ()


def test_a_sentence_said_twice_is_there_twice() -> None:
    again = said("我要投诉你们", 3_700)
    filled = missed.filled(HEARD, [(again, ())], SECOND, (FIRST, SECOND))
    assert [segment.text for segment, _ in filled] == ["我要投诉你们", "我要投诉你们"]
    assert filled[1][0].span.start_ms == 3_700


def test_words_that_only_stand_in_the_wrong_stretch_are_not_doubled() -> None:
    both: Heard = [(said("我要投诉你们今天不解决我不走了", 1_000, step=130), ())]
    assert missed.filled(both, [(said("我不走了", 3_700), ())], SECOND, (FIRST, SECOND)) == both


def test_doubtful_or_unsure_words_are_not_taken() -> None:
    assert (
        missed.filled(HEARD, [(said("请不吝点赞", 3_700), ("known_hallucination",))], SECOND, (FIRST, SECOND))
        == HEARD
    )
    assert missed.filled(HEARD, [(said("谢谢", 3_700, confidence=0.2), ())], SECOND, (FIRST, SECOND)) == HEARD
    assert missed.filled(HEARD, [], SECOND, (FIRST, SECOND)) == HEARD


def test_a_stretch_before_all_words_comes_first() -> None:
    late: Heard = [(said("好的谢谢", 3_600), ())]
    filled = missed.filled(late, [(said("喂您好", 1_200), ())], FIRST, (FIRST, SECOND))
    assert [segment.text for segment, _ in filled] == ["喂您好", "好的谢谢"]
