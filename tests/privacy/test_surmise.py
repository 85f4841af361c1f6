"""Names that no known wording asks for or announces."""

from __future__ import annotations

import pytest
from builders import utterance

from qa_pipeline.domain.call import Role
from qa_pipeline.privacy.find import find_private
from qa_pipeline.privacy.types import PrivateKind


def hidden(*lines: str) -> list[str]:
    """What is hidden as a name of ``客：…`` and ``坐：…`` lines, five characters a second."""
    said: dict[Role, list] = {Role.AGENT: [], Role.CUSTOMER: []}
    clock = 0.0
    for line in lines:
        who, text = line.split("：", 1)
        role = Role.AGENT if who == "坐" else Role.CUSTOMER
        said[role].append(utterance(role is Role.CUSTOMER, clock, clock + len(text) / 5, text))
        clock += len(text) / 5 + 0.6
    names = [p for p in find_private(said) if p.kind is PrivateKind.PERSON]
    return [
        "".join(w.text for u in said[p.role] for w in u.words if w.span.intersection(p.span)) for p in names
    ]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("坐：这张卡当时办给哪位家人用的呢", "客：办给我外甥傅明轩"), "傅明轩"),
        (("坐：您这边预留的信息麻烦讲一下", "客：报我姐夫聂志远"), "聂志远"),
        (("坐：号码已经记下了", "客：来拿东西的会是司徒静"), "司徒静"),
        (("坐：请讲", "客：我让楼下的贺建民过去拿行不行"), "贺建民"),
        (("客：喂", "坐：请问是孟庆华先生本人吗", "客：是的"), "孟庆华"),
    ],
)
def test_a_name_is_hidden_whatever_leads_up_to_it(lines: tuple[str, ...], name: str) -> None:
    assert any(name in stretch for stretch in hidden(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        ("坐：请问您什么时候方便", "客：后天下午"),
        ("坐：请问您需要哪一种", "客：就要白色"),
        ("坐：请问寄到哪里", "客：寄到石家庄"),
        ("坐：还有什么可以帮您", "客：没有了谢谢"),
        ("坐：已经帮您处理好了", "客：那就麻烦你了"),
        ("坐：请问您对处理结果满意吗", "客：还算满意"),
    ],
)
def test_other_answers_stay(lines: tuple[str, ...]) -> None:
    assert hidden(*lines) == []


def test_what_is_said_back_helps_to_know_a_name() -> None:
    answer = "客：应该写谷雨"
    assert hidden("坐：我在听", answer, "坐：我这边看一下") == []
    assert "谷雨" in hidden("坐：我在听", answer, "坐：嗯谷宇我这边看一下")


def test_a_word_in_the_place_of_a_name_is_none() -> None:
    assert hidden("坐：我帮您联系收件人核实益下", "客：好的") == []
