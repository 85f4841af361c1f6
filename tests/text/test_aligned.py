import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken import of_words, say, utterances

from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Word
from qa_pipeline.text.aligned import MAX_PAUSE_MS, AlignedText
from qa_pipeline.text.normalize import key, normalize

TOKENS = st.text(
    alphabet="您好请稍等为服务工号云帆一二三四五六七八九零十百千万，。 ok", min_size=1, max_size=4
)


@st.composite
def words(draw: st.DrawFn) -> list[Word]:
    made: list[Word] = []
    clock = 0
    for token in draw(st.lists(TOKENS, min_size=1, max_size=15)):
        clock += draw(st.sampled_from([0, 0, 30, 700, MAX_PAUSE_MS + 1, -50]))
        start = max(0, clock)
        clock = start + draw(st.integers(0, 900))
        made.append(
            Word(text=token, span=Span(start_ms=start, end_ms=clock), confidence=draw(st.floats(0, 1)))
        )
    return made


@given(words())
def test_spans_never_run_backwards_and_stay_within_the_speech(spoken: list[Word]) -> None:
    text = of_words(spoken)
    spans = [text.span(i, i + 1) for i in range(len(text))]
    assert all(a.start_ms <= b.start_ms and a.end_ms <= b.end_ms for a, b in itertools.pairwise(spans))
    if spans:
        assert text.whole == Span(start_ms=spans[0].start_ms, end_ms=spans[-1].end_ms)
        assert spans[-1].end_ms <= max(w.span.end_ms for w in spoken)
        assert spans[0].start_ms >= min(w.span.start_ms for w in spoken)


@given(words(), st.data())
def test_a_quote_is_what_was_recognised_there(spoken: list[Word], data: st.DataObject) -> None:
    text = of_words(spoken)
    if not len(text):
        assert text.whole is None
        return
    i = data.draw(st.integers(0, len(text) - 1))
    j = data.draw(st.integers(i + 1, len(text)))
    quote = text.quote(i, j)
    assert quote in "".join(w.text for w in spoken)
    if not any(c in "十百千万0123456789" for c in text.text + quote):  # a quote may widen to a whole numeral
        assert key(normalize(quote)) == key(text.text[i:j])
    assert 0 <= text.confidence(i, j) <= 1


@given(words(), st.integers(0, 9000), st.integers(0, 9000))
def test_restricting_keeps_exactly_the_words_inside(spoken: list[Word], a: int, b: int) -> None:
    text = of_words(spoken)
    span = Span(start_ms=min(a, b), end_ms=max(a, b))
    part = text.restrict([span])
    inside = [w for w in spoken if span.start_ms <= (w.span.start_ms + w.span.end_ms) / 2 < span.end_ms]
    if not any(c in "一二三四五六七八九零十百千万" for w in spoken for c in w.text):
        assert part.text == normalize("".join(w.text for w in inside))
    assert len(part) <= len(text)
    assert part.restrict([span]).text == part.text
    assert text.restrict([Span(start_ms=0, end_ms=10**9)]).text == text.text


def test_characters_of_a_word_share_its_time() -> None:
    word = Word(text="，您好", span=Span(start_ms=1000, end_ms=1600), confidence=0.7)
    text = of_words([word])
    assert [text.span(i, i + 1) for i in range(2)] == [
        Span(start_ms=1000, end_ms=1300),
        Span(start_ms=1300, end_ms=1600),
    ]
    assert text.confidence(0, 2) == pytest.approx(0.7)


def test_digits_of_a_numeral_share_its_time_and_quote_it_whole() -> None:
    text = say("工号八千零二十六为您服务")
    assert text.text == "工号8026为您服务"
    assert text.quote(2, 6) == "八千零二十六"
    assert text.span(2, 6) == Span(start_ms=400, end_ms=1400)


def test_a_long_pause_breaks_and_a_short_one_does_not() -> None:
    assert say("请您", MAX_PAUSE_MS, "稍等").breaks == ()
    assert say("请您", MAX_PAUSE_MS + 1, "稍等").breaks == (2,)


def test_a_number_is_not_read_across_a_long_pause() -> None:
    assert say("工号八零", 500, "二六").text == "工号8026"
    assert say("三十", MAX_PAUSE_MS + 1, "二").text == "30二"


def test_a_cut_breaks_and_shows_in_the_quote() -> None:
    text = say("请您慢慢稍等").restrict([Span(start_ms=0, end_ms=400), Span(start_ms=800, end_ms=1200)])
    assert text.text == "请您稍等"
    assert text.breaks == (2,)
    assert text.quote(0, 4) == "请您 … 稍等"
    assert text.span(2, 4) == Span(start_ms=800, end_ms=1200)


def test_an_empty_text_has_no_time() -> None:
    text = AlignedText.of([])
    assert (text.text, len(text), text.whole) == ("", 0, None)
    with pytest.raises(ValueError, match="no characters"):
        text.span(0, 0)


@given(words(), st.integers(0, 9000), st.integers(0, 9000))
def test_one_stretch_is_cut_out_as_several_are(spoken: list[Word], a: int, b: int) -> None:
    span = Span(start_ms=min(a, b), end_ms=max(a, b))
    text, never = of_words(spoken), Span(start_ms=10**9, end_ms=10**9 + 1)
    one, several = text.restrict([span]), text.restrict([span, never])
    assert (one.text, one.breaks) == (several.text, several.breaks)
    assert one.index.sounds == several.index.sounds
    assert one.index.insertions == several.index.insertions
    assert one.index.skippable == several.index.skippable
    for i in range(len(one)):
        assert (one.span(i, i + 1), one.quote(i, i + 1)) == (several.span(i, i + 1), several.quote(i, i + 1))
        assert one.confidence(i, i + 1) == several.confidence(i, i + 1)


def test_the_same_utterances_are_laid_out_once_and_equal_ones_by_themselves() -> None:
    (first,), (equal,) = utterances("您好"), utterances("您好")
    assert AlignedText.of([first]) is AlignedText.of((first,))
    assert AlignedText.of([equal]) is not AlignedText.of([first])
    assert AlignedText.of([first, equal]).text == "您好您好"
