"""Control charts: which points of a trend are more than the process's usual noise.

XmR chart for means (Wheeler 1993, Understanding Variation: limits at the mean ± 2.66 × the mean moving range) and
p′ chart for rates (Laney 2002, Quality Engineering 14:531: binomial limits widened by the day-to-day variation).
Run rules of Western Electric 1956, Statistical Quality Control Handbook.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MIN_POINTS = 8
"""A chart of fewer points has no limits worth the name."""
_D2 = 1.128
"""Mean moving range of two normal values in standard deviations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Centre line, and per point its limits and the rules it breaks; limits None where there are too few points."""

    centre: float | None
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    signals: tuple[tuple[str, ...], ...]


def xmr(values: Sequence[float | None], *, bounds: tuple[float, float]) -> Chart:
    """For means; missing values (None) are passed over."""
    there = [v for v in values if v is not None]
    if len(there) < MIN_POINTS:
        return _none(len(values))
    sigma = float(np.abs(np.diff(there)).mean()) / _D2
    centre = float(np.mean(there))
    return _chart(values, centre, [sigma] * len(values), bounds)


def p_prime(hits: Sequence[float], n: Sequence[int], *, bounds: tuple[float, float] = (0.0, 1.0)) -> Chart:
    """For rates: ``hits`` of ``n`` a point; points without opportunities are passed over."""
    used = [(h, m) for h, m in zip(hits, n, strict=True) if m > 0]
    if len(used) < MIN_POINTS:
        return _none(len(n))
    rate = sum(h for h, _ in used) / sum(m for _, m in used)
    if not 0 < rate < 1:
        return _none(len(n))
    z = [(h / m - rate) / math.sqrt(rate * (1 - rate) / m) for h, m in used]
    wider = max(1.0, float(np.abs(np.diff(z)).mean()) / _D2)
    sigmas = [wider * math.sqrt(rate * (1 - rate) / m) if m else 0.0 for m in n]
    values = [h / m if m else None for h, m in zip(hits, n, strict=True)]
    return _chart(values, rate, sigmas, bounds)


def _none(count: int) -> Chart:
    return Chart(centre=None, lower=(None,) * count, upper=(None,) * count, signals=((),) * count)


def _chart(
    values: Sequence[float | None], centre: float, sigmas: Sequence[float], bounds: tuple[float, float]
) -> Chart:
    lower = tuple(max(bounds[0], centre - 3 * s) for s in sigmas)
    upper = tuple(min(bounds[1], centre + 3 * s) for s in sigmas)
    return Chart(centre=centre, lower=lower, upper=upper, signals=_signals(values, centre, sigmas))


_RULES = (
    ("beyond_limits", 1, 1, 3.0),
    ("two_of_three", 2, 3, 2.0),
    ("four_of_five", 4, 5, 1.0),
    ("eight_on_one_side", 8, 8, 0.0),
)
"""Name; so many of so many points on one side, further off than so many sigmas."""


def _signals(
    values: Sequence[float | None], centre: float, sigmas: Sequence[float]
) -> tuple[tuple[str, ...], ...]:
    found: list[tuple[str, ...]] = []
    so_far: list[float] = []
    for value, sigma in zip(values, sigmas, strict=True):
        if value is None or sigma <= 0:
            found.append(())
            continue
        so_far.append((value - centre) / sigma)
        found.append(tuple(name for name, hits, of, limit in _RULES if _breaks(so_far[-of:], hits, limit)))
    return tuple(found)


def _breaks(window: Sequence[float], hits: int, limit: float) -> bool:
    side = 1 if window[-1] > 0 else -1
    beyond = [side * z > limit for z in window]
    return beyond[-1] and sum(beyond) >= hits
