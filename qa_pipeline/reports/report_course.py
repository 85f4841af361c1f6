"""The sections on how things go: manner, trends, follow-ups, exceptions, measures taken, advice."""

from __future__ import annotations

from qa_pipeline.domain.period import PeriodKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_figures import Trend, Verdict
from qa_pipeline.domain.report_figures import TrendPoint as Measured
from qa_pipeline.domain.report_follow_up import ExceptionItem, ImprovementEffect
from qa_pipeline.privacy.names import public_name
from qa_pipeline.reports.charts import Range, TrendPoint, ranges, trend
from qa_pipeline.reports.report_views import (
    Cell,
    Chart,
    Item,
    Row,
    Section,
    change,
    grid,
    measured,
    measured_change,
    number,
)
from qa_pipeline.reports.report_words import ReportWords

_FOLLOW_UPS = 60
_FEWEST_POINTS = 3
"""Two points are a change, not a course."""


def measures(report: PeriodReport, words: ReportWords) -> Section:
    """Courtesy and manner as measured."""
    rows = [
        Row(
            cells=(
                Cell(text=words.measure(m.measure), sub=words.measure_help(m.measure)),
                Cell(text=words.role(m.role)),
                measured(words, m),
                number(m.estimate.n),
                measured_change(words, m),
            )
        )
        for m in report.measures
    ]
    return Section(
        id="measures",
        title=words("sheet_measures"),
        lead=(words("measures_lead"),) if rows else (words("no_measures"),),
        tables=(grid(words, ("measure", "role", "measured#", "basis#", "change"), rows),) if rows else (),
    )


def trends(report: PeriodReport, words: ReportWords) -> Section:
    """Control charts with targets."""
    # The finest steps first: that is where a change can be seen beginning.
    order = sorted(report.trends, key=lambda item: tuple(PeriodKind).index(item.step))
    charts = tuple(chart for item in order if (chart := _trend(item, words)) is not None)
    signals = any(point.signals for item in report.trends for point in item.points)
    judged = any(item.centre_line is not None for item in report.trends)
    lead = "trends_signal" if signals else "trends_quiet" if judged else "trends_unjudged"
    if not charts:
        lead = "no_trends"
    return Section(
        id="trends",
        title=words("sheet_trends"),
        lead=(words(lead),),
        charts=charts,
        note=words("trends_note") if charts else "",
    )


def _trend(item: Trend, words: ReportWords) -> Chart | None:
    unit = words.unit_of(item.key)
    scale = 100 if unit == "rate" else 1
    known = [i for i, point in enumerate(item.points) if point.value is not None]
    if len(known) < _FEWEST_POINTS:
        return None
    course = item.points[known[0] :]
    points = [_point(point, item, unit, scale, words) for point in course]
    marks = [
        (index, words("new_form"))
        for day in item.breaks
        if day > course[0].start
        and (index := next((i for i, p in enumerate(course) if p.start >= day), None)) is not None
    ]
    targets = [p.target for p in item.points if p.target is not None]
    centre = None if item.centre_line is None else item.centre_line * scale
    svg = trend(
        points,
        name=words.figure_name(item.key),
        form=lambda value: _axis(value, unit),
        centre=centre,
        target=targets[-1] * scale if targets else None,
        target_name=words("target_short"),
        marks=marks,
        floor_at=0,
        cap_at=100 if unit != "s" else None,
        width=540,
    )
    said = [
        words(
            "signal_at",
            at=_label(p, item.step),
            rules=words.listed([words(f"signal_{s}") for s in p.signals]),
        )
        for p in item.points
        if p.signals
    ]
    if said:
        note = words("signals", list=words.some(said[::-1], 3))
    else:
        note = words("no_limits" if item.centre_line is None else "no_signal")
    caption = words("trend_caption", name=words.figure_name(item.key), step=words(f"step_{item.step.value}"))
    return Chart(caption=caption, svg=svg, note=note)


def _point(point: Measured, item: Trend, unit: str, scale: float, words: ReportWords) -> TrendPoint:
    def scaled(value: float | None) -> float | None:
        return None if value is None else value * scale

    return TrendPoint(
        label=_label(point, item.step),
        value=scaled(point.value),
        low=scaled(point.lower_limit),
        high=scaled(point.upper_limit),
        signal=bool(point.signals),
        title=words("point_title", at=point.start, value=words.value(point.value, unit), n=point.n),
    )


def _label(point: Measured, step: PeriodKind) -> str:
    return f"{point.start:%Y-%m}" if step is PeriodKind.MONTH else f"{point.start.month}-{point.start.day}"


def _axis(value: float, unit: str) -> str:
    return f"{value:g}" if unit == "s" else f"{value:g}%"


def follow_ups(report: PeriodReport, words: ReportWords) -> Section:
    """Who was not called, or late, or in rest hours."""
    states = ("not_called", "late", "rest_hours", "done")
    counts = {state: sum(f.state == state for f in report.follow_ups) for state in states}
    rows = [
        Row(
            cells=(
                Cell(text=f.customer_id),
                Cell(text=words(f"follow_up_{f.state}"), kind="worse"),
                Cell(text=words.day(f.due)),
                Cell(text=words.moment(f.called_at)),
                Cell(text=public_name(f.call_id or "")),
                Cell(text=f.agent_id or ""),
            )
        )
        for f in report.follow_ups
        if f.state != "done"
    ]
    names = ("customer", "state", "due", "called_at", "call", "agent")
    return Section(
        id="follow_ups",
        title=words("sheet_follow_ups"),
        lead=(words("follow_ups_lead", total=len(report.follow_ups), **counts),),
        tables=(grid(words, names, rows, most=_FOLLOW_UPS),) if rows else (),
    )


def exceptions(report: PeriodReport, words: ReportWords) -> Section:
    """What needs an owner until it is closed."""
    open_ = [e for e in report.exceptions if e.state != "closed"]
    nobody = sum(e.owner is None for e in open_)
    overdue = sum(e.overdue for e in open_)
    lead = words("exceptions_lead", count=len(open_), nobody=nobody, overdue=overdue)
    rows = [_exception(e, words) for e in report.exceptions]
    return Section(
        id="exceptions",
        title=words("sheet_exceptions"),
        lead=(lead if rows else words("no_exceptions"),),
        tables=(grid(words, ("exception", "owner", "deadline", "state"), rows),) if rows else (),
    )


def _exception(item: ExceptionItem, words: ReportWords) -> Row:
    deadline = "" if item.deadline is None else words.day(item.deadline)
    return Row(
        cells=(
            Cell(text=words.exception(item), sub=f"{item.exception_id} · {words.day(item.opened_on)}"),
            Cell(text=item.owner or words("no_owner"), kind="" if item.owner else "worse"),
            Cell(
                text=deadline,
                kind="worse" if item.overdue else "",
                sub=words("overdue") if item.overdue else "",
            ),
            Cell(text=words(f"exception_{item.state}")),
        ),
        kind="faint" if item.state == "closed" else "bad" if item.overdue else "",
    )


def improvements(report: PeriodReport, words: ReportWords) -> Section:
    """Measures taken and what changed since."""
    rows = [_improvement(item, report, words) for item in report.improvements]
    names = ("what", "aim", "from_date", "before#", "after#", "effect")
    drawn = [
        Range(
            label=item.what,
            value=item.effect.change * _scale(item, words),
            low=_scaled(item.effect.change_low, item, words),
            high=_scaled(item.effect.change_high, item, words),
            strong=item.effect.verdict in (Verdict.BETTER, Verdict.WORSE),
            title=item.what,
        )
        for item in report.improvements
        if item.effect.change is not None and words.unit_of(item.measure) != "s"
    ]
    svg = ranges(drawn, name=words("effects_chart"), form=lambda v: f"{v:+.1f}", centre=0.0, centre_name="")
    return Section(
        id="improvements",
        title=words("sheet_improvements"),
        lead=(words("improvements_lead") if rows else words("no_improvements"),),
        charts=(Chart(caption=words("effects_chart"), svg=svg),) if drawn else (),
        tables=(grid(words, names, rows),) if rows else (),
    )


def _scale(item: ImprovementEffect, words: ReportWords) -> float:
    return 100.0 if words.unit_of(item.measure) == "rate" else 1.0


def _scaled(value: float | None, item: ImprovementEffect, words: ReportWords) -> float | None:
    return None if value is None else value * _scale(item, words)


def _improvement(item: ImprovementEffect, report: PeriodReport, words: ReportWords) -> Row:
    unit, effect = words.unit_of(item.measure), item.effect
    titles = {row.criterion_id: row.title for row in report.criteria}
    aim = titles.get(item.measure)
    name = words("fail_rate_of", title=aim) if aim else words.figure_name(item.measure)
    said = change(words, effect, unit)
    closed = "" if item.closed_on is None else words("closed_on", day=item.closed_on)
    interval = ""
    if effect.change_low is not None and effect.change_high is not None:
        low, high = words.change(effect.change_low, unit), words.change(effect.change_high, unit)
        interval = words("change_interval", low=low, high=high)
    return Row(
        cells=(
            Cell(text=item.what, sub=f"{words.scope(item.scope)} · {item.owner}"),
            Cell(text=name),
            Cell(text=words.day(item.from_date), sub=closed),
            Cell(text=words.value(effect.previous, unit), kind="n", sub=words("basis", n=effect.previous_n)),
            Cell(text=words.value(effect.value, unit), kind="n", sub=words("basis", n=effect.n)),
            Cell(text=said.text, kind=said.kind, sub=interval),
        )
    )


def advice(report: PeriodReport, words: ReportWords) -> Section:
    """What to do next, from the findings above and from nothing else."""
    items = tuple(
        Item(text=words.note(note, "report_advice"), sub=words.listed([*map(public_name, note.call_ids)]))
        for note in report.advice
    )
    return Section(
        id="advice",
        title=words("advice"),
        lead=(words("advice_lead") if items else words("no_advice"),),
        items=items,
    )
