"""A report's files appear whole, under safe names, and the day's urgent list is told to whom it concerns."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from report_sample import empty, sample

from qa_pipeline.domain.period import Period, PeriodKind, Scope, ScopeKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.errors import InputError
from qa_pipeline.pipeline import report_output
from qa_pipeline.pipeline.pages import page_name
from qa_pipeline.pipeline.report_output import page_links, pointed_to, report_stem, write_report


def day(report: PeriodReport) -> PeriodReport:
    return replace(report, period=Period(kind=PeriodKind.DAY, start=date(2026, 3, 31), end=date(2026, 4, 1)))


def test_a_month_has_page_workbook_and_json(tmp_path: Path) -> None:
    files = write_report(sample(), tmp_path / "new" / "folder", lang="zh", links=lambda *_: None)
    assert files.page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert files.workbook.read_bytes()[:2] == b"PK"
    assert json.loads(files.data.read_bytes())["kind"] == "qa_report"
    assert files.cases is None
    assert sorted(p.name for p in files.page.parent.iterdir()) == [
        "month-2026-03-01.html",
        "month-2026-03-01.json",
        "month-2026-03-01.xlsx",
    ]


def test_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_report(sample(), tmp_path / "a", lang="zh", links=lambda *_: None)
    second = write_report(sample(), tmp_path / "b", lang="zh", links=lambda *_: None)
    for one, other in (
        (first.page, second.page),
        (first.workbook, second.workbook),
        (first.data, second.data),
    ):
        assert one.read_bytes() == other.read_bytes()


def test_a_day_has_its_list_of_cases(tmp_path: Path) -> None:
    files = write_report(day(sample()), tmp_path, lang="zh", links=lambda *_: None)
    assert files.cases is not None
    lines = files.cases.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 3
    assert "20260331-00017" in lines[1]
    nothing = write_report(day(empty()), tmp_path, lang="zh", links=lambda *_: None)
    assert nothing.cases is not None
    assert len(nothing.cases.read_text(encoding="utf-8-sig").splitlines()) == 1


def test_the_webhook_hears_counts_and_no_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Mapping[str, object]] = []

    def post(url: str, message: Mapping[str, object]) -> str | None:
        heard.append(message)
        return "HTTP 500" if "bad" in url else None

    monkeypatch.setattr(report_output, "post", post)
    files = write_report(
        day(sample()), tmp_path, lang="zh", links=lambda *_: None, webhook_url="https://chat/good"
    )
    assert files.problem is None
    assert {k: heard[0][k] for k in ("suspected_fatal", "confirmed_fatal", "critical", "received")} == {
        "suspected_fatal": 1,
        "confirmed_fatal": 0,
        "critical": 1,
        "received": 500,
    }
    told = json.dumps(heard[0], ensure_ascii=False)
    assert "刘洋" not in told
    assert "你是不是有病" not in told
    bad = write_report(
        day(sample()), tmp_path, lang="zh", links=lambda *_: None, webhook_url="https://chat/bad"
    )
    assert bad.problem == "HTTP 500"
    assert bad.page.is_file()


def test_months_and_single_teams_are_not_posted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_output, "post", lambda *_: pytest.fail("posted"))
    team = replace(day(sample()), scope=Scope(kind=ScopeKind.TEAM, id="华南二组"))
    for report in (sample(), team):
        write_report(report, tmp_path, lang="zh", links=lambda *_: None, webhook_url="https://chat")


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(InputError) as error:
        write_report(sample(), blocked / "below", lang="zh", links=lambda *_: None)
    assert error.value.code == "input.out_unwritable"
    assert str(blocked) in str(error.value)


@pytest.mark.parametrize("scope_id", ["../../etc/passwd", "a/b", "华南二组", "x" * 300, ".", "CON:"])
def test_names_are_safe_whatever_the_team_is_called(scope_id: str) -> None:
    stem = report_stem(replace(sample(), scope=Scope(kind=ScopeKind.TEAM, id=scope_id)))
    assert Path(stem).name == stem
    assert len(stem) < 100
    assert not set(stem) & set('/\\:*?"<>|')


def test_links_go_to_pages_that_are_there(tmp_path: Path) -> None:
    calls, out = tmp_path / "通话 页", tmp_path / "reports"
    calls.mkdir()
    (calls / page_name("c/1")).write_text("")
    link = page_links(calls, out)
    assert link("c/1", 83.44) == f"../%E9%80%9A%E8%AF%9D%20%E9%A1%B5/{page_name('c/1')}#t=83.4"
    assert link("c/1", None) == f"../%E9%80%9A%E8%AF%9D%20%E9%A1%B5/{page_name('c/1')}"
    assert link("other", 1.0) is None


def test_urgent_calls_get_their_pages_first() -> None:
    assert pointed_to(sample()) == ("20260331-00017", "c-2", "c-1", "c-3", "c-7")
