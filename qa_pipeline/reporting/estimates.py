"""Figures with their intervals, and what may be said of their change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from qa_pipeline.domain.report_figures import Estimate, Verdict
from qa_pipeline.domain.tally import Floats
from qa_pipeline.reporting.compare import FEW_CLUSTERS, Change, discoveries, mean_change, rate_change
from qa_pipeline.reporting.intervals import LEVEL, Interval, mean_interval, rate_interval
from qa_pipeline.reporting.sums import Sums

MIN_CALLS = 5
"""Fewer values than this on a side say nothing of a change, whatever the calculation yields."""


def estimate(interval: Interval | None, earlier: Interval | None, change: Change | None) -> Estimate:
    """A figure beside its earlier value; the verdict is :func:`judged`'s."""
    previous = None if earlier is None else earlier.value
    previous_n = 0 if earlier is None else earlier.n
    if interval is None:
        return Estimate(previous=previous, previous_n=previous_n)
    low, high = (None if np.isinf(x) else x for x in (interval.low, interval.high))
    return Estimate(
        value=interval.value,
        low=low,
        high=high,
        n=interval.n,
        previous=previous,
        previous_n=previous_n,
        change=None if change is None else change.value,
        change_low=None if change is None else change.low,
        change_high=None if change is None else change.high,
    )


def mean(
    now: Sums,
    then: Sums,
    *,
    bounds: tuple[float, float] | None = None,
    compared: tuple[Sums, Sums] | None = None,
) -> tuple[Estimate, Change | None]:
    """A mean over calls; ``compared`` are the sums of comparable calls where not all are."""
    here, there = compared or (now, then)
    change = mean_change(here.total, here.n, there.total, there.n, squares=(here.squares, there.squares))
    first = mean_interval(now.total, now.n, now.squares, bounds=bounds)
    second = mean_interval(then.total, then.n, then.squares, bounds=bounds)
    return estimate(first, second, change), change


def rate(
    now: Sums, then: Sums, *, compared: tuple[Sums, Sums] | None = None
) -> tuple[Estimate, Change | None]:
    """A rate over calls or opportunities."""
    change = _rate_change(*(compared or (now, then)))
    return estimate(_interval(now), _interval(then), change), change


def _interval(sums: Sums) -> Interval | None:
    return rate_interval(sums.total, sums.n, design=sums.design)


_PLENTY = 20
"""With so many hits and misses on both sides, and agents enough, the agents' own changes say how sure the change is."""


def _rate_change(now: Sums, then: Sums) -> Change | None:
    rare = min(min(s.total.sum(), s.n.sum() - s.total.sum()) for s in (now, then))
    both = int(((now.n > 0) & (then.n > 0)).sum())
    if rare >= _PLENTY and both >= FEW_CLUSTERS:
        return mean_change(
            now.total,
            now.n,
            then.total,
            then.n,
            squares=(now.squares, then.squares),
            spread=_spread(now, then),
        )
    sides = _interval(now), _interval(then)
    return rate_change(sides[0], sides[1]) if sides[0] is not None and sides[1] is not None else None


def _spread(now: Sums, then: Sums) -> Floats:
    """What each agent is expected to bring to the variance of a rate's change: at 99 % passed, the few weak ones do."""
    n1, n0 = float(now.n.sum()), float(then.n.sum())
    both = now.n + then.n
    rate = (now.total + then.total) / np.maximum(both, 1)
    return np.asarray(rate * (1 - rate) * (now.n / n1**2 + then.n / n0**2))


def judged(
    figures: Sequence[tuple[Estimate, Change | None]],
    higher_is_better: Sequence[bool | None],
    *,
    comparable: bool | Sequence[bool] = True,
    min_calls: int = MIN_CALLS,
    together: bool = False,
) -> tuple[Estimate, ...]:
    """Add the verdicts.

    Args:
        figures: estimates with their changes.
        higher_is_better: for each; None: no verdict but whether it changed can be given, so none is.
        comparable: whether the sides can be compared at all.
        min_calls: least number of values on either side.
        together: judge them as one family (Benjamini-Hochberg), as when many agents are compared.
    """
    flags = [comparable] * len(figures) if isinstance(comparable, bool) else list(comparable)
    enough = [e.n >= min_calls and e.previous_n >= min_calls and c is not None for e, c in figures]
    p = np.array(
        [c.p if ok and c is not None else np.nan for (_, c), ok in zip(figures, enough, strict=True)]
    )
    found = discoveries(p) if together else p < 1 - LEVEL
    verdicts = []
    for k, (figure, change) in enumerate(figures):
        verdict: Verdict | None = Verdict.NO_DIFFERENCE_SHOWN
        if figure.value is None or figure.previous is None or higher_is_better[k] is None:
            verdict = None
        elif not flags[k]:
            verdict = Verdict.NOT_COMPARABLE
        elif not enough[k] or change is None:
            verdict = Verdict.TOO_FEW
        elif found[k]:
            verdict = Verdict.BETTER if (change.value > 0) == higher_is_better[k] else Verdict.WORSE
        shown = figure if flags[k] else replace(figure, change=None, change_low=None, change_high=None)
        verdicts.append(replace(shown, verdict=verdict))
    return tuple(verdicts)
