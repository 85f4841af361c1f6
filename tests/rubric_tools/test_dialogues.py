"""Dialogue files: a call and what is expected of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trial_world as tw

from qa_pipeline.cli import main as cli
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.errors import CollectedErrors
from qa_pipeline.rules.dialogue import load_dialogues, run_dialogues

YAML = """\
dialogue:
  - 客服：您好工号三一零七为您服务
  - 客户：我想查一下快递
  - （静音8秒）
  - 客服：查到了
call: {agent_id: 0031, ring_s: 6}
expect: {greeting: met, polite: 不达标}
---
rubric: another
dialogue: ["客服：喂"]
expect: {whatever: met}
"""
TEXT = """\
# 一通没有致谢的电话
通话：agent_id 0031
call: ring_s = 6
客服：您好工号三一零七为您服务
客户：我想查一下快递
（静音8秒）
客服：查到了
期望：greeting 达标
expect: polite = not_met
"""


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize(("name", "content"), [("d.yaml", YAML), ("d.txt", TEXT)])
def test_both_forms_say_the_same(tmp_path: Path, name: str, content: str) -> None:
    dialogues = load_dialogues(write(tmp_path, name, content))
    assert dialogues[0].info == {"agent_id": "0031", "ring_s": 6.0}
    results = run_dialogues(tw.form(), dialogues)
    assert [(r.expectation.criterion_id, r.finding.outcome, r.passed) for r in results] == [
        ("greeting", Outcome.MET, True),
        ("polite", Outcome.NOT_MET, True),
    ]


def faults(path: Path) -> list[tuple[str, int | None, int | None]]:
    with pytest.raises(CollectedErrors) as caught:
        run_dialogues(tw.form(), load_dialogues(path))
    assert str(caught.value)
    return [
        (e.code.removeprefix("dialogue."), e.location.line, e.location.column)
        for e in caught.value.errors
        if e.location
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", [("empty", 1, None)]),
        ("- a\n", [("no_mapping", 1, 1)]),
        (
            "dialog: [客服：您好]\nexpect: {greeting: met}\n",
            [("unknown_key", 1, 1), ("no_lines", 1, 1)],
        ),
        (
            "dialogue: [客服：您好, 随便说说]\nexpect: {greeting: mat}\n",
            [("bad_line", 1, 19), ("unknown_outcome", 2, 20)],
        ),
        ("dialogue: [客服：您好]\n", [("no_expect", 1, 1)]),
        ("dialogue: [客服：您好]\nexpect: {greetings: met}\n", [("unknown_criterion", 2, 10)]),
        (
            "dialogue: [客服：您好]\ncall: {agent_id: [1], ring_s: 快}\nexpect: {greeting: met}\n",
            [("bad_field", 2, 18), ("bad_field", 2, 31)],
        ),
        ("dialogue: [客服：您好]\ncall: 三\nexpect: {greeting: met}\n", [("no_mapping", 2, 7)]),
    ],
)
def test_errors_of_yaml_name_their_place(
    tmp_path: Path, content: str, expected: list[tuple[str, int | None, int | None]]
) -> None:
    assert faults(write(tmp_path, "d.yaml", content)) == expected


def test_errors_of_text_name_their_line(tmp_path: Path) -> None:
    path = write(tmp_path, "d.txt", "客服：您好\n随便说说\n期望：greeting 达表\n通话：ring_s 快\n")
    assert [(code, line) for code, line, _ in faults(path)] == [
        ("bad_line", 2),
        ("unknown_outcome", 3),
        ("bad_field", 4),
    ]
    assert faults(write(tmp_path, "e.txt", "期望：greeting 达标\n")) == [("no_lines", 1, None)]
    assert faults(write(tmp_path, "f.txt", "客服：您好\n")) == [("no_expect", 1, None)]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert faults(tmp_path / "gone.yaml")[0][0] == "not_found"
    assert faults(tmp_path)[0][0] == "unreadable"
    (tmp_path / "gbk.txt").write_bytes("客服：您好".encode("gb18030"))
    assert faults(tmp_path / "gbk.txt")[0][0] == "not_utf8"
    assert faults(write(tmp_path, "big.txt", "客" * 1_000_001))[0][0] == "too_large"
    assert faults(write(tmp_path, "yaml.yaml", "dialogue: [")) != []


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(tmp_path / "data"))
    rubric = write(tmp_path, "small.yaml", tw.form().content)
    good = write(tmp_path, "d.yaml", YAML)
    wrong = write(tmp_path, "w.txt", TEXT.replace("= not_met", "= met"))
    assert cli.run(["rubric", "test", str(rubric), "--dialogue", str(good)]) == 0
    assert "2/2" in capsys.readouterr().out
    assert cli.run(["rubric", "test", str(rubric), "--dialogue", str(good), "--dialogue", str(wrong)]) == 1
    told = capsys.readouterr()
    assert "3/4" in told.out and f"{wrong}:9" in told.err and "应为达标，实际为不达标" in told.err
    assert (
        cli.run(["rubric", "test", str(rubric), "--dialogue", str(wrong), "--format", "json", "--lang", "en"])
        == 1
    )
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(r["criterion_id"], r["line"], r["passed"]) for r in rows] == [
        ("greeting", 8, True),
        ("polite", 9, False),
    ]
    assert cli.run(["rubric", "test", str(rubric), "--dialogue", str(tmp_path / "gone.yaml")]) == 2
