"""An agent, team or queue that never had a call: refused where nothing would come out, told where a goal is set."""

from datetime import date
from pathlib import Path

import pytest

from benchmarks import histories, history_bulk
from qa_pipeline.cli.main import run
from qa_pipeline.domain.period import ScopeKind
from qa_pipeline.settings import Settings
from qa_pipeline.storage.report_store import SqlReportStore

DAY = histories.Centre(first_day=date(2026, 3, 2), days=1, calls_a_day=12, agents=3, teams=2, seed=3)
DAYS = ["--from", "2026-03-02", "--to", "2026-03-02"]


@pytest.fixture(autouse=True)
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Somebody who had calls."""
    folder = tmp_path / "data"
    history_bulk.save(DAY, folder)
    monkeypatch.setenv("QA_DATA_DIR", str(folder))
    monkeypatch.chdir(tmp_path)
    store = SqlReportStore(Settings(data_dir=folder))
    name = store.names(ScopeKind.AGENT)[0]
    store.close()
    return name


@pytest.mark.parametrize(
    "command",
    [
        ["sample", *DAYS],
        ["agreement", *DAYS],
        ["report", "day", "--date", "2026-03-02", "--no-call-pages", "--out", "out"],
        ["review", "export", "--status", "needs_review", *DAYS, "--out", "form.csv"],
        ["clips", "--criterion", "greeting", "--dry-run"],
        ["clips", "--packs", *DAYS, "--dry-run"],
        ["call", "list"],
        ["appeal", "list"],
        ["hold", "set", "--reason", "仲裁"],
        ["rubric", "suggest", "inbound_enquiry", *DAYS],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_nothing_comes_out_for_a_misspelt_agent_but_the_nearest_names(
    agent: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--agent", f"{agent}7"]) == 2
    told = capsys.readouterr().err
    assert f"--agent {agent}7：还没有这样的通话" in told
    assert agent in told.replace(f"{agent}7", "")


@pytest.mark.parametrize(
    "command",
    [
        ["target", "set", "mean_score", "90"],
        ["measure", "add", "开头语培训", "--moves", "mean_score", "--owner", "王主管"],
    ],
    ids=lambda command: command[0],
)
def test_a_goal_for_a_new_team_is_kept_and_told(
    command: list[str], agent: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--team", "新班组"]) == 0
    assert "班组 新班组还没有任何通话" in capsys.readouterr().err
    wide = "".join(chr(ord(c) + 0xFEE0) for c in agent)
    assert run([*command, "--agent", wide]) == 0
    assert capsys.readouterr().err == "", "an id in full-width is the same agent"
