"""``qa sample`` on a made-up week: drawn, kept, drawn again, and what the marks on it say of all calls."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from benchmarks import histories, history_bulk
from qa_pipeline.cli.main import run
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.scorecard import CallStatus, Review
from qa_pipeline.settings import Settings
from qa_pipeline.storage.store import SqlStore

WEEK = histories.Centre(first_day=date(2026, 3, 2), days=7, calls_a_day=60, agents=6, teams=2, seed=3)
DAYS = ["--from", "2026-03-02", "--to", "2026-03-08"]


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    history_bulk.save(WEEK, folder)
    monkeypatch.setenv("QA_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_DATA_DIR", str(tmp_path / "none"))


def lines(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run(["sample", *arguments, "--format", "json"]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_so_many_of_each_agent_and_it_can_be_drawn_again(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = lines(capsys, *DAYS, "--per", "3", "--seed", "7", "--doubtful", "4", "--drawn-by", "王")
    random = [one for one in drawn if one["reason"] == "random"]
    assert Counter(one["agent"] for one in random) == dict.fromkeys(WEEK.agent_ids(), 3)
    assert sum(one["reason"] == "doubtful" for one in drawn) == 4
    assert all(one["probability"] == 1 for one in drawn if one["reason"] != "random")
    (kept,) = lines(capsys, "--list")
    assert (kept["seed"], kept["by"], kept["count"]) == ("7", "王", len(drawn))
    assert lines(capsys, *DAYS, "--per", "3", "--seed", "7", "--doubtful", "4") == drawn
    assert len(lines(capsys, "--list")) == 1
    assert lines(capsys, "--redo", str(kept["id"])) == drawn
    assert lines(capsys, *DAYS, "--per", "3", "--seed", "8", "--doubtful", "4") != drawn


def test_a_population_that_changed_is_told(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = lines(capsys, *DAYS, "--per", "2", "--seed", "1")
    lost = next(str(one["call_id"]) for one in drawn if one["reason"] == "random")
    store = SqlStore(Settings(data_dir=filled))
    row = store.call(lost)
    assert row is not None
    from qa_pipeline.storage.base import SavedCall

    store.save([SavedCall(row=replace(row, status=CallStatus.NOT_SCORED, code="call.no_rubric"))])
    store.close()
    assert lines(capsys, "--redo", str(drawn[0]["draw_id"]), code=1) == drawn
    assert run(["sample", "--redo", str(drawn[0]["draw_id"])]) == 1
    assert "少了 1 通，多了 1 通" in capsys.readouterr().err


def test_marks_on_the_draw_speak_for_all_calls(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The reviewer finds every greeting missed; the estimate's interval must hold the mean this makes of all calls."""
    drawn = lines(capsys, *DAYS, "--by", "queue", "--per", "40", "--seed", "5")
    draw_id = str(drawn[0]["draw_id"])
    assert run(["sample", "--estimate", draw_id]) == 0
    assert "还不能推断" in capsys.readouterr().out
    settings = Settings(data_dir=filled)
    store = SqlStore(settings)
    from qa_pipeline.pipeline.reviewed import Reviewing

    reviewing = Reviewing(store, settings)
    wanted = {str(one["call_id"]) for one in drawn}
    truth = []
    for row in store.calls(status=CallStatus.SCORED):
        call_id = row.info.call_id
        card = store.scorecard(call_id)
        assert card is not None
        mark = Review(
            review_id=f"r-{call_id}",
            call_id=call_id,
            rubric_id=card.rubric_id,
            criterion_id="greeting",
            criterion_digest=next(
                f.criterion_digest for f in card.findings if f.finding.criterion_id == "greeting"
            ),
            reviewer="李",
            reviewed_at=datetime(2026, 3, 10, tzinfo=UTC),
            outcome=Outcome.NOT_MET,
            reason="没有报工号",
        )
        score = reviewing.with_marks(row, card, [mark]).effective.score_pct
        if score is not None:
            truth.append(score)
        if call_id in wanted:
            store.add_reviews([mark])
    store.close()
    (told,) = lines(capsys, "--estimate", draw_id)
    score, agreement = told["score"], told["agreement"]
    assert isinstance(score, dict)
    assert isinstance(agreement, dict)
    assert told["num_marked"] == len(drawn)
    assert score["low"] <= sum(truth) / len(truth) <= score["high"]
    assert 0 < agreement["mean"] < 0.35
    assert run(["sample", "--estimate", draw_id]) == 0
    assert "复核后的平均得分率" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
def test_the_list_as_a_file(filled: Path, tmp_path: Path, name: str) -> None:
    assert run(["sample", *DAYS, "--per", "1", "--seed", "7", "--out", str(tmp_path / name)]) == 0
    if name.endswith(".csv"):
        rows = (tmp_path / name).read_text(encoding="utf-8-sig").splitlines()
        assert rows[0].startswith("通话编号,坐席")
    else:
        sheet = openpyxl.load_workbook(tmp_path / name)["抽样名单"]
        assert [cell.value for cell in sheet[1]][:2] == ["通话编号", "坐席"]
        assert sheet.max_row > 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--month", "2020-01"], "没有已评分的通话"),
        (["--month", "Mai"], "不是月份"),
        (["--month", "2026-03", "--to", "2026-03-05"], "--month 不能"),
        (["--from", "2026-03-05", "--to", "2026-03-04"], "早于"),
        (["--per", "-1"], "数目或种子"),
        (["--seed", "9223372036854775808"], "数目或种子"),
        (["--redo", "D0"], "没有编号"),
        (["--estimate", "D0"], "没有编号"),
        (["--list", "--redo", "D0"], "一次只能用一个"),
        (["--out", "list.pdf"], ".xlsx"),
        (["--team", "a", "--queue", "b", "--month", "2026-03"], "只能用一个"),
    ],
)
def test_wrong_input_is_told_in_words(
    empty: None, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sample", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_the_workbook_says_in_words_how_the_calls_were_drawn(filled: Path, tmp_path: Path) -> None:
    out = tmp_path / "draw.xlsx"
    assert run(["sample", *DAYS, "--by", "queue", "--per", "2", "--seed", "5", "--out", str(out)]) == 0
    about = openpyxl.load_workbook(out).worksheets[0]
    lines_ = [str(row[0]) for row in about.iter_rows(values_only=True) if row[0]]
    assert "随机种子：5" in lines_ and "每层随机抽几通：2" in lines_
    assert not any(line.startswith(("seed", "population", "draw_id")) for line in lines_)
