"""Every sheet has the report's figures under its own names, and the JSON has them all."""

import io
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import openpyxl
import pytest
from report_sample import CASE, NEW_AGENT, empty, sample

from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.i18n import Lang
from qa_pipeline.reports.report_json import json_schema, report_bytes, report_json, schema_text
from qa_pipeline.reports.report_other_tables import all_tables
from qa_pipeline.reports.report_words import ReportWords
from qa_pipeline.reports.workbook import Table, Value, workbook


def words(lang: Lang = "zh") -> ReportWords:
    report = sample()
    return ReportWords(lang=lang, kind=report.period.kind, business_tz=report.business_tz)


def tables(report: PeriodReport, lang: Lang = "zh") -> dict[str, Table]:
    return {t.key: t for t in all_tables(report, words(lang), lambda call, second: f"{call}@{second}")}


def rows(table: Table) -> list[dict[str, Value]]:
    return [dict(zip([c.key for c in table.columns], row, strict=True)) for row in table.rows]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("report", [sample(), empty()], ids=["full", "empty"])
def test_the_workbook_opens_and_has_a_sheet_a_question(report: PeriodReport, lang: Lang) -> None:
    made = all_tables(report, words(lang), lambda *_: None)
    content = workbook(made, title="t", about=(), words=words(lang).dictionary(), author="a")
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert len(book.sheetnames) == len(made) + 1
    for sheet, table in zip(book.worksheets[1:], made, strict=True):
        assert [c.value for c in sheet[1]] == [c.title for c in table.columns]
        assert sheet.max_row == max(2, len(table.rows) + 1)


def test_titles_say_what_columns_hold_and_differ() -> None:
    for lang in ("zh", "en"):
        for table in tables(sample(), lang).values():
            titles = [c.title for c in table.columns]
            assert len(titles) == len(set(titles)), table.key
            assert len({c.key for c in table.columns}) == len(titles)


def test_agents_have_interval_range_and_no_position_with_too_few_calls() -> None:
    first, _, new = rows(tables(sample())["agents"])
    assert first["agent_id"] == "3105"
    assert (first["received"], first["scored"], first["needs_review"]) == (126, 120, 4)
    assert first["mean"] == 88.25
    assert first["mean_low"] == pytest.approx(79.425)
    assert (first["rank_low"], first["rank_high"], first["ranked"]) == (7, 11, 12)
    assert first["against_centre"] == "差于其余"
    assert first["pass_rate"] == 0.93
    assert (new["rank_low"], new["rank_high"]) == (None, None)
    assert new["judged"] == "样本不足"
    assert replace(NEW_AGENT, rank_low=1).rank_low == 1
    forged = rows(tables(replace(sample(), agents=(replace(NEW_AGENT, rank_low=1),)))["agents"])
    assert forged[0]["rank_low"] is None


def test_key_figures_are_in_per_cent_and_say_what_may_be_said() -> None:
    by_key = {r["figure_key"]: r for r in rows(tables(sample())["figures"])}
    assert by_key["pass_rate"]["figure_value"] == pytest.approx(95.1)
    assert by_key["pass_rate"]["figure_target"] == pytest.approx(95.0)
    assert by_key["pass_rate"]["figure_reached"] == "达到"
    assert by_key["pass_rate"]["figure_verdict"] == "无明显差异"
    assert by_key["mean_score"]["figure_value"] == 88.254
    assert by_key["duration_s"]["figure_unit"] == "秒"


def test_cases_carry_the_place_and_the_link() -> None:
    case = rows(tables(sample())["cases"])[0]
    assert case["call_id"] == CASE.call_id
    assert case["second"] == 83.4
    assert case["page"] == "20260331-00017@83.4"
    assert str(case["started_at"]) == "2026-03-31 01:30:00+08:00"
    assert case["state"] == "疑似，待确认"


def test_groups_of_a_criterion_and_training_name_the_people() -> None:
    groups = rows(tables(sample())["criteria_groups"])
    assert [(g["group_kind"], g["group_id"]) for g in groups] == [("班组", "华南二组"), ("坐席", "3105")]
    assert rows(tables(sample())["training"])[0]["agent_name"] == "刘洋"


def test_every_trend_point_is_a_row() -> None:
    points = rows(tables(sample())["trends"])
    assert len(points) == 6
    assert points[2]["point"] is None
    assert points[5]["signals"] == "超出控制限"


def test_json_has_every_field_and_its_version() -> None:
    report = sample()
    data = report_json(report)
    assert data["schema_version"] == 1
    assert data["counts"]["received"] == report.counts.received == 500
    assert data["period"] == {"kind": "month", "start": "2026-03-01", "end": "2026-04-01"}
    assert data["agents"][0]["mean"]["verdict"] == "worse"
    assert data["urgent"][0]["started_at"] == "2026-03-30T17:30:00Z"
    assert json.loads(report_bytes(report)) == data


@pytest.mark.parametrize("report", [sample(), empty()], ids=["full", "empty"])
def test_json_is_as_its_schema_says(report: PeriodReport) -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(report_json(report), schema)
    assert report_json(report).keys() == schema["properties"].keys()


def test_the_schema_in_the_docs_is_the_present_one() -> None:
    path = Path(__file__).parents[2] / "docs" / "report.schema.json"
    again = "python -m qa_pipeline.reports.report_json > docs/report.schema.json"
    assert path.read_text(encoding="utf-8") == schema_text(), f"write it again: {again}"


def test_json_of_an_empty_report() -> None:
    assert report_json(empty())["counts"] == {
        "received": 0,
        "scored": 0,
        "not_scored": 0,
        "failed": 0,
        "pending": 0,
        "needs_review": 0,
    }
