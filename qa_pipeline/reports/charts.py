"""Charts as inline SVG: drawn with the reader's own fonts, sharp on paper, a few kilobytes each, equal input equal bytes.

Colours are Okabe and Ito's (Color Universal Design, 2008), which readers with colour-blindness can tell apart; what a
colour says is also said by a shape, a line's dashes or a word. Every mark has its figures as a tooltip, and the tables
beside a chart hold the same figures, so that nothing is to be had from a picture alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from qa_pipeline.reports.svg import (
    BLUE,
    GREEN,
    GREY,
    INK,
    RULE,
    SKY,
    VERMILION,
    axis,
    fit,
    labels_below,
    line,
    mark,
    svg,
    ticks,
    tooltip,
    wide,
    words,
)

Format = Callable[[float], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """One period of a trend; ``value`` None where nothing was measured: a gap, never a zero."""

    label: str
    value: float | None
    low: float | None = None
    """Control limits."""
    high: float | None = None
    signal: bool = False
    """A run rule says that this is more than chance."""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A figure with its interval."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    strong: bool = False
    """Shown to differ."""
    faint: bool = False
    """Too few calls to judge."""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRow:
    """One bar of a Pareto chart; shares 0 to 1."""

    label: str
    value: float
    text: str
    cumulative: float
    title: str = ""


def trend(
    points: Sequence[TrendPoint],
    *,
    name: str,
    form: Format,
    centre: float | None = None,
    target: float | None = None,
    target_name: str = "",
    marks: Sequence[tuple[int, str]] = (),
    floor_at: float | None = None,
    cap_at: float | None = None,
    width: int = 720,
    height: int = 200,
) -> Markup:
    """A line over periods with its control limits, the mean, the target, and marks such as a new form.

    Args:
        points: the periods in order.
        name: what is shown, for readers who can't see it.
        form: how a value is written.
        centre: the mean that the limits belong to.
        target: the agreed target.
        target_name: its word.
        marks: index of a point and what happened from it on.
        floor_at: the axis does not go below (0 for rates).
        cap_at: the axis does not go above (100 for percentages).
        width: of the drawing; it scales to the page.
        height: the same.
    """
    known = [v for p in points for v in (p.value, p.low, p.high) if v is not None]
    known += [v for v in (centre, target) if v is not None]
    if not any(p.value is not None for p in points):
        return Markup("")
    low, high, step = axis(min(known), max(known), floor_at, cap_at)
    left, right, top, bottom = 46, 64 if target is not None else 14, 20 if marks else 8, 22
    inner, tall = width - left - right, height - top - bottom
    x = [left + inner * (i + 0.5) / len(points) for i in range(len(points))]

    def y(value: float) -> float:
        return top + tall * (1 - (value - low) / (high - low))

    parts = [_grid(low, high, step, y, left, width - right, form)]
    parts += _limits(points, x, y)
    if centre is not None:
        parts.append(line(left, y(centre), width - right, y(centre), GREY, dash="2 3"))
    if target is not None:
        parts.append(line(left, y(target), width - right, y(target), GREEN, dash="7 4", stroke=1.6))
        parts.append(words(width - right + 4, y(target) + 4, f"{target_name} {form(target)}", fill="#006b4e"))
    for index, said in marks:
        at = left + inner * index / len(points)
        end = at > width * 0.7
        parts.append(line(at, top - 4, at, top + tall, INK, dash="1 3"))
        parts.append(words(at - 4 if end else at + 4, top - 7, said, anchor="end" if end else "start"))
    for run in _runs(points):
        path = " ".join(f"{x[i]:.1f},{y(points[i].value or 0.0):.1f}" for i in run)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{BLUE}" stroke-width="2"/>')
    parts += [_point(p, x[i], y(p.value)) for i, p in enumerate(points) if p.value is not None]
    parts += labels_below([p.label for p in points], x, height - 6)
    return svg(parts, width, height, name)


def ranges(
    rows: Sequence[Range],
    *,
    name: str,
    form: Format,
    centre: float | None = None,
    centre_name: str = "",
    floor_at: float | None = None,
    cap_at: float | None = None,
    width: int = 880,
) -> Markup:
    """Figures with their intervals, one below the other: where intervals overlap, nobody is shown to be better."""
    known = [v for r in rows for v in (r.value, r.low, r.high) if v is not None]
    if not known:
        return Markup("")
    known += [centre] if centre is not None else []
    low, high, step = axis(min(known), max(known), floor_at, cap_at)
    left = min(220.0, max(wide(r.label) for r in rows) + 14)
    right, top, each = 92, 20 if centre is not None else 6, 22
    height = top + each * len(rows) + 22
    inner = width - left - right

    def x(value: float) -> float:
        return left + inner * (value - low) / (high - low)

    base = top + each * len(rows)
    parts = []
    for value in ticks(low, high, step):
        parts.append(line(x(value), top, x(value), base, RULE))
        parts.append(words(x(value), base + 15, form(value), anchor="middle", fill=GREY))
    if centre is not None:
        parts.append(line(x(centre), top - 4, x(centre), base, GREY, dash="2 3", stroke=1.4))
        if centre_name:
            said = f"{centre_name} {form(centre)}"
            parts.append(words(x(centre), top - 8, said, anchor="middle", fill=GREY))
    for number, row in enumerate(rows):
        middle = top + each * number + each / 2
        colour = VERMILION if row.strong else BLUE
        ink = GREY if row.faint else INK
        parts.append(words(left - 10, middle + 4, fit(row.label, left - 14), anchor="end", fill=ink))
        if row.value is None:
            continue
        drawn = []
        if row.low is not None and row.high is not None:
            stroke = "#aab4bf" if row.faint else colour
            drawn.append(
                line(x(row.low), middle, x(row.high), middle, stroke, stroke=3.5 if row.strong else 2.5)
            )
        fill = "#fff" if row.faint else colour
        ring = "#aab4bf" if row.faint else colour
        drawn.append(mark(x(row.value), middle, fill, ring, diamond=row.strong))
        parts.append(f"<g>{tooltip(row.title)}{''.join(drawn)}</g>")
        parts.append(words(width - right + 10, middle + 4, form(row.value), fill=ink))
    return svg(parts, width, height, name)


VITAL = 0.8
"""Bars are dark until together they make up this share."""


def pareto(rows: Sequence[BarRow], *, name: str, cumulative_name: str, width: int = 880) -> Markup:
    """Bars from the longest to the shortest, with the share of the whole that each one and those above make up."""
    if not rows:
        return Markup("")
    left = min(250.0, max(wide(r.label) for r in rows) + 14)
    right, top, each = 96, 18, 24
    inner = width - left - right
    most = max(r.value for r in rows) or 1.0
    parts = [words(width - 4, 11, cumulative_name, anchor="end", fill=GREY)]
    for number, row in enumerate(rows):
        y = top + each * number
        long = inner * row.value / most
        vital = number == 0 or rows[number - 1].cumulative < VITAL
        parts.append(words(left - 10, y + 15, fit(row.label, left - 14), anchor="end"))
        fill = VERMILION if vital else SKY
        bar = f'<rect x="{left:.1f}" y="{y + 4}" width="{long:.1f}" height="15" rx="2" fill="{fill}"/>'
        parts.append(f"<g>{tooltip(row.title)}{bar}</g>")
        inside = long > wide(row.text) + 16
        parts.append(
            words(left + long - 6, y + 15.5, row.text, anchor="end", fill="#fff" if vital else INK)
            if inside
            else words(left + long + 6, y + 15.5, row.text)
        )
        parts.append(words(width - 4, y + 15.5, f"{100 * row.cumulative:.0f}%", anchor="end", fill=GREY))
    return svg(parts, width, top + each * len(rows) + 6, name)


def spark(values: Sequence[float | None], *, name: str, width: int = 120, height: int = 28) -> Markup:
    """A line without axes beside a key figure."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return Markup("")
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    x = [3 + (width - 6) * i / (len(values) - 1) for i in range(len(values))]
    dots = [TrendPoint(label="", value=v) for v in values]
    parts = []
    for run in _runs(dots):
        path = " ".join(
            f"{x[i]:.1f},{4 + (height - 8) * (1 - ((values[i] or 0.0) - low) / span):.1f}" for i in run
        )
        parts.append(f'<polyline points="{path}" fill="none" stroke="{BLUE}" stroke-width="1.6"/>')
    return svg(parts, width, height, name, css_class="spark")


def _grid(
    low: float, high: float, step: float, y: Callable[[float], float], left: float, right: float, form: Format
) -> str:
    parts = []
    for value in ticks(low, high, step):
        parts.append(line(left, y(value), right, y(value), RULE))
        parts.append(words(left - 6, y(value) + 4, form(value), anchor="end", fill=GREY))
    return "".join(parts)


def _limits(points: Sequence[TrendPoint], x: Sequence[float], y: Callable[[float], float]) -> list[str]:
    """The band between the control limits, in one piece for each stretch that has them."""
    parts, run = [], list[int]()
    for i in range(len(points) + 1):
        if i < len(points) and points[i].low is not None and points[i].high is not None:
            run.append(i)
            continue
        if len(run) > 1:
            path = [f"{x[k]:.1f},{y(points[k].high or 0.0):.1f}" for k in run]
            path += [f"{x[k]:.1f},{y(points[k].low or 0.0):.1f}" for k in reversed(run)]
            parts.append(f'<polygon points="{" ".join(path)}" fill="{SKY}" fill-opacity="0.18"/>')
        run = []
    return parts


def _runs(points: Sequence[TrendPoint]) -> list[list[int]]:
    """Indices of stretches without gaps."""
    runs: list[list[int]] = [[]]
    for i, point in enumerate(points):
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append(i)
    return [run for run in runs if len(run) > 1]


def _point(point: TrendPoint, x: float, y: float) -> str:
    drawn = mark(x, y, VERMILION if point.signal else BLUE, "#fff", diamond=point.signal)
    return f"<g>{tooltip(point.title)}{drawn}</g>"
