"""``qa agreement`` on reviews that are made so that one criterion's threshold and one's wording are known to be wrong."""

import csv
import hashlib
import io
import json
import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from benchmarks import histories, history_bulk
from qa_pipeline.cli.main import run

WEEK = histories.Centre(first_day=date(2026, 3, 2), days=7, calls_a_day=60, agents=6, teams=2, seed=3)
DAYS = ["--from", "2026-03-02", "--to", "2026-03-08"]
THRESHOLD, WORDING = "survey", "courtesy_words"
WORDS = {"达标": "未达标", "未达标": "达标"}


def chance(*parts: str) -> float:
    """Equal parts, equal number from 0 to 1."""
    return int(hashlib.sha256("|".join(parts).encode()).hexdigest()[:8], 16) / 2**32


def verdict(row: dict[str, str], machine: str, reviewer: str) -> str:
    """People agree with the machine up to 3 % slips; on THRESHOLD they agree with each other that the machine misses
    half of the faults; on WORDING each goes by a taste of their own."""
    call, criterion = row["通话编号"], row["评分项编号"]
    if machine not in WORDS:
        return ""
    if criterion == THRESHOLD and chance(call, "fault") < 0.5:
        return "未达标"
    if criterion == WORDING and chance(call, reviewer, "taste") < 0.4:
        return WORDS[machine]
    return WORDS[machine] if chance(call, criterion, reviewer) < 0.03 else machine


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reviewed")
    history_bulk.save(WEEK, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_DATA_DIR", str(folder))
        assert (
            run(
                [
                    "sample",
                    *DAYS,
                    "--by",
                    "queue",
                    "--per",
                    "40",
                    "--seed",
                    "1",
                    "--out",
                    str(folder / "d.csv"),
                ]
            )
            == 0
        )
        calls = [row["通话编号"] for row in read(folder / "d.csv")]
        assert run(["review", "export", *calls, "--out", str(folder / "open.csv")]) == 0
        assert run(["review", "export", *calls, "--blind", "--out", str(folder / "blind.csv")]) == 0
        machine = [row["机器判定"].partition("（")[0] for row in read(folder / "open.csv")]
        for reviewer in ("李", "王"):
            rows = read(folder / "blind.csv")
            for row, found in zip(rows, machine, strict=True):
                row["结论"] = verdict(row, found, reviewer)
                row["理由"] = "听录音" if row["结论"] else ""
            filled = folder / f"{reviewer}.csv"
            with filled.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, fieldnames=list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
            assert run(["review", "import", str(filled), "--reviewer", reviewer]) == 0
    return folder


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


@pytest.fixture
def data(reviewed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QA_DATA_DIR", str(reviewed))
    return reviewed


def test_the_criteria_that_need_work_are_named_and_no_others(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["agreement", *DAYS, "--format", "json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    enquiry = {one["criterion_id"]: one for one in found if one["rubric"] == "inbound_enquiry"}
    assert enquiry[THRESHOLD]["diagnosis"] == "threshold"
    assert enquiry[THRESHOLD]["missed"]["value"] > 0.3
    assert enquiry[WORDING]["diagnosis"] == "wording"
    assert enquiry[WORDING]["alpha"]["high"] < 0.667
    assert {one["criterion_id"] for one in found if one["diagnosis"] in ("threshold", "wording")} == {
        THRESHOLD,
        WORDING,
    }
    assert enquiry["greeting"]["kappa"]["value"] > 0.7


def test_the_table_says_what_to_do_and_what_to_hear(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["agreement", *DAYS]) == 0
    told = capsys.readouterr().out
    assert "复核人：李, 王" in told
    advice = next(line for line in told.splitlines() if "survey" in line and "请听" in line)
    assert "漏判偏多" in advice
    named = advice.partition("请听：")[2].split(", ")
    machine = {(r["通话编号"], r["评分项编号"]): r["机器判定"] for r in read(data / "open.csv")}
    marks = {(r["通话编号"], r["评分项编号"]): r["结论"] for r in read(data / "李.csv")}
    assert named
    assert all(machine[call, THRESHOLD] != marks[call, THRESHOLD] for call in named)


def test_the_workbook_has_the_differences(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "agreement.xlsx"
    assert run(["agreement", *DAYS, "--out", str(path)]) == 0
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[1:] == ["一致性", "不一致的复核"]
    assert book["一致性"]["B2"].value in (THRESHOLD, WORDING)
    assert book["不一致的复核"].max_row > 30


@pytest.mark.parametrize(
    ("lang", "kinds"), [("zh", ("阈值要改", "措辞要改")), ("en", ("threshold", "wording"))]
)
def test_the_page_names_them_first_with_calls_that_show_it(
    data: Path, tmp_path: Path, lang: str, kinds: tuple[str, str]
) -> None:
    path = tmp_path / "agreement.html"
    assert run(["agreement", *DAYS, "--out", str(path), "--lang", lang]) == 0
    html = path.read_text(encoding="utf-8")
    first = html.partition('id="first"')[2].partition("</section>")[0]
    cases = first.split("<article")[1:]
    named = [re.search(r'class="quiet">(\w+) · (\w+)', case).groups() for case in cases]  # type: ignore[union-attr]
    assert ("survey", "inbound_enquiry") in named
    assert {criterion for criterion, _ in named} == {THRESHOLD, WORDING}
    marks = [
        {(r["通话编号"], r["评分项编号"]): r["结论"] for r in read(data / f"{who}.csv")}
        for who in ("李", "王")
    ]
    for (criterion, _), case in zip(named, cases, strict=True):
        assert kinds[criterion == WORDING] in case
        calls = re.findall(r'<th scope="row">(\S+)</th>', case)
        assert len(calls) >= 5
        for call in calls:
            differ = marks[0][call, criterion] != marks[1][call, criterion]
            assert differ == (criterion == WORDING)


def test_days_without_reviews_say_so(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["agreement", "--month", "2020-01"]) == 0
    assert "没有人工复核" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--draw", "D0"], "没有编号"), (["--enough", "0"], "--enough"), (["--out", "a.doc"], ".xlsx")],
)
def test_wrong_input_is_told_in_words(
    data: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["agreement", *arguments]) == 2
    assert said in capsys.readouterr().err
