"""Is a difference more than chance? Two periods, and one against many."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from qa_pipeline.reporting.intervals import LEVEL, Floats, Interval, t_of, z_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A difference, its 95 % interval, and how likely one as large is by chance."""

    value: float
    low: float
    high: float
    p: float


FALSE_DISCOVERIES = 0.05
"""Share of false ones among the differences reported where many are compared."""


def mean_change(
    now_sums: Floats,
    now_n: Floats,
    then_sums: Floats,
    then_n: Floats,
    *,
    squares: tuple[float, float],
    spread: Floats | None = None,
) -> Change | None:
    """Change of a mean between two periods, by cluster (agent); None where a side has fewer than two values.

    The same agents work in both periods, so their periods are not independent: the variance is that of each agent's
    influence on the change (linearised ratio estimator, Woodruff 1971, JASA 66:411). With one agent the calls count as
    independent (Welch 1947). ``squares`` are the sums of squares of all values, now and then.

    ``spread`` is how much of the variance each cluster is expected to bring, where they differ: if a few agents bring most
    of it, the estimate is worth only as many degrees of freedom as they are (Satterthwaite 1946, Biometrics 2:110), and
    the variance is at least that of independent calls.
    """
    n1, n0 = float(now_n.sum()), float(then_n.sum())
    if min(n1, n0) < 2:
        return None
    mean1, mean0 = float(now_sums.sum()) / n1, float(then_sums.sum()) / n0
    change = mean1 - mean0
    parts = [
        max(0.0, q - n * m * m) / (n - 1) / n
        for q, n, m in ((squares[0], n1, mean1), (squares[1], n0, mean0))
    ]
    simple = sum(parts)
    clusters = int(((now_n > 0) | (then_n > 0)).sum())
    df = simple**2 / sum(p**2 / (n - 1) for p, n in zip(parts, (n1, n0), strict=True)) if simple > 0 else 1.0
    variance = simple
    if clusters > 1:
        influence = (now_sums - now_n * mean1) / n1 - (then_sums - then_n * mean0) / n0
        variance = clusters / (clusters - 1) * float((influence**2).sum())
        df = clusters - 1
        if spread is not None and spread.any():
            df = max(1.0, min(df, float(spread.sum()) ** 2 / float((spread**2).sum())))
        if clusters < FEW_CLUSTERS or spread is not None:
            variance = max(variance, simple)
    return change_of(change, math.sqrt(variance), df)


def change_of(change: float, error: float, df: float) -> Change:
    """A difference with a standard error, by Student's t."""
    half = t_of(df) * error
    certain = 1.0 if change == 0 else 0.0
    p = 2 * float(special.stdtr(min(df, 1e9), -abs(change) / error)) if error > 0 else certain
    return Change(value=change, low=change - half, high=change + half, p=p)


FEW_CLUSTERS = 10
"""Fewer clusters than this estimate their variance badly, and too low more often than not (Cameron and Miller 2015,
Journal of Human Resources 50:317, § VI): the larger of the two errors counts."""


def rate_change(now: Interval, then: Interval) -> Change:
    """Change of a rate, from the score intervals of both sides (Newcombe 1998, Statistics in Medicine 17:873,
    method 10). The two count as independent, which errs to the safe side where the same agents work in both. The
    chance comes from the half of the interval that points to no change."""
    change = now.value - then.value
    down = math.hypot(now.value - now.low, then.high - then.value)
    up = math.hypot(now.high - now.value, then.value - then.low)
    error = (down if change > 0 else up) / z_of()
    p = 2 * float(special.ndtr(-abs(change) / error)) if error > 0 else 1.0
    return Change(value=change, low=change - down, high=change + up, p=p)


def discoveries(p_values: Floats, *, share: float = FALSE_DISCOVERIES) -> np.ndarray:
    """Which of many differences to report, so that at most ``share`` of those reported are chance on average
    (Benjamini and Hochberg 1995, JRSS B 57:289). NaN is never one."""
    p = np.where(np.isnan(p_values), 1.0, p_values)
    order = np.argsort(p, kind="stable")
    m = int((~np.isnan(p_values)).sum())
    passed = p[order] <= share * np.arange(1, len(p) + 1) / max(1, m)
    found = np.zeros(len(p), dtype=bool)
    if passed.any():
        found[order[: int(np.flatnonzero(passed)[-1]) + 1]] = True
    return found


def against_rest(means: Floats, errors: Floats, weights: Floats, df: Floats) -> Floats:
    """Two-sided p-value of each mean against the weighted mean of all the others; NaN where nothing can be said."""
    total = weights.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = ((means * weights).sum() - means * weights) / (total - weights)
        rest_error = ((errors**2 * weights**2).sum() - errors**2 * weights**2) / (total - weights) ** 2
        t = (means - rest) / np.sqrt(errors**2 + rest_error)
        p: Floats = 2 * special.stdtr(np.minimum(df, 1e9), -np.abs(t))
    return p


def rates_against_rest(hits: Floats, n: Floats) -> Floats:
    """Two-sided p-value of each rate against all the others together; NaN without opportunities on a side.

    Exact conditional (hypergeometric) with the mid-p (Lancaster 1961, JASA 56:223): faults are few, and normal
    approximations report too many then.
    """
    from scipy.stats import hypergeom

    all_hits, total = round(float(hits.sum())), round(float(n.sum()))
    p = np.full(len(n), np.nan)
    some = (n > 0) & (n < total)
    k, mine = np.round(hits[some]).astype(int), np.round(n[some]).astype(int)
    here = hypergeom.pmf(k, total, all_hits, mine)
    above = hypergeom.sf(k, total, all_hits, mine)
    tail = np.minimum(above, 1 - above - here) + here / 2
    p[some] = np.clip(2 * tail, 0, 1)
    return p


def rank_ranges(
    means: Floats, errors: Floats, df: Floats, *, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Positions (1 is the highest mean) that each may have: all ranges hold the true positions together with ``level``.

    From simultaneous intervals of all pairwise differences (Mogstad, Romano, Shaikh, Wilhelm 2024, Review of Economic
    Studies 91:476), here by Bonferroni: 1 + those surely better, to m − those surely worse.
    """
    m = len(means)
    if m == 0:
        return np.zeros(0, int), np.zeros(0, int)
    pairs = max(1, m * (m - 1) // 2)
    tail = (1 - level) / (2 * pairs)
    gap = means[:, None] - means[None, :]
    error2 = errors[:, None] ** 2 + errors[None, :] ** 2
    dfs = np.minimum(np.minimum(df[:, None], df[None, :]), 1e9)
    limit = -special.stdtrit(dfs, tail) * np.sqrt(error2)
    return 1 + (gap < -limit).sum(axis=1), m - (gap > limit).sum(axis=1)
