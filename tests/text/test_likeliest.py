"""What a doubtful place must have been if it was said: the text that the second listen scores."""

from __future__ import annotations

from benchmarks.phrase_material import aligned
from qa_pipeline.text.phrases import phrase
from qa_pipeline.text.script import script


def test_a_doubtful_phrase_names_its_own_words() -> None:
    [match] = phrase("保证百分之百", forbidding=True).find(aligned("我保证分之百能到"))
    assert (match.verdict, match.likeliest) == ("doubtful", "保证百分之百")


def test_a_hit_leaves_nothing_to_listen_for() -> None:
    [match] = phrase("感谢您的来电").find(aligned("感谢您的来电再见"))
    assert (match.verdict, match.likeliest) == ("hit", "")


def test_a_doubtful_number_can_not_be_settled() -> None:
    found = script("{agent_id}", slots={"agent_id": "6602"}, min_coverage=1, min_similarity=0.5).find(
        aligned("工号六六六二为您服务")
    )
    assert [(m.verdict, m.likeliest) for m in found] == [("doubtful", "")]


def test_of_a_doubtful_script_only_the_doubtful_words_are_put_in() -> None:
    template = "您好，这里是{company}，工号{agent_id}为您服务"
    slots = {"company": "云帆物流", "agent_id": "3107"}
    [match] = script(template, slots=slots, min_coverage=0.9).find(
        aligned("您好这里是月份五有工号三一零七我您无误")
    )
    assert match.verdict == "doubtful"
    assert match.likeliest == "您好这里是云帆物流工号三一零七我您无误"
