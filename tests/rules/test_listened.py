"""What a second listen means for a doubtful place."""

from __future__ import annotations

import pytest

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.listen import Listen, Question
from qa_pipeline.domain.time import Span
from qa_pipeline.rules.listened import was_said

SPAN = Span(start_ms=0, end_ms=3_000)
HEARD = "好的感谢您的奶性等帅再见"
"""Twelve characters, so -6 in all is -0.5 a character."""


def answer(
    difference: float,
    *,
    expected: str = "感谢您的耐心等待",
    heard_logprob: float = -4.0,
    forbidding: bool = False,
) -> bool | None:
    question = Question(role=Role.AGENT, span=SPAN, quote="感谢您的奶性等帅", expected=expected)
    listen = Listen(
        span=SPAN,
        expected="好的感谢您的耐心等待再见",
        expected_logprob=heard_logprob + difference,
        heard=HEARD,
        heard_logprob=heard_logprob,
    )
    return was_said(question, listen, forbidding=forbidding)


@pytest.mark.parametrize(
    ("difference", "said"), [(5.0, True), (0.0, True), (-0.5, None), (-30.0, None), (-40.0, False)]
)
def test_the_likelier_wording_wins_and_between_it_stays_open(difference: float, said: bool | None) -> None:
    assert answer(difference) is said


@pytest.mark.parametrize("difference", [5.0, -40.0])
def test_a_single_character_is_never_settled(difference: float) -> None:
    assert answer(difference, expected="请") is None


@pytest.mark.parametrize("difference", [5.0, -40.0])
def test_where_hardly_anything_was_heard_nothing_is_settled(difference: float) -> None:
    assert answer(difference, heard_logprob=-12.0) is None


def test_forbidden_words_are_never_found_said_by_listening_but_found_not_said() -> None:
    assert answer(5.0, forbidding=True) is None
    assert answer(-40.0, forbidding=True) is False
