"""``qa rubric backtest`` as people call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trial_world as tw

from qa_pipeline import bootstrap
from qa_pipeline.cli import main as cli


@pytest.fixture
def arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Four scored calls; the old form is named as the database keeps it."""
    world = tw.World(tmp_path)
    world.score(
        (tw.form(),),
        ("a1", "good", tw.info("0031")),
        ("a2", "plain", tw.info("0031", day="2026-03-12T02:00")),
        ("b1", "good", tw.info("0032")),
        ("b2", "rude", tw.info("0032")),
    )
    world.store.close()
    new = tmp_path / "new.yaml"
    new.write_text(tw.form(2, polite="麻烦您", abuse="爱找谁找谁去").content, encoding="utf-8")
    monkeypatch.setenv("QA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    bootstrap.stored.cache_clear()
    return ["rubric", "backtest", str(new), "--against", "small@1"]


def test_table(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([*arguments, "--lang", "zh"]) == 0
    out = capsys.readouterr().out
    for expected in (
        "小评分表 v2 对比 小评分表 v1",
        "对比 4 通：4 通结果有变",
        "新增疑似致命 1 通",
        "达标→不达标 2 通，不达标→达标 1 通",
        "新增疑似致命：不骂人",
        "0032",
    ):
        assert expected in out


def test_json_names_every_change_in_the_order_of_pay(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([*arguments, "--format", "json", "--lang", "en"]) == 0
    first = capsys.readouterr().out
    rows = [json.loads(line) for line in first.splitlines()]
    summary = rows[0]
    assert (summary["compared"], summary["changed"], summary["newly_suspected_fatal"]) == (4, 4, 1)
    assert [r["agent_id"] for r in rows if r["kind"] == "person"] == ["0032", "0031"]
    calls = [r for r in rows if r["kind"] == "call"]
    assert [c["call_id"] for c in calls] == ["b2", "b1", "a1", "a2"]
    change = calls[1]["changes"][0]
    assert (change["criterion_id"], change["old"]["outcome"], change["new"]["outcome"]) == (
        "polite",
        "met",
        "not_met",
    )
    assert change["new"]["explanation"] and change["new"]["end_ms"] > 0
    assert cli.run([*arguments, "--format", "json", "--lang", "en"]) == 0
    assert capsys.readouterr().out == first


def test_days_and_page(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "trial"
    days = ["--from", "2026-03-11", "--to", "2026-03-12"]
    assert cli.run([*arguments, *days, "--out", str(out), "--lang", "zh"]) == 0
    assert "对比 1 通" in capsys.readouterr().out
    page = (out / "backtest.html").read_text(encoding="utf-8")
    assert "a2" in page and "b1" not in page and "2026-03-11 至 2026-03-12" in page
    lines = (out / "backtest.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0])["compared"] == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--from", "gestern"], "gestern"),
        (["--from", "2026-03-12", "--to", "2026-03-11"], "2026-03-12"),
        (["--against", "small@7"], "small"),
        (["--against", "nothing"], "nothing"),
    ],
)
def test_wrong_input(
    arguments: list[str], more: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([*arguments, *more]) == 2
    assert words in capsys.readouterr().err


def test_nothing_to_compare(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(tmp_path / "empty"))
    bootstrap.stored.cache_clear()
    assert cli.run([*arguments[:-1], arguments[2], "--lang", "zh"]) == 0
    assert "没有可以对比的通话" in capsys.readouterr().out
