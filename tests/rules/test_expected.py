"""A form asked whole, with its phrases looked for all at once, answers as each criterion does by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.domain.call import Role
from qa_pipeline.resources import folder
from qa_pipeline.rules.evaluate import evaluate, evaluate_criterion, scene_of
from qa_pipeline.rules.examples import call_of
from qa_pipeline.rules.expected import expected, expected_of
from qa_pipeline.rules.parse import load_rubric
from qa_pipeline.text.lexicon import Lexicon
from qa_pipeline.text.phrases import Phrase, phrase

RUBRICS = sorted(folder("rubrics").glob("*.yaml"))
CALL = call_of(
    [
        "客服：您好这里是云帆物流公号三一零七为您服务请问有什么可以帮您",
        "客户：我要投诉你们太慢了都三天了",
        "客服：您别着急非常抱歉给您带来不变我帮您查一下请您稍等",
        "（静音9秒）",
        "客服：让您久等了这个不归我们管你自己去问吧",
        "客户：你什么态度",
        "客服：嗯这个可能大概明天到请问还有其他可以帮您的吗",
        "客户：没有了",
        "客服：感谢您的来电请您稍后对我的服务做出评价祝您生活愉快再见",
    ],
    {"agent_id": "3107"},
)


@pytest.mark.parametrize("path", RUBRICS, ids=lambda p: p.stem)
def test_all_at_once_is_one_by_one(path: Path) -> None:
    rubric = load_rubric(path)
    together = evaluate(rubric, CALL, min_confidence=0.6, min_confidence_fatal=0.6)
    alone = tuple(evaluate_criterion(c, scene_of(rubric, CALL, 0.6)) for _, c in rubric.criteria())
    assert together == alone


def test_a_phrase_is_expected_of_who_may_say_it_wherever_the_form_has_it() -> None:
    rubric = load_rubric(folder("rubrics") / "inbound_complaint.yaml")

    def knows(lexicon: Lexicon, words: str) -> bool:
        pattern = phrase(words)
        assert isinstance(pattern, Phrase)
        return lexicon.lane(pattern.sequel, pattern.errors) is not None

    of = expected(rubric)
    assert knows(of[Role.AGENT], "请您稍等")
    assert not knows(of[Role.AGENT], "从来没人这么说")
    greeting = [c for _, c in rubric.criteria() if c.id == "greeting"]
    assert not any(knows(lexicon, "请您稍等") for lexicon in expected_of(rubric, greeting).values())
