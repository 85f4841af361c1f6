"""Draws calls for people to listen to, so that anyone can redo the draw and the marks say something of all calls.

Three groups, in this order: every call with a suspected fatal; the calls the machine was least sure of; and from what
is left a simple random sample within each stratum (agent, team, queue). The first two are taken whole, so each of
their calls stands for itself; a random one stands for ``1 / probability`` calls (stratified sampling, W. G. Cochran,
Sampling Techniques, 3rd ed. 1977, chapter 5).
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.stats import t as student

Reason = Literal["fatal", "doubtful", "random"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A scored call that could be drawn."""

    call_id: str
    stratum: str
    doubt: float
    """Share of its points that the machine left undecided, 0 to 1."""
    fatal: bool
    """Whether a fatal is suspected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A call of a draw, why it is in it, and how probable that was."""

    call_id: str
    stratum: str
    reason: Reason
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanEstimate:
    """A mean over all calls of the draw's population, from the reviewed ones; ``low`` and ``high`` bound it at 95 %."""

    mean: float
    low: float | None
    """None where a stratum has a single mark, so that nothing tells how much its calls differ."""
    high: float | None
    num_marked: int
    num_population: int


def draw(
    candidates: Iterable[Candidate], *, seed: int, per_stratum: int, doubtful: int = 0
) -> tuple[Drawn, ...]:
    """Draw a sample.

    The random part takes the calls with the smallest SHA-256 of seed and call id: a fair draw (the hash is
    indifferent to what the call is like) that depends on no random generator, so it can be redone by hand.

    Args:
        candidates: the population, in any order.
        seed: written down with the draw; another seed, another sample.
        per_stratum: random calls a stratum; a stratum that has no more is taken whole.
        doubtful: how many of the least sure calls to add; 0 for none.

    Returns:
        In order of stratum, reason and call id.
    """
    rest = sorted(candidates, key=lambda c: c.call_id)
    drawn = [_certain(c, "fatal") for c in rest if c.fatal]
    rest = [c for c in rest if not c.fatal]
    unsure = sorted((c for c in rest if c.doubt > 0), key=lambda c: (-c.doubt, c.call_id))[:doubtful]
    drawn += [_certain(c, "doubtful") for c in unsure]
    taken = {c.call_id for c in unsure}
    strata: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in rest:
        if candidate.call_id not in taken:
            strata[candidate.stratum].append(candidate)
    for members in strata.values():
        chosen = sorted(members, key=lambda c: _ticket(seed, c.call_id))[:per_stratum]
        probability = len(chosen) / len(members)
        drawn += [
            Drawn(call_id=c.call_id, stratum=c.stratum, reason="random", probability=probability)
            for c in chosen
        ]
    return tuple(sorted(drawn, key=lambda d: (d.stratum, d.reason, d.call_id)))


def estimate_mean(drawn: Sequence[Drawn], marks: Mapping[str, float]) -> MeanEstimate | None:
    """The population's mean from people's marks, each weighted by one over its probability.

    The variance is the stratified one with finite-population correction (Cochran, eq. 5.7); the interval is Student's t
    with the effective degrees of freedom after Satterthwaite (Cochran, eq. 5.16). Calls drawn but not marked yet count
    as if they were like the marked ones of their group.

    Args:
        drawn: the sample.
        marks: call id to mark (a score, or 1 and 0 for yes and no), for those that people have done.

    Returns:
        None where a group of the sample has no mark at all.
    """
    groups: dict[tuple[str, Reason], list[Drawn]] = defaultdict(list)
    for one in drawn:
        groups[("" if one.reason != "random" else one.stratum, one.reason)].append(one)
    size = sum(_size(group) for group in groups.values())
    mean = variance = spread_of_variance = 0.0
    known = True
    num_marked = 0
    for group in groups.values():
        values = [marks[d.call_id] for d in group if d.call_id in marks]
        if not values:
            return None
        n, members = len(values), _size(group)
        num_marked += n
        average = math.fsum(values) / n
        mean += members / size * average
        if n == members:
            continue
        if n == 1:
            known = False
            continue
        spread = math.fsum((v - average) ** 2 for v in values) / (n - 1)
        part = (members / size) ** 2 * (1 - n / members) * spread / n
        variance += part
        spread_of_variance += part**2 / (n - 1)
    if not groups:
        return None
    half = None
    if known:
        half = 0.0
        if spread_of_variance:
            freedom = variance**2 / spread_of_variance
            half = float(student.ppf(0.975, freedom)) * math.sqrt(variance)
    return MeanEstimate(
        mean=mean,
        low=None if half is None else mean - half,
        high=None if half is None else mean + half,
        num_marked=num_marked,
        num_population=round(size),
    )


def _certain(candidate: Candidate, reason: Reason) -> Drawn:
    return Drawn(call_id=candidate.call_id, stratum=candidate.stratum, reason=reason, probability=1.0)


def _size(group: Sequence[Drawn]) -> int:
    return round(math.fsum(1 / d.probability for d in group))


def _ticket(seed: int, call_id: str) -> bytes:
    return hashlib.sha256(f"{seed}\x00{call_id}".encode()).digest()
