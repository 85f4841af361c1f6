"""``qa appeal``: in time, decided by another person, and the score and the report follow."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks import histories, history_bulk
from qa_pipeline import bootstrap
from qa_pipeline.cli.main import run
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.errors import InputError
from qa_pipeline.settings import Settings
from qa_pipeline.storage.store import SqlStore

WEEK = histories.Centre(first_day=date(2026, 3, 2), days=7, calls_a_day=60, agents=6, teams=2, seed=3)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("made")
    history_bulk.save(WEEK, folder)
    return (folder / "qa.db").read_bytes()


@pytest.fixture(autouse=True)
def data(made: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "qa.db").write_bytes(made)
    monkeypatch.setenv("QA_DATA_DIR", str(folder))
    monkeypatch.setenv("QA_APPEAL_DAYS", "3650")  # the made-up scorecards are dated 2026-01-01
    return folder


@pytest.fixture
def call_id(data: Path) -> str:
    """A call that lost points by its greeting, and by nothing fatal."""
    store = SqlStore(Settings(data_dir=data))
    for row in store.calls():
        card = store.scorecard(row.info.call_id)
        if card is None or card.suspected_fatal or card.score_pct is None:
            continue
        outcomes = {f.finding.criterion_id: f.finding.outcome for f in card.findings}
        if outcomes["greeting"] is Outcome.NOT_MET and outcomes["closing"] is Outcome.MET:
            store.close()
            return row.info.call_id
    raise AssertionError("no such call")


def file(call_id: str, *, by: str = "张三", criterion: str = "greeting") -> int:
    return run(["appeal", "file", call_id, criterion, "--by", by, "--reason", "我说了开头语"])


def decide(verdict: str, *, by: str, appeal: str = "") -> int:
    appeal = appeal or f"A{datetime.now(UTC):%Y%m}-1"
    return run(["appeal", "decide", appeal, verdict, "--by", by, "--reason", "听录音"])


def listed(capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run(["appeal", "list", "--format", "json", *options]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_granted_appeal_moves_the_score_and_the_report_counts_it(
    call_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert file(call_id) == 0
    (waiting,) = listed(capsys, "--open")
    assert (waiting["call_id"], waiting["decision"]) == (call_id, "open")
    assert decide("granted", by="王主管") == 0
    assert "机器得分" in capsys.readouterr().out
    assert listed(capsys, "--open") == []
    standing = bootstrap.reviewing(Settings()).standing(call_id)
    assert standing.first.score_pct is not None
    assert standing.effective.score_pct is not None
    assert standing.effective.score_pct > standing.first.score_pct
    options = ["--date", "2026-03-04", "--out", str(tmp_path), "--no-call-pages"]
    assert run(["report", "week", *options]) == 0
    told = json.loads((tmp_path / "week-2026-03-02.json").read_bytes())
    rate = next(f["estimate"] for f in told["key_figures"] if f["key"] == "overturn_rate")
    assert (rate["value"], rate["n"]) == (1.0, 1)


def test_who_filed_it_is_the_agent_or_marked_it_before_cannot_decide(
    call_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    form = tmp_path / "form.csv"
    assert run(["review", "export", call_id, "--out", str(form)]) == 0
    lines = form.read_text(encoding="utf-8-sig").splitlines()
    marked = [
        line.replace(",,,,,", ",未达标,没说,李,,", 1) if ",greeting," in line else line for line in lines
    ]
    form.write_text("\n".join(marked), encoding="utf-8")
    assert run(["review", "import", str(form)]) == 0
    assert file(call_id) == 0
    agent = bootstrap.reviewing(Settings()).standing(call_id).row.info.agent_id
    assert agent is not None
    for name in ("张三", " 李 ", agent):
        assert decide("granted", by=name) == 2
        assert "不能决定" in capsys.readouterr().err
    assert decide("withdrawn", by="王主管") == 2
    assert "只有申诉人" in capsys.readouterr().err
    assert decide("rejected", by="王主管") == 0
    assert decide("granted", by="赵") == 2
    assert "已经决定" in capsys.readouterr().err
    assert file(call_id) == 2
    assert "已经决定" in capsys.readouterr().err


def test_a_withdrawn_appeal_can_be_filed_again_and_one_at_a_time(
    call_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert file(call_id) == 0
    assert file(call_id, by="李四") == 2
    assert "未决定的申诉" in capsys.readouterr().err
    assert decide("withdrawn", by="张三") == 0
    assert file(call_id) == 0
    assert [one["decision"] for one in listed(capsys)] == ["withdrawn", "open"]


def test_late_appeals_are_refused(
    call_id: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QA_APPEAL_DAYS", "7")
    assert file(call_id) == 2
    assert "最迟 2026-01-08" in capsys.readouterr().err
    appeals = bootstrap.appeals(Settings(appeal_days=7))
    made = appeals.store.scored_at(call_id)
    assert made is not None
    with pytest.raises(InputError, match="已过申诉期限"):
        appeals.file(call_id, "greeting", by="张三", reason="晚了", now=made + timedelta(days=8))
    kept = appeals.file(call_id, "greeting", by="张三", reason="及时", now=made + timedelta(days=7))
    assert kept.deadline >= made.date() + timedelta(days=7)


def test_a_granted_appeal_says_nothing_of_agreement(call_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert file(call_id) == 0
    assert decide("granted", by="王主管") == 0
    capsys.readouterr()
    assert run(["agreement", "--month", "2026-03"]) == 0
    assert "没有人工复核" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["file", "nobody", "greeting", "--by", "a", "--reason", "b"], "nobody"),
        (["file", "CALL", "greting", "--by", "a", "--reason", "b"], "greeting"),
        (["file", "CALL", "closing", "--by", "a", "--reason", "b"], "没有扣分"),
        (["file", "CALL", "greeting", "--by", "a", "--reason", " "], "没有写理由"),
        (["file", "CALL", "greeting", "--by", " ", "--reason", "b"], "名字是空的"),
        (["decide", "A1", "granted", "--by", "a", "--reason", "b"], "没有编号"),
        (["decide", "A1", "perhaps", "--by", "a", "--reason", "b"], "perhaps"),
    ],
)
def test_wrong_input_is_told_in_words(
    call_id: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [call_id if part == "CALL" else part for part in arguments]
    assert run(["appeal", *given]) == 2
    assert said in capsys.readouterr().err
