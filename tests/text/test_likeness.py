"""Sentences are compared by characters and sounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken import utterances

from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.likeness import example

SENTENCE = "我非常理解您现在的心情"


def aligned(*parts: str | int) -> AlignedText:
    return AlignedText.of(utterances(*parts))


def test_the_same_sentence_is_wholly_alike_and_found_in_its_place() -> None:
    assert example(SENTENCE).likeness(SENTENCE) == pytest.approx(1.0)
    text = aligned(f"好的单号我看到了{SENTENCE}您再等等")
    best = example(SENTENCE).best(text)
    assert best is not None
    assert text.text[best.start : best.end] == SENTENCE


def test_nearer_words_are_more_alike() -> None:
    compared = [
        example(SENTENCE).likeness(other)
        for other in (
            "您现在的心情我非常理解",
            "我飞常里解您现在的新情",
            "您的心情我能理解",
            "请您报一下单号",
        )
    ]
    assert compared == sorted(compared, reverse=True)
    assert compared[0] > 0.8
    assert compared[-1] < 0.15


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("我能保证明天送到", "我不能保证明天送到", False),
        ("我能保证明天送到", "我能保证明天送到", True),
        ("还有没有别的问题要问", "请问还有问题要问吗", True),
        ("实在不好意思让您久等", "真是让您久等了", True),
    ],
)
def test_a_negation_on_one_side_only_is_noticed(a: str, b: str, same: bool) -> None:
    best = example(a).best(aligned(b))
    assert best is not None
    assert best.same_polarity is same


def test_no_stretch_crosses_a_long_pause() -> None:
    text = aligned("我非常理解", 6000, "您现在的心情")
    (first, *_) = example(SENTENCE).find(text, 0.0)
    assert not any(first.start < b < first.end for b in text.breaks)


@given(
    st.text(alphabet="我您好不能理解心情的吗了一二ab", max_size=30),
    st.text(alphabet="我您好不能理解心情", max_size=12),
)
def test_likeness_is_bounded_disjoint_and_repeatable(said: str, wanted: str) -> None:
    text = aligned(said)
    found = example(wanted).find(text, 0.0)
    assert found == example(wanted).find(text, 0.0)
    for one in found:
        assert 0 <= one.similarity <= 1 + 1e-9
        assert 0 <= one.start < one.end <= len(text)
    for i, a in enumerate(found):
        assert not any(a.start < b.end and b.start < a.end for b in found[i + 1 :])
