"""Known effects in a made-up month are found, and where nothing was planted hardly anything is."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from benchmarks import histories, history_bulk
from qa_pipeline.domain.period import PeriodKind, Scope, ScopeKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_figures import Verdict
from qa_pipeline.domain.report_rows import ImprovementRow
from qa_pipeline.pipeline.report import Reporting
from qa_pipeline.reporting.periods import period_of
from qa_pipeline.settings import Settings
from qa_pipeline.storage.report_store import SqlReportStore

MARCH = date(2026, 3, 1)
SHOWN = (Verdict.BETTER, Verdict.WORSE)


@pytest.fixture(scope="module")
def month() -> histories.Planted:
    return histories.planted(MARCH, calls_a_day=120)


@pytest.fixture(scope="module")
def report(month: histories.Planted, tmp_path_factory: pytest.TempPathFactory) -> PeriodReport:
    folder: Path = tmp_path_factory.mktemp("planted")
    history_bulk.save(month.centre, folder)
    settings = Settings(data_dir=folder)
    store = SqlReportStore(settings, actor="tester")
    training = ImprovementRow(
        improvement_id="m1",
        what="培训",
        measure=month.trained_in,
        scope=Scope(kind=ScopeKind.TEAM, id=month.trained),
        from_date=month.training_on,
        owner="王",
    )
    store.add_improvement(training, who="主管")
    made = Reporting(store=store, settings=settings).report(
        period_of(PeriodKind.MONTH, MARCH), today=date(2026, 4, 2)
    )
    store.close()
    return made


def test_the_improving_agent_is_found(month: histories.Planted, report: PeriodReport) -> None:
    agent = next(row for row in report.agents if row.agent_id == month.improving)
    assert agent.nonfatal_rate.verdict is Verdict.BETTER
    others = [
        row
        for row in report.agents
        if row.agent_id != month.improving and row.nonfatal_rate.verdict is Verdict.BETTER
    ]
    trained = month.centre.members(month.trained)
    assert len([row for row in others if row.agent_id not in trained]) <= 2


def test_the_worsening_team_is_found(month: histories.Planted, report: PeriodReport) -> None:
    verdicts = {team.id: team.nonfatal_rate.verdict for team in report.teams}
    assert [team for team, verdict in verdicts.items() if verdict is Verdict.WORSE] == [month.worsening]
    worse = {row.agent_id for row in report.agents if row.against_centre is Verdict.WORSE}
    assert worse == month.centre.members(month.worsening)


def test_the_rubric_change_is_told(report: PeriodReport) -> None:
    notes = {note.key: note for note in report.notes}
    assert notes["several_versions"].params["from_day"] == "2026-03-10"
    complaint = [row for row in report.criteria if row.rubric_id == "inbound_complaint"]
    assert sorted(row.versions for row in complaint if row.criterion_id == "greeting") == [(2,), (3,)]
    assert {row.versions for row in complaint if row.criterion_id != "greeting"} == {(2, 3)}
    daily = next(t for t in report.trends if t.key == "mean_score" and t.step is PeriodKind.DAY)
    assert daily.breaks == (date(2026, 3, 10),)


def test_the_training_worked(report: PeriodReport) -> None:
    (effect,) = report.improvements
    assert effect.effect.verdict is Verdict.BETTER
    assert effect.effect.change_high is not None
    assert effect.effect.change_high < -0.1


def test_a_month_without_effects_has_hardly_a_finding(tmp_path: Path) -> None:
    plain = histories.Centre(first_day=date(2026, 2, 1), days=59, calls_a_day=80, agents=16)
    found = []
    for seed in range(2):
        folder = tmp_path / str(seed)
        history_bulk.save(replace(plain, seed=seed + 40), folder)
        settings = Settings(data_dir=folder)
        store = SqlReportStore(settings)
        made = Reporting(store=store, settings=settings).report(
            period_of(PeriodKind.MONTH, MARCH), today=date(2026, 4, 2)
        )
        store.close()
        assert made.counts.scored > 1500
        found += [
            row.agent_id for row in made.agents if row.mean.verdict in SHOWN or row.against_centre in SHOWN
        ]
        found += [team.id for team in made.teams if team.mean.verdict in SHOWN]
        found += [need.criterion_id for need in made.training]
        assert all(row.rank_low == 1 and row.rank_high == row.ranked for row in made.agents)
    assert len(found) <= 1
