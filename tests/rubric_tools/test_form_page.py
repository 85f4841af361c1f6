"""The form as agents read it: every check in words, nothing left out, nothing loaded from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, get_args

import pytest
import trial_world as tw

from qa_pipeline.cli import main as cli
from qa_pipeline.i18n import Lang, catalogue
from qa_pipeline.reports.describe import Described, Describer
from qa_pipeline.reports.form_page import render_form
from qa_pipeline.resources import folder
from qa_pipeline.rules.operator import WindowedOperator
from qa_pipeline.rules.parse import load_rubric, parse_rubric
from qa_pipeline.rules.registry import OPERATORS
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Verdict
from qa_pipeline.rules.window import Area

LANGS: tuple[Lang, ...] = get_args(Lang)
SHIPPED = sorted(folder("rubrics").glob("*.yaml"))


def rubric_of(criterion: dict[str, Any], **more: Any) -> Rubric:
    filled = {"id": "c", "title": "某项", "points": 10, **criterion}
    data = {"rubric": "kit", "version": 1, "title": "样例", "variables": {"company": "云帆物流"}}
    data |= {"sections": [{"id": "s", "title": "节", "criteria": [filled]}]} | more
    return parse_rubric(json.dumps(data, ensure_ascii=False), "kit.yaml")


def told(check: dict[str, Any], lang: Lang = "zh", **more: Any) -> Described:
    rubric = rubric_of({"check": check}, **more)
    return Describer(rubric=rubric, lang=lang).describe(next(rubric.criteria())[1].check)


def short(check: dict[str, Any], **more: Any) -> str:
    rubric = rubric_of({"check": check}, **more)
    return Describer(rubric=rubric, lang="zh").short(next(rubric.criteria())[1].check)


@pytest.mark.parametrize(
    ("check", "sentence"),
    [
        ({"op": "must_say", "phrases": ["您好"]}, "客服要说到下面任一句"),
        ({"op": "must_say", "phrases": ["您好"], "count": 2}, "客服要说到下面任一句（次数 2）"),
        (
            {"op": "must_say", "script": "您好", "min_coverage": 0.75, "within": {"first_turns": 2}},
            "开头 2 轮话内：客服要按话术说（必说部分至少说到 75%）",
        ),
        (
            {"op": "must_say", "phrases": ["您好"], "match": "exact"},
            "客服要说到下面任一句（比对方式 一字不差）",
        ),
        (
            {"op": "speaking_rate_between", "role": "agent", "min": 120, "max": 330},
            "客服语速每分钟120–330字（只算说话时间）",
        ),
        (
            {"op": "speaking_rate_between", "role": "agent", "max": 330},
            "客服语速每分钟不高于 330字（只算说话时间）",
        ),
        ({"op": "metadata", "field": "ring_s", "max": 15}, "随录信息：振铃秒数不高于 15"),
        ({"op": "metadata", "field": "部门", "equals": "A"}, "随录信息：部门为 A"),
        ({"op": "metadata", "field": "queue", "in": ["a", "b"]}, "随录信息：业务队列为a、b之一"),
        (
            {"op": "dead_air_under", "seconds": 5, "times": 3, "within": {"from_pct": 10, "to_pct": 90}},
            "通话的 10%–90% 之间：没有 5 秒以上的静默（几次才算 3）",
        ),
    ],
)
def test_sentences(check: dict[str, Any], sentence: str) -> None:
    assert told(check).text == sentence


def test_windows_that_hang_on_a_condition() -> None:
    upset = {"op": "says_any_of", "role": "customer", "phrases": ["太慢了", "气人", "烦", "差劲"]}
    check = {"op": "must_say", "phrases": ["抱歉"], "within": {"after": "upset", "turns": 3, "hit": "first"}}
    assert told(check, conditions={"upset": upset}).text == (
        "在「客户说到“太慢了”“气人”“烦”等」（第一次）之后 3 轮话内：客服要说到下面任一句"
    )


def test_what_must_not_be_is_never_told_as_what_must() -> None:
    one = {"op": "must_say", "phrases": ["甲"]}
    other = {"op": "must_say", "phrases": ["乙"]}
    assert short({"op": "none_of", "of": [one]}).startswith("没有（")
    assert short({"op": "all_of", "of": [{"op": "none_of", "of": [one, other]}, other]}) == (
        "（没有（客服要说到下面任一句“甲”或者客服要说到下面任一句“乙”）并且客服要说到下面任一句“乙”）"
    )
    assert short({"op": "at_least", "n": 2, "of": [one, other]}).endswith("中至少 2 项")


def test_scripts_are_filled_in_and_marked() -> None:
    script = "您好[，这里是]{company}，工号{agent_id}(为您服务|为您效劳)，单号{number:4-8}，{any:0-12}再见"
    assert told({"op": "must_say", "script": script}).script == (
        "您好［，这里是］云帆物流，工号〈工号〉（为您服务｜为您效劳），单号〈数字 4–8〉，〈任意 0–12〉再见"
    )


def test_word_lists_and_parts_are_all_there() -> None:
    lists = {"rude": {"phrases": ["甲甲", {"say": "乙乙", "innocents": ["丙丙"]}]}}
    check = {
        "op": "any_of",
        "of": [{"op": "must_not_say", "list": "rude", "phrases": ["丁丁"]}, {"op": "human"}],
    }
    described = told(check, lists=lists)
    assert [part.phrases for part in described.parts] == [("丁丁", "甲甲", "乙乙"), ()]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_every_operator_has_its_sentence(name: str, lang: Lang) -> None:
    keys = [key for key in catalogue("form", lang) if key == f"op_{name}" or key.startswith(f"op_{name}_")]
    assert keys, f"form.{lang}.yaml says nothing of {name}"


def test_a_pattern_is_told_by_its_label_and_a_last_resort_for_a_person_as_that() -> None:
    pattern = {"op": "matches_regex", "role": "agent", "pattern": "歉|对不(?!对)", "label": "像是在致歉"}
    assert told(pattern).text == short(pattern) == "客服说“像是在致歉”一类的话"
    unnamed = {"op": "matches_regex", "role": "agent", "pattern": "歉"}
    assert told(unnamed).text == "客服说的话符合写法 歉"
    person = told({"op": "any_of", "of": [unnamed, {"op": "human", "heard": pattern}]}).parts[1]
    assert (person.text, person.parts[0].text) == (
        "听到下面这样的话，由人听录音评定，不直接扣分",
        "客服说“像是在致歉”一类的话",
    )


def test_an_operator_without_a_sentence_is_told_by_its_parameters() -> None:
    class Shout(WindowedOperator):
        op: Literal["shout"]
        loud: float = 3
        words: tuple[str, ...] = ()

        def look(self, scene: Scene, area: Area) -> Verdict:
            raise AssertionError("describing a check must not run it")

    describer = Describer(rubric=tw.form(), lang="zh")
    check = Shout(op="shout", loud=5, words=("喂", "哎"))
    assert describer.describe(check).text == "机器检查“shout”（loud 5；words 喂、哎）"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_shipped_forms_show_every_criterion_phrase_and_example(path: Path, lang: Lang) -> None:
    rubric = load_rubric(path)
    page = render_form(rubric, lang=lang)
    assert page.count("<article") == len(list(rubric.criteria()))
    assert page.count('class="example"') == sum(len(c.examples) for _, c in rubric.criteria())
    for name, words in rubric.lists.items():
        used = any(name in str(c.check) for _, c in rubric.criteria())
        assert not used or all(f"<li>{p.say}</li>" in page for p in words.guarded())
    other = catalogue("form", lang)["op_other"].split("{")[0]
    assert other.replace('"', "&#34;") not in page


def test_the_page_is_escaped_and_loads_nothing() -> None:
    content = tw.form().content.replace("报工号", '<script>alert("1")</script>')
    page = render_form(parse_rubric(content, "x.yaml"), lang="zh")
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "http://" not in page and "https://" not in page


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(tmp_path / "data"))
    out = tmp_path / "new" / "form.html"
    assert cli.run(["rubric", "show", "inbound_enquiry", "--html", str(out)]) == 0
    assert str(out) in capsys.readouterr().out
    assert "来电咨询质检评分表" in out.read_text(encoding="utf-8")
    assert cli.run(["rubric", "show", "inbound_enquiry@one"]) == 2
    assert cli.run(["rubric", "show", "inbound_enquiry@99"]) == 2
    assert "版本 99" in capsys.readouterr().err
    assert cli.run(["rubric", "show", "inbound_enquiry@2", "--lang", "en"]) == 0


def test_what_calls_for_an_answer_is_told() -> None:
    trigger = {"op": "says_any_of", "role": "customer", "phrases": ["太慢了"]}
    described = told({"op": "responds_with", "trigger": trigger, "phrases": ["抱歉"]})
    assert (described.text, described.phrases) == ("客服在 2 轮话内这样回应", ("抱歉",))
    assert [(p.text, p.phrases) for p in described.parts] == [("每当：客户说到", ("太慢了",))]


def test_a_flow_shows_its_steps_and_branches() -> None:
    steps = [
        {
            "step": "问满意",
            "phrases": ["满意吗"],
            "answers": [
                {"answer": "满意", "phrases": ["挺好"], "then": "致谢"},
                {"answer": "其他", "then": "end"},
            ],
        },
        {"step": "致谢", "script": "感谢您[的配合]", "optional": True},
    ]
    described = told({"op": "follows_flow", "steps": steps})
    first, second = described.parts
    assert (first.text, first.phrases) == ("步骤“问满意”：", ("满意吗",))
    assert [p.text for p in first.parts] == ["客户回答“满意”→ 接着“致谢”：", "客户回答“其他”→ 流程结束："]
    assert (second.text, second.script) == ("步骤“致谢”（可以不说）：", "感谢您［的配合］")
