"""The remaining tables: calls without a score, manner, topics, trends, exceptions, improvements, forms, notes."""

from __future__ import annotations

from qa_pipeline.domain.report import Note, PeriodReport, RubricUse
from qa_pipeline.domain.report_faults import NotScoredReason, Topic
from qa_pipeline.domain.report_figures import MeasureFigure, Trend, TrendPoint
from qa_pipeline.domain.report_follow_up import ExceptionItem, ImprovementEffect
from qa_pipeline.reports import report_people_tables as people
from qa_pipeline.reports.report_tables import (
    Field,
    Links,
    cases,
    criteria,
    criteria_groups,
    estimate,
    figures,
    table,
)
from qa_pipeline.reports.report_words import ReportWords
from qa_pipeline.reports.workbook import Table


def all_tables(report: PeriodReport, words: ReportWords, links: Links) -> tuple[Table, ...]:
    """Every sheet of the workbook, in the order in which the page asks the questions."""
    return (
        figures(report, words),
        cases(report, words, links),
        criteria(report, words),
        criteria_groups(report, words),
        people.groups(report, words),
        people.agents(report, words),
        people.agent_criteria(report, words),
        _not_scored(report, words),
        _topics(report, words),
        _measures(report, words),
        _trends(report, words),
        people.follow_ups(report, words),
        people.training(report, words),
        _exceptions(report, words),
        _improvements(report, words),
        _rubrics(report, words),
        _notes(report, words),
    )


def _not_scored(report: PeriodReport, words: ReportWords) -> Table:
    fields: list[Field[NotScoredReason]] = [
        ("status", "text", lambda r: words(f"status_{r.status}")),
        ("reason", "text", lambda r: words.reason(r.code)),
        ("code", "text", lambda r: r.code),
        ("num_calls", "int", lambda r: r.num_calls),
        ("call_ids", "text", lambda r: ", ".join(r.call_ids)),
    ]
    return table(words, "not_scored", report.not_scored, fields)


def _topics(report: PeriodReport, words: ReportWords) -> Table:
    fields: list[Field[Topic]] = [
        ("topic", "text", lambda t: words.listed(t.words)),
        ("num_calls", "int", lambda t: t.num_calls),
        ("share", "percent", lambda t: t.share),
        ("call_ids", "text", lambda t: ", ".join(e.call_id for e in t.examples)),
        ("quote", "text", lambda t: next((e.quote for e in t.examples if e.quote), None)),
    ]
    return table(words, "topics", report.topics, fields)


def _measures(report: PeriodReport, words: ReportWords) -> Table:
    fields: list[Field[MeasureFigure]] = [
        ("measure", "text", lambda m: words.measure(m.measure)),
        ("role", "text", lambda m: words.role(m.role)),
        ("measure_unit", "text", lambda m: words.measure_unit(m.measure)),
        *estimate("measured", "number", lambda m: m.estimate, words),
    ]
    return table(words, "measures", report.measures, fields)


def _trends(report: PeriodReport, words: ReportWords) -> Table:
    rows = [(trend, point) for trend in report.trends for point in trend.points]
    fields: list[Field[tuple[Trend, TrendPoint]]] = [
        ("figure_name", "text", lambda r: words.figure_name(r[0].key)),
        ("figure_key", "text", lambda r: r[0].key),
        ("step", "text", lambda r: words(f"step_{r[0].step.value}")),
        ("start", "date", lambda r: r[1].start),
        ("point", "number", lambda r: r[1].value),
        ("point_n", "int", lambda r: r[1].n),
        ("point_low", "number", lambda r: r[1].low),
        ("point_high", "number", lambda r: r[1].high),
        ("centre_line", "number", lambda r: r[0].centre_line),
        ("lower_limit", "number", lambda r: r[1].lower_limit),
        ("upper_limit", "number", lambda r: r[1].upper_limit),
        ("point_target", "number", lambda r: r[1].target),
        ("signals", "text", lambda r: words.listed([words(f"signal_{s}") for s in r[1].signals])),
    ]
    return table(words, "trends", rows, fields)


def _exceptions(report: PeriodReport, words: ReportWords) -> Table:
    fields: list[Field[ExceptionItem]] = [
        ("exception_id", "text", lambda e: e.exception_id),
        ("exception", "text", lambda e: words.exception(e)),
        ("exception_state", "text", lambda e: words(f"exception_{e.state}")),
        ("opened_on", "date", lambda e: e.opened_on),
        ("owner", "text", lambda e: e.owner),
        ("deadline", "date", lambda e: e.deadline),
        ("overdue", "text", lambda e: words("yes" if e.overdue else "no")),
    ]
    return table(words, "exceptions", report.exceptions, fields)


def _improvements(report: PeriodReport, words: ReportWords) -> Table:
    fields: list[Field[ImprovementEffect]] = [
        ("improvement_id", "text", lambda i: i.improvement_id),
        ("what", "text", lambda i: i.what),
        ("whom", "text", lambda i: words.scope(i.scope)),
        ("aim", "text", lambda i: words.figure_name(i.measure)),
        ("from_date", "date", lambda i: i.from_date),
        ("closed_on", "date", lambda i: i.closed_on),
        ("owner", "text", lambda i: i.owner),
        ("before", "number", lambda i: i.effect.previous),
        ("before_n", "int", lambda i: i.effect.previous_n),
        ("after", "number", lambda i: i.effect.value),
        ("after_n", "int", lambda i: i.effect.n),
        ("effect", "number", lambda i: i.effect.change),
        ("effect_low", "number", lambda i: i.effect.change_low),
        ("effect_high", "number", lambda i: i.effect.change_high),
        ("effect_said", "text", lambda i: words.verdict(i.effect.verdict) if i.effect.verdict else None),
    ]
    return table(words, "improvements", report.improvements, fields)


def _rubrics(report: PeriodReport, words: ReportWords) -> Table:
    fields: list[Field[RubricUse]] = [
        ("rubric_title", "text", lambda r: r.title),
        ("rubric", "text", lambda r: r.rubric_id),
        ("version", "int", lambda r: r.version),
        ("first_day", "date", lambda r: r.first_day),
        ("last_day", "date", lambda r: r.last_day),
        ("num_calls", "int", lambda r: r.num_calls),
    ]
    return table(words, "rubrics", report.rubrics, fields)


def _notes(report: PeriodReport, words: ReportWords) -> Table:
    rows = [("note", note, "report_notes") for note in report.notes]
    rows += [("advice", note, "report_advice") for note in report.advice]
    fields: list[Field[tuple[str, Note, str]]] = [
        ("note_kind", "text", lambda r: words(f"kind_{r[0]}")),
        ("said", "text", lambda r: words.note(r[1], r[2])),
        ("call_ids", "text", lambda r: ", ".join(r[1].call_ids)),
    ]
    return table(words, "notes", rows, fields)
