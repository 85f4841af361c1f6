"""What went wrong most: criteria by points lost, by team and by agent; and who needs to learn what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from qa_pipeline.domain.report_faults import CriterionRow, Example
from qa_pipeline.domain.report_figures import Estimate, GroupRate, Verdict
from qa_pipeline.domain.report_people import CriterionMark, TrainingNeed
from qa_pipeline.domain.scorecard import Scorecard
from qa_pipeline.domain.tally import Codes, CriterionKey, Floats
from qa_pipeline.reporting.compare import Change, discoveries, rate_change, rates_against_rest
from qa_pipeline.reporting.estimates import judged, rate
from qa_pipeline.reporting.facts import Facts
from qa_pipeline.reporting.intervals import rate_interval, wilson
from qa_pipeline.reporting.shrink import shrunk_rates
from qa_pipeline.reporting.sums import Counted, Sums

_WORST = 10
"""So many agents a criterion are named."""
_EXAMPLES = 3

CriterionId = tuple[str, str, str]
"""Rubric id, criterion id, digest of its content: versions that left it as it was are one criterion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Agents (rows) by criteria (columns)."""

    agents: tuple[str, ...]
    agent_names: tuple[str | None, ...]
    criteria: tuple[CriterionId, ...]
    keys: tuple[CriterionKey, ...]
    """The newest key of each criterion."""
    versions: tuple[tuple[int, ...], ...]
    titles: tuple[str, ...]
    failed: Floats
    decided: Floats
    pending: Floats
    points_lost: Floats
    failed_call: Codes
    met_call: Codes
    shrunk: Floats
    common: Floats
    """Everybody's rate, by criterion."""
    example: Callable[[int, CriterionId], Example | None]

    def mark(self, agent: int, criterion: int, *, weakest: bool) -> CriterionMark:
        """A strength or weakness with a place to listen to."""
        call = int((self.failed_call if weakest else self.met_call)[agent, criterion])
        return CriterionMark(
            criterion_id=self.criteria[criterion][1],
            title=self.titles[criterion],
            failed=int(self.failed[agent, criterion]),
            opportunities=int(self.decided[agent, criterion]),
            rate=float(self.shrunk[agent, criterion]),
            example=self.example(call, self.criteria[criterion]),
        )


def matrix_of(facts: Facts, side: Counted) -> Matrix:
    """Add up the cells."""
    cells, names = side.tally.cells, side.tally.names
    ids = [(key.rubric_id, key.criterion_id, key.digest) for key in names.criteria]
    there = sorted({ids[code] for code in np.unique(cells.criterion).tolist()})
    number = {criterion: k for k, criterion in enumerate(there)}
    column = np.array([number.get(criterion, -1) for criterion in ids], dtype=np.int64)
    shape = (len(side.agents), len(there))
    flat = side.cell_agent * len(there) + (column[cells.criterion] if len(cells) else cells.criterion)

    def added(values: Floats) -> Floats:
        return (
            np.bincount(flat, weights=values, minlength=shape[0] * shape[1]).astype(np.float64).reshape(shape)
        )

    def first(calls: Codes) -> Codes:
        never = np.iinfo(np.int64).max
        table = np.full(shape[0] * shape[1], never)
        np.minimum.at(table, flat, np.where(calls < 0, never, calls))
        return np.where(table == never, -1, table).reshape(shape)

    failed, decided = added(cells.failed), added(cells.decided)
    shrunk = (
        np.stack([shrunk_rates(failed[:, c], decided[:, c]) for c in range(len(there))], axis=1)
        if there
        else failed
    )
    used = set(np.unique(cells.criterion).tolist())
    by_id = {c: [key for k, key in enumerate(names.criteria) if ids[k] == c and k in used] for c in there}
    newest = tuple(by_id[criterion][-1] for criterion in there)
    return Matrix(
        agents=side.agents,
        agent_names=tuple(names.agent_names.get(agent) for agent in side.agents),
        criteria=tuple(there),
        keys=newest,
        versions=tuple(tuple(key.rubric_version for key in by_id[criterion]) for criterion in there),
        titles=tuple(_title(facts, key) for key in newest),
        failed=failed,
        decided=decided,
        pending=added(cells.pending),
        points_lost=added(cells.points_lost),
        failed_call=first(cells.failed_call),
        met_call=first(cells.met_call),
        shrunk=shrunk,
        common=failed.sum(axis=0) / np.maximum(decided.sum(axis=0), 1),
        example=_Examples(facts),
    )


def _title(facts: Facts, key: CriterionKey) -> str:
    form = facts.forms.get((key.rubric_id, key.rubric_version))
    return key.criterion_id if form is None else form.titles.get(key.criterion_id, key.criterion_id)


class _Examples:
    """A call and the second of a finding in it, as far as its scorecard is kept."""

    def __init__(self, facts: Facts) -> None:
        self._cards = facts.scorecards

    def __call__(self, call_pk: int, criterion: CriterionId) -> Example | None:
        card = self._cards.get(call_pk)
        return None if card is None else example_of(card, criterion[1])


def example_of(card: Scorecard, criterion_id: str) -> Example:
    """Where to listen for a criterion in a call."""
    for mark in card.findings:
        if mark.finding.criterion_id == criterion_id and mark.finding.evidence:
            first = mark.finding.evidence[0]
            return Example(call_id=card.call_id, second=first.span.start_ms / 1000, quote=first.quote)
    return Example(call_id=card.call_id)


def agent_rates(matrix: Matrix) -> tuple[tuple[GroupRate, ...], ...]:
    """By criterion: every agent with an opportunity, judged against the rest, all agents and criteria as one family."""
    count = len(matrix.criteria)
    p = (
        np.stack(
            [rates_against_rest(matrix.failed[:, c], matrix.decided[:, c]) for c in range(count)], axis=1
        )
        if count
        else np.zeros((len(matrix.agents), 0))
    )
    found = discoveries(p.ravel()).reshape(p.shape)
    result = []
    for c in range(count):
        rates = []
        for k in np.flatnonzero(matrix.decided[:, c] > 0).tolist():
            hits, n = float(matrix.failed[k, c]), float(matrix.decided[k, c])
            verdict = Verdict.NO_DIFFERENCE_SHOWN
            if found[k, c]:
                verdict = Verdict.WORSE if hits / n > matrix.common[c] else Verdict.BETTER
            rates.append(
                _rate(
                    matrix.agents[k], matrix.agent_names[k], hits, n, float(matrix.points_lost[k, c]), verdict
                )
            )
        result.append(tuple(sorted(rates, key=_pressing)))
    return tuple(result)


def _rate(
    id_: str, name: str | None, hits: float, n: float, points_lost: float, verdict: Verdict
) -> GroupRate:
    low, high = wilson(hits, n)
    return GroupRate(
        id=id_,
        name=name,
        failed=int(hits),
        opportunities=int(n),
        rate=hits / n,
        low=low,
        high=high,
        points_lost=round(points_lost, 2),
        verdict=verdict,
    )


def _pressing(rate: GroupRate) -> tuple[bool, float, str]:
    return rate.verdict is not Verdict.WORSE, -rate.points_lost, rate.id


def criterion_rows(
    now: Counted, then: Counted, matrix: Matrix, earlier: Matrix, rates: Sequence[Sequence[GroupRate]]
) -> tuple[CriterionRow, ...]:
    """All criteria that were decided or wait, most points lost first (Pareto)."""
    total = float(matrix.points_lost.sum())
    lost = matrix.points_lost.sum(axis=0)
    ranking: list[int] = np.argsort(-lost, kind="stable").tolist()
    judgements = _changes(matrix, earlier)
    teams = _team_rates(now, matrix)
    rows, so_far = [], 0.0
    for c in ranking:
        key = matrix.keys[c]
        share = float(lost[c]) / total if total > 0 else 0.0
        so_far += share
        worst = [rate for rate in rates[c] if rate.failed][:_WORST]
        calls = sorted({int(pk) for pk in matrix.failed_call[:, c] if pk >= 0})
        examples = [matrix.example(pk, matrix.criteria[c]) for pk in calls[:_EXAMPLES]]
        rows.append(
            CriterionRow(
                rubric_id=key.rubric_id,
                criterion_id=key.criterion_id,
                title=matrix.titles[c],
                section_id=key.section_id,
                severity=key.severity,  # type: ignore[arg-type]
                versions=matrix.versions[c],
                failed=int(matrix.failed[:, c].sum()),
                opportunities=int(matrix.decided[:, c].sum()),
                pending=int(matrix.pending[:, c].sum()),
                points_lost=round(float(lost[c]), 2),
                share_of_points=share,
                cumulative_share=min(1.0, so_far),
                rate=judgements[c],
                teams=teams[c],
                agents=tuple(worst),
                examples=tuple(e for e in examples if e is not None),
            )
        )
    return tuple(rows)


def _changes(matrix: Matrix, earlier: Matrix) -> tuple[Estimate, ...]:
    before = {criterion: k for k, criterion in enumerate(earlier.criteria)}
    figures = []
    for c, criterion in enumerate(matrix.criteria):
        then = Sums(total=np.zeros(1), n=np.zeros(1))
        if criterion in before:
            k = before[criterion]
            then = Sums(total=earlier.failed[:, k], n=earlier.decided[:, k])
        figures.append(rate(Sums(total=matrix.failed[:, c], n=matrix.decided[:, c]), then))
    return judged(figures, [False] * len(figures), together=True)


def _team_rates(now: Counted, matrix: Matrix) -> list[tuple[GroupRate, ...]]:
    """Teams against the rest of the scope, by their agents' figures: one bad agent must not make a bad team."""
    cells, names = now.tally.cells, now.tally.names
    number = {criterion: k for k, criterion in enumerate(matrix.criteria)}
    column = [number.get((key.rubric_id, key.criterion_id, key.digest), -1) for key in names.criteria]
    of_cell = np.array(column, dtype=np.int64)[cells.criterion] if len(cells) else cells.criterion
    found: list[list[tuple[GroupRate, Change | None]]] = [[] for _ in matrix.criteria]
    for team_code, team in enumerate(names.teams):
        mine = cells.team == team_code
        if not team or not mine.any():
            continue
        for c in range(len(matrix.criteria)):
            here = now.faults(mine & (of_cell == c))
            n = float(here.n.sum())
            if n <= 0:
                continue
            rest_n, rest = matrix.decided[:, c] - here.n, matrix.failed[:, c] - here.total
            interval, others = rate_interval(here.total, here.n), rate_interval(rest, rest_n)
            change = rate_change(interval, others) if interval is not None and others is not None else None
            lost = float(cells.points_lost[mine & (of_cell == c)].sum())
            row = _rate(team, None, float(here.total.sum()), n, lost, Verdict.NO_DIFFERENCE_SHOWN)
            if interval is not None:
                row = replace(row, low=interval.low, high=interval.high)
            found[c].append((row, change))
    flat = [change for rows in found for _, change in rows]
    passed = discoveries(np.array([np.nan if c is None else c.p for c in flat]))
    verdicts = iter(
        (Verdict.WORSE if change.value > 0 else Verdict.BETTER) if ok and change is not None else None
        for ok, change in zip(passed.tolist(), flat, strict=True)
    )
    return [
        tuple(sorted((replace(row, verdict=next(verdicts) or row.verdict) for row, _ in rows), key=_pressing))
        for rows in found
    ]


def training_needs(matrix: Matrix, rates: Sequence[Sequence[GroupRate]]) -> tuple[TrainingNeed, ...]:
    """Topics with the agents who surely fail them more often than the rest, most points first.

    A topic is a criterion by its id: agents need the same lesson whichever form or version asked for it.
    """
    topics: dict[str, dict[str, list[GroupRate]]] = {}
    titles: dict[str, str] = {}
    for c, of_agents in enumerate(rates):
        criterion_id = matrix.criteria[c][1]
        for rate_ in of_agents:
            if rate_.verdict is Verdict.WORSE and rate_.id:
                titles[criterion_id] = matrix.titles[c]
                topics.setdefault(criterion_id, {}).setdefault(rate_.id, []).append(rate_)
    needs = [
        TrainingNeed(
            criterion_id=criterion_id,
            title=titles[criterion_id],
            agents=tuple(sorted((_together(parts) for parts in agents.values()), key=_pressing)),
            points_lost=round(sum(part.points_lost for parts in agents.values() for part in parts), 2),
        )
        for criterion_id, agents in topics.items()
    ]
    return tuple(sorted(needs, key=lambda need: (-need.points_lost, need.criterion_id)))


def _together(parts: Sequence[GroupRate]) -> GroupRate:
    hits, n = sum(part.failed for part in parts), sum(part.opportunities for part in parts)
    return _rate(parts[0].id, parts[0].name, hits, n, sum(part.points_lost for part in parts), Verdict.WORSE)
