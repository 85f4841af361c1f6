"""What was planted in a made-up month is on the page, in words, and not more than that."""

from datetime import date

import pytest
from html_check import Page

from benchmarks import histories
from benchmarks.history_facts import month_facts
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.reporting.build import build_report
from qa_pipeline.reports.report_page import render_report
from qa_pipeline.reports.report_words import person

MARCH = date(2026, 3, 1)


@pytest.fixture(scope="module")
def month() -> histories.Planted:
    return histories.planted(MARCH, calls_a_day=240)


@pytest.fixture(scope="module")
def report(month: histories.Planted) -> PeriodReport:
    return build_report(month_facts(month.centre, MARCH))


@pytest.fixture(scope="module")
def text(report: PeriodReport) -> str:
    return Page(render_report(report, lang="zh", links=lambda *_: None)).text


def named(report: PeriodReport, text: str, opening: str) -> set[str]:
    """The agents that a sentence of the page names."""
    sentence = text.partition(opening)[2].partition("。")[0]
    return {a.agent_id for a in report.agents if person(a.agent_name, a.agent_id) in sentence}


def test_the_improving_agent_is_named(month: histories.Planted, report: PeriodReport, text: str) -> None:
    better = named(report, text, "比上月明显好转：")
    assert month.improving in better
    # Training lifts a little more than nothing; nobody else got better.
    assert better - {month.improving} <= month.centre.members(month.trained)


def test_the_worsening_team_is_named_and_its_people(
    month: histories.Planted, report: PeriodReport, text: str
) -> None:
    members = month.centre.members(month.worsening)
    assert named(report, text, "明显差于全体均值：") == members
    assert named(report, text, "比上月明显变差：") <= members
    rows = {row: text.split(f"\n{row}6 名坐席")[1].split("\n")[0] for row in histories.TEAMS[:4]}
    assert [row for row, said in rows.items() if "变差" in said] == [month.worsening]


def test_the_new_form_is_told_and_nothing_is_compared_across_it(
    month: histories.Planted, report: PeriodReport, text: str
) -> None:
    assert "新版从 2026-03-10 起" in text
    changed = [
        row
        for row in report.criteria
        if row.rubric_id == "inbound_complaint" and row.criterion_id == "greeting"
    ]
    assert sorted(row.versions for row in changed) == [(2,), (3,)]
    assert all(row.rate.verdict is None or row.rate.previous is not None for row in changed)


def test_the_untrained_need_no_topic_that_only_the_team_lacked(
    month: histories.Planted, report: PeriodReport
) -> None:
    """Training needs name the worsening team's people and the agent who is still learning, nobody else."""
    people = {group.id for need in report.training for group in need.agents}
    allowed = month.centre.members(month.worsening) | {month.improving} | month.centre.members(month.trained)
    assert people
    assert people <= allowed
