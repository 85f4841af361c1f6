"""The best single guess where little is known: each figure is drawn towards what all say, by how unsure it is."""

from __future__ import annotations

import numpy as np

from qa_pipeline.reporting.intervals import Floats


def shrunk_means(means: Floats, errors: Floats) -> Floats:
    """Empirical-Bayes means under a normal model (Efron and Morris 1975, JASA 70:311).

    How much the true means differ is estimated by the method of moments (DerSimonian and Laird 1986, Controlled
    Clinical Trials 7:177). An infinite error gives the common mean.
    """
    weights = np.where(np.isfinite(errors), 1 / np.maximum(errors, 1e-9) ** 2, 0.0)
    if weights.sum() <= 0:
        return means
    common = (weights * means).sum() / weights.sum()
    count = int((weights > 0).sum())
    q = (weights * (means - common) ** 2).sum()
    scale = weights.sum() - (weights**2).sum() / weights.sum()
    between = max(0.0, (q - (count - 1)) / scale) if scale > 0 else 0.0
    precision = np.where(weights > 0, 1 / (between + 1 / np.maximum(weights, 1e-300)), 0.0)
    centre = (precision * means).sum() / precision.sum() if precision.sum() > 0 else common
    keep = np.where(weights > 0, between / (between + 1 / np.maximum(weights, 1e-300)), 0.0)
    shrunk: Floats = centre + keep * (means - centre)
    return shrunk


def shrunk_rates(hits: Floats, n: Floats) -> Floats:
    """Empirical-Bayes rates under a beta-binomial model (Kleinman 1973, JASA 68:46: the prior by moments).

    Returns ``(hits + prior·rate) / (n + prior)``; without any opportunity, the common rate.
    """
    total = n.sum()
    if total <= 0:
        return np.zeros_like(n)
    rate = hits.sum() / total
    prior = np.inf
    if 0 < rate < 1 and (n > 0).sum() > 1:
        spread = (n * (np.divide(hits, n, out=np.full_like(n, rate), where=n > 0) - rate) ** 2).sum()
        chance = rate * (1 - rate) * ((n > 0).sum() - 1)
        room = rate * (1 - rate) * (total - (n**2).sum() / total - ((n > 0).sum() - 1))
        likeness = (spread - chance) / room if room > 0 else 0.0
        prior = np.inf if likeness <= 0 else max(0.0, (1 - likeness) / likeness)
    if np.isinf(prior):
        return np.full_like(n, rate)
    # Without likeness the prior weighs nothing, and an agent without opportunities has nothing of his own either.
    shrunk: Floats = np.divide(hits + prior * rate, n + prior, out=np.full_like(n, rate), where=n + prior > 0)
    return shrunk
