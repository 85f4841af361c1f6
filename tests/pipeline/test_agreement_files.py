"""``qa agreement --out``: page and workbook, links, the audit log, suspected fatals, suggestions."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from threshold_world import DAY, World

from qa_pipeline.cli.main import run
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.period import Scope
from qa_pipeline.domain.scorecard import Review
from qa_pipeline.pipeline.agreement import agreement_of
from qa_pipeline.storage.base import SavedCall

DAYS = ["--from", "2026-03-10", "--to", "2026-03-10"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """People call a silence a fault from 8 s on; the form says 5 s."""
    made = World(tmp_path_factory.mktemp("world"))
    made.mark(lambda _, silence, __: {"李": silence >= 8, "王": silence >= 8})
    made.mark(lambda *_: {"李": False}, criterion="solved")
    yield made
    made.close()


@pytest.fixture
def data(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("QA_DATA_DIR", str(world.settings.data_dir))
    return world


def audited(world: World) -> list[tuple[str, str]]:
    """Calls and files that the log says were exported."""
    with closing(sqlite3.connect(world.settings.data_dir / "qa.db")) as db:
        rows = db.execute("SELECT subject, detail FROM audit WHERE action = 'call.exported'").fetchall()
    return [(subject, json.loads(detail)["path"]) for subject, detail in rows]


def test_a_folder_gets_page_and_workbook(
    data: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, pages = tmp_path / "一致 性", tmp_path / "通话 页"
    pages.mkdir()
    assert run(["agreement", *DAYS, "--out", str(out)]) == 0
    assert {p.name for p in out.iterdir()} == {"agreement.html", "agreement.xlsx"}
    html = (out / "agreement.html").read_text(encoding="utf-8")
    assert "href" not in html.partition('id="first"')[2].partition("</section>")[0]
    called = [call for call, path in audited(data) if path == str(out / "agreement.html")]
    assert len(called) == 8
    assert all(call in html for call in called)
    for call in called[:2]:
        (pages / f"{call}.html").write_text("a call's page")
    assert run(["agreement", *DAYS, "--out", str(out), "--pages", str(pages)]) == 0
    html = (out / "agreement.html").read_text(encoding="utf-8")
    for number, call in enumerate(called):
        link = f'href="../%E9%80%9A%E8%AF%9D%20%E9%A1%B5/{call}.html#c-dead_air"'
        assert (link in html) == (number < 2)
    assert "已导出" in capsys.readouterr().out


def test_the_disagreeing_criterion_is_named_with_the_seconds(data: World, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    assert run(["agreement", *DAYS, "--out", str(path), "--lang", "en"]) == 0
    first = path.read_text(encoding="utf-8").partition('id="first"')[2].partition("</section>")[0]
    assert "不长时间静默" in first
    assert "the machine deducts too often" in first
    assert "9.0–" in first  # where the silence begins
    assert "是否解决" not in first
    assert "Thresholds that were tried" not in path.read_text(encoding="utf-8")


def test_suggestions_are_put_onto_the_page(data: World, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    assert run(["agreement", *DAYS, "--out", str(path), "--suggest"]) == 0
    section = path.read_text(encoding="utf-8").partition('id="suggestions"')[2].partition("</section>")[0]
    assert "check.seconds：5 改为 8。" in section
    assert "不会自动生效" in section


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--suggest"], "--out"),
        (["--suggest", "--out", "x.xlsx"], "--out"),
        (["--out", "x.doc"], ".html"),
        (["--pages", "/nowhere/at/all", "--out", "x.html"], "--pages"),
        (["--out", "/proc/x.html"], "/proc"),
    ],
)
def test_wrong_wishes_are_answered(
    data: World,
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["agreement", *DAYS, *arguments]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_last_mark_decides_what_became_of_a_suspected_fatal(tmp_path: Path) -> None:
    world = World(tmp_path, calls=4)
    digests = {}
    for number, call_id in enumerate(world.silences):
        row, card = world.store.call(call_id), world.store.scorecard(call_id)
        assert row is not None
        assert card is not None
        findings = tuple(
            replace(f, severity="fatal", finding=replace(f.finding, outcome=Outcome.NOT_MET))
            if f.finding.criterion_id == "dead_air" and f.finding.evidence
            else f
            for f in card.findings
        )
        digests[call_id] = next(f.criterion_digest for f in findings if f.finding.criterion_id == "dead_air")
        world.store.save(
            [SavedCall(row=row, scorecard=replace(card, findings=findings, engine_digest=f"e{number}"))]
        )
    said = {
        0: [("李", Outcome.NOT_MET, 1), ("王", Outcome.MET, 2)],
        1: [("王", Outcome.MET, 1), ("李", Outcome.NOT_MET, 2)],
        2: [("李", Outcome.NEEDS_REVIEW, 1)],
    }
    calls = list(world.silences)
    world.store.add_reviews(
        Review(
            review_id=f"{number}-{who}",
            call_id=calls[number],
            rubric_id="small",
            criterion_id="dead_air",
            criterion_digest=digests[calls[number]],
            reviewer=who,
            reviewed_at=datetime(2026, 3, day, tzinfo=UTC),
            outcome=outcome,
            reason="听录音",
        )
        for number, marks in said.items()
        for who, outcome, day in marks
    )
    world.mark(lambda *_: {"李": False}, criterion="solved")
    found = agreement_of(world.reports, DAY, DAY.replace(day=11), Scope(), enough=0.9)
    assert {one.call_id: one.state for one in found.fatals} == {
        calls[0]: "rejected",
        calls[1]: "confirmed",
        calls[2]: "open",
        calls[3]: "open",
    }
    assert [one.state for one in found.fatals] == ["rejected", "open", "open", "confirmed"]
    assert (found.confirmed.value, found.confirmed.n) == (0.5, 2)
    world.close()
