"""What the agents' means would be with everybody's mix of calls.

An agent who takes the complaints, or the bad lines, scores lower through no fault of his own. Scores are regressed on
agents and strata (call type × hearing quality) with both as fixed effects (analysis of covariance; the strata's
effects come from comparisons *within* agents only); every agent's mean is then given at the mix of all calls
(Cochran 1957, Biometrics 13:261; "adjusted means").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.reporting.intervals import Floats

Codes = NDArray[np.int64]


def stratum_effects(agent: Codes, stratum: Codes, score: Floats, agents: int, strata: int) -> Floats:
    """Effect of each stratum on the score, with mean 0 over all calls.

    Strata that no agent shares with another stratum can't be told from that agent: their effect is taken as small as
    the data allow (minimum-norm solution), so nothing is adjusted on no evidence.
    """
    n = _table(agent, stratum, np.ones(len(score)), agents, strata)
    total = _table(agent, stratum, score, agents, strata)
    per_agent = np.maximum(n.sum(axis=1), 1)
    within = np.diag(n.sum(axis=0)) - n.T @ (n / per_agent[:, None])
    moved = total.sum(axis=0) - n.T @ (total.sum(axis=1) / per_agent)
    effects = np.linalg.lstsq(within, moved, rcond=1e-10)[0]
    common: Floats = effects - (effects * n.sum(axis=0)).sum() / max(1.0, n.sum())
    return common


def _table(agent: Codes, stratum: Codes, weights: Floats, agents: int, strata: int) -> Floats:
    flat = np.bincount(agent * strata + stratum, weights=weights, minlength=agents * strata)
    return flat.astype(np.float64).reshape(agents, strata)
