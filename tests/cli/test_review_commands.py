"""``qa review``: a form goes out, is filled in, and comes back; every fault of it is told, and nothing is kept twice."""

import csv
import io
import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from benchmarks import histories, history_bulk
from qa_pipeline.cli.main import run
from qa_pipeline.domain.scorecard import Review, Scorecard
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.settings import Settings
from qa_pipeline.storage.artifacts import FileArtifacts
from qa_pipeline.storage.base import SavedCall
from qa_pipeline.storage.store import SqlStore

WEEK = histories.Centre(first_day=date(2026, 3, 2), days=7, calls_a_day=60, agents=6, teams=2, seed=3)
Row = dict[str, str]


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
    return folder


def card_with(data: Path, fits: Callable[[Scorecard], bool]) -> Scorecard:
    store = SqlStore(Settings(data_dir=data))
    cards = (store.scorecard(row.info.call_id) for row in store.calls())
    found = next(card for card in cards if card is not None and fits(card))
    store.close()
    return found


def plain(card: Scorecard) -> bool:
    return not card.suspected_fatal and card.score_pct is not None


def form_of(call_id: str, path: Path, *options: str) -> list[Row]:
    assert run(["review", "export", call_id, "--out", str(path), *options]) == 0
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def fill(path: Path, rows: list[Row], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def row_of(rows: list[Row], criterion: str) -> Row:
    return next(row for row in rows if row["评分项编号"] == criterion)


def imported(capsys: pytest.CaptureFixture[str], path: Path, *options: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run(["review", "import", str(path), "--format", "json", *options]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def marks(data: Path) -> int:
    with closing(sqlite3.connect(data / "qa.db")) as db:
        return int(db.execute("select count(*) from reviews").fetchone()[0])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_mark_moves_the_score_once(
    data: Path, tmp_path: Path, encoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    card = card_with(data, plain)
    rows = form_of(card.call_id, tmp_path / "form.csv")
    row_of(rows, "greeting").update({"结论": "未达标", "理由": "没有报工号", "复核人": "李"})
    row_of(rows, "closing").update({"结论": "符合", "复核人": "李", "复核时间": "2026/3/10 9:05"})
    filled = fill(tmp_path / "filled.csv", rows, encoding)
    (change,) = imported(capsys, filled)
    assert change["new"] == 2
    assert change["score_before"] == card.score_pct
    assert change["score_after"] != card.score_pct
    assert imported(capsys, filled) == []
    assert marks(data) == 2
    assert run(["review", "list", card.call_id]) == 0
    told = capsys.readouterr().out
    assert "没有报工号" in told
    assert f"机器得分：{card.score_pct:g}" in told


def test_a_workbook_filled_in_by_hand(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = card_with(data, plain)
    path = tmp_path / "form.xlsx"
    assert run(["review", "export", card.call_id, "--out", str(path)]) == 0
    book = openpyxl.load_workbook(path)
    sheet = book["复核表"]
    assert sheet.data_validations.dataValidation[0].formula1 == '"达标,未达标,不适用,待定"'
    heads = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(row=3, column=heads["结论"], value="不适用")
    sheet.cell(row=3, column=heads["复核时间"], value=date(2026, 3, 9))
    book.save(path)
    (change,) = imported(capsys, path, "--reviewer", "王")
    assert change["call_id"] == card.call_id
    assert run(["review", "list", card.call_id, "--format", "json"]) == 0
    (mark,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (mark["reviewer"], mark["outcome"], mark["at"]) == ("王", "not_applicable", "2026-03-09 00:00")


def test_a_suspected_fatal_takes_effect_when_confirmed_and_ends_when_rejected(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = card_with(data, lambda c: bool(c.suspected_fatal))
    fatal = card.suspected_fatal[0]
    rows = form_of(card.call_id, tmp_path / "form.csv")
    assert "疑似致命" in row_of(rows, fatal)["机器判定"]
    row_of(rows, fatal).update({"结论": "未达标", "理由": "确实辱骂", "复核人": "李"})
    (change,) = imported(capsys, fill(tmp_path / "yes.csv", rows))
    assert fatal in str(change["confirmed"])
    assert fatal not in str(change["suspected"])
    row_of(rows, fatal).update({"结论": "达标", "理由": "是客户说的", "复核人": "主管"})
    (change,) = imported(capsys, fill(tmp_path / "no.csv", rows))
    assert change["confirmed"] == ""
    waiting = tmp_path / "waiting.csv"
    days = ["--from", "2026-03-02", "--to", "2026-03-08"]
    assert run(["review", "export", "--status", "needs_review", *days, "--out", str(waiting)]) in (0, 2)
    assert not waiting.exists() or card.call_id not in waiting.read_text(encoding="utf-8")


def test_a_blind_form_tells_nothing_of_the_machine(data: Path, tmp_path: Path) -> None:
    card = card_with(data, lambda c: bool(c.suspected_fatal))
    rows = form_of(card.call_id, tmp_path / "blind.csv", "--blind")
    assert list(rows[0]) == [
        "通话编号", "评分表", "评分项编号", "评分项", "结论", "理由", "复核人", "复核时间", "校验",
    ]  # fmt: skip
    assert all(not row["结论"] for row in rows)
    assert "疑似致命" not in (tmp_path / "blind.csv").read_text(encoding="utf-8")


def test_all_faults_come_at_once_with_their_rows_and_nothing_is_kept(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = card_with(data, plain)
    rows = form_of(card.call_id, tmp_path / "form.csv")[:12]
    rows[0].update({"结论": "达标", "复核人": "李"})
    rows[1].update({"结论": "达标", "复核人": "李", "通话编号": "nobody"})
    rows[2].update({"结论": "达标", "复核人": "李", "评分项编号": "greting"})
    rows[3].update({"结论": "大概吧", "复核人": "李"})
    rows[4].update({"结论": "达标"})
    rows[5] = rows[0] | {"结论": "不适用"}
    rows[6].update({"结论": "未达标", "复核人": "李"})
    rows[7].update({"结论": "达标", "复核人": "李", "复核时间": "2099-01-01 08:00"})
    rows[8].update({"结论": "达标", "复核人": "李", "复核时间": "gestern"})
    rows[9].update({"理由": "没有结论"})
    rows[10].update({"结论": "达标", "复核人": "李", "校验": "000000000000"})
    rows[11].update({"结论": "达标", "复核人": "李", "评分表": "other@1"})
    filled = fill(tmp_path / "filled.csv", rows)
    assert run(["review", "import", str(filled)]) == 2
    told = capsys.readouterr().err.splitlines()
    wanted = [
        (3, "nobody"), (4, "greeting"), (5, "大概吧"), (6, "没有写复核人"), (7, "第 2 行"), (8, "没有写理由"),
        (9, "将来"), (10, "gestern"), (11, "没有写结论"), (12, "改过"), (13, "other"),
    ]  # fmt: skip
    assert len(told) == len(wanted)
    for line, (number, words) in zip(told, wanted, strict=True):
        assert f"filled.csv:{number}:" in line
        assert words in line
    assert marks(data) == 0


def test_a_correction_needs_a_later_time_or_none(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = card_with(data, plain)
    rows = form_of(card.call_id, tmp_path / "form.csv")
    mark = {"结论": "达标", "复核人": "李", "复核时间": "2026-03-10"}
    row_of(rows, "greeting").update(mark)
    assert len(imported(capsys, fill(tmp_path / "1.csv", rows))) == 1
    row_of(rows, "greeting").update({"结论": "不适用"})
    assert run(["review", "import", str(fill(tmp_path / "2.csv", rows))]) == 2
    assert "不比它晚" in capsys.readouterr().err
    row_of(rows, "greeting").update({"复核时间": ""})
    assert len(imported(capsys, fill(tmp_path / "3.csv", rows))) == 1
    assert imported(capsys, tmp_path / "3.csv") == []
    row_of(rows, "greeting").update(mark | {"复核时间": ""})
    assert len(imported(capsys, fill(tmp_path / "4.csv", rows))) == 1
    assert marks(data) == 3


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "打不开"),
        ("form.pdf", b"", ".xlsx"),
        ("form.csv", b"", "缺少必需的列"),
        ("form.csv", b"a,b\n1,2\n", "缺少必需的列"),
        ("form.csv", b"\xff\xfe\x00\xd8", "文字编码不认识"),
        ("form.xlsx", b"not a workbook", "不是完好的 Excel 工作簿。"),
        ("form.csv", b"call_id,criterion_id,verdict\nx,greeting,\n", "没有填任何结论"),
        ("form.csv", b"call_id,criterion_id,verdict,verdict\n", "出现了两次"),
    ],
)
def test_files_that_are_no_form(
    tmp_path: Path, name: str, content: bytes | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert run(["review", "import", str(tmp_path / name)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "f.csv"], "只能选一个"),
        (["c", "--draw", "D", "--out", "f.csv"], "只能选一个"),
        (["c1", "c2", "--out", "f.csv"], "“c2”"),
        (["--draw", "D", "--out", "f.csv"], "没有编号"),
        (["--status", "needs_review", "--month", "2020-01", "--out", "f.csv"], "没有需要复核"),
        (["c", "--out", "f.txt"], ".xlsx"),
        (["c", "--out", "/dev/null/f.csv"], "无法写入"),
    ],
)
def test_forms_that_cannot_be_made(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert run(["review", "export", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.glob("f.*"))


def test_a_call_shows_both_scores(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = card_with(data, plain)
    settings = Settings()
    artifacts, store = FileArtifacts(settings), SqlStore(settings)
    key = artifacts.key("transcript", card.call_id)
    artifacts.save(
        key, Transcript(recording_id=card.recording_id, language="zh", utterances=(), provenance={})
    )
    row = store.call(card.call_id)
    assert row is not None
    store.save([SavedCall(row=replace(row, artifacts={"transcript": key}), scorecard=card)])
    store.close()
    assert run(["call", "show", card.call_id, "--format", "json"]) == 0
    assert "effective" not in json.loads(capsys.readouterr().out)
    rows = form_of(card.call_id, tmp_path / "form.csv")
    row_of(rows, "greeting").update({"结论": "未达标", "理由": "没有报工号", "复核人": "李"})
    (change,) = imported(capsys, fill(tmp_path / "filled.csv", rows))
    assert run(["call", "show", card.call_id, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["scorecard"]["score_pct"] == card.score_pct
    assert told["effective"]["score_pct"] == change["score_after"]
    assert run(["call", "show", card.call_id]) == 0
    assert f"机器得分：{card.score_pct:g}" in capsys.readouterr().out


def test_two_imports_of_one_form_at_the_same_time_keep_it_once(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    card = card_with(data, plain)
    rows = form_of(card.call_id, tmp_path / "form.csv")
    row_of(rows, "greeting").update({"结论": "不适用", "复核人": "李"})
    add, faster = SqlStore.add_reviews, [True]

    def overtaken(self: SqlStore, marks: Sequence[Review]) -> int:
        if faster:
            faster.clear()
            add(self, [replace(mark, reviewed_at=mark.reviewed_at - timedelta(seconds=1)) for mark in marks])
        return add(self, marks)

    monkeypatch.setattr(SqlStore, "add_reviews", overtaken)
    assert imported(capsys, fill(tmp_path / "filled.csv", rows)) == []
    assert marks(data) == 1
