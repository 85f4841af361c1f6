"""What the recogniser lost of something private is hidden with it; what it understood stays."""

from __future__ import annotations

import pytest
from builders import span, utterance

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Utterance, Word
from qa_pipeline.privacy.edges import AFTER_MS, MOST_MS, NAME_MS, around_name, around_number
from qa_pipeline.privacy.types import Private, PrivateKind
from qa_pipeline.privacy.unsure import doubtful_names


def word(text: str, start_ms: int, end_ms: int, confidence: float = 0.9) -> Word:
    return Word(text=text, span=Span(start_ms=start_ms, end_ms=end_ms), confidence=confidence)


NUMBER = Span(start_ms=1000, end_ms=3000)
FIGURES = word("1380012", 1000, 3000)


def test_a_pause_after_a_number_is_covered_as_its_last_figures_are_taken_for_silence() -> None:
    alone = around_number(NUMBER, [FIGURES])
    assert alone == Span(start_ms=1000, end_ms=3000 + AFTER_MS)
    followed = around_number(NUMBER, [FIGURES, word("对", 3400, 3600)])
    assert followed == Span(start_ms=1000, end_ms=3400), "not the next word"


def test_a_word_that_lasts_too_long_beside_a_number_is_partly_the_number() -> None:
    words = [word("是", 500, 1000), FIGURES, word("对", 3000, 3400), word("吗", 3400, 3560)]
    assert around_number(NUMBER, words) == Span(start_ms=1000 - MOST_MS, end_ms=3240)
    usual = [word("是", 840, 1000), FIGURES, word("对吗", 3000, 3320)]
    assert around_number(NUMBER, usual) == NUMBER


def test_words_that_nobody_is_sure_of_and_words_without_time_are_the_rest_of_a_number() -> None:
    unsure = [FIGURES, word("4", 3600, 3650, 0.2), word("元才", 3900, 4300, 0.3), word("对", 4300, 4460)]
    assert around_number(NUMBER, unsure).end_ms == 4300
    squeezed = [FIGURES, word("一起", 3000, 3060), word("我", 3060, 3220)]
    assert around_number(NUMBER, squeezed).end_ms == 3060
    far = [FIGURES, word("好", 5000, 5200, 0.2)]
    assert around_number(NUMBER, far).end_ms == 3000 + AFTER_MS


def test_a_name_reaches_into_the_pauses_beside_it_and_no_other_word() -> None:
    name = word("林雪", 1000, 1400)
    assert around_name(name.span, [name]) == Span(start_ms=1000 - NAME_MS, end_ms=1400 + NAME_MS)
    between = [word("叫", 800, 1000), name, word("我", 1400, 1560)]
    assert around_name(name.span, between) == name.span
    soon = [word("叫", 600, 840), name, word("我", 1550, 1700)]
    assert around_name(name.span, soon) == Span(start_ms=840, end_ms=1550)


def hidden(*said: tuple[str, str, float]) -> list[str]:
    """Words hidden as doubtful, of ``(party, words, confidence)`` said one after the other."""
    utterances: dict[Role, list[Utterance]] = {Role.AGENT: [], Role.CUSTOMER: []}
    clock = 0.0
    for who, words, confidence in said:
        role, channel = (Role.AGENT, 0) if who == "坐" else (Role.CUSTOMER, 1)
        utterances[role].append(utterance(channel, clock, clock + len(words) / 5, words, confidence))
        clock += len(words) / 5 + 0.5
    found = doubtful_names(utterances, ())
    return [
        "".join(w.text for u in utterances[p.role] for w in u.words if p.span.intersection(w.span))
        for p in found
    ]


ASKED = ("坐", "请问您的姓名", 0.9)


@pytest.mark.parametrize("heard", ["是永远", "张会", "宇宙"])
def test_an_answer_to_a_question_for_a_name_that_was_hardly_understood_is_hidden(heard: str) -> None:
    assert hidden(ASKED, ("客", heard, 0.4)) == [heard]


@pytest.mark.parametrize(
    ("answer", "confidence"),
    [("是永远", 0.9), ("谢谢您", 0.4), ("我也没办法跟你确定", 0.4), ("天收了", 0.4)],
    ids=["understood", "a courtesy", "a sentence", "the end of one"],
)
def test_other_answers_stay(answer: str, confidence: float) -> None:
    assert hidden(ASKED, ("客", answer, confidence)) == []


def test_a_misheard_name_that_is_said_back_is_hidden_where_one_was_asked_for_before() -> None:
    told, back = ("客", "我们登记一下刘文队", 0.9), ("坐", "好的", 0.9)
    assert hidden(ASKED, told, back, ("坐", "留闻队", 0.3)) == ["留闻队"]
    assert hidden(ASKED, told, back, ("坐", "谢谢您", 0.3)) == []
    assert hidden(told, back, ("坐", "留闻队", 0.3)) == []


def test_a_short_answer_of_which_nothing_was_understood_is_hidden_whatever_was_asked() -> None:
    lost = ("坐", "那边是随手", 0.9)
    assert hidden(lost, ("客", "如温建意", 0.5)) == ["如温建意"]
    assert hidden(lost, ("客", "如温建意", 0.9)) == [], "understood"
    assert hidden(lost, ("客", "我要投诉", 0.5)) == [], "usual"
    assert hidden(("客", "如温建意", 0.5)) == [], "no answer"
    assert hidden(lost, ("坐", "如温建意", 0.5)) == [], "an agent's words"


def test_an_everyday_word_that_sounds_like_the_name_said_back_is_that_name() -> None:
    said = {
        Role.AGENT: [utterance(0, 0, 1, "请问是哪位"), utterance(0, 4, 5, "好的裴兴您好")],
        Role.CUSTOMER: [utterance(1, 2, 3, "本人培训")],
    }
    back = Private(role=Role.AGENT, kind=PrivateKind.PERSON, span=span(4.3, 4.7))
    assert doubtful_names(said, ()) == ()
    assert doubtful_names(said, (back,)) == (
        Private(role=Role.CUSTOMER, kind=PrivateKind.PERSON, span=span(2, 3)),
    )
    late = Private(role=Role.AGENT, kind=PrivateKind.PERSON, span=span(4, 4.3))
    assert doubtful_names(said, (late,)) == (), "好的 is hidden, which sounds like nothing said before"


def test_where_something_is_hidden_already_nothing_is_added() -> None:
    said = {
        Role.AGENT: [utterance(0, 0, 1.2, "请问您的姓名")],
        Role.CUSTOMER: [utterance(1, 2, 3, "是永远", 0.4)],
    }
    (once,) = doubtful_names(said, ())
    assert once.span == span(2, 3)
    assert doubtful_names(said, (once,)) == ()
