"""Key figures over days, weeks or months, as control charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from qa_pipeline.domain.period import Period, PeriodKind
from qa_pipeline.domain.report_figures import Trend, TrendPoint
from qa_pipeline.domain.report_rows import DayFigures, TargetRow
from qa_pipeline.domain.scorecard import Scorecard
from qa_pipeline.domain.tally import Tally
from qa_pipeline.reporting.control import Chart, p_prime, xmr
from qa_pipeline.reporting.facts import Facts
from qa_pipeline.reporting.forms import Form
from qa_pipeline.reporting.intervals import wilson
from qa_pipeline.reporting.key_figures import SCORE_BOUNDS
from qa_pipeline.reporting.periods import history, period_of


@dataclass(slots=True)
class _Sum:
    """One point's figures."""

    calls: int = 0
    scores: int = 0
    score_sum: float = 0.0
    graded: int = 0
    passed: int = 0
    suspected: int = 0
    confirmed: int = 0

    def add(self, grade: str | None, form: Form | None, num_calls: int) -> None:
        """Count grades of calls; a form that is not known has none that counts."""
        if form is not None and grade in form.grades:
            self.graded += num_calls
            self.passed += num_calls if grade in form.passing else 0


def trends(facts: Facts) -> tuple[Trend, ...]:
    """The long trend, and for a week or a month the days within it."""
    steps = [history(facts.period)]
    if facts.period.kind is not PeriodKind.DAY:
        days = (facts.period.end - facts.period.start).days
        first = facts.period.start.toordinal()
        steps.append(tuple(period_of(PeriodKind.DAY, date.fromordinal(first + k)) for k in range(days)))
    by_day = (*facts.daily, *_days_of(facts.then.tally), *_days_of(facts.now.tally))
    return tuple(trend for periods in steps for trend in _of_step(facts, by_day, periods))


def _days_of(tally: Tally) -> list[DayFigures]:
    """The tally by day, rubric version and grade."""
    names, calls = tally.names, tally.calls
    if not len(calls):
        return []
    grades = len(names.grades) + 1
    key = (calls.day * len(names.rubrics) + calls.rubric) * grades + calls.grade + 1
    kinds, row = np.unique(key, return_inverse=True)
    known = ~np.isnan(calls.score)
    columns = [
        np.bincount(row, weights=weights.astype(float), minlength=len(kinds))
        for weights in (known, np.nan_to_num(calls.score), calls.suspected, calls.confirmed)
    ]
    figures = zip(kinds.tolist(), np.bincount(row).tolist(), *(c.tolist() for c in columns), strict=True)
    return [
        DayFigures(
            day=names.first_day + timedelta(days=code // grades // len(names.rubrics)),
            rubric_id=names.rubrics[code // grades % len(names.rubrics)].rubric_id,
            rubric_version=names.rubrics[code // grades % len(names.rubrics)].version,
            grade=names.grades[code % grades - 1] if code % grades else "",
            num_calls=num_calls,
            num_scores=int(num_scores),
            score_sum=total,
            suspected=int(suspected),
            confirmed=int(confirmed),
        )
        for code, num_calls, num_scores, total, suspected, confirmed in figures
    ]


def _of_step(facts: Facts, days: Sequence[DayFigures], periods: Sequence[Period]) -> list[Trend]:
    sums = _sums(facts, days, periods)
    breaks = _breaks(days, periods)
    targets = [t for t in facts.targets if (t.scope.kind, t.scope.id) == (facts.scope.kind, facts.scope.id)]
    means = [s.score_sum / s.scores if s.scores else None for s in sums]
    mean = _assembled("mean_score", periods, means, [s.scores for s in sums], targets, breaks)
    rates = {
        "pass_rate": ([s.passed for s in sums], [s.graded for s in sums]),
        "fatal_error_rate": ([s.confirmed for s in sums], [s.calls for s in sums]),
        "suspected_fatal_rate": ([s.suspected for s in sums], [s.calls for s in sums]),
    }
    made = [mean]
    for key, (hits, n) in rates.items():
        values = [h / m if m else None for h, m in zip(hits, n, strict=True)]
        made.append(_assembled(key, periods, values, n, targets, breaks, hits=hits))
    return made


def _sums(facts: Facts, days: Sequence[DayFigures], periods: Sequence[Period]) -> list[_Sum]:
    index = {day: k for k, p in enumerate(periods) for day in _days(p)}
    sums = [_Sum() for _ in periods]
    for row in days:
        k = index.get(row.day)
        if k is None:
            continue
        at = sums[k]
        at.calls += row.num_calls
        at.scores += row.num_scores
        at.score_sum += row.score_sum
        at.suspected += row.suspected
        at.confirmed += row.confirmed
        at.add(row.grade, facts.forms.get((row.rubric_id, row.rubric_version)), row.num_calls)
    for correction in facts.corrections:
        k = index.get(correction.day)
        if k is not None and correction.day < facts.previous.start:  # later ones are in the tallies
            _count(sums[k], correction.first, facts.forms, -1)
            _count(sums[k], correction.effective, facts.forms, 1)
    return sums


def _count(at: _Sum, card: Scorecard, forms: Mapping[tuple[str, int], Form], sign: int) -> None:
    if card.score_pct is not None:
        at.scores += sign
        at.score_sum += sign * card.score_pct
    at.suspected += sign * bool(card.suspected_fatal)
    at.confirmed += sign * bool(card.auto_failed_by)
    at.add(card.grade, forms.get((card.rubric_id, card.rubric_version)), sign)


def _days(period: Period) -> list[date]:
    return [date.fromordinal(k) for k in range(period.start.toordinal(), period.end.toordinal())]


def _breaks(days: Sequence[DayFigures], periods: Sequence[Period]) -> list[int]:
    """Positions of points from which on calls are scored by a version that was not there at the point before."""
    index = {day: k for k, p in enumerate(periods) for day in _days(p)}
    seen: dict[int, set[tuple[str, int]]] = {}
    for row in days:
        if row.day in index:
            seen.setdefault(index[row.day], set()).add((row.rubric_id, row.rubric_version))
    found = []
    known: dict[str, int] = {}
    for k in sorted(seen):
        newest = {rubric_id: max(v for r, v in seen[k] if r == rubric_id) for rubric_id, _ in seen[k]}
        if any(rubric_id in known and version > known[rubric_id] for rubric_id, version in newest.items()):
            found.append(k)
        known |= newest
    return found


def _assembled(
    key: str,
    periods: Sequence[Period],
    values: Sequence[float | None],
    n: Sequence[int],
    targets: Sequence[TargetRow],
    breaks: Sequence[int],
    *,
    hits: Sequence[int] | None = None,
) -> Trend:
    """Limits are those of the stretch after the last rubric change before a point: none looks across a change."""
    edges = [0, *breaks, len(periods)]
    charts: list[tuple[int, Chart]] = []
    for first, last in pairwise(edges):
        if hits is None:
            charts.append((first, xmr(values[first:last], bounds=SCORE_BOUNDS)))
        else:
            charts.append((first, p_prime([float(h) for h in hits[first:last]], n[first:last])))
    points = []
    for first, chart in charts:
        for offset, signals in enumerate(chart.signals):
            k = first + offset
            low, high = (None, None) if hits is None or not n[k] else wilson(hits[k], n[k])
            points.append(
                TrendPoint(
                    start=periods[k].start,
                    value=values[k],
                    n=n[k],
                    low=low,
                    high=high,
                    target=_target(key, targets, periods[k].start),
                    lower_limit=chart.lower[offset],
                    upper_limit=chart.upper[offset],
                    signals=signals,
                )
            )
    return Trend(
        key=key,
        step=periods[0].kind,
        chart="xmr" if hits is None else "p",
        centre_line=charts[-1][1].centre,
        points=tuple(points),
        breaks=tuple(periods[k].start for k in breaks),
    )


def _target(key: str, targets: Sequence[TargetRow], day: date) -> float | None:
    for target in targets:
        if target.measure == key and target.from_date <= day:
            return target.value
    return None
