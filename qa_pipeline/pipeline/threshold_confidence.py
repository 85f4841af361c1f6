"""From which stated confidence on people confirm the machine's deductions, and whether the settings ask for enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy.stats import binomtest

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.pipeline.threshold_trial import Found
from qa_pipeline.rules.rubric import Criterion
from qa_pipeline.scoring.agreement import Figure
from qa_pipeline.scoring.thresholds import Judged, Tried, try_candidates
from qa_pipeline.settings import Settings

EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Of the bins of stated confidence; the last one is for certainty alone."""
SETTINGS = ("min_confidence", "min_confidence_fatal")
_STEP = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Deductions whose stated confidence is from ``low`` to below ``high`` (None: exactly 1)."""

    low: float
    high: float | None
    confirmed: Figure
    """Share of people's marks that fail it, too."""
    counts: bool
    """Whether such a deduction costs points today; else it is left to a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceResult:
    """One setting: how reliable deductions are by their confidence, and whether it should ask for more."""

    setting: str
    current: float
    default: float
    """The safe one. Nothing lower is ever suggested."""
    bins: tuple[Bin, ...]
    reliable_from: tuple[float, Figure] | None
    """The least edge from which on deductions are confirmed as often as they should be, all taken together, and no bin is
    clearly worse; with the share confirmed. None where there is none."""
    tried: Tried
    suggested: float | None


def try_confidence(
    found: Sequence[tuple[Criterion, Sequence[tuple[Judged, Found]]]],
    settings: Settings,
    wrong_weight: float,
    enough: float,
) -> tuple[ConfidenceResult, ...]:
    """Both settings: that of fatal criteria, and that of all others.

    Every deduction that the machine would make at any confidence is held against people's marks.

    Args:
        found: by criterion, what people and the machine say of each call.
        settings: as for scoring.
        wrong_weight: what a wrong deduction costs, a missed fault costing 1.
        enough: share of marks that should confirm the machine, 0 to 1.
    """
    results = []
    for setting in SETTINGS:
        fatal = setting == "min_confidence_fatal"
        sides = [
            (replace(people, part=criterion.id), today)
            for criterion, calls in found
            if (criterion.severity == "fatal") == fatal
            for people, today in calls
        ]
        results.append(_setting(setting, sides, settings, wrong_weight, enough))
    return tuple(results)


def _setting(
    setting: str,
    sides: Sequence[tuple[Judged, Found]],
    settings: Settings,
    wrong_weight: float,
    enough: float,
) -> ConfidenceResult:
    current = float(getattr(settings, setting))
    default = float(type(settings).model_fields[setting].default)
    values = sorted((v for v in _grid(default) if v != current), key=lambda v: (abs(v - current), -v))
    tried = try_candidates(
        [people for people, _ in sides],
        [today.outcome for _, today in sides],
        [[_at(value, today) for _, today in sides] for value in values],
        wrong_weight=wrong_weight,
        enough_agreement=enough,
    )
    deductions = [(t.sure, people) for people, t in sides if t.sure is not None]
    bins = tuple(_bins(deductions, current))
    suggested = None
    if tried.verdict == "suggested" and tried.best is not None:
        value = values[tried.best]
        # Where no confidence makes deductions right, leaving them to people is cheaper, but mends nothing.
        if value < current or (_confirmed(deductions, value).value or 0) >= enough:
            suggested = value
    return ConfidenceResult(
        setting=setting,
        current=current,
        default=default,
        bins=bins,
        reliable_from=_reliable_from(bins, deductions, enough),
        tried=tried,
        suggested=suggested,
    )


def _at(least: float, today: Found) -> Outcome:
    """A finding where deductions less sure than this are left to a person."""
    if today.sure is None:
        return today.outcome
    return Outcome.NOT_MET if today.sure >= least else Outcome.NEEDS_REVIEW


def _grid(default: float) -> list[float]:
    steps = round((1 - default) / _STEP)
    return [round(default + _STEP * i, 2) for i in range(steps)]


def _bins(deductions: Sequence[tuple[float, Judged]], current: float) -> list[Bin]:
    found = []
    for low, high in zip(EDGES, (*EDGES[1:], None), strict=True):
        confirmed = _confirmed(deductions, low, high)
        if confirmed.n:
            found.append(Bin(low=low, high=high, confirmed=confirmed, counts=low >= current))
    return found


def _reliable_from(
    bins: Sequence[Bin], deductions: Sequence[tuple[float, Judged]], enough: float
) -> tuple[float, Figure] | None:
    found = None
    for one in reversed(bins):
        if one.confirmed.high is not None and one.confirmed.high < enough:
            break
        above = _confirmed(deductions, one.low)
        if above.value is not None and above.value >= enough:
            found = one.low, above
    return found


def _confirmed(deductions: Sequence[tuple[float, Judged]], low: float, high: float | None = None) -> Figure:
    """Share of people's marks that confirm deductions so sure, with Wilson's interval (E. B. Wilson, 1927)."""
    marks = [
        outcome is Outcome.NOT_MET
        for sure, judged in deductions
        if sure >= low and (high is None or sure < high)
        for outcome in judged.people.values()
    ]
    if not marks:
        return Figure(value=None)
    interval = binomtest(sum(marks), len(marks)).proportion_ci(method="wilson")
    return Figure(
        value=sum(marks) / len(marks), low=float(interval.low), high=float(interval.high), n=len(marks)
    )
