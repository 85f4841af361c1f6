"""How far machine and people agree on a criterion, and people among themselves.

Cohen's kappa: J. Cohen, A coefficient of agreement for nominal scales, 1960. Krippendorff's alpha for nominal data and
any number of raters: K. Krippendorff, Computing Krippendorff's alpha-reliability, 2011. Their intervals are percentile
bootstraps over calls (B. Efron, 1979) with a fixed seed, since several marks on one call are not independent. Alpha of
0.667 is the least from which Krippendorff draws even tentative conclusions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from qa_pipeline.domain.finding import Outcome

MACHINE = ""
"""The rater's name under which the machine's own outcomes are given."""
TENTATIVE = 0.667
ENOUGH = 0.9
"""Raw agreement of machine and people that a criterion should reach; settable, since centres set their own."""
MIN_CALLS = 10
"""Fewer calls than this diagnose nothing."""
_BOOTSTRAPS = 1000

T = TypeVar("T")
Floats = NDArray[np.float64]
Diagnosis = Literal["wording", "threshold", "agreed", "too_few"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One rater's outcome of one criterion of one call; a rater's later mark replaces the earlier before this."""

    call_id: str
    criterion_id: str
    rater: str
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure with its 95 % interval; ``value`` is None where it is undefined (everybody always says the same)."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionAgreement:
    """One criterion. Agreement is a share 0 to 1, kappa and alpha at most 1 (0: no better than chance)."""

    criterion_id: str
    num_calls: int
    raw: Figure
    """Share of people's marks that equal the machine's; ``n`` marks."""
    kappa: Figure
    """Machine against people."""
    alpha: Figure
    """People among themselves; ``n`` calls that two or more people marked."""
    unanimous: Figure
    """Share of those calls on which they all say the same."""
    wrong_deductions: Figure
    """Of the machine's deductions that a person marked, the share the person would not have made."""
    missed: Figure
    """Of the faults that people marked, the share the machine passed as met."""
    undecided: int
    """Calls people marked where the machine said needs-review: not in the figures above."""
    disagreeing: tuple[str, ...]
    """Calls where somebody differs from the machine, most marks against it first."""
    diagnosis: Diagnosis
    """``wording``: people differ among themselves, so the standard is unclear. ``threshold``: people agree, the
    machine differs. ``too_few``: not enough calls to say."""


def agreement(marks: Iterable[Mark], *, enough: float = ENOUGH) -> tuple[CriterionAgreement, ...]:
    """Every criterion that people decided on some call, those that need work first, then by criterion id."""
    tables: dict[str, dict[str, dict[str, Outcome]]] = defaultdict(lambda: defaultdict(dict))
    for mark in marks:
        tables[mark.criterion_id][mark.call_id][mark.rater] = mark.outcome
    found = [
        _criterion(criterion_id, {c: t for c, t in table.items() if _people(t)}, enough)
        for criterion_id, table in sorted(tables.items())
    ]
    order = {"threshold": 0, "wording": 1, "agreed": 2, "too_few": 3}
    return tuple(sorted((f for f in found if f.num_calls), key=lambda f: order[f.diagnosis]))


def _criterion(
    criterion_id: str, table: Mapping[str, Mapping[str, Outcome]], enough: float
) -> CriterionAgreement:
    pairs = [_pairs(table[call]) for call in sorted(table)]
    several = [list(_people(table[call]).values()) for call in sorted(table) if len(_people(table[call])) > 1]
    flat = [p for some in pairs for p in some]
    deducted = [person for machine, person in flat if machine is Outcome.NOT_MET]
    faults = [machine for machine, person in flat if person is Outcome.NOT_MET]
    against = Counter(
        {
            call: sum(m is not p for m, p in some)
            for call, some in zip(sorted(table), pairs, strict=True)
            if any(m is not p for m, p in some)
        }
    )
    decided = [some for some in pairs if some]
    unanimous = _share(sum(len(set(marks)) == 1 for marks in several), len(several))
    raw = _share(sum(m is p for m, p in flat), len(flat))
    alpha = _bootstrapped(several, krippendorff_alpha(several), _alphas, len(several))
    return CriterionAgreement(
        criterion_id=criterion_id,
        num_calls=len(table),
        raw=raw,
        kappa=_bootstrapped(decided, cohen_kappa(flat), _kappas, len(flat)),
        alpha=alpha,
        unanimous=unanimous,
        wrong_deductions=_share(sum(o is not Outcome.NOT_MET for o in deducted), len(deducted)),
        missed=_share(sum(o is Outcome.MET for o in faults), len(faults)),
        undecided=sum(t.get(MACHINE) is Outcome.NEEDS_REVIEW for t in table.values()),
        disagreeing=tuple(call for call, _ in sorted(against.items(), key=lambda i: (-i[1], i[0]))),
        diagnosis=_diagnosis(len(decided), raw, alpha, unanimous, enough),
    )


def _diagnosis(num_calls: int, raw: Figure, alpha: Figure, unanimous: Figure, enough: float) -> Diagnosis:
    # The upper bound decides: a criterion is called bad only where chance can't explain it. Where nearly every call is
    # met, two slips take alpha to 0 (A. R. Feinstein and D. V. Cicchetti, High agreement but low kappa, 1990): people
    # must also say different things in more calls than they may.
    unclear = alpha.high is not None and alpha.high < TENTATIVE
    if alpha.n >= MIN_CALLS and unclear and unanimous.high is not None and unanimous.high < enough:
        return "wording"
    if num_calls < MIN_CALLS or raw.high is None:
        return "too_few"
    return "threshold" if raw.high < enough else "agreed"


def cohen_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Agreement of pairs beyond chance; None where both sides only ever say one and the same thing."""
    if not pairs:
        return None
    n = len(pairs)
    observed = sum(a == b for a, b in pairs) / n
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    expected = sum(first[o] * second[o] for o in first) / n**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def krippendorff_alpha(groups: Sequence[Sequence[Hashable]]) -> float | None:
    """Reliability of nominal marks; one group a call with two or more marks. None without any difference to explain."""
    totals: Counter[Hashable] = Counter(o for group in groups for o in group if len(group) > 1)
    n = totals.total()
    expected = n * n - sum(count**2 for count in totals.values())
    if expected == 0:
        return None
    observed = sum(
        (len(group) ** 2 - sum(c**2 for c in Counter(group).values())) / (len(group) - 1)
        for group in groups
        if len(group) > 1
    )
    return 1 - (n - 1) * observed / expected


def _people(marks: Mapping[str, Outcome]) -> dict[str, Outcome]:
    return {r: o for r, o in marks.items() if r != MACHINE and o is not Outcome.NEEDS_REVIEW}


def _pairs(marks: Mapping[str, Outcome]) -> list[tuple[Outcome, Outcome]]:
    machine = marks.get(MACHINE)
    if machine is None or machine is Outcome.NEEDS_REVIEW:
        return []
    return [(machine, person) for _, person in sorted(_people(marks).items())]


def _share(hits: int, n: int) -> Figure:
    """With Wilson's interval (E. B. Wilson, 1927)."""
    if n == 0:
        return Figure(value=None)
    interval = binomtest(hits, n).proportion_ci(method="wilson")
    return Figure(value=hits / n, low=float(interval.low), high=float(interval.high), n=n)


def _bootstrapped(
    units: Sequence[T],
    value: float | None,
    measures: Callable[[Sequence[T], Floats], Floats],
    n: int,
) -> Figure:
    """A figure with its percentile interval. ``measures`` gives it for each row of weights: how often each unit was
    drawn; NaN where it is undefined."""
    if value is None or len(units) < 2:
        return Figure(value=value, n=n)
    draws = np.random.default_rng(0).integers(0, len(units), size=(_BOOTSTRAPS, len(units)))
    places = draws + np.arange(_BOOTSTRAPS)[:, None] * len(units)
    weights = np.bincount(places.ravel(), minlength=draws.size).reshape(draws.shape)
    again = measures(units, weights.astype(np.float64))
    known = again[np.isfinite(again)]
    if not len(known):
        return Figure(value=value, n=n)
    low, high = np.percentile(known, [2.5, 97.5])
    return Figure(value=value, low=float(low), high=float(high), n=n)


_CODES = {outcome: code for code, outcome in enumerate(Outcome)}


def _kappas(units: Sequence[Sequence[tuple[Outcome, Outcome]]], weights: Floats) -> Floats:
    """:func:`cohen_kappa` of the pairs of all units, each as often as it weighs."""
    k = len(_CODES)
    tables = np.zeros((len(units), k, k))
    for table, pairs in zip(tables, units, strict=True):
        for first, second in pairs:
            table[_CODES[first], _CODES[second]] += 1
    drawn = (weights @ tables.reshape(len(units), k * k)).reshape(-1, k, k)
    n = drawn.sum(axis=(1, 2))
    observed = np.trace(drawn, axis1=1, axis2=2) / n
    expected = (drawn.sum(axis=1) * drawn.sum(axis=2)).sum(axis=1) / n**2
    return _ratio(observed - expected, 1 - expected)


def _alphas(units: Sequence[Sequence[Outcome]], weights: Floats) -> Floats:
    """:func:`krippendorff_alpha` of all units, each as often as it weighs."""
    counts = np.zeros((len(units), len(_CODES)))
    for row, marks in zip(counts, units, strict=True):
        for outcome in marks:
            row[_CODES[outcome]] += 1
    sizes = counts.sum(axis=1)
    differing = (sizes**2 - (counts**2).sum(axis=1)) / (sizes - 1)
    totals = weights @ counts
    n = totals.sum(axis=1)
    return 1 - _ratio((n - 1) * (weights @ differing), n**2 - (totals**2).sum(axis=1))


def _ratio(above: Floats, below: Floats) -> Floats:
    """NaN where it is undefined. Sums of whole numbers: what is not 0 is far from it."""
    defined = below > 1e-12
    return np.where(defined, above / np.where(defined, below, 1.0), np.nan)
