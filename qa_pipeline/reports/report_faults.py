"""The sections on faults: what went wrong most and where, calls without a score, what customers complain about."""

from __future__ import annotations

from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_faults import CriterionRow
from qa_pipeline.domain.report_figures import GroupRate, KeyFigure, Verdict
from qa_pipeline.privacy.names import public_name
from qa_pipeline.reports.charts import VITAL, BarRow, pareto
from qa_pipeline.reports.pages import number as digits
from qa_pipeline.reports.report_tables import Links
from qa_pipeline.reports.report_views import (
    Cell,
    Chart,
    Row,
    Section,
    change,
    figure,
    grid,
    number,
    place,
)
from qa_pipeline.reports.report_words import ReportWords, person, reached

_BARS, _CRITERIA, _TOPICS, _PEOPLE = 10, 20, 12, 3
_RATES = (
    "fatal_error_rate",
    "suspected_fatal_rate",
    "nonfatal_error_rate",
    "pass_rate",
    "review_rate",
    "overturn_rate",
)
"""Reported apart, never averaged into one."""


def criteria(report: PeriodReport, words: ReportWords, links: Links) -> Section:
    """What went wrong most: Pareto by points lost, and the share of calls."""
    lost = [row for row in report.criteria if row.points_lost > 0]
    few = [row for i, row in enumerate(lost) if i == 0 or lost[i - 1].cumulative_share < 0.5]
    lead: tuple[str, ...] = ()
    if lost:
        names = words.some([_title(row, report, words) for row in few], _BARS // 2)
        share = words.value(few[-1].cumulative_share, "rate")
        lead = (words("criteria_lead", count=len(few), names=names, share=share),)
    bars = [
        BarRow(
            label=_title(row, report, words),
            value=row.points_lost,
            text=words("points", points=digits(row.points_lost)),
            cumulative=row.cumulative_share,
            title=words(
                "bar_title",
                title=row.title,
                points=digits(row.points_lost),
                share=words.value(row.share_of_points, "rate"),
                failed=row.failed,
                of=row.opportunities,
            ),
        )
        for row in lost[:_BARS]
    ]
    reaches = bool(bars) and bars[-1].cumulative >= VITAL
    svg = pareto(bars, name=words("sheet_criteria"), cumulative_name=words("cumulative"))
    rows = [_criterion(row, report, words, links) for row in report.criteria if row.failed or row.pending]
    columns = (
        "criterion",
        "points_lost#",
        "share_of_points#",
        "failed#",
        "fail_rate#",
        "change",
        "where",
        "listen",
    )
    return Section(
        id="criteria",
        title=words("sheet_criteria"),
        lead=lead,
        charts=(Chart(caption=words("pareto" if reaches else "pareto_part"), svg=svg),) if bars else (),
        tables=(grid(words, columns, rows, most=_CRITERIA),),
        note=words("criteria_note"),
    )


def _title(row: CriterionRow, report: PeriodReport, words: ReportWords) -> str:
    """A criterion's title; with its form where several forms have one of that name."""
    twins = {r.rubric_id for r in report.criteria if r.title == row.title}
    return f"{row.title}（{_form(row, report)}）" if len(twins) > 1 and words.lang == "zh" else row.title


def _form(row: CriterionRow, report: PeriodReport) -> str:
    titles = {use.rubric_id: use.title for use in report.rubrics}
    return titles.get(row.rubric_id, row.rubric_id).removesuffix("质检评分表")


def _criterion(row: CriterionRow, report: PeriodReport, words: ReportWords, links: Links) -> Row:
    worse = [words.group(g.id) for g in row.teams if g.verdict is Verdict.WORSE]
    people = [_person(g) for g in row.agents if g.verdict is Verdict.WORSE]
    where = words.listed([part for part in (*worse, words.some(people, _PEOPLE)) if part]) or words(
        "everywhere"
    )
    versions = words("form_versions", title=_form(row, report), versions=", ".join(map(str, row.versions)))
    return Row(
        cells=(
            Cell(text=row.title, sub=f"{words.severity(row.severity)} · {versions}"),
            number(digits(row.points_lost)),
            number(words.value(row.share_of_points, "rate")),
            number(words("failed_of", failed=row.failed, of=row.opportunities)),
            figure(words, row.rate, "rate"),
            change(words, row.rate, "rate"),
            Cell(text=where, kind="" if worse or people else "none"),
            place(words, row.examples[0] if row.examples else None, links),
        ),
        kind="bad" if row.severity in ("fatal", "critical") and row.failed else "",
    )


def _person(group: GroupRate) -> str:
    return person(group.name, group.id)


def not_scored(report: PeriodReport, words: ReportWords) -> Section:
    """Calls without a score, and why."""
    received = report.counts.received
    rows = [
        Row(
            cells=(
                Cell(text=words.reason(r.code), sub=words(f"status_{r.status}")),
                number(r.num_calls),
                number(words.value(r.num_calls / received if received else None, "rate")),
                Cell(text=words.listed([*map(public_name, r.call_ids)])),
            )
        )
        for r in report.not_scored
    ]
    without = received - report.counts.scored
    lead = words("not_scored_lead", count=without, received=received) if without else words("all_scored")
    return Section(
        id="not_scored",
        title=words("sheet_not_scored"),
        lead=(lead,),
        tables=(grid(words, ("reason", "num_calls#", "share#", "call_ids"), rows),) if rows else (),
    )


def topics(report: PeriodReport, words: ReportWords, links: Links) -> Section:
    """What customers complain about."""
    rows = [
        Row(
            cells=(
                Cell(text=words.listed(topic.words)),
                number(topic.num_calls),
                number(words.value(topic.share, "rate")),
                place(words, topic.examples[0] if topic.examples else None, links),
            )
        )
        for topic in report.topics
    ]
    return Section(
        id="topics",
        title=words("sheet_topics"),
        lead=() if rows else (words("no_topics"),),
        tables=(grid(words, ("topic", "num_calls#", "share#", "listen"), rows, most=_TOPICS),)
        if rows
        else (),
        note=words("topics_note") if rows else "",
    )


def rates(report: PeriodReport, words: ReportWords) -> Section:
    """The rates, each by itself, with what it is a share of."""
    by_key = {figure_.key: figure_ for figure_ in report.key_figures}
    rows = [_rate(by_key[key], words) for key in _RATES if key in by_key]
    return Section(
        id="rates",
        title=words("rates"),
        lead=(words("rates_lead"),),
        tables=(grid(words, ("rate", "rate_value#", "basis#", "change", "target#"), rows),),
    )


def _rate(item: KeyFigure, words: ReportWords) -> Row:
    done = reached(item)
    target = Cell(text="", kind="n")
    if item.target is not None:
        said = words.value(item.target, item.unit)
        kind = "n" if done is None else "n better" if done else "n worse"
        target = Cell(
            text=said, kind=kind, sub="" if done is None else words("target_met" if done else "target_missed")
        )
    return Row(
        cells=(
            Cell(text=words.figure_name(item.key), sub=words.named_or_empty("define", item.key)),
            figure(words, item.estimate, item.unit),
            number(item.estimate.n),
            change(words, item.estimate, item.unit),
            target,
        )
    )
