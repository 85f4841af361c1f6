"""How much the calls of one agent vary, where an agent has few of them: each agent's variance is drawn towards what
all agents' variances say.

Smyth 2004, Statistical Applications in Genetics and Molecular Biology 3(1):3: the prior (``d0`` degrees of freedom,
variance ``s0²``) is fitted to the log variances by their mean and variance; the posterior variance
``(d0·s0² + d·s²) / (d0 + d)`` has ``d0 + d`` degrees of freedom. Scores are skew, and at five calls an interval
from five values alone misses too often; with the prior it does not (see the simulation in the tests).
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from qa_pipeline.reporting.intervals import Floats

_FEW = 5
"""With fewer variances than this there is nothing to fit a prior to."""


def moderated(variances: Floats, df: Floats) -> tuple[Floats, Floats]:
    """Posterior variances and their degrees of freedom; ``df`` 0 (a single call) takes the prior alone.

    Where no prior can be fitted, the variances come back as they are.
    """
    usable = (df > 0) & (variances > 0)
    if usable.sum() < _FEW:
        return variances, df
    prior_df, prior = _prior(variances[usable], df[usable])
    if math.isinf(prior_df):
        return np.full_like(variances, prior), np.full_like(df, np.inf)
    return (prior_df * prior + df * np.where(df > 0, variances, 0)) / (prior_df + df), prior_df + df


def _prior(variances: Floats, df: Floats) -> tuple[float, float]:
    logs = np.log(variances) - special.digamma(df / 2) + np.log(df / 2)
    middle = float(logs.mean())
    spread = float(logs.var(ddof=1) - special.polygamma(1, df / 2).mean())
    if spread <= 0:
        return math.inf, float((variances * df).sum() / df.sum())
    prior_df = 2 * _trigamma_inverse(spread)
    return prior_df, math.exp(middle + float(special.digamma(prior_df / 2)) - math.log(prior_df / 2))


def _trigamma_inverse(value: float) -> float:
    """Newton's method on 1/trigamma, which is convex (Smyth 2004, appendix)."""
    guess = 0.5 + 1 / value
    for _ in range(50):
        now = float(special.polygamma(1, guess))
        step = now * (1 - now / value) / float(special.polygamma(2, guess))
        guess += step
        if abs(step) < 1e-9 * guess:
            break
    return guess
