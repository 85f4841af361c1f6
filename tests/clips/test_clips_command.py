"""``qa clips``, ``qa redact`` and ``qa audit`` as people use them, and what they say when something is wrong."""

from __future__ import annotations

import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from clip_world import CUSTOMER, GOOD_TALK, PRIVATE_TALK, World

from qa_pipeline import bootstrap
from qa_pipeline.cli.main import run
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.scorecard import Review

LOST = replace(CUSTOMER, call_id="lost", agent_id="3109")
GOOD = replace(CUSTOMER, call_id="good", agent_id="3108", customer_id=None, extra={})


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(tmp_path)
    made.score(CUSTOMER, PRIVATE_TALK)
    made.score(LOST, PRIVATE_TALK)
    made.score(GOOD, GOOD_TALK)
    monkeypatch.setenv("QA_DATA_DIR", str(made.settings.data_dir))
    monkeypatch.setattr(bootstrap, "ports", lambda settings: made.ports)
    monkeypatch.chdir(tmp_path)
    yield made
    made.store.close()


def said(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    capsys.readouterr()
    returned = run(list(arguments))
    told = capsys.readouterr()
    assert returned == code, told
    return told.out + told.err


def test_a_dry_run_lists_and_writes_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, 0, "clips", "--criterion", "soothe", "--pairs", "--dry-run")
    assert "lost" in told and "为什么选它" in told and "正例" in told
    assert not Path("qa_clips").exists()


def test_a_folder_and_an_archive_that_plays_offline(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, 0, "clips", "--criterion", "soothe", "--best", "--zip", "--out", "class")
    assert "已写出 1 个案例" in told
    with zipfile.ZipFile("class.zip") as archive:
        names = {n.removeprefix("class/") for n in archive.namelist()}
        page = archive.read("class/index.html").decode()
    assert names == {"index.html"} | {
        f"01_soothe_met/{n}"
        for n in (
            "audio.mp3", "case.docx", "case.md", "transcript.json", "transcript.srt", "transcript.txt",
            "transcript.vtt",
        )
    }  # fmt: skip
    assert 'src="01_soothe_met/audio.mp3"' in page
    assert "http://" not in page and "https://" not in page
    note = Path("class/01_soothe_met/case.md").read_text(encoding="utf-8")
    for wanted in ("案例 01：安抚客户（正例）", "5 / 5", "标准 A7", "非常抱歉", "讨论题", "坐席A"):
        assert wanted in note
    assert (
        Path("class/01_soothe_met/transcript.vtt").read_text(encoding="utf-8").startswith("WEBVTT\n\n00:00:0")
    )


def test_a_pair_tells_of_its_other_half_and_asks_about_what_was_said(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, 0, "clips", "--criterion", "soothe", "--pairs", "--top", "9", "--out", "class")
    assert "要 9 个，符合条件又能用的只有 2 个" in told
    bad, good = (
        Path(f"class/{name}/case.md").read_text(encoding="utf-8")
        for name in ("01_soothe_not_met", "02_soothe_met")
    )
    assert "请同案例 02 一起听" in bad and "请同案例 01 一起听" in good
    for note in (bad, good):
        assert "要求：客服要说到下面任一句“请您别着急”“非常抱歉”" in note
        assert "文字由机器识别" in note
    assert "坐席说“" in good and "哪几个字做到了“安抚客户”" in good
    page = Path("class/index.html").read_text(encoding="utf-8")
    assert "对照 1" in page and "客户：“" in page


def test_what_an_earlier_run_wrote_is_taken_away_and_nothing_else(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, 0, "clips", "--criterion", "soothe", "--out", "class")
    Path("class/mine.txt").write_text("x", encoding="utf-8")
    said(capsys, 0, "clips", "--criterion", "no_phone", "--out", "class")
    assert not list(Path("class").glob("*soothe*"))
    assert Path("class/mine.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--criterion", "sooth"], 2, "是不是“soothe”"),
        (["--criterion", "never"], 2, "没有符合条件的案例（--criterion never --outcome not_met）"),
        (["--agent", "9999"], 2, "--agent 9999"),
        (["--text", "，"], 2, "没有能比较的字"),
        (["--text", "谢谢你的好意"], 2, "没有符合条件的案例"),
        (["--top", "0"], 2, "1 到 200"),
        (["--best", "--worst"], 2, "只能用一个"),
        (["--no-redact"], 2, "QA_ALLOW_UNREDACTED"),
        (["--criterion", "soothe", "--out", "taken"], 2, "无法写入"),
        (["--criterion", "soothe", "--lang", "en", "--out", "taken"], 2, "taken"),
    ],
)
def test_wrong_wishes_are_answered_plainly(
    world: World, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    Path("taken").write_text("a file, no folder", encoding="utf-8")
    assert words in said(capsys, code, "clips", *arguments)


def test_a_recording_that_is_gone_is_named_and_the_rest_is_written(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    recordings = world.folder / "in"
    (recordings / "lost.wav").unlink()
    told = said(capsys, 1, "clips", "--criterion", "soothe", "--out", "class")
    assert "通话 lost 的录音已移走" in told and "已写出 1 个案例" in told
    (recordings / "lost.wav").write_bytes((recordings / "good.wav").read_bytes())
    assert "换成了别的内容" in said(capsys, 1, "clips", "--criterion", "soothe", "--out", "class")
    told = said(capsys, 2, "clips", "--agent", "3109", "--out", "class")
    assert "都没能写出" in told


def test_a_case_that_a_person_rejected_is_not_shown(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    card = world.store.scorecard("lost")
    assert card is not None
    found = next(f for f in card.findings if f.finding.criterion_id == "soothe")
    mark = Review(
        review_id="m1",
        call_id="lost",
        rubric_id="small",
        criterion_id="soothe",
        criterion_digest=found.criterion_digest,
        reviewer="王",
        reviewed_at=datetime(2026, 3, 1, tzinfo=UTC),
        outcome=Outcome.MET,
        reason="听到了",
    )
    assert "lost" in said(capsys, 0, "clips", "--criterion", "soothe", "--dry-run")
    world.store.add_reviews([mark])
    assert "lost" not in said(capsys, 0, "clips", "--criterion", "soothe", "--dry-run")


def test_whole_recordings_and_one_that_nobody_knows(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, 1, "redact", "lost", "nosuch", "--out", "red")
    assert "lost：遮盖" in told and "没有通话“nosuch”" in told
    assert Path("red/01/audio.mp3").stat().st_size > 1000


def test_a_broken_audit_log_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, 0, "clips", "--criterion", "soothe", "--out", "class")
    assert "完整" in said(capsys, 0, "audit", "verify")
    with closing(sqlite3.connect(world.settings.data_dir / "qa.db")) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f'DROP TRIGGER "{name}"')
        db.execute("DELETE FROM audit WHERE audit_pk = 2")
        db.commit()
    assert "从第 3 行起对不上" in said(capsys, 1, "audit", "verify")
