"""Charts as inline SVG: drawn with the reader's own fonts, sharp on paper, a few kilobytes each, equal input equal bytes.

Colours are Okabe and Ito's (Color Universal Design, 2008), which readers with colour-blindness can tell apart; what a
colour says is also said by a shape, a line's dashes or a word. Every mark has its figures as a tooltip, and the tables
beside a chart hold the same figures, so that nothing is to be had from a picture alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from unicodedata import east_asian_width

from markupsafe import Markup, escape

BLUE, ORANGE, VERMILION, GREEN, SKY, GREY = "#0072B2", "#E69F00", "#D55E00", "#009E73", "#56B4E9", "#6b7682"
_INK, _RULE = "#33404d", "#dde3ea"
_FONT = 12
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
    low, high, step = _axis(min(known), max(known), floor_at, cap_at)
    left, right, top, bottom = 46, 64 if target is not None else 14, 20 if marks else 8, 22
    inner, tall = width - left - right, height - top - bottom
    x = [left + inner * (i + 0.5) / len(points) for i in range(len(points))]

    def y(value: float) -> float:
        return top + tall * (1 - (value - low) / (high - low))

    parts = [_grid(low, high, step, y, left, width - right, form)]
    parts += _limits(points, x, y)
    if centre is not None:
        parts.append(_line(left, y(centre), width - right, y(centre), GREY, dash="2 3"))
    if target is not None:
        parts.append(_line(left, y(target), width - right, y(target), GREEN, dash="7 4", stroke=1.6))
        parts.append(_text(width - right + 4, y(target) + 4, f"{target_name} {form(target)}", fill="#006b4e"))
    for index, said in marks:
        at = left + inner * index / len(points)
        end = at > width * 0.7
        parts.append(_line(at, top - 4, at, top + tall, _INK, dash="1 3"))
        parts.append(_text(at - 4 if end else at + 4, top - 7, said, anchor="end" if end else "start"))
    for run in _runs(points):
        path = " ".join(f"{x[i]:.1f},{y(points[i].value or 0.0):.1f}" for i in run)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{BLUE}" stroke-width="2"/>')
    parts += [_point(p, x[i], y(p.value)) for i, p in enumerate(points) if p.value is not None]
    parts += _labels([p.label for p in points], x, height - 6)
    return _svg(parts, width, height, name)


def ranges(
    rows: Sequence[Range],
    *,
    name: str,
    form: Format,
    centre: float | None = None,
    centre_name: str = "",
    floor_at: float | None = None,
    cap_at: float | None = None,
    width: int = 720,
) -> Markup:
    """Figures with their intervals, one below the other: where intervals overlap, nobody is shown to be better."""
    known = [v for r in rows for v in (r.value, r.low, r.high) if v is not None]
    if not known:
        return Markup("")
    known += [centre] if centre is not None else []
    low, high, step = _axis(min(known), max(known), floor_at, cap_at)
    left = min(220.0, max(_wide(r.label) for r in rows) + 14)
    right, top, each = 92, 20 if centre is not None else 6, 22
    height = top + each * len(rows) + 22
    inner = width - left - right

    def x(value: float) -> float:
        return left + inner * (value - low) / (high - low)

    base = top + each * len(rows)
    parts = []
    for value in _ticks(low, high, step):
        parts.append(_line(x(value), top, x(value), base, _RULE))
        parts.append(_text(x(value), base + 15, form(value), anchor="middle", fill=GREY))
    if centre is not None:
        parts.append(_line(x(centre), top - 4, x(centre), base, GREY, dash="2 3", stroke=1.4))
        parts.append(_text(x(centre), top - 8, f"{centre_name} {form(centre)}", anchor="middle", fill=GREY))
    for number, row in enumerate(rows):
        middle = top + each * number + each / 2
        colour = VERMILION if row.strong else BLUE
        ink = GREY if row.faint else _INK
        parts.append(_text(left - 10, middle + 4, _fit(row.label, left - 14), anchor="end", fill=ink))
        if row.value is None:
            continue
        drawn = []
        if row.low is not None and row.high is not None:
            ink = "#aab4bf" if row.faint else colour
            drawn.append(
                _line(x(row.low), middle, x(row.high), middle, ink, stroke=3.5 if row.strong else 2.5)
            )
        fill = "#fff" if row.faint else colour
        ring = "#aab4bf" if row.faint else colour
        drawn.append(_mark(x(row.value), middle, fill, ring, diamond=row.strong))
        parts.append(f"<g>{_title(row.title)}{''.join(drawn)}</g>")
        parts.append(_text(width - right + 10, middle + 4, form(row.value), fill=ink))
    return _svg(parts, width, height, name)


def pareto(rows: Sequence[BarRow], *, name: str, cumulative_name: str, width: int = 720) -> Markup:
    """Bars from the longest to the shortest, with the share of the whole that each one and those above make up."""
    if not rows:
        return Markup("")
    left = min(250.0, max(_wide(r.label) for r in rows) + 14)
    right, top, each = 96, 18, 24
    inner = width - left - right
    most = max(r.value for r in rows) or 1.0
    parts = [_text(width - 4, 11, cumulative_name, anchor="end", fill=GREY)]
    for number, row in enumerate(rows):
        y = top + each * number
        long = inner * row.value / most
        vital = number == 0 or rows[number - 1].cumulative < 0.8
        parts.append(_text(left - 10, y + 15, _fit(row.label, left - 14), anchor="end"))
        fill = VERMILION if vital else SKY
        bar = f'<rect x="{left:.1f}" y="{y + 4}" width="{long:.1f}" height="15" rx="2" fill="{fill}"/>'
        parts.append(f"<g>{_title(row.title)}{bar}</g>")
        inside = long > _wide(row.text) + 16
        parts.append(
            _text(left + long - 6, y + 15.5, row.text, anchor="end", fill="#fff" if vital else _INK)
            if inside
            else _text(left + long + 6, y + 15.5, row.text)
        )
        parts.append(_text(width - 4, y + 15.5, f"{100 * row.cumulative:.0f}%", anchor="end", fill=GREY))
    return _svg(parts, width, top + each * len(rows) + 6, name)


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
    return _svg(parts, width, height, name, css_class="spark")


def _axis(
    low: float, high: float, floor_at: float | None, cap_at: float | None
) -> tuple[float, float, float]:
    """Round ends and the step of the axis, within what is possible."""
    if high - low < 1e-9:
        low, high = low - (abs(low) * 0.1 or 0.5), high + (abs(high) * 0.1 or 0.5)
    raw = (high - low) / 4
    power = 10 ** floor(log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw - 1e-12)
    start, end = floor(low / step) * step, ceil(high / step) * step
    if floor_at is not None:
        start = max(start, floor_at)
    if cap_at is not None:
        end = min(end, cap_at)
    return start, max(end, start + step), step


def _ticks(low: float, high: float, step: float) -> list[float]:
    first = ceil(low / step - 1e-9)
    return [round(i * step, 10) for i in range(first, floor(high / step + 1e-9) + 1)]


def _grid(
    low: float, high: float, step: float, y: Callable[[float], float], left: float, right: float, form: Format
) -> str:
    parts = []
    for value in _ticks(low, high, step):
        parts.append(_line(left, y(value), right, y(value), _RULE))
        parts.append(_text(left - 6, y(value) + 4, form(value), anchor="end", fill=GREY))
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
    mark = _mark(x, y, VERMILION if point.signal else BLUE, "#fff", diamond=point.signal)
    return f"<g>{_title(point.title)}{mark}</g>"


def _mark(x: float, y: float, fill: str, stroke: str, *, diamond: bool) -> str:
    if diamond:
        path = f"{x:.1f},{y - 6:.1f} {x + 6:.1f},{y:.1f} {x:.1f},{y + 6:.1f} {x - 6:.1f},{y:.1f}"
        return f'<polygon points="{path}" fill="{fill}" stroke="{stroke}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'


def _labels(labels: Sequence[str], x: Sequence[float], y: float) -> list[str]:
    """As many labels as fit, the last one among them."""
    widest = max(_wide(label) for label in labels) + 10
    room = (x[1] - x[0]) if len(x) > 1 else widest
    every = max(1, ceil(widest / room))
    last = len(labels) - 1
    return [
        _text(x[i], y, label, anchor="middle", fill=GREY)
        for i, label in enumerate(labels)
        if (last - i) % every == 0
    ]


def _wide(said: str) -> float:
    """About how wide a text is: a Chinese character is as wide as the font is high."""
    return sum(_FONT if east_asian_width(c) in "WF" else 0.58 * _FONT for c in said)


def _fit(said: str, room: float) -> str:
    """A text cut to a width; the tooltip and the table have it whole."""
    if _wide(said) <= room:
        return said
    while said and _wide(said) + _FONT > room:
        said = said[:-1]
    return f"{said}…"


def _line(
    x1: float, y1: float, x2: float, y2: float, colour: str, *, dash: str = "", stroke: float = 1
) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{stroke:g}"{dashes}/>'
    )


def _text(x: float, y: float, said: str, *, anchor: str = "start", fill: str = _INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{escape(said)}</text>'


def _title(said: str) -> str:
    return f"<title>{escape(said)}</title>" if said else ""


def _svg(parts: Sequence[str], width: float, height: float, name: str, css_class: str = "chart") -> Markup:
    return Markup(
        f'<svg class="{css_class}" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(name)}" '
        f'font-size="{_FONT}">{"".join(parts)}</svg>'
    )
