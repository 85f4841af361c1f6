"""Intervals for rates and means. All are two-sided, 95 % unless told otherwise.

Calls of one agent resemble each other, so an interval for a team or the centre counts agents, not calls: its
variance is that of the agents' totals (cluster-robust, "ultimate cluster", Cochran 1977, Sampling Techniques,
§ 9A and § 11.9).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure and where the truth lies, with the given confidence. ``n`` counts calls or opportunities."""

    value: float
    low: float
    high: float
    n: int
    error: float
    """Standard error of the value."""
    df: float = math.inf
    """Degrees of freedom of that error."""


def z_of(level: float = LEVEL) -> float:
    """The normal quantile of a two-sided level: 1.96 for 0.95."""
    return float(special.ndtri(0.5 + level / 2))


def t_of(df: float, level: float = LEVEL) -> float:
    """Student's quantile of a two-sided level; normal for infinite ``df``."""
    return z_of(level) if math.isinf(df) else float(special.stdtrit(df, 0.5 + level / 2))


def wilson(hits: float, n: float, *, level: float = LEVEL) -> tuple[float, float]:
    """The score interval of a rate (Wilson 1927, JASA 22:209; recommended by Brown, Cai, DasGupta 2001).

    ``n`` may be an effective number, not whole. Without any opportunity nothing is known: 0 to 1.
    """
    if n <= 0:
        return 0.0, 1.0
    z2 = z_of(level) ** 2
    rate = hits / n
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (rate * (1 - rate) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return (0.0 if hits <= 0 else max(0.0, middle - half)), (1.0 if hits >= n else min(1.0, middle + half))


def rate_interval(hits: Floats, n: Floats, *, design: float = 1.0, level: float = LEVEL) -> Interval | None:
    """A rate over clusters (agents), ``hits`` of ``n`` each; None without an opportunity.

    ``design`` is the design effect of what is inside the clusters, where opportunities are not independent there.

    Wilson's interval at the effective number of opportunities, n divided by the design effect (Kish 1965; Korn and
    Graubard 1998, Survey Methodology 24:193), which is taken as 1 at least: few agents may look alike by chance.
    """
    total, wanted = float(n.sum()), float(hits.sum())
    if total <= 0:
        return None
    rate = wanted / total
    effective = total / max(design, _design_effect(hits, n, rate))
    low, high = wilson(rate * effective, effective, level=level)
    error = math.sqrt(max(rate * (1 - rate), 0.0) / effective)
    return Interval(value=rate, low=low, high=high, n=round(total), error=error)


def _design_effect(hits: Floats, n: Floats, rate: float) -> float:
    clusters = int((n > 0).sum())
    simple = rate * (1 - rate) * float(n.sum())
    if clusters < 2 or simple <= 0:
        return 1.0
    between = clusters / (clusters - 1) * float(((hits - n * rate) ** 2).sum())
    return max(1.0, between / simple)


def mean_interval(
    sums: Floats,
    n: Floats,
    squares: float,
    *,
    level: float = LEVEL,
    bounds: tuple[float, float] | None = None,
) -> Interval | None:
    """The mean over calls in clusters (agents); None without a call.

    Args:
        sums: sum of the values in each cluster.
        n: number of values in each cluster.
        squares: sum of the squares of all values.
        level: of the interval.
        bounds: what the values can be; the interval is cut there.

    With at least two clusters the error is that of the clusters' totals, or that of independent calls where that is
    larger, and Student's t has one degree of freedom less than there are clusters. With one cluster the calls count
    as independent: t with n − 1. A single call has no interval but its bounds.
    """
    total = float(n.sum())
    if total <= 0:
        return None
    mean = float(sums.sum()) / total
    clusters = int((n > 0).sum())
    if total < 2:
        low, high = bounds or (-math.inf, math.inf)
        return Interval(value=mean, low=low, high=high, n=1, error=math.inf, df=0)
    within = max(0.0, squares - total * mean * mean) / (total - 1) / total
    between, df = 0.0, total - 1
    if clusters > 1:
        between = clusters / (clusters - 1) * float(((sums - n * mean) ** 2).sum()) / total**2
        df = clusters - 1
    error = math.sqrt(max(within, between))
    half = t_of(df, level) * error
    low, high = mean - half, mean + half
    if bounds is not None:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return Interval(value=mean, low=low, high=high, n=round(total), error=error, df=df)
