"""From which stated confidence on people confirm the machine's deductions, and whether the settings ask for enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import binomtest

from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.pipeline.threshold_calls import HeardCall
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
    reliable_from: float | None
    """The least edge from which on every bin with marks is confirmed as often as it should be; None where none is."""
    tried: Tried
    suggested: float | None


def try_confidence(
    criteria: Sequence[Criterion],
    calls: Sequence[HeardCall],
    settings: Settings,
    wrong_weight: float,
    enough: float,
) -> tuple[ConfidenceResult, ...]:
    """Both settings: that of fatal criteria, and that of all others.

    Every deduction that the machine would make at any confidence is held against people's marks.
    """
    results = []
    for setting in SETTINGS:
        fatal = setting == "min_confidence_fatal"
        own = [c for c in criteria if (c.severity == "fatal") == fatal and not c.check.by_person]
        results.append(_setting(setting, own, calls, settings, wrong_weight, enough))
    return tuple(results)


def _setting(
    setting: str,
    criteria: Sequence[Criterion],
    calls: Sequence[HeardCall],
    settings: Settings,
    wrong_weight: float,
    enough: float,
) -> ConfidenceResult:
    current = float(getattr(settings, setting))
    default = float(type(settings).model_fields[setting].default)
    values = [v for v in _grid(default) if v != current]
    judged: list[Judged] = []
    now: list[Outcome] = []
    others: list[list[Outcome]] = [[] for _ in values]
    deductions: list[tuple[float, Judged]] = []
    for criterion in criteria:
        for call in calls:
            if criterion.id not in call.people:
                continue
            one = Judged(
                call_id=call.call_id,
                agent_id=call.agent_id,
                people=call.people[criterion.id],
                part=criterion.id,
            )
            scene = call.fresh()

            def find(least: float, call: HeardCall = call, criterion: Criterion = criterion) -> Finding:
                return call.find(criterion, min_confidence=least, scene=scene)  # noqa: B023

            at_any, today = find(0.0), find(current)
            if at_any.outcome is Outcome.NOT_MET:
                deductions.append((at_any.confidence, one))
            judged.append(one)
            now.append(today.outcome)
            # What no confidence makes a deduction, no limit changes.
            fixed = at_any.outcome is not Outcome.NOT_MET and today.outcome is at_any.outcome
            for value, found in zip(values, others, strict=True):
                found.append(today.outcome if fixed else find(value).outcome)
    order = sorted(range(len(values)), key=lambda i: (abs(values[i] - current), -values[i]))
    tried = try_candidates(
        judged, now, [others[i] for i in order], wrong_weight=wrong_weight, enough_agreement=enough
    )
    suggested = None
    if tried.verdict == "suggested" and tried.best is not None:
        suggested = values[order[tried.best]]
    bins = tuple(_bins(deductions, current))
    return ConfidenceResult(
        setting=setting,
        current=current,
        default=default,
        bins=bins,
        reliable_from=_reliable_from(bins, enough),
        tried=tried,
        suggested=suggested,
    )


def _grid(default: float) -> list[float]:
    steps = round((1 - default) / _STEP)
    return [round(default + _STEP * i, 2) for i in range(steps)]


def _bins(deductions: Sequence[tuple[float, Judged]], current: float) -> list[Bin]:
    found = []
    for low, high in zip(EDGES, (*EDGES[1:], None), strict=True):
        marks = [
            outcome is Outcome.NOT_MET
            for confidence, judged in deductions
            if confidence >= low and (high is None or confidence < high)
            for outcome in judged.people.values()
        ]
        if marks:
            interval = binomtest(sum(marks), len(marks)).proportion_ci(method="wilson")
            share = Figure(
                value=sum(marks) / len(marks),
                low=float(interval.low),
                high=float(interval.high),
                n=len(marks),
            )
            found.append(Bin(low=low, high=high, confirmed=share, counts=low >= current))
    return found


def _reliable_from(bins: Sequence[Bin], enough: float) -> float | None:
    edge = None
    for one in reversed(bins):
        if one.confirmed.value is None or one.confirmed.value < enough:
            break
        edge = one.low
    return edge
