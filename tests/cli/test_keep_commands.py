"""Keeping and deleting from the command line: what is said, and wrong input in plain words."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from qa_pipeline.cli.main import run
from qa_pipeline.domain.call import CallInfo
from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.scorecard import CallStatus, Scorecard
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.base import CallRow, SavedCall
from qa_pipeline.storage.store import SqlStore


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("QA_DATA_DIR", str(folder))
    monkeypatch.setenv("COLUMNS", "200")
    settings = Settings(data_dir=folder)
    store, artifacts = SqlStore(settings, actor="qa@host"), FileArtifacts(settings)
    store.register_rubric("r", 1, "d" * 64, "rubric: r\n")
    for number in (1, 2, 3):
        key = artifacts.key("transcript", str(number))
        words = Transcript(recording_id=f"{number:064x}", language="zh", utterances=(), provenance={})
        artifacts.save(key, words)
        store.save([saved(number, key)])
    store.close()
    return folder


def saved(number: int, key: str) -> SavedCall:
    recording = Recording(
        recording_id=f"{number:064x}",
        source_name=f"{number}.wav",
        codec="pcm",
        sample_rate_hz=8000,
        num_channels=2,
        num_samples=80_000,
    )
    info = CallInfo(
        call_id=f"c{number}",
        agent_id="3107",
        customer_id="K900" if number < 3 else "K901",
        started_at=datetime(2020, number, 1, tzinfo=UTC),
    )
    card = Scorecard(
        call_id=f"c{number}",
        recording_id=recording.recording_id,
        rubric_id="r",
        rubric_version=1,
        rubric_digest="d" * 64,
        engine_digest="e" * 64,
        findings=(),
        sections=(),
        points=1,
        points_possible=2,
        score_pct=50.0,
        score_low_pct=50.0,
        score_high_pct=50.0,
        grade="差",
    )
    row = CallRow(
        info=info,
        recording=recording,
        source_uri=f"/calls/{number}.wav",
        status=CallStatus.SCORED,
        artifacts={"transcript": key},
    )
    return SavedCall(row=row, scorecard=card)


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert run(arguments) == code
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_purging_is_shown_then_done_then_logged(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_KEEP_TRANSCRIPTS_DAYS", "90")
    assert (
        "已设置保留 H1，现有 1 通通话" in told(capsys, "hold", "set", "--call", "c3", "--reason", "仲裁")[0]
    )
    out, _ = told(capsys, "purge", "--dry-run", "--format", "json")
    assert json.loads(out) == {
        "what": "transcript",
        "days": 90,
        "calls": 2,
        "oldest": "2020-01-01",
        "newest": "2020-02-01",
        "held": 1,
        "appealed": 0,
        "busy": 0,
        "held_by": {"H1": 1},
    }
    assert len(list(data.rglob("*.json.gz"))) == 3
    out, _ = told(capsys, "purge", "--apply", "--by", "管理员")
    assert "文字（转写与评分卡里的原话）" in out
    assert "编号 P1" in out
    assert len(list(data.rglob("*.json.gz"))) == 1
    out, _ = told(capsys, "audit", "list", "--by", "管理员", "--action", "清除文字")
    assert "清除文字" in out
    assert "QA_KEEP_TRANSCRIPTS_DAYS=90" in out
    lines = told(capsys, "audit", "list", "--action", "purge", "--format", "json")[0].splitlines()
    assert [json.loads(line)["action"] for line in lines] == ["purge.started", "purge.finished"]
    assert json.loads(lines[1])["detail"] == {"transcript": 2, "files": 2}
    _, err = told(capsys, "call", "show", "c1", code=2)
    assert "文字已删除（P1）" in err
    assert told(capsys, "audit", "verify")


def test_a_report_of_purged_days_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AUDIO", "TRANSCRIPTS", "SCORECARDS"):
        monkeypatch.setenv(f"QA_KEEP_{name}_DAYS", "400")
    told(capsys, "purge", "--apply")
    told(capsys, "report", "month", "--date", "2020-01-15", "--out", str(tmp_path / "r"), "--no-call-pages")
    report = json.loads(next((tmp_path / "r").glob("month-*.json")).read_bytes())
    assert report["notes"][0]["key"] == "purged"
    assert report["counts"]["received"] == 1
    _, err = told(capsys, "export", "review", "--month", "2020-01", "--out", str(tmp_path / "x"), code=2)
    assert "2020-01 的评分卡已按保存期限删除" in err


def test_a_customer_is_forgotten(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = told(capsys, "forget", "K900", "--dry-run")
    assert "涉及通话 2 通，评分卡 2 张" in out
    assert "坐席绩效" in out
    assert "/calls/1.wav" in out
    assert "什么也没有改" in out
    out, _ = told(capsys, "forget", "K900", "--reason", "客户来函", "--by", "王专员")
    assert "c1 → forgotten-1-1" in out
    rows = told(capsys, "audit", "list", "--call", "c1", "--format", "json")[0].splitlines()
    assert json.loads(rows[-1])["action"] == "call.forgotten"
    assert "K900" not in "".join(rows)
    out, _ = told(capsys, "forget", "--call", "c3", "--reason", "来函", "--by", "王专员", "--lang", "en")
    assert "agents are paid by them" in out
    with closing(sqlite3.connect(data / "qa.db")) as raw:
        assert raw.execute("SELECT count(*) FROM calls WHERE customer_id IS NOT NULL").fetchone() == (0,)
    assert told(capsys, "audit", "verify")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["purge"], "--dry-run"),
        (["purge", "--dry-run", "--apply"], "恰好一个"),
        (["forget"], "二者取一"),
        (["forget", "K900", "--call", "c1", "--dry-run"], "二者取一"),
        (["forget", "K900"], "--reason"),
        (["forget", "K900", "--reason", " ", "--by", "x"], "--reason 是空的"),
        (["forget", "K900", "--reason", "x", "--by", " "], "名字是空的"),
        (["forget", "K900", "--reason", "K900 来函", "--by", "x"], "审计日志"),
        (["forget", " ", "--dry-run"], "CUSTOMER 是空的"),
        (["forget", "K90", "--dry-run"], "没有这个客户编号"),
        (["forget", "--call", "c9", "--dry-run"], "c9"),
        (["hold", "set", "--reason", "x"], "恰好一个"),
        (["hold", "set", "--reason", "x", "--call", "c1", "--agent", "3107"], "恰好一个"),
        (["hold", "set", "--reason", "x", "--call", "c9"], "c9"),
        (["hold", "set", "--reason", "x", "--agent", "3170"], "3107"),
        (["hold", "set", "--reason", " ", "--call", "c1"], "--reason 是空的"),
        (["hold", "set", "--reason", "x", "--from", "2020-01-01"], "一起给出"),
        (["hold", "set", "--reason", "x", "--from", "2020-01-02", "--to", "2020-01-01"], "反了"),
        (["hold", "lift", "H7", "--reason", "x"], "H7"),
        (["audit", "list", "--action", "call.raed"], "call.read"),
        (["audit", "list", "--from", "yesterday"], "yesterday"),
    ],
    ids=" ".join,
)
def test_wrong_input_is_refused_in_plain_words(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, err = told(capsys, *arguments, code=2)
    assert says in err
    assert "K901" not in err


@pytest.mark.parametrize("value", ["-5", "0", "abc"])
def test_days_that_are_none_are_refused(
    value: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_KEEP_AUDIO_DAYS", value)
    _, err = told(capsys, "purge", "--dry-run", code=2)
    assert "QA_KEEP_AUDIO_DAYS" in err


def test_a_held_customer_is_refused_by_the_holds_name(capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "hold", "set", "--customer", "K900", "--reason", "诉讼", "--by", "法务")
    _, err = told(capsys, "forget", "K900", "--reason", "来函", "--by", "x", code=2)
    assert "H1" in err
    row = json.loads(told(capsys, "hold", "list", "--format", "json")[0])
    assert (row["id"], row["kind"], row["of"], row["calls"], row["by"]) == (
        "H1",
        "customer",
        "K900",
        2,
        "法务",
    )
    told(capsys, "hold", "lift", "h1", "--reason", "撤诉")
    assert "没有保留" in told(capsys, "hold", "list")[0]
    assert json.loads(told(capsys, "hold", "list", "--all", "--format", "json")[0])["lift_reason"] == "撤诉"


def test_a_hold_that_covers_nothing_warns(capsys: pytest.CaptureFixture[str]) -> None:
    assert "没有覆盖任何通话" in told(capsys, "hold", "set", "--customer", "K9", "--reason", "x")[1]


def test_nothing_set_nothing_due(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = told(capsys, "purge", "--apply")
    assert "一切长期保存" in err
    assert "没有要清除的内容" in out


def test_the_newest_rows_come_last_and_cut_ones_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = told(capsys, "audit", "list", "--limit", "2", "--format", "json")
    assert [json.loads(line)["subject"] for line in out.splitlines()] == ["c2", "c3"]
    assert "最近 2 行" in err
    assert "没有符合条件" in told(capsys, "audit", "list", "--by", "nobody")[0]
    assert "没有符合条件" in told(capsys, "audit", "list", "--to", "2020-01-01")[0]


def test_a_log_cut_off_or_written_anew_is_noticed_by_what_was_noted(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    noted = told(capsys, "audit", "verify")[0].split()[-1].rpartition("：")[2]
    count = int(noted.partition(":")[0])
    told(capsys, "hold", "set", "--call", "c1", "--reason", "r", "--by", "me")
    out, _ = told(capsys, "audit", "verify", "--expect", noted)
    assert f"第 {count} 行没有变" in out
    later = out.split()[-1].rpartition("：")[2]
    assert later.startswith(f"{count + 1}:")

    def forge(*statements: str) -> None:
        with closing(sqlite3.connect(data / "qa.db")) as raw:
            names = raw.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
            )
            for (name,) in names.fetchall():
                raw.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                raw.execute(statement)
            raw.commit()

    forge("DELETE FROM audit WHERE audit_pk = (SELECT max(audit_pk) FROM audit)")
    assert "完整" in told(capsys, "audit", "verify")[0]  # by itself it looks whole
    _, err = told(capsys, "audit", "verify", "--expect", later, code=1)
    assert f"现在只有 {count} 行，抄存时已有 {count + 1} 行" in err
    told(capsys, "audit", "verify", "--expect", noted)
    store = SqlStore(Settings(data_dir=data))
    store.audit("somebody", "hold.set", "H1", {"kind": "agent"})  # the chain goes on with another row
    store.close()
    assert "完整" in told(capsys, "audit", "verify")[0]
    _, err = told(capsys, "audit", "verify", "--expect", later, code=1)
    assert f"第 {count + 1} 行与抄存的不同" in err
    forge("DELETE FROM audit")
    _, err = told(capsys, "audit", "verify", "--expect", noted, code=1)
    assert "现在只有 0 行" in err


@pytest.mark.parametrize("bad", ["", "7", "7:", "7:abc", f"0:{'a' * 64}", f"-1:{'a' * 64}", f"x:{'a' * 64}"])
def test_a_mark_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], bad: str) -> None:
    _, err = told(capsys, "audit", "verify", "--expect", bad, code=2)
    assert "行数:哈希" in err
