"""``qa report``: from the command line to files, on databases with nothing, one call, and a made-up week."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from benchmarks import histories, history_bulk, history_store
from benchmarks.histories import blocks, forms
from qa_pipeline.cli.main import run
from qa_pipeline.domain.call import CallInfo
from qa_pipeline.settings import Settings
from qa_pipeline.storage.store import SqlStore

FIRST = date(2026, 3, 2)
WEEKS = histories.Centre(first_day=FIRST, days=9, calls_a_day=60, agents=6, teams=2, seed=3)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("QA_DATA_DIR", str(folder))
    monkeypatch.delenv("QA_WEBHOOK_URL", raising=False)
    return folder


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    history_bulk.save(WEEKS, folder)
    return folder


def test_an_empty_database_gives_a_page_that_says_so(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["report", "day", "--date", "2026-03-02", "--out", str(out)]) == 0
    assert "没有收到任何通话" in (out / "day-2026-03-02.html").read_text(encoding="utf-8")
    said = capsys.readouterr().out
    assert "收到 0 通" in said
    assert "day-2026-03-02-cases.csv" in said


def test_one_call_of_an_agent_without_team(data: Path, tmp_path: Path) -> None:
    block = next(b for b in blocks(WEEKS) if 1 in b.status)
    saved = next(s for s in history_store.saved_calls(WEEKS, block) if s.scorecard is not None)
    info = CallInfo(call_id=saved.row.info.call_id, agent_id="3100", started_at=saved.row.info.started_at)
    store = SqlStore(Settings(data_dir=data))
    form = forms()["enquiry"]
    store.register_rubric(form.rubric, form.version, form.digest, form.content)
    store.save([replace(saved, row=replace(saved.row, info=info))])
    store.close()
    assert run(["report", "week", "--date", "2026-03-02", "--out", str(tmp_path), "--no-call-pages"]) == 0
    page = (tmp_path / "week-2026-03-02.html").read_text(encoding="utf-8")
    assert "样本不足" in page
    assert "（未填班组）" in page
    assert "只有 1 通" in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_week_as_json_and_files(
    filled: Path,
    tmp_path: Path,
    lang: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(filled))
    options = ["--date", "2026-03-04", "--out", str(tmp_path), "--format", "json", "--lang", lang]
    assert run(["report", "week", *options, "--no-call-pages"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["period"] == {"kind": "week", "start": "2026-03-02", "end": "2026-03-09"}
    assert told["counts"]["received"] > 300
    assert told == json.loads((tmp_path / "week-2026-03-02.json").read_bytes())
    assert len(told["agents"]) == 6


@pytest.mark.parametrize(
    ("option", "value"), [("--agent", "3101"), ("--team", "华南二组"), ("--queue", "complaint")]
)
def test_parts_of_the_centre(
    filled: Path, tmp_path: Path, option: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(filled))
    assert (
        run(
            [
                "report",
                "week",
                "--date",
                "2026-03-04",
                option,
                value,
                "--out",
                str(tmp_path),
                "--no-call-pages",
            ]
        )
        == 0
    )
    pages = list(tmp_path.glob("week-2026-03-02-*.html"))
    assert len(pages) == 1
    assert value in pages[0].read_text(encoding="utf-8")


def test_an_agents_own_report_knows_the_position_among_all(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(filled))
    options = ["--date", "2026-03-04", "--out", str(tmp_path), "--no-call-pages"]
    assert run(["report", "week", *options]) == 0
    assert run(["report", "week", "--agent", "3101", *options]) == 0
    whole = json.loads((tmp_path / "week-2026-03-02.json").read_bytes())
    (mine,) = json.loads((tmp_path / "week-2026-03-02-agent-3101.json").read_bytes())["agents"]
    theirs = next(a for a in whole["agents"] if a["agent_id"] == "3101")
    assert mine["ranked"] == 6
    for name in ("rank_low", "rank_high", "adjusted", "against_centre", "mean", "pass_rate", "counts"):
        assert mine[name] == theirs[name], name


def test_a_month_may_be_named_without_a_day(data: Path, tmp_path: Path) -> None:
    assert run(["report", "month", "--month", "2026-02", "--out", str(tmp_path)]) == 0
    told = json.loads((tmp_path / "month-2026-02-01.json").read_bytes())
    assert told["period"] == {"kind": "month", "start": "2026-02-01", "end": "2026-03-01"}


def test_follow_ups_are_checked_against_calls(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(filled))
    called = history_store.call_row(WEEKS, next(blocks(WEEKS)), 0).info.customer_id
    listed = tmp_path / "list.csv"
    listed.write_text(f"customer_id,due\n{called},2026-03-05\nnobody,2026-03-05\n", encoding="utf-8")
    options = ["--followups", str(listed), "--out", str(tmp_path), "--no-call-pages"]
    assert run(["report", "week", "--date", "2026-03-04", *options]) == 0
    rows = json.loads((tmp_path / "week-2026-03-02.json").read_bytes())["follow_ups"]
    assert [(r["customer_id"], r["state"]) for r in rows] == [("nobody", "not_called"), (called, "done")]
    assert "未回访 1" in (tmp_path / "week-2026-03-02.html").read_text(encoding="utf-8")


def test_without_a_date_it_is_the_day_that_has_just_ended(data: Path, tmp_path: Path) -> None:
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    before = datetime.now(ZoneInfo("Asia/Shanghai")).date() - timedelta(days=1)
    assert run(["report", "day", "--out", str(tmp_path)]) == 0
    after = datetime.now(ZoneInfo("Asia/Shanghai")).date() - timedelta(days=1)
    assert {p.name for p in tmp_path.glob("*.html")} <= {f"day-{before}.html", f"day-{after}.html"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["day", "--date", "gestern"], "不是日期"),
        (["day", "--date", "2026-02-30"], "不是日期"),
        (["week", "--date", "0001-01-01"], "不是日期"),
        (["week", "--date", "2026-03"], "不是日期"),
        (["month", "--month", "2026-13"], "不是日期"),
        (["month", "--agent", "1", "--team", "2"], "只能用一个"),
        (["year"], "year"),
        (["day", "--followups", "none.csv"], "回访名单"),
        (["day", "--out", "/dev/null/x"], "无法写入"),
    ],
)
def test_wrong_input_is_told_in_words(
    data: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["report", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_webhook_that_fails_is_told_and_stops_nothing(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(filled))
    monkeypatch.setenv("QA_WEBHOOK_URL", "http://127.0.0.1:1/?key=secret")
    assert run(["report", "day", "--date", "2026-03-04", "--out", str(tmp_path), "--no-call-pages"]) == 0
    told = capsys.readouterr()
    assert "没有送达" in told.err
    assert "secret" not in told.err + told.out
