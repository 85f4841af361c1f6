"""Coaching packs: what cost most first, an own good example before a colleague's, fair to those without faults."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from clip_world import CUSTOMER, GOOD_TALK, PRIVATE_TALK, World, audited, everything, leaks

from qa_pipeline import bootstrap
from qa_pipeline.cli.main import run
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.scorecard import Review
from qa_pipeline.reports.pack_note import CriterionFigure, Figures, pack_note

DAY = datetime(2026, 3, 2, 4, tzinfo=UTC)
SOOTHED = (*PRIVATE_TALK[:2], "坐：非常抱歉请您别着急我来查", "客：好的谢谢")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(tmp_path)
    plain = replace(CUSTOMER, customer_id=None, extra={}, started_at=DAY)
    made.score(replace(CUSTOMER, team_id="T1", started_at=DAY), PRIVATE_TALK)
    own = replace(CUSTOMER, call_id="own", team_id="T1", started_at=DAY, customer_id=None, extra={})
    made.score(own, SOOTHED)
    made.score(replace(plain, call_id="b", agent_id="3108", agent_name="李小云", team_id="T1"), PRIVATE_TALK)
    made.score(replace(plain, call_id="c", agent_id="3109", agent_name="赵小雨", team_id="T2"), GOOD_TALK)
    made.score(replace(plain, call_id="d", agent_id="3109", agent_name="赵小雨", team_id="T2"), SOOTHED)
    monkeypatch.setenv("QA_DATA_DIR", str(made.settings.data_dir))
    monkeypatch.setattr(bootstrap, "ports", lambda settings: made.ports)
    monkeypatch.chdir(tmp_path)
    yield made
    made.store.close()


def packs(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    capsys.readouterr()
    returned = run(["clips", "--packs", "--month", "2026-03", *arguments])
    told = capsys.readouterr()
    assert returned == code, told
    return told.out + told.err


def summary(number: int) -> str:
    return Path(f"p/{number:02d}/summary.md").read_text(encoding="utf-8")


def test_a_pack_an_agent_with_faults_and_good_examples(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    told = packs(capsys, 0, "--out", "p", "--zip")
    assert "已写出 3 份辅导材料" in told
    first = summary(1)
    # Five points each of the first two, of which the first is the graver; one point of the third.
    places = [first.index(f"需要改进（{n}）") for n in (1, 2, 3)]
    assert places == sorted(places)
    assert "需要改进（1）：不让客户报手机号" in first and "2 次里有 1 次没有做到，共扣 5 分" in first
    assert "需要改进（2）：安抚客户" in first and "需要改进（3）：老客户" in first
    assert "样本不足：只有 2 通，少于 20 通" in first
    with zipfile.ZipFile("p.zip") as archive:
        names = set(archive.namelist())
    assert {"p/index.html", "p/01/index.html", "p/01/summary.md", "p/01/summary.docx"} <= names
    assert any(n.startswith("p/01/01_no_phone_not_met/") for n in names)
    with zipfile.ZipFile(BytesIO(Path("p/01/summary.docx").read_bytes())) as document:
        assert "辅导要点" in document.read("word/document.xml").decode()


def test_the_own_good_example_comes_before_a_colleagues(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    packs(capsys, 0, "--out", "p")
    own, other = summary(1), summary(2)
    good = own[own.index("安抚客户") :]
    assert "（坐席周小扬 3107）" in good[: good.index("##")]
    good = other[other.index("：安抚客户") :]
    assert "（一位同事）" in good[: good.index("##")]


def test_who_has_no_faults_gets_the_good_examples(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    # What the machine found in the third agent's calls, a person took back.
    for call_id in ("c", "d"):
        card = world.store.scorecard(call_id)
        assert card is not None
        marks = [
            Review(
                review_id=f"{call_id}{f.finding.criterion_id}",
                call_id=call_id,
                rubric_id="small",
                criterion_id=f.finding.criterion_id,
                criterion_digest=f.criterion_digest,
                reviewer="王",
                reviewed_at=DAY,
                outcome=Outcome.MET,
                reason="听到了",
            )
            for f in card.findings
            if f.finding.outcome is Outcome.NOT_MET
        ]
        world.store.add_reviews(marks)
    packs(capsys, 0, "--out", "p", "--agent", "3109")
    told = summary(1)
    assert "没有发现要改进的地方" in told and "好例子：案例 01（安抚客户）" in told
    assert not list(Path("p/01").glob("*_not_met"))


def test_agents_are_named_in_their_own_pack_only(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    packs(capsys, 0, "--out", "p", "--zip")
    index = Path("p/index.html").read_text(encoding="utf-8")
    for number, (name, agent) in {
        1: ("周小扬", "3107"),
        2: ("李小云", "3108"),
        3: ("赵小雨", "3109"),
    }.items():
        mine = everything(Path(f"p/{number:02d}"))
        assert name in mine and agent in mine
        assert name not in index and agent not in index
        for other in {1, 2, 3} - {number}:
            assert name not in everything(Path(f"p/{other:02d}"))
    packs(capsys, 0, "--out", "p", "--name-agents")
    assert "周小扬" in Path("p/index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_private_is_left_but_the_agents_own_name(
    world: World, capsys: pytest.CaptureFixture[str], lang: str
) -> None:
    packs(capsys, 0, "--out", "out/p", "--zip", "--lang", lang)
    text = everything(Path("out"))
    assert "01/summary.docx" in text and "01/index.html" in text
    assert set(leaks(text)) <= {"agent_name", "agent_id"}
    assert "包裹丢了" in text


def test_the_audit_row_names_every_call(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    packs(capsys, 0, "--out", "p", "--team", "T1")
    row = audited(world)[-1]
    assert set(row["calls"]) >= {CUSTOMER.call_id, "own", "b"}  # type: ignore[call-overload]
    assert row["path"] == str(Path("p").resolve())
    assert [p["agent_id"] for p in row["packs"]] == ["3107", "3108"]  # type: ignore[attr-defined]


def test_a_later_run_takes_the_earlier_packs_away(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    packs(capsys, 0, "--out", "p")
    Path("p/02/mine.txt").write_text("x", encoding="utf-8")
    packs(capsys, 0, "--out", "p", "--agent", "3107")
    assert not Path("p/03").exists()
    assert [path.name for path in Path("p/02").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--team", "T9"], "T9"),
        (["--agent", "3107", "--team", "T1"], "--agent"),
        (["--criterion", "soothe"], "只能同 --agent、--team 和日期合用"),
        (["--measure", "dead_air"], "只能同"),
        (["--best"], "只能同"),
        (["--no-redact"], "QA_ALLOW_UNREDACTED"),
    ],
)
def test_wrong_wishes_are_answered_plainly(
    world: World, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert words in packs(capsys, 2, *arguments)
    assert not Path("qa_clips").exists()


def test_days_without_calls(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    run(["clips", "--packs", "--month", "2025-03"])
    assert "没有写明坐席的已评分通话" in capsys.readouterr().err


def test_a_dry_run_lists_and_writes_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    told = packs(capsys, 0, "--dry-run")
    assert "01. 坐席 3107：2 通" in told and not Path("qa_clips").exists()


def test_what_cannot_be_played_is_not_called_faultless() -> None:
    figure = CriterionFigure(
        criterion_id="x", title="致歉", severity="major", failed=2, decided=3, lost=4, asked=True
    )
    figures = Figures(
        agent_name=None,
        first=date(2026, 3, 1),
        last=date(2026, 3, 31),
        calls=30,
        mean=None,
        confirmed_fatal=0,
        suspected_fatal=1,
        min_calls=20,
        criteria=(figure,),
    )
    for lang, words in (("zh", "录音或文字已不在"), ("en", "recordings or transcripts are gone")):
        note = pack_note("A", figures, (), lang)  # type: ignore[arg-type]
        told = "\n".join(p for part in note.parts for p in part.paragraphs)
        assert words in told and "样本不足" not in told
