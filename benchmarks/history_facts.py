"""Made-up histories as the facts a report is made of, without a database: hundreds of months in minutes.

A test compares the reports with those that come from the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from benchmarks.histories import MET, NAMES, NEEDS_REVIEW, NOT_MET, Block, Centre, blocks, forms
from benchmarks.history_bulk import Points, points
from qa_pipeline.domain.period import Period, PeriodKind, Scope
from qa_pipeline.domain.tally import CallColumns, Cells, CriterionKey, Names, RubricKey, Tally
from qa_pipeline.reporting.facts import Facts, Side
from qa_pipeline.reporting.forms import forms as shapes
from qa_pipeline.reporting.periods import before, period_of
from qa_pipeline.settings import Settings

QUEUES = ("complaint", "enquiry")
Scored = tuple[Block, Points, np.ndarray]
"""A block, its points, and which of its calls have a scorecard."""


def month_facts(centre: Centre, month: date) -> Facts:
    """The facts of a month and the one before, both within the centre's days; calls without a score are left out."""
    period = period_of(PeriodKind.MONTH, month)
    scored = [(block, points(block), block.status == 1) for block in blocks(centre)]
    now = [part for part in scored if period.contains(part[0].day)]
    then = [part for part in scored if before(period).contains(part[0].day)]
    return Facts(
        period=period,
        previous=before(period),
        scope=Scope(),
        business_tz="Asia/Shanghai",
        today=period.end,
        min_calls=Settings().report_min_calls,
        now=Side(tally=tally(centre, now, period)),
        then=Side(tally=tally(centre, then, before(period))),
        forms=shapes({(form.rubric, form.version): form.content for form in forms().values()}),
        daily=(),
    )


def tally(centre: Centre, scored: Sequence[Scored], period: Period) -> Tally:
    """The narrow columns of some blocks."""
    used = {(b.form.rubric, b.form.version): b.form for b, _, _ in scored}
    rubrics = sorted(used)
    keys = [
        CriterionKey(
            rubric_id=name[0],
            rubric_version=name[1],
            section_id=section.id,
            criterion_id=criterion.id,
            severity=criterion.severity,
            digest=criterion.digest,
        )
        for name in rubrics
        for section, criterion in used[name].criteria()
    ]
    first = {
        name: next(i for i, k in enumerate(keys) if (k.rubric_id, k.rubric_version) == name)
        for name in rubrics
    }
    agents = sorted(centre.agent_ids())
    teams = sorted({centre.team_of(agent) for agent in agents})
    grades = sorted({grade for form in used.values() for grade in form.bands})
    names = Names(
        agents=tuple(agents),
        agent_names={agent: NAMES[(int(agent) - 3100) % len(NAMES)] for agent in agents},
        teams=tuple(teams),
        queues=QUEUES,
        rubrics=tuple(
            RubricKey(rubric_id=name[0], version=name[1], digest=used[name].digest) for name in rubrics
        ),
        criteria=tuple(keys),
        grades=tuple(grades),
        first_day=period.start,
    )
    team_of = np.array([teams.index(centre.team_of(agent)) for agent in agents])
    columns: dict[str, list[np.ndarray]] = {}
    cells: dict[str, list[np.ndarray]] = {}
    for block, tally_, keep in scored:
        name = (block.form.rubric, block.form.version)
        agent = np.searchsorted(agents, np.array(block.agents))[keep]
        queue = QUEUES.index(block.queue)
        row = _calls(block, tally_, keep, grades)
        row |= {"agent": agent, "team": team_of[agent], "queue": np.full(len(agent), queue)}
        row |= {"day": np.full(len(agent), (block.day - period.start).days)}
        row |= {"rubric": np.full(len(agent), rubrics.index(name))}
        _collect(columns, row)
        _collect(cells, _cells(block, tally_, keep, agent, team_of, queue, first[name]))
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    return Tally(
        names=names,
        calls=CallColumns(call_pk=np.arange(len(joined["agent"])), **joined),
        cells=_summed(cells),
    )


def _collect(into: dict[str, list[np.ndarray]], row: dict[str, np.ndarray]) -> None:
    for name, values in row.items():
        into.setdefault(name, []).append(values)


def _calls(block: Block, tally_: Points, keep: np.ndarray, grades: Sequence[str]) -> dict[str, np.ndarray]:
    fatal = np.array([c.severity == "fatal" for _, c in block.form.criteria()])
    failed, decided = (block.outcomes == NOT_MET), (block.outcomes == NOT_MET) | (block.outcomes == MET)
    score = tally_.score[keep]
    return {
        "grade": np.array(
            [-1 if np.isnan(s) else grades.index(str(block.form.grade(s))) for s in score.tolist()]
        ),
        "score": score,
        "hearing": block.hearing[keep],
        "duration_s": block.duration_ms[keep] / 1000,
        "suspected": (failed & fatal).any(1)[keep],
        "confirmed": np.zeros(len(score), dtype=bool),
        "reviewed": np.zeros(len(score), dtype=bool),
        "failed": (failed & ~fatal).sum(1)[keep].astype(float),
        "decided": (decided & ~fatal).sum(1)[keep].astype(float),
    }


def _cells(
    block: Block,
    tally_: Points,
    keep: np.ndarray,
    agent: np.ndarray,
    team_of: np.ndarray,
    queue: int,
    first: int,
) -> dict[str, np.ndarray]:
    """Counts by agent and criterion of one block."""
    outcomes = block.outcomes[keep]
    lost = (tally_.possible - tally_.earned)[keep]
    size, width = len(team_of), outcomes.shape[1]
    flat = (agent[:, None] * width + np.arange(width)).ravel()

    def count(values: np.ndarray) -> np.ndarray:
        return np.bincount(flat, weights=values.ravel().astype(float), minlength=size * width)

    failed = outcomes == NOT_MET
    return {
        "agent": np.repeat(np.arange(size), width),
        "team": np.repeat(team_of, width),
        "queue": np.full(size * width, queue),
        "criterion": np.tile(np.arange(width) + first, size),
        "failed": count(failed),
        "decided": count(failed | (outcomes == MET)),
        "pending": count(outcomes == NEEDS_REVIEW),
        "points_lost": count(np.where(failed, lost, 0.0)),
    }


def _summed(cells: dict[str, list[np.ndarray]]) -> Cells:
    """One row a combination."""
    joined = {name: np.concatenate(parts) for name, parts in cells.items()}
    keys = np.stack([joined.pop(name) for name in ("agent", "team", "queue", "criterion")])
    unique, inverse = np.unique(keys, axis=1, return_inverse=True)
    sums = {
        name: np.bincount(inverse.ravel(), weights=values).astype(np.float64)
        for name, values in joined.items()
    }
    there = sums["decided"] + sums["pending"] > 0
    nothing = np.full(int(there.sum()), -1)
    return Cells(
        agent=unique[0][there],
        team=unique[1][there],
        queue=unique[2][there],
        criterion=unique[3][there],
        failed=sums["failed"][there],
        decided=sums["decided"][there],
        pending=sums["pending"][there],
        points_lost=sums["points_lost"][there],
        failed_call=nothing,
        met_call=nothing,
    )
