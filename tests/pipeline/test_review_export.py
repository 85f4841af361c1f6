"""The performance file: frozen once exported, the same for ever after, and adjusted only by later files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from qa_pipeline.domain.performance import ExportRow
from qa_pipeline.domain.period import Period, PeriodKind, Scope
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_figures import Counts, Estimate, Verdict
from qa_pipeline.domain.report_people import AgentRow
from qa_pipeline.errors import InputError
from qa_pipeline.pipeline.review_export import freeze, is_frozen, review_file
from qa_pipeline.reporting.periods import before, period_of
from qa_pipeline.reports.report_csv import table_csv
from qa_pipeline.reports.review_table import review_table
from qa_pipeline.settings import Settings
from qa_pipeline.storage.exports import SqlExportStore

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
TODAY = date(2026, 12, 3)


def agent(agent_id: str, mean: float, *, scored: int = 200, few: bool = False) -> AgentRow:
    return AgentRow(
        agent_id=agent_id,
        agent_name=f"=坐席{agent_id}",
        team_id="一组",
        counts=Counts(scored=scored, failed=1),
        mean=Estimate(value=mean, low=mean - 1, high=mean + 1, n=scored),
        adjusted=Estimate(value=mean, n=scored),
        shrunk=mean,
        too_few=few,
        rank_low=1,
        rank_high=2,
        ranked=2,
        against_centre=Verdict.NO_DIFFERENCE_SHOWN,
        penalty_points=12.5,
    )


class Centre:
    """Reports of months, as the database would have them now."""

    def __init__(self) -> None:
        self.agents: dict[date, list[AgentRow]] = {
            OCTOBER: [agent("002", 88.0), agent("001", 91.23456)],
            NOVEMBER: [agent("001", 90.0), agent("002", 87.0), agent("003", 60.0, scored=3, few=True)],
        }
        self.pending = 0

    def report(self, period: Period) -> PeriodReport:
        agents = self.agents.get(period.start, [])
        total = sum(a.counts.scored for a in agents)
        return PeriodReport(
            period=period,
            previous=before(period),
            scope=Scope(),
            business_tz="Asia/Shanghai",
            min_calls=20,
            counts=Counts(scored=total, pending=self.pending),
            previous_counts=Counts(),
            agents=tuple(agents),
        )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlExportStore]:
    made = SqlExportStore(Settings(data_dir=tmp_path))
    yield made
    made.close()


def export(centre: Centre, store: SqlExportStore, month: date, today: date = TODAY) -> list[ExportRow]:
    file = review_file(month, today=today, store=store, make_report=centre.report)
    if not file.frozen_before:
        freeze(file, store, file_name="review.csv", who="tester")
    return list(file.rows)


def test_an_exported_month_is_the_same_for_ever(store: SqlExportStore) -> None:
    centre = Centre()
    first = export(centre, store, OCTOBER)
    assert [(r.kind, r.agent_id, r.figures["mean_score"]) for r in first] == [
        ("month", "001", 91.2346),
        ("month", "002", 88.0),
    ]
    centre.agents[OCTOBER] = [agent("001", 10.0)]
    again = review_file(date(2026, 10, 17), today=TODAY, store=store, make_report=centre.report)
    assert (list(again.rows), again.frozen_before) == (first, True)


def test_what_changes_later_is_an_adjustment_of_the_next_file_and_of_no_other(store: SqlExportStore) -> None:
    centre = Centre()
    export(centre, store, OCTOBER)
    changed = replace(agent("002", 89.5, scored=201), penalty_points=10.5)
    centre.agents[OCTOBER] = [agent("001", 91.23456), changed]
    rows = export(centre, store, NOVEMBER)
    assert [(r.kind, r.of_month, r.agent_id) for r in rows] == [
        ("month", NOVEMBER, "001"),
        ("month", NOVEMBER, "002"),
        ("month", NOVEMBER, "003"),
        ("adjustment", OCTOBER, "002"),
    ]
    figures = rows[-1].figures
    assert (figures["mean_score"], figures["change_mean_score"]) == (89.5, 1.5)
    assert (figures["change_calls_scored"], figures["change_penalty_points"]) == (1, -2.0)
    december = date(2026, 12, 1)
    centre.agents[december] = [agent("001", 90.0)]
    assert [r.kind for r in export(centre, store, december, date(2027, 1, 2))] == ["month"]


def test_an_agent_who_appears_or_disappears_later_is_an_adjustment_too(store: SqlExportStore) -> None:
    centre = Centre()
    export(centre, store, OCTOBER)
    centre.agents[OCTOBER] = [agent("002", 88.0), agent("009", 70.0)]
    rows = [r for r in export(centre, store, NOVEMBER) if r.kind == "adjustment"]
    assert [(r.agent_id, r.figures["change_mean_score"]) for r in rows] == [("001", -91.2346), ("009", 70.0)]


@pytest.mark.parametrize(
    ("month", "today", "pending", "code"),
    [
        (NOVEMBER, date(2026, 11, 30), 0, "export.month_open"),
        (NOVEMBER, TODAY, 7, "export.still_pending"),
        (date(2026, 9, 1), TODAY, 0, "export.no_calls"),
    ],
)
def test_a_month_that_is_not_ready_is_refused_and_nothing_is_frozen(
    store: SqlExportStore, month: date, today: date, pending: int, code: str
) -> None:
    centre = Centre()
    centre.pending = pending
    with pytest.raises(InputError) as error:
        review_file(month, today=today, store=store, make_report=centre.report)
    assert error.value.code == code
    assert store.exported_months() == ()


def test_pending_calls_can_be_left_for_later_on_purpose(store: SqlExportStore) -> None:
    centre = Centre()
    centre.pending = 7
    file = review_file(NOVEMBER, today=TODAY, store=store, make_report=centre.report, even_if_pending=True)
    assert (file.pending, len(file.rows)) == (7, 3)


def test_two_exports_at_once_freeze_once(store: SqlExportStore) -> None:
    centre = Centre()
    file = review_file(OCTOBER, today=TODAY, store=store, make_report=centre.report)
    freeze(file, store, file_name="a", who="one")
    with pytest.raises(InputError) as error:
        freeze(file, store, file_name="b", who="two")
    assert error.value.code == "export.frozen"
    kept = store.export(OCTOBER)
    assert kept is not None and (kept.exported_by, kept.digest) == ("one", file.digest)


def test_only_periods_wholly_in_exported_months_are_frozen(store: SqlExportStore) -> None:
    export(Centre(), store, OCTOBER)
    frozen = is_frozen(store)
    assert frozen(period_of(PeriodKind.MONTH, OCTOBER))
    assert frozen(period_of(PeriodKind.DAY, date(2026, 10, 31)))
    assert not frozen(period_of(PeriodKind.WEEK, date(2026, 10, 31)))  # it ends on 1 November
    assert not frozen(period_of(PeriodKind.DAY, NOVEMBER))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_file_has_a_column_for_every_figure_and_no_text_that_a_spreadsheet_would_run(
    store: SqlExportStore, lang: str
) -> None:
    centre = Centre()
    export(centre, store, OCTOBER)
    centre.agents[OCTOBER] = [agent("001", 90.0), agent("002", 88.0)]
    rows = export(centre, store, NOVEMBER)
    table = review_table(NOVEMBER, rows, lang)  # type: ignore[arg-type]
    keys = {c.key for c in table.columns}
    assert {k for r in rows for k in r.figures if not k.startswith("manner_")} <= keys
    assert all(c.help for c in table.columns)
    read = list(csv.DictReader(io.StringIO(table_csv(table, keys=True).decode("utf-8-sig"))))
    assert [(r["row_kind"], r["agent_id"], r["agent_name"]) for r in read] == [
        ("month", "001", "'=坐席001"),
        ("month", "002", "'=坐席002"),
        ("month", "003", "'=坐席003"),
        ("adjustment", "001", "'=坐席001"),
    ]
    assert read[2]["too_few_calls"] == "yes" and read[2]["position_best"] == ""
    assert float(read[3]["change_mean_score"]) == pytest.approx(-1.2346)
