"""How sure a forbidden phrase is: evidence syllable by syllable, and what limits it."""

from __future__ import annotations

import pytest

from benchmarks.phrase_material import heard_as
from qa_pipeline.text.evidence import OTHER_SYLLABLE, WEIGHTS, features, probability
from qa_pipeline.text.phrases import phrase
from qa_pipeline.text.types import Match


def found(text: str, say: str, *, sure: float = 0.8) -> Match | None:
    matches = phrase(say, forbidding=True).find(heard_as([(c, sure) for c in text]))
    return matches[0] if matches else None


@pytest.mark.parametrize("say", ["大概", "不知道", "不归我管", "刚才不是跟你说过了吗"])
def test_what_was_heard_character_by_character_is_sure_whatever_its_length(say: str) -> None:
    match = found(f"这个{say}呢", say)
    assert match is not None
    assert (match.verdict, match.confidence) == ("hit", 0.99)


def test_words_the_recogniser_doubts_prove_less() -> None:
    match = found("这个不归我管呢", "不归我管", sure=0.2)
    assert match is not None
    assert match.confidence == pytest.approx(0.99 * 0.2 / 0.5, abs=1e-4)
    assert match.verdict == "doubtful"


def test_another_syllable_never_decides_a_fatal_criterion() -> None:
    match = found("这个不关他们的事呢", "不关我们的事")
    assert match is not None
    assert 0.5 < match.confidence <= OTHER_SYLLABLE < 0.8
    same = found("这个不观我们的室呢", "不关我们的事")
    assert same is not None
    assert same.confidence > 0.9


def test_a_near_sound_counts_for_the_phrase_where_it_was_heard_with_little_confidence() -> None:
    def near(sure: float) -> float:
        path = [(0, 0), (1, 0), (2, 30), (3, 0)]
        return probability(features(path, [], [1, 1, sure, 1]))

    assert near(0.2) > near(0.9)


def test_a_figure_in_a_phrase_is_a_word_like_any_other() -> None:
    match, same = found("你这个王巴蛋", "王八蛋"), found("你这个汪把蛋", "王霸蛋")
    assert match is not None
    assert same is not None
    assert match.confidence == same.confidence > 0.1


def test_what_is_hardly_likely_is_nothing() -> None:
    assert found("那我没办法登记呢", "我也没有办法") is None
    assert found("这个应该是的", "应该是吧") is None


def test_features_are_named_as_the_weights_and_count_every_syllable_once() -> None:
    path = [(4, 0), (5, 4), (6, 16), (7, 36), (8, 90), (-1, 80)]
    told = features(path, [60, 5], [0.9, 0.8, 0.7, 0.6, 0.5, 1.0])
    assert list(told) == list(WEIGHTS)
    assert [told[n] for n in ("same", "light", "near", "far", "missing")] == [2, 1, 1, 1, 1]
    assert told["added"] == 1  # the hesitation is none
    assert told["edge"] == 1
    assert told["unsure"] == pytest.approx(0.3 + 0.4 + 0.5)
    assert not told["homophones"]


def test_more_of_the_phrase_is_never_less_sure() -> None:
    def sure(*costs: int) -> float:
        path = [(i, c) if c < 200 else (-1, 80) for i, c in enumerate(costs)]
        return probability(features(path, [], [0.8] * len(path)))

    assert sure(4, 0, 0, 0) > sure(16, 0, 0, 0) > sure(90, 0, 0, 0) > sure(200, 0, 0, 0)
    assert sure(4, 0, 0, 0, 0) > sure(4, 0, 0, 0)


def test_an_answer_to_a_question_just_asked_needs_less_evidence_than_a_phrase_somewhere_in_a_call() -> None:
    heard = heard_as([(c, 0.8) for c in "布满意"])
    somewhere = phrase("不满意", forbidding=True).find(heard)
    answer = phrase("不满意", forbidding=True, said_per_turn=0.25).find(heard)
    assert [m.verdict for m in (*somewhere, *answer)] == ["doubtful", "hit"]
    assert answer[0].confidence > 0.9 > somewhere[0].confidence > 0.5
