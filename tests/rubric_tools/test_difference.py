"""What changed between two forms, in words."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from qa_pipeline.cli import main as cli
from qa_pipeline.i18n import Lang
from qa_pipeline.reports.difference_text import DifferenceWords
from qa_pipeline.resources import folder
from qa_pipeline.rules.difference import differences
from qa_pipeline.rules.parse import load_rubric, parse_rubric
from qa_pipeline.rules.rubric import Rubric

LANGS: tuple[Lang, ...] = get_args(Lang)
BASE: dict[str, Any] = {
    "rubric": "kit",
    "version": 1,
    "title": "样例",
    "effective_from": "2026-01-01",
    "applies_when": {"queue": ["enquiry"]},
    "variables": {"company": "云帆物流"},
    "bands": {"好": 80, "差": 0},
    "conditions": {"upset": {"op": "says_any_of", "role": "customer", "phrases": ["太慢了", "气人"]}},
    "lists": {"rude": {"title": "粗话", "phrases": ["走开", {"say": "不管", "innocents": ["不管怎样"]}]}},
    "sections": [
        {
            "id": "s1",
            "title": "开头",
            "criteria": [
                {
                    "id": "greet",
                    "title": "问候",
                    "points": 10,
                    "check": {
                        "op": "must_say",
                        "script": "您好，{company}",
                        "min_coverage": 0.75,
                        "within": {"first_turns": 2},
                    },
                },
                {
                    "id": "sorry",
                    "title": "致歉",
                    "points": 5,
                    "when": "upset",
                    "check": {"op": "must_say", "phrases": ["抱歉", "对不起"]},
                    "examples": [{"met": ["客户：太慢了", "客服：抱歉"]}],
                },
            ],
        },
        {
            "id": "s2",
            "title": "过程",
            "criteria": [
                {
                    "id": "rude",
                    "title": "不说粗话",
                    "points": 5,
                    "check": {"op": "must_not_say", "list": "rude"},
                },
                {
                    "id": "air",
                    "title": "不冷场",
                    "points": 5,
                    "check": {
                        "op": "all_of",
                        "of": [{"op": "dead_air_under", "seconds": 5}, {"op": "human"}],
                    },
                },
            ],
        },
    ],
}


def rubric(data: dict[str, Any]) -> Rubric:
    return parse_rubric(json.dumps(data, ensure_ascii=False), "kit.yaml")


OLD = rubric(BASE)


def criterion(data: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(c for s in data["sections"] for c in s["criteria"] if c["id"] == name)
    return found


def changed(edit: Callable[[dict[str, Any]], object]) -> tuple[list[str], tuple[str, ...]]:
    """The sentences of an edit, and the criteria whose content changed."""
    data = copy.deepcopy(BASE)
    edit(data)
    new = rubric(data)
    comparison = differences(OLD, new)
    words = DifferenceWords(OLD, new, "zh")
    assert all(DifferenceWords(OLD, new, "en").say(d) for d in comparison.differences)
    told = [f"{d.id}: {words.say(d)}" if d.id else words.say(d) for d in comparison.differences]
    digests = {c.id: c.digest for _, c in OLD.criteria()}
    assert comparison.changed == tuple(
        c.id for _, c in new.criteria() if c.id in digests and c.digest != digests[c.id]
    )
    return told, comparison.changed


def check(name: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda data: criterion(data, name)["check"].update(values)


def of(name: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda data: criterion(data, name).update(values)


@pytest.mark.parametrize(
    ("edit", "told", "stale"),
    [
        (
            lambda d: d.update(version=2, effective_from="2026-03-01"),
            ["版本：1 → 2", "生效日期：2026-01-01 → 2026-03-01"],
            (),
        ),
        (lambda d: d.update(effective_to="2026-12-31"), ["截止日期：无 → 2026-12-31"], ()),
        (
            lambda d: d.update(bands={"好": 85, "中": 60, "差": 0}),
            ["等级线·好：80 → 85", "等级线·中：无 → 60"],
            (),
        ),
        (lambda d: d["applies_when"].update(direction="inbound"), ["适用范围·呼叫方向：无 → 来电"], ()),
        (lambda d: d["variables"].update(company="云帆"), ["变量 company：云帆物流 → 云帆"], ("greet",)),
        (
            of("greet", points=8, severity="major"),
            ["greet: 分值：10 → 8", "greet: 严重程度：轻微 → 较重"],
            ("greet",),
        ),
        (
            of("rude", score={"per_hit": 2, "cap": 4}),
            ["rude: 计分方式：全得或全扣 → 每次扣 2 分，最多扣 4 分"],
            ("rude",),
        ),
        (
            of("rude", severity="fatal", auto_fail={"scope": "section"}),
            ["rude: 严重程度：轻微 → 致命", "rude: 致命的后果：无 → 本大项·得 0 分"],
            ("rude",),
        ),
        (
            check("sorry", phrases=["抱歉", "不好意思"]),
            ["sorry: 新增说法：不好意思。", "sorry: 删去说法：对不起。"],
            ("sorry",),
        ),
        (check("sorry", phrases=["对不起", "抱歉"]), ["sorry: 只是次序有变。"], ("sorry",)),
        (
            check("greet", min_coverage=0.8, script="您好，这里是{company}"),
            ["greet: 话术：您好，云帆物流 → 您好，这里是云帆物流", "greet: 必说部分至少说到：75% → 80%"],
            ("greet",),
        ),
        (
            check("greet", within={"first_s": 20}),
            ["greet: 检查范围：开头 2 轮话内 → 开头 20 秒内"],
            ("greet",),
        ),
        (
            lambda d: criterion(d, "greet")["check"].pop("within"),
            ["greet: 检查范围：开头 2 轮话内 → 整通电话"],
            ("greet",),
        ),
        (
            lambda d: criterion(d, "air")["check"]["of"][0].update(seconds=8),
            ["air: 秒数：5 → 8"],
            ("air",),
        ),
        (
            lambda d: criterion(d, "air")["check"]["of"].append({"op": "speaks_last"}),
            ["air: 检查新增：客服最后说话。"],
            ("air",),
        ),
        (
            of("air", check={"op": "human"}),
            [
                "air: 检查由“（没有 5 秒以上的静默并且由人听录音评定，机器不打分）”改为“由人听录音评定，机器不打分”。"
            ],
            ("air",),
        ),
        (
            of("rude", unless={"op": "must_say", "phrases": ["抱歉"]}, side="after"),
            ["rude: 免责的方向：之前 → 之后", "rude: 免责情形新增：客服要说到下面任一句“抱歉”。"],
            ("rude",),
        ),
        (
            lambda d: d["conditions"]["upset"].update(phrases=["太慢了", "差劲"]),
            ["upset: 新增说法：差劲。", "upset: 删去说法：气人。"],
            ("sorry",),
        ),
        (
            lambda d: d["lists"]["rude"].update(
                phrases=["走开", {"say": "不管", "innocents": ["不管了"]}, "滚"]
            ),
            ["rude: 新增说法：滚。", "rude: “不管”的除外说法：不管怎样 → 不管了"],
            ("rude",),
        ),
        (
            lambda d: d["lists"]["rude"].update(
                phrases=[
                    {"say": "走开", "synonyms": ["一边去"]},
                    {"say": "不管", "innocents": ["不管怎样"]},
                ]
            ),
            ["rude: “走开”的同义说法：无 → 一边去"],
            ("rude",),
        ),
        (of("sorry", examples=[]), ["sorry: 样例 1 个 → 0 个（不影响评分）。"], ()),
        (
            of("greet", id="hello"),
            ["hello: 编号由 greet 改为 hello，内容不变；原来的人工复核不随新编号。"],
            (),
        ),
        (lambda d: d["sections"][1]["criteria"].pop(), ["air: 删去（原 5 分）。"], ()),
        (
            lambda d: d["sections"][0]["criteria"].append(d["sections"][1]["criteria"].pop()),
            ["air: 由大项“过程”移到“开头”。", "只是次序有变。"],
            (),
        ),
        (
            lambda d: d["sections"].append(
                {
                    "id": "s3",
                    "title": "人",
                    "criteria": [{"id": "n", "title": "新", "points": 3, "check": {"op": "human"}}],
                }
            ),
            ["s3: 新增。", "n: 新增，3 分。"],
            (),
        ),
    ],
)
def test_edits(edit: Callable[[dict[str, Any]], object], told: list[str], stale: tuple[str, ...]) -> None:
    said, changed_ids = changed(edit)
    if told[-1] == "只是次序有变。":
        assert sorted(said)[-1].endswith(told[-1]) and told[0] in said
    else:
        assert said == told
    assert changed_ids == stale


def test_steps_of_a_flow_are_compared_by_name() -> None:
    answers = [
        {"answer": "满意", "phrases": ["挺好"], "then": "致谢"},
        {"answer": "其他", "then": "end"},
    ]
    ask = {"step": "问满意", "phrases": ["满意吗"], "answers": answers}
    thanks = {"step": "致谢", "script": "感谢您的配合"}
    old, new = copy.deepcopy(BASE), copy.deepcopy(BASE)
    criterion(old, "air")["check"] = {"op": "follows_flow", "steps": [ask, thanks]}
    more = [{**answers[0], "phrases": ["挺好", "不错"]}, answers[1]]
    criterion(new, "air")["check"] = {
        "op": "follows_flow",
        "steps": [
            {**ask, "answers": more},
            {**thanks, "optional": True},
            {"step": "祝愿", "phrases": ["祝您愉快"]},
        ],
    }
    forms = rubric(old), rubric(new)
    words = DifferenceWords(*forms, "zh")
    assert [words.say(d) for d in differences(*forms).differences] == [
        "步骤“问满意·满意”：新增说法：不错。",
        "步骤“致谢”：optional：否 → 是",
        "新增步骤“祝愿”。",
    ]


def test_equal_forms_differ_in_nothing() -> None:
    for path in sorted(folder("rubrics").glob("*.yaml")):
        form = load_rubric(path)
        comparison = differences(form, load_rubric(path))
        assert comparison.differences == () and comparison.changed == ()


def test_who_uses_a_condition_is_told_and_what_becomes_of_marks() -> None:
    data = copy.deepcopy(BASE)
    data["conditions"]["upset"]["phrases"] = ["太慢了"]
    new = rubric(data)
    lines = list(DifferenceWords(OLD, new, "zh").lines(differences(OLD, new)))
    assert lines == [
        "条件",
        "  upset（用到它的评分项：“致歉”）",
        "    删去说法：气人。",
        "内容有变的评分项 1 个，之前的人工复核对它们不再有效：“致歉”",
        "其余 3 个评分项内容不变，人工复核仍然有效。",
    ]


@pytest.mark.parametrize("lang", LANGS)
def test_any_two_shipped_forms_can_be_told_apart(lang: Lang) -> None:
    forms = [load_rubric(path) for path in sorted(folder("rubrics").glob("*.yaml"))]
    for old, new in zip(forms, [*forms[1:], forms[0]], strict=True):
        words = DifferenceWords(old, new, lang)
        assert all(words.lines(differences(old, new)))


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(tmp_path / "data"))
    data = copy.deepcopy(BASE) | {"version": 2}
    criterion(data, "greet")["points"] = 8
    paths = []
    for name, content in (("old", BASE), ("new", data)):
        paths.append(tmp_path / f"{name}.yaml")
        paths[-1].write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    assert cli.run(["rubric", "diff", *map(str, paths)]) == 0
    told = capsys.readouterr().out
    assert "分值：10 → 8" in told and "样例（kit v1） → 样例（kit v2）" in told
    assert cli.run(["rubric", "diff", *map(str, paths), "--format", "json", "--lang", "en"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[-1]["changed_criteria"] == ["greet"]
    assert [row["text"] for row in rows[:-1]] == ["Version: 1 → 2", "Points: 10 → 8"]
    assert cli.run(["rubric", "diff", str(paths[0]), str(paths[0]), "--lang", "zh"]) == 0
    assert "内容相同" in capsys.readouterr().out
