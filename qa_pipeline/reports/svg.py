"""The pieces charts are drawn from: axes with round numbers, lines, words, marks, as SVG text."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from unicodedata import east_asian_width

from markupsafe import Markup, escape

BLUE, VERMILION, GREEN, SKY, GREY = "#0072B2", "#D55E00", "#009E73", "#56B4E9", "#6b7682"
INK, RULE = "#33404d", "#dde3ea"
FONT = 12
"""Height of the letters in units of the drawing."""


def axis(low: float, high: float, floor_at: float | None, cap_at: float | None) -> tuple[float, float, float]:
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


def ticks(low: float, high: float, step: float) -> list[float]:
    """Where the axis is labelled."""
    first = ceil(low / step - 1e-9)
    return [round(i * step, 10) for i in range(first, floor(high / step + 1e-9) + 1)]


def labels_below(labels: Sequence[str], x: Sequence[float], y: float) -> list[str]:
    """As many labels as fit, the last one among them."""
    widest = max(wide(label) for label in labels) + 10
    room = (x[1] - x[0]) if len(x) > 1 else widest
    every = max(1, ceil(widest / room))
    last = len(labels) - 1
    return [
        words(x[i], y, label, anchor="middle", fill=GREY)
        for i, label in enumerate(labels)
        if (last - i) % every == 0
    ]


def wide(said: str) -> float:
    """About how wide a text is: a Chinese character is as wide as the font is high."""
    return sum(FONT if east_asian_width(c) in "WF" else 0.58 * FONT for c in said)


def fit(said: str, room: float) -> str:
    """A text cut to a width; the tooltip and the table have it whole."""
    if wide(said) <= room:
        return said
    while said and wide(said) + FONT > room:
        said = said[:-1]
    return f"{said}…"


def line(
    x1: float, y1: float, x2: float, y2: float, colour: str, *, dash: str = "", stroke: float = 1
) -> str:
    """A straight line."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{stroke:g}"{dashes}/>'
    )


def words(x: float, y: float, said: str, *, anchor: str = "start", fill: str = INK) -> str:
    """A text, escaped."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{escape(said)}</text>'


def tooltip(said: str) -> str:
    """What shows when the mouse rests on a group."""
    return f"<title>{escape(said)}</title>" if said else ""


def svg(parts: Sequence[str], width: float, height: float, name: str, css_class: str = "chart") -> Markup:
    """The whole drawing."""
    return Markup(
        f'<svg class="{css_class}" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(name)}" '
        f'font-size="{FONT}">{"".join(parts)}</svg>'
    )


def mark(x: float, y: float, fill: str, stroke: str, *, diamond: bool) -> str:
    """A dot, or a diamond for what stands out."""
    if diamond:
        path = f"{x:.1f},{y - 6:.1f} {x + 6:.1f},{y:.1f} {x:.1f},{y + 6:.1f} {x - 6:.1f},{y:.1f}"
        return f'<polygon points="{path}" fill="{fill}" stroke="{stroke}"/>'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'
