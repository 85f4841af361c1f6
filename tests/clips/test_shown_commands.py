"""``qa score`` and ``qa call``: what they print and write holds nothing private, and who read it is in the audit log."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from clip_world import CUSTOMER, PRIVATE_TALK, RUBRIC, World, everything, leaks

from qa_pipeline import bootstrap
from qa_pipeline.cli.main import run
from qa_pipeline.pipeline.pages import page_name

ID = CUSTOMER.call_id
OWN = {"agent_id", "agent_name"}
"""The house's own pages name agents."""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(tmp_path)
    made.score(CUSTOMER, PRIVATE_TALK)
    (tmp_path / "small.yaml").write_text(RUBRIC, encoding="utf-8")
    monkeypatch.setenv("QA_DATA_DIR", str(made.settings.data_dir))
    monkeypatch.setattr(bootstrap, "ports", lambda settings: made.ports)
    monkeypatch.chdir(tmp_path)
    yield made
    made.store.close()


def said(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> tuple[str, str]:
    capsys.readouterr()
    returned = run(list(arguments))
    told = capsys.readouterr()
    assert returned == code, told
    return told.out, told.err


def audited(world: World) -> list[tuple[str, str, dict[str, object]]]:
    with closing(sqlite3.connect(world.settings.data_dir / "qa.db")) as db:
        query = (
            "SELECT actor, action, subject, detail FROM audit WHERE action IN ('call.read', 'call.exported')"
        )
        rows = db.execute(f"{query} ORDER BY audit_pk").fetchall()
    assert all("@" in actor and subject == ID for actor, _, subject, _ in rows)
    return [(action, subject, json.loads(detail)) for _, action, subject, detail in rows]


def test_a_call_is_shown_in_the_terminal_without_what_is_private(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = said(capsys, 0, "call", "show", ID)
    # The table breaks long ids in two.
    assert set(leaks(out.replace(ID, "").replace("13800123456", ""))) <= {*OWN, "name", "surname"}
    assert "我叫〔姓名〕" in out and "包裹丢了" in out
    assert audited(world) == [("call.read", ID, {})]


@pytest.mark.parametrize(
    "command", [("call", "show", ID, "--format", "json"), ("call", "list", "--format", "json")]
)
def test_json_on_standard_output_is_an_export(
    world: World, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    out, _ = said(capsys, 0, *command)
    assert set(leaks(out.replace(ID, ""))) <= OWN
    assert json.loads(out)["call_id"] == ID
    assert audited(world) == [("call.exported", ID, {"path": "-", "redacted": True})]


def test_an_export_names_its_files_without_the_number(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, 0, "call", "export", ID, "--out", "given")
    names = sorted(p.name for p in (tmp_path / "given").iterdir())
    assert names == [page_name(ID), page_name(ID).replace(".html", ".json")]
    text = everything(tmp_path / "given")
    assert set(leaks(text.replace(f'"call_id": "{ID}"', ""))) == OWN
    assert [row[2] for row in audited(world)] == [
        {"path": str(tmp_path / "given" / name), "redacted": True} for name in reversed(names)
    ]


@pytest.mark.parametrize(
    "command",
    [
        ("call", "show", ID),
        ("call", "export", ID, "--out", "open"),
        ("score", "in", "--rubric", "small.yaml", "--out", "open"),
        ("flow", "score", "in", "--rubric", "small.yaml", "--out", "open"),
    ],
)
def test_nothing_is_shown_unredacted_without_the_setting(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    out, err = said(capsys, 2, *command, "--no-redact")
    assert out == "" and "QA_ALLOW_UNREDACTED" in err
    assert not (tmp_path / "open").exists()
    assert audited(world) == []


def test_with_the_setting_everything_is_shown_and_written_down(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_ALLOW_UNREDACTED", "true")
    out, _ = said(capsys, 0, "call", "show", ID, "--no-redact")
    assert "我叫欧阳雪梅" in out and "幺三八零零" in out
    said(capsys, 0, "call", "export", ID, "--out", "open", "--no-redact")
    text = everything(tmp_path / "open")
    assert {"phone", "name", "street"} <= set(leaks(text))
    told = json.loads((tmp_path / "open" / page_name(ID).replace(".html", ".json")).read_bytes())
    assert told["scorecard"]["source"] == f"{ID}.wav"
    assert "幺三八零零" in json.dumps(told["scorecard"], ensure_ascii=False), "quotes are cut anew"
    assert [row[2]["redacted"] for row in audited(world)] == [False, False, False]


def test_scoring_prints_and_writes_nothing_private_and_warns_once_of_names_that_are_numbers(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = said(capsys, 0, "score", "in", "--rubric", "small.yaml", "--out", "report", "--format", "json")
    assert json.loads(out)["status"] == "scored"
    assert set(leaks(out.replace(f'"call_id": "{ID}"', ""))) <= OWN
    assert err.count("1 通通话的编号或文件名像是电话") == 1
    assert set(leaks(everything(tmp_path / "report"))) <= OWN
    page = {"path": str(tmp_path / "report" / page_name(ID)), "redacted": True}
    assert audited(world) == [
        ("call.exported", ID, page),
        ("call.exported", ID, {"path": "-", "redacted": True}),
    ]
    log = world.settings.data_dir / "logs" / "qa.log"
    assert not log.exists() or leaks(log.read_text(encoding="utf-8")) == []
    assert {p.name for p in (tmp_path / "report").iterdir()} == {page_name(ID), "index.html"}
    assert leaks(err) == []
