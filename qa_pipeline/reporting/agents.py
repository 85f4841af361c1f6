"""One row an agent: how good, how sure, and who can be told apart from whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from qa_pipeline.domain.report_figures import Estimate, MeasureFigure, Verdict
from qa_pipeline.domain.report_people import AgentRow, CriterionMark
from qa_pipeline.domain.tally import Codes, Floats
from qa_pipeline.reporting.compare import (
    Change,
    against_rest,
    change_of,
    discoveries,
    rank_ranges,
    rate_change,
)
from qa_pipeline.reporting.criteria import Matrix
from qa_pipeline.reporting.estimates import estimate, judged
from qa_pipeline.reporting.facts import Facts
from qa_pipeline.reporting.intervals import Interval, rate_interval, t_of
from qa_pipeline.reporting.key_figures import Common, counts_of
from qa_pipeline.reporting.mix import stratum_effects
from qa_pipeline.reporting.shrink import shrunk_means
from qa_pipeline.reporting.sums import Counted, Mask, Sums, positions
from qa_pipeline.reporting.variances import moderated

_HEARING_STEPS = (0.6, 0.75, 0.9)
"""Calls are alike in hearing quality when they lie between the same two of these; unknown ones are a group."""
_MARKS = 3
"""So many strongest and weakest criteria an agent."""
_MIN_DECIDED = 5
"""A criterion decided less often says nothing of an agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Mean scores by agent, with errors that hold for few calls too."""

    mean: Floats
    error: Floats
    df: Floats
    n: Floats

    def interval(self, k: int) -> Interval | None:
        """Of one agent, cut at 0 and 100; None without a score. One call says nothing of the spread by itself."""
        if self.n[k] < 1:
            return None
        half = t_of(self.df[k]) * self.error[k] if self.df[k] > 0 else np.inf
        return Interval(
            value=float(self.mean[k]),
            low=max(0.0, float(self.mean[k] - half)),
            high=min(100.0, float(self.mean[k] + half)),
            n=int(self.n[k]),
            error=float(self.error[k]),
            df=float(self.df[k]),
        )


def means_by_agent(agent: np.ndarray, scores: Floats, count: int) -> Means:
    """Means of scores without NaN. Variances borrow strength from each other (:mod:`variances`)."""
    n = np.bincount(agent, minlength=count).astype(float)
    total = np.bincount(agent, weights=scores, minlength=count)
    mean = total / np.maximum(n, 1)
    squares = np.bincount(agent, weights=(scores - mean[agent]) ** 2, minlength=count)
    df = np.maximum(n - 1, 0)
    variance, known = moderated(np.where(df > 0, squares / np.maximum(df, 1), 0.0), df)
    return Means(mean=mean, error=np.sqrt(variance / np.maximum(n, 1)), df=np.where(n > 0, known, 0), n=n)


def adjusted_scores(side: Counted) -> tuple[np.ndarray, Floats]:
    """Agents and scores as they would be with everybody's mix of rubric, queue and hearing quality."""
    calls = side.tally.calls
    here = ~np.isnan(calls.score)
    agent, score = side.agent[here], calls.score[here]
    hearing = np.digitize(calls.hearing[here], _HEARING_STEPS)
    hearing[np.isnan(calls.hearing[here])] = len(_HEARING_STEPS) + 1
    steps = len(_HEARING_STEPS) + 2
    packed = (calls.rubric[here] * (len(side.tally.names.queues) + 1) + calls.queue[here]) * steps + hearing
    kinds, stratum = np.unique(packed, return_inverse=True)
    effects = stratum_effects(agent, stratum, score, len(side.agents), max(1, len(kinds)))
    return agent, score - effects[stratum] if len(score) else score


def agent_rows(
    facts: Facts, now: Counted, then: Counted, shared: Common, matrix: Matrix
) -> tuple[AgentRow, ...]:
    """All agents with calls in the period: those who can be judged by their adjusted mean, lowest first, then the rest."""
    count = len(now.agents)
    plain = _plain(now, None, count)
    adjusted = means_by_agent(*adjusted_scores(now), count)
    enough = plain.n >= facts.min_calls
    ranks = _ranks(adjusted, enough)
    shrunk = shrunk_means(adjusted.mean, np.where(adjusted.df > 0, adjusted.error, np.inf))
    verdicts = _against_centre(adjusted, enough)
    figures = _changes(facts, now, then, shared)
    statuses = _statuses(facts)
    marks = _Marks(matrix)
    manner = _manner(facts)
    rows = []
    for k, (agent, here) in enumerate(zip(now.agents, positions(now.agent, count), strict=True)):
        counts = counts_of(now.tally.calls, here, statuses.get(agent, []))
        if not agent or counts.received == 0:
            continue
        teams = _teams(now, here) or _status_teams(facts, agent)
        appeals = [row.decision for row in facts.now.appeals if row.agent_id == agent]
        durations = now.tally.calls.duration_s[here]
        interval = adjusted.interval(k)
        rows.append(
            AgentRow(
                agent_id=agent,
                agent_name=now.tally.names.agent_names.get(agent),
                team_id=teams[0] if teams else None,
                other_teams=tuple(teams[1:]),
                counts=counts,
                mean=figures[0][k],
                adjusted=estimate(interval, None, None),
                shrunk=float(shrunk[k]) if plain.n[k] else None,
                too_few=not enough[k],
                rank_low=ranks[k][0] if enough[k] else None,
                rank_high=ranks[k][1] if enough[k] else None,
                ranked=int(enough.sum()),
                against_centre=verdicts[k],
                pass_rate=figures[1][k],
                nonfatal_rate=figures[2][k],
                confirmed_fatal=int(now.tally.calls.confirmed[here].sum()),
                suspected_fatal=int(now.tally.calls.suspected[here].sum()),
                penalties=int(matrix.failed[k].sum()),
                penalty_points=round(float(matrix.points_lost[k].sum()), 2),
                appeals_pending=sum(decision is None for decision in appeals),
                appeals_granted=appeals.count("granted"),
                appeals_decided=appeals.count("granted") + appeals.count("rejected"),
                mean_duration_s=_mean(durations),
                strongest=marks.of(k, weakest=False),
                weakest=marks.of(k, weakest=True),
                manner=manner.get(agent, ()),
            )
        )
    return tuple(sorted(rows, key=_lowest_first))


def _lowest_first(row: AgentRow) -> tuple[bool, float, str]:
    return row.too_few, row.adjusted.value if row.adjusted.value is not None else 101.0, row.agent_id


def _plain(side: Counted, calls: Mask | None, count: int) -> Means:
    score = side.tally.calls.score
    here = ~np.isnan(score) if calls is None else ~np.isnan(score) & calls
    return means_by_agent(side.agent[here], score[here], count)


def _ranks(means: Means, enough: Mask) -> dict[int, tuple[int, int]]:
    who = np.flatnonzero(enough)
    low, high = rank_ranges(means.mean[who], means.error[who], means.df[who])
    return {int(k): (int(a), int(b)) for k, a, b in zip(who, low, high, strict=True)}


def _against_centre(means: Means, enough: Mask) -> list[Verdict]:
    verdicts = [Verdict.TOO_FEW] * len(means.mean)
    who = np.flatnonzero(enough)
    if len(who) < 2:
        return [Verdict.NO_DIFFERENCE_SHOWN if ok else Verdict.TOO_FEW for ok in enough]
    mean = means.mean[who]
    p = against_rest(mean, means.error[who], means.n[who], means.df[who])
    found = discoveries(p)
    centre = (mean * means.n[who]).sum() / means.n[who].sum()
    for k, different, value in zip(who, found, mean, strict=True):
        better = Verdict.BETTER if value > centre else Verdict.WORSE
        verdicts[k] = better if different else Verdict.NO_DIFFERENCE_SHOWN
    return verdicts


def _changes(facts: Facts, now: Counted, then: Counted, shared: Common) -> list[tuple[Estimate, ...]]:
    """Mean, pass rate and non-fatal error rate of every agent against the period before, each judged as one family."""
    count = len(now.agents)
    plain = _plain(now, None, count), _plain(then, None, count)
    alike = _plain(now, shared.now, count), _plain(then, shared.then, count)
    scores = []
    for k in range(count):
        change: Change | None = None
        if min(alike[0].n[k], alike[1].n[k]) >= 1 and min(alike[0].df[k], alike[1].df[k]) > 0:
            error, df = _welch(alike[0], alike[1], k)
            change = change_of(float(alike[0].mean[k] - alike[1].mean[k]), error, df)
        scores.append((estimate(plain[0].interval(k), plain[1].interval(k), change), change))
    passes = _rates(
        (now.passes(), then.passes()),
        (now.passes(np.flatnonzero(shared.now)), then.passes(np.flatnonzero(shared.then))),
    )
    faults = _rates(
        (now.faults(), then.faults()),
        (now.faults(now.nonfatal & shared.now_cells), then.faults(then.nonfatal & shared.then_cells)),
    )
    return [
        judged(figures, [better] * count, comparable=alike, min_calls=facts.min_calls, together=True)
        for figures, better, alike in (
            (scores, True, shared.scores),
            (passes, True, shared.scores),
            (faults, False, shared.criteria),
        )
    ]


def _welch(now: Means, then: Means, k: int) -> tuple[float, float]:
    parts = (now.error[k] ** 2, then.error[k] ** 2)
    total = float(sum(parts))
    below = sum(p * p / df for p, df in zip(parts, (now.df[k], then.df[k]), strict=True))
    return float(np.sqrt(total)), float(total**2 / below) if below > 0 else np.inf


def _rates(both: tuple[Sums, Sums], alike: tuple[Sums, Sums]) -> list[tuple[Estimate, Change | None]]:
    figures = []
    for k in range(len(both[0].n)):
        now, then, here, there = (
            rate_interval(s.total[k : k + 1], s.n[k : k + 1], design=s.design) for s in (*both, *alike)
        )
        change = rate_change(here, there) if here is not None and there is not None else None
        figures.append((estimate(now, then, change), change))
    return figures


def _statuses(facts: Facts) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for row in facts.now.statuses:
        found.setdefault(row.agent_id, []).append((row.status, row.num_calls))
    return found


def _teams(side: Counted, here: Codes) -> list[str]:
    counts = Counter(side.tally.calls.team[here].tolist())
    names = [(side.tally.names.teams[code], n) for code, n in counts.items()]
    return [name for name, _ in sorted(names, key=lambda pair: (-pair[1], pair[0])) if name]


def _status_teams(facts: Facts, agent: str) -> list[str]:
    return sorted({row.team_id for row in facts.now.statuses if row.agent_id == agent and row.team_id})


def _mean(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return round(float(known.mean()), 1) if len(known) else None


def _manner(facts: Facts) -> dict[str, tuple[MeasureFigure, ...]]:
    found: dict[str, list[MeasureFigure]] = {}
    for row in facts.now.measures:
        mean = row.total / row.num_calls
        low = high = None
        if row.num_calls > 1:
            spread = max(0.0, row.squares - row.num_calls * mean * mean) / (row.num_calls - 1)
            half = float(special.stdtrit(row.num_calls - 1, 0.975)) * np.sqrt(spread / row.num_calls)
            low, high = mean - half, mean + half
        figure = Estimate(value=mean, low=low, high=high, n=row.num_calls)
        found.setdefault(row.agent_id, []).append(
            MeasureFigure(measure=row.measure, role=row.role, estimate=figure)
        )
    return {agent: tuple(figures) for agent, figures in found.items()}


class _Marks:
    """Strengths and weaknesses: criteria on which an agent's shrunk rate lies farthest from everybody's."""

    def __init__(self, matrix: Matrix) -> None:
        self._matrix = matrix

    def of(self, agent: int, *, weakest: bool) -> tuple[CriterionMark, ...]:
        matrix = self._matrix
        gap = matrix.shrunk[agent] - matrix.common
        usable = (matrix.decided[agent] >= _MIN_DECIDED) & ((gap > 0) if weakest else (gap < 0))
        order: Sequence[int] = np.argsort(-gap if weakest else gap, kind="stable").tolist()
        return tuple(matrix.mark(agent, c, weakest=weakest) for c in order if usable[c])[:_MARKS]
