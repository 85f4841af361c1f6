"""Figures with their intervals as small drawings in a table, all of a column on one scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from qa_pipeline.reports.svg import BLUE, GREY, RULE, VERMILION, line, mark, svg, tooltip, words
from qa_pipeline.scoring.agreement import Figure

_WIDTH, _HEIGHT, _EDGE = 150.0, 18.0, 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From ``low`` to 1, with the limit that is asked for."""

    low: float
    limit: float | None
    form: Callable[[float], str]

    def x(self, value: float) -> float:
        """Where a value lies in the drawing; what is outside the scale lies at its end."""
        share = (min(max(value, self.low), 1.0) - self.low) / (1.0 - self.low)
        return _EDGE + share * (_WIDTH - 2 * _EDGE)


def interval(figure: Figure, on: Scale, said: str, *, stands_out: bool) -> Markup:
    """A dot with its interval, a diamond where it stands out; empty without a value."""
    if figure.value is None:
        return Markup("")
    middle = _HEIGHT / 2
    colour = VERMILION if stands_out else BLUE
    parts = [line(on.x(on.low), middle, on.x(1), middle, RULE)]
    if on.low < 0:
        parts.append(line(on.x(0), 3, on.x(0), _HEIGHT - 3, RULE))
    if on.limit is not None:
        parts.append(line(on.x(on.limit), 1, on.x(on.limit), _HEIGHT - 1, GREY, dash="2 2"))
    drawn = []
    if figure.low is not None and figure.high is not None:
        drawn.append(line(on.x(figure.low), middle, on.x(figure.high), middle, colour, stroke=3))
    drawn.append(mark(on.x(figure.value), middle, colour, "#fff", diamond=stands_out))
    parts.append(f"<g>{tooltip(said)}{''.join(drawn)}</g>")
    return svg(parts, _WIDTH, _HEIGHT, said, css_class="interval")


def scale(name: str, on: Scale) -> Markup:
    """The numbers above a column of intervals."""
    at = sorted({on.low, 0.0, 1.0, *(() if on.limit is None else (on.limit,))})
    parts = []
    for value in at:
        anchor = "start" if value == on.low else "end" if value == 1.0 else "middle"
        near_end = value not in (on.low, 1.0) and on.x(1.0) - on.x(value) < 34
        if value == 1.0 and on.limit is not None and on.x(1.0) - on.x(on.limit) < 34:
            continue  # the limit is what matters
        parts.append(words(on.x(value), 13, on.form(value), anchor="end" if near_end else anchor, fill=GREY))
    return svg(parts, _WIDTH, _HEIGHT, name, css_class="interval")
