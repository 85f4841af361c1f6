"""Goals, measures taken and exceptions from the command line: kept, listed, in reports, and refused in plain words."""

import json
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from qa_pipeline.cli.main import run
from qa_pipeline.settings import Settings


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("QA_DATA_DIR", str(folder))
    monkeypatch.setenv("COLUMNS", "170")
    return folder


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run([*arguments, "--format", "json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_goal_is_set_listed_reported_and_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["target", "set", "pass_rate", "95%", "--from", "2026-03-01", "--by", "王主管"]) == 0
    assert run(["target", "set", "mean_score", "92.5", "--team", "t1", "--from", "2026-03-01"]) == 0
    goals = lines(capsys, "target", "list", "--on", "2026-03-05")
    assert [(g["figure"], g["goal"]) for g in goals] == [("pass_rate", 0.95), ("mean_score", 92.5)]
    assert goals[0]["by"] == "王主管"
    assert run(["report", "day", "--date", "2026-03-05", "--out", str(tmp_path), "--no-call-pages"]) == 0
    told = json.loads((tmp_path / "day-2026-03-05.json").read_bytes())
    assert {f["key"]: f["target"] for f in told["key_figures"]}["pass_rate"] == 0.95
    assert run(["target", "set", "pass_rate", "--end", "--from", "2026-04-01"]) == 0
    assert [g["figure"] for g in lines(capsys, "target", "list", "--on", "2026-04-01")] == ["mean_score"]
    assert len(lines(capsys, "target", "list", "--on", "2026-03-31")) == 2


def test_measures_are_numbered_listed_and_closed(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--moves", "greeting", "--owner", "李主管", "--from", "2026-03-10"]
    assert run(["measure", "add", "开头语培训", *options]) == 0
    assert run(["measure", "add", "话术卡", *options]) == 0
    assert [m["id"] for m in lines(capsys, "measure", "list")] == ["M202603-1", "M202603-2"]
    assert run(["measure", "close", "M202603-1", "--on", "2026-03-09"]) == 2
    assert "不能在 2026-03-09 结束" in capsys.readouterr().err
    assert run(["measure", "close", "M202603-1", "--on", "2026-03-20"]) == 0
    assert [m["closed"] for m in lines(capsys, "measure", "list")] == ["2026-03-20", None]
    assert run(["measure", "close", "M202603-1"]) == 2


def test_an_exception_has_an_owner_until_it_is_settled(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["exception", "add", "=录音缺失", "--on", "2026-03-05"]) == 0
    assert run(["exception", "assign", "E202603-1", "--to", "王", "--deadline", "2026-03-08"]) == 0
    (item,) = lines(capsys, "exception", "list")
    assert (item["state"], item["owner"], item["overdue"]) == ("assigned", "王", True)
    assert run(["exception", "list"]) == 0
    assert "登记事项：=录音缺失" in capsys.readouterr().out
    assert run(["exception", "close", "E202603-1", "--note", "已补录"]) == 0
    assert lines(capsys, "exception", "list") == []
    assert lines(capsys, "exception", "list", "--all")[0]["state"] == "closed"


def test_whatever_is_written_is_in_the_audit_log(data: Path) -> None:
    assert run(["target", "set", "pass_rate", "95%"]) == 0
    assert run(["exception", "add", "停电"]) == 0
    assert run(["exception", "close", "--note", "来电", f"E{date_of_today():%Y%m}-1"]) == 0
    with closing(sqlite3.connect(data / "qa.db")) as db:
        actions = [action for (action,) in db.execute("select action from audit order by audit_pk")]
    assert actions[-3:] == ["target.set", "exception.opened", "exception.closed"]


def date_of_today() -> date:
    from qa_pipeline import bootstrap

    return bootstrap.business_day(Settings())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["target", "set", "pas_rate", "95%"], "pass_rate"),
        (["target", "set", "review_rate", "5%"], "没有好坏"),
        (["target", "set", "pass_rate", "95"], "95% / 0.95"),
        (["target", "set", "pass_rate", "1"], "95% / 0.95"),
        (["target", "set", "mean_score", "nan"], "92.5"),
        (["target", "set", "mean_score", "101"], "92.5"),
        (["target", "set", "pass_rate"], "--end"),
        (["target", "set", "pass_rate", "9%", "--end"], "--end"),
        (["target", "set", "pass_rate", "9%", "--team", "a", "--agent", "b"], "只能用一个"),
        (["target", "set", "pass_rate", "9%", "--from", "1. Mai"], "不是日期"),
        (["target", "set", "pass_rate", "9%", "--by", " "], "名字是空的"),
        (["measure", "add", "培训", "--moves", "greting", "--owner", "李"], "greeting"),
        (["measure", "add", " ", "--moves", "greeting", "--owner", "李"], "内容是空的"),
        (["measure", "close", "M1"], "没有编号"),
        (["exception", "assign", "E1", "--to", "王"], "没有编号"),
        (["exception", "close", "E1", "--note", "好"], "没有编号"),
    ],
)
def test_wrong_input_is_told_in_words(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert said in capsys.readouterr().err
