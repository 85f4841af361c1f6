"""``qa clips`` by measure, topic and words said; recordings that are gone; better words of the form in force."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from clip_world import CUSTOMER, GOOD_TALK, PRIVATE_TALK, World, audited, everything, leaks

from qa_pipeline import bootstrap
from qa_pipeline.cli.main import run
from qa_pipeline.pipeline import clip_said

WAIT_TALK = (*GOOD_TALK, "停：9", "坐：让您久等了您的包裹明天送到", "客：好的谢谢")
LATE = replace(CUSTOMER, call_id="late", agent_id="3110", team_id="T2", customer_id=None, extra={})


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(tmp_path)
    day = datetime(2026, 3, 1, 4, tzinfo=UTC)
    made.score(replace(CUSTOMER, team_id="T1", started_at=day), PRIVATE_TALK)
    made.score(replace(CUSTOMER, call_id="good", agent_id="3108", team_id="T1", started_at=day), GOOD_TALK)
    made.score(replace(LATE, started_at=day.replace(day=9)), WAIT_TALK)
    monkeypatch.setenv("QA_DATA_DIR", str(made.settings.data_dir))
    monkeypatch.setattr(bootstrap, "ports", lambda settings: made.ports)
    monkeypatch.chdir(tmp_path)
    yield made
    made.store.close()


def said(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    capsys.readouterr()
    returned = run(["clips", *arguments])
    told = capsys.readouterr()
    assert returned == code, told
    return told.out + told.err


def test_the_longest_dead_air_with_what_is_said_around_it(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, 0, "--measure", "dead_air", "--direction", "high", "--top", "1", "--out", "m")
    assert "已写出 1 个" in told
    (folder,) = Path("m").glob("01_*")
    assert folder.name == "01_dead_air_max_s_call"
    told_view = json.loads((folder / "transcript.json").read_bytes())
    measured = told_view["measured"]
    assert measured["value"] == pytest.approx(9.5, abs=0.3)
    assert measured["place_value"] == measured["value"]
    span = measured["span"]
    assert span["end_ms"] - span["start_ms"] == pytest.approx(9500, abs=300)
    texts = [turn["text"] for turn in told_view["turns"]]
    assert any("非常抱歉" in t for t in texts) and any("久等" in t for t in texts)
    note = (folder / "case.md").read_text(encoding="utf-8")
    for wanted in ("最长静默 9.5 秒（事例）", "3 通，其中 67% 比这一通低", "没有评这一指标"):
        assert wanted in note
    assert measured["calls"] == 3


def test_a_contrast_of_the_other_end(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(
        capsys, 0, "--measure", "最长静默", "--direction", "high", "--pairs", "--top", "1", "--dry-run"
    )
    first, second = told.strip().splitlines()
    assert "通话 late" in first and "最高的之一" in first
    assert "通话 late" not in second and "最低的之一" in second


def test_a_measure_of_calls_in_which_a_criterion_failed(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, 0, "--measure", "dead_air", "--criterion", "soothe", "--dry-run")
    assert CUSTOMER.call_id in told and "late" not in told and "good" not in told


def test_words_are_looked_for_in_all_that_was_said(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, 0, "--text", "包裹明天送道", "--out", "w")
    assert "查了最近 3 通通话的文字（符合条件的共 3 通），1 通里有" in told
    note = next(Path("w").glob("01_words/case.md")).read_text(encoding="utf-8")
    assert "让您久等了您的包裹明天送到" in note
    # With a criterion only quoted evidence counts, as before.
    assert "没有符合条件" in said(capsys, 2, "--text", "包裹明天送到", "--criterion", "soothe")


def test_how_far_was_looked_is_said(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_said, "MOST_CHARACTERS", 10)
    told = said(capsys, 2, "--text", "手机号码")
    assert "没有符合条件" in told
    told = said(capsys, 0, "--text", "包裹明天送到", "--dry-run")
    assert "查了最近 1 通通话的文字（符合条件的共 3 通）" in told


def test_words_that_are_private_are_told_to_nobody(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, 0, "--text", "幺三八零零幺二三四五六", "--zip", "--out", "class")
    assert leaks(everything(Path("class"))) == []
    assert leaks(everything(Path("class.zip").parent / "class")) == []


def test_a_topic_is_what_customers_say_where_no_complaint_topic_has_it(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, 0, "--topic", "没有人理我", "--criterion", "soothe", "--dry-run")
    assert "改取客户说到它的 3 通" in told and CUSTOMER.call_id in told
    # The agent says it, no customer does.
    assert "没有找到话题“让您久等了”" in said(capsys, 2, "--topic", "让您久等了")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--measure", "静音"], "dead_air_max_s（最长静默）"),
        (["--measure", "dead_air", "--text", "你好你好"], "不能同时用"),
        (["--measure", "dead_air", "--best"], "没有好坏"),
        (["--direction", "high"], "只能同 --measure 合用"),
        (["--measure", "dead_air", "--direction", "high", "--varied"], "请只留一个"),
        (["--measure", "dead_air", "--pairs"], "相反的一面"),
        (["--text", "你好你好", "--pairs"], "相反的一面"),
        (["--topic", "，"], "没有能比较的字"),
        (["--measure", "talk_over", "--agent", "9999"], "还没有这样的通话"),
        (["--from", "2026-04-02", "--to", "2026-04-01"], "2026-04-0"),
    ],
)
def test_wrong_wishes_are_answered_plainly(
    world: World, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert words in said(capsys, 2, *arguments)


def test_days_and_teams(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, 0, "--measure", "dead_air", "--from", "2026-03-05", "--to", "2026-03-31", "--dry-run")
    assert "late" in told and "good" not in told
    told = said(capsys, 0, "--measure", "dead_air", "--team", "T1", "--dry-run")
    assert "late" not in told and "good" in told
    assert CUSTOMER.call_id in said(capsys, 0, "--criterion", "soothe", "--month", "2026-03", "--dry-run")
    assert "没有符合条件" in said(capsys, 2, "--criterion", "soothe", "--month", "2026-04", "--dry-run")


def test_the_next_case_stands_in_for_one_whose_recording_moved(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    (world.folder / "in" / "late.wav").unlink()
    told = said(capsys, 1, "--measure", "dead_air", "--direction", "high", "--top", "1", "--out", "m")
    assert "通话 late 的录音已移走" in told and "已写出 1 个案例" in told
    assert audited(world)[-1]["calls"] != ["late"]


def test_purged_recordings_are_passed_over_and_counted(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(world.settings.data_dir / "qa.db")) as db:
        db.execute("UPDATE calls SET source_uri = '' WHERE call_id = 'late'")
        db.commit()
    told = said(capsys, 0, "--measure", "dead_air", "--direction", "high", "--top", "3", "--dry-run")
    assert "另有 1 通的录音已按保留期限清除" in told and "通话 late" not in told


def test_the_audit_row_names_folder_and_calls(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, 0, "--measure", "dead_air", "--direction", "high", "--top", "1", "--out", "m")
    row = audited(world)[-1]
    assert (row["path"], row["calls"], row["redacted"]) == (str(Path("m").resolve()), ["late"], True)


def test_an_unwritable_folder(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    Path("taken").write_text("a file, no folder", encoding="utf-8")
    assert "无法写入" in said(capsys, 2, "--measure", "dead_air", "--out", "taken")
