"""Choosing on some calls and measuring on others, and the interval of what is gained."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence, Set

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.scoring.agreement import Figure

_FOLDS = 5
_BOOTSTRAPS = 2000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def choose(gains: Floats) -> int | None:
    """The candidate of the largest mean gain among those whose gain is clear of chance (1.96 standard errors)."""
    num, n = gains.shape
    if num == 0 or n < 2:
        return None
    means = gains.mean(axis=1).round(12)  # equal sums are equal, in whatever order they were added
    clear = (means > 1e-9) & (means >= 1.96 * gains.std(axis=1, ddof=1) / np.sqrt(n))
    return int(np.argmax(np.where(clear, means, -np.inf))) if clear.any() else None


def held_out(gains: Floats, folds: Ints) -> Ints:
    """For each call the candidate that the other folds choose; -1 where they keep today's value."""
    chosen = np.full(gains.shape[1], -1)
    for fold in np.unique(folds):
        best = choose(gains[:, folds != fold])
        chosen[folds == fold] = -1 if best is None else best
    return chosen


def picked(gains: Floats, chosen: Ints) -> Floats:
    """What the chosen candidates save in each call."""
    return np.where(chosen < 0, 0.0, gains[chosen, np.arange(gains.shape[1])])


def call_folds(calls: Sequence[str], failed: Set[str]) -> Ints:
    """The fold of each finding by its call's id; calls that people failed are dealt out evenly."""
    order = sorted(set(calls), key=lambda call_id: (call_id in failed, _hash(call_id)))
    number = {call_id: i % _FOLDS for i, call_id in enumerate(order)}
    return np.array([number[call_id] for call_id in calls])


def agent_folds(agents: Sequence[str]) -> Ints:
    """The fold of each finding by its agent."""
    number = {agent: i % _FOLDS for i, agent in enumerate(sorted(set(agents), key=_hash))}
    return np.array([number[agent] for agent in agents])


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def mean_gain(gains: Floats, groups: Sequence[str]) -> Figure:
    """Mean gain with its interval; the groups (calls, agents) are resampled as wholes."""
    numbers = {group: i for i, group in enumerate(sorted(set(groups)))}
    units = np.array([numbers[group] for group in groups])
    sums, sizes = np.bincount(units, weights=gains), np.bincount(units)
    draws = np.random.default_rng(0).integers(0, len(sums), size=(_BOOTSTRAPS, len(sums)))
    means = sums[draws].sum(axis=1) / sizes[draws].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Figure(value=float(gains.mean()), low=float(low), high=float(high), n=len(gains))
