"""The figures that matter, for the whole scope and for its teams and queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qa_pipeline.domain.period import ScopeKind
from qa_pipeline.domain.report_figures import Counts, Estimate, KeyFigure
from qa_pipeline.domain.report_people import GroupRow
from qa_pipeline.domain.report_rows import AppealRow
from qa_pipeline.domain.tally import CallColumns, Codes, CriterionKey
from qa_pipeline.reporting.compare import Change
from qa_pipeline.reporting.estimates import MIN_CALLS, judged, mean, rate
from qa_pipeline.reporting.facts import Facts
from qa_pipeline.reporting.sums import Counted, Mask, Sums, positions

SCORE_BOUNDS = (0.0, 100.0)
COMPARABLE_SHARE = 0.8
"""Of each side's calls that must lie under rubric versions of both sides, or the two aren't compared."""

Figure = tuple[Estimate, Change | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What of two periods can be compared: scores under another form are other scores, and so are rates of criteria
    that say something else now."""

    now: Mask
    then: Mask
    """Calls of each side under rubric versions that both sides have."""
    now_cells: Mask
    then_cells: Mask
    """Cells of criteria whose content both sides have, in whatever version."""
    scores: bool
    """Whether these calls are enough of both sides."""
    criteria: bool
    """Whether these criteria are enough of all that was decided."""


def common(now: Counted, then: Counted) -> Common:
    """What both sides share."""
    versions, contents = [], []
    for side in (now, then):
        names, cells = side.tally.names, side.tally.cells
        rubrics = {names.rubrics[code] for code in np.unique(side.tally.calls.rubric).tolist()}
        versions.append({(key.rubric_id, key.version) for key in rubrics})
        contents.append({_content(names.criteria[code]) for code in np.unique(cells.criterion).tolist()})
    calls, cell_masks = [], []
    for side in (now, then):
        names = side.tally.names
        forms = [(key.rubric_id, key.version) in versions[0] & versions[1] for key in names.rubrics]
        criteria = [_content(key) in contents[0] & contents[1] for key in names.criteria]
        calls.append(_looked_up(forms, side.tally.calls.rubric))
        cell_masks.append(_looked_up(criteria, side.tally.cells.criterion))
    decided = [(side.tally.cells.decided, mask) for side, mask in zip((now, then), cell_masks, strict=True)]
    return Common(
        now=calls[0],
        then=calls[1],
        now_cells=cell_masks[0],
        then_cells=cell_masks[1],
        scores=all(mask.mean() >= COMPARABLE_SHARE for mask in calls if len(mask)),
        criteria=all(n[mask].sum() >= COMPARABLE_SHARE * n.sum() for n, mask in decided),
    )


def _content(key: CriterionKey) -> tuple[str, str, str]:
    return key.rubric_id, key.criterion_id, key.digest


def _looked_up(flags: Sequence[bool], codes: Codes) -> Mask:
    return np.array(flags, dtype=np.bool_)[codes] if len(codes) else np.zeros(0, dtype=np.bool_)


def key_figures(facts: Facts, now: Counted, then: Counted, shared: Common) -> tuple[KeyFigure, ...]:
    """All of them, in the order in which they are shown."""
    mine = (facts.scope.kind, facts.scope.id)
    targets = {t.measure: t.value for t in facts.targets if (t.scope.kind, t.scope.id) == mine}
    figures: list[tuple[str, str, bool | None, bool, Figure]] = [
        ("mean_score", "pct", True, shared.scores, _scores(now, then, shared)),
        ("pass_rate", "rate", True, shared.scores, _passes(now, then, shared)),
        ("fatal_error_rate", "rate", False, shared.criteria, _flag(now, then, "confirmed")),
        ("suspected_fatal_rate", "rate", False, shared.criteria, _flag(now, then, "suspected")),
        ("nonfatal_error_rate", "rate", False, shared.criteria, _nonfatal(now, then, shared)),
        ("review_rate", "rate", None, True, _flag(now, then, "reviewed")),
        (
            "overturn_rate",
            "rate",
            None,
            False,
            rate(_appeals(facts.now.appeals), _appeals(facts.then.appeals)),
        ),
        ("scored_share", "rate", True, True, rate(_scored(facts, now), _scored(facts, then, earlier=True))),
        ("duration_s", "s", None, True, mean(now.durations(), then.durations(), bounds=(0.0, np.inf))),
    ]
    verdicts = judged(
        [f[4] for f in figures],
        [f[2] for f in figures],
        comparable=[f[3] for f in figures],
    )
    return tuple(
        KeyFigure(key=key, unit=unit, higher_is_better=better, estimate=estimate, target=targets.get(key))  # type: ignore[arg-type]
        for (key, unit, better, _, _), estimate in zip(figures, verdicts, strict=True)
    )


def _scores(
    now: Counted, then: Counted, shared: Common, here: Codes | None = None, there: Codes | None = None
) -> Figure:
    compared = (now.scores(_those(shared.now, here)), then.scores(_those(shared.then, there)))
    return mean(now.scores(here), then.scores(there), bounds=SCORE_BOUNDS, compared=compared)


def _passes(
    now: Counted, then: Counted, shared: Common, here: Codes | None = None, there: Codes | None = None
) -> Figure:
    compared = (now.passes(_those(shared.now, here)), then.passes(_those(shared.then, there)))
    return rate(now.passes(here), then.passes(there), compared=compared)


def _those(mask: Mask, positions_: Codes | None) -> Codes:
    """Positions, of these or of all, where the mask holds."""
    return np.flatnonzero(mask) if positions_ is None else positions_[mask[positions_]]


def _nonfatal(
    now: Counted, then: Counted, shared: Common, here: Mask | None = None, there: Mask | None = None
) -> Figure:
    mine = now.nonfatal if here is None else now.nonfatal & here
    theirs = then.nonfatal if there is None else then.nonfatal & there
    compared = (now.faults(mine & shared.now_cells), then.faults(theirs & shared.then_cells))
    return rate(now.faults(mine), then.faults(theirs), compared=compared)


def _flag(now: Counted, then: Counted, name: str) -> Figure:
    return rate(now.shares(getattr(now.tally.calls, name)), then.shares(getattr(then.tally.calls, name)))


def _appeals(rows: Sequence[AppealRow]) -> Sums:
    decisions = [row.decision for row in rows]
    granted, decided = decisions.count("granted"), decisions.count("granted") + decisions.count("rejected")
    return Sums(total=np.array([granted], float), n=np.array([decided], float))


def _scored(facts: Facts, side: Counted, *, earlier: bool = False) -> Sums:
    rows = facts.then.statuses if earlier else facts.now.statuses
    others = float(sum(row.num_calls for row in rows))
    scored = float(len(side.tally.calls))
    return Sums(total=np.array([scored]), n=np.array([scored + others]))


def counts_of(calls: CallColumns, here: Codes, statuses: Sequence[tuple[str, int]]) -> Counts:
    """Calls by status; ``here`` are the positions of the scored ones, ``statuses`` are the others by status."""
    by_status = {
        status: sum(n for s, n in statuses if s == status) for status in ("not_scored", "failed", "pending")
    }
    return Counts(scored=len(here), needs_review=int(np.isnan(calls.score[here]).sum()), **by_status)


def groups(
    facts: Facts, now: Counted, then: Counted, shared: Common, kind: ScopeKind
) -> tuple[GroupRow, ...]:
    """Teams or queues, the lowest mean first; a group without scored calls comes last."""
    field, status_field = ("team", "team_id") if kind is ScopeKind.TEAM else ("queue", "queue")
    plural = "teams" if kind is ScopeKind.TEAM else "queues"
    ids = sorted(
        {*getattr(now.tally.names, plural), *(getattr(row, status_field) for row in facts.now.statuses)}
    )
    rows: list[tuple[str, Counts, list[Figure], Codes]] = []
    parts = [_parts(side, field, plural) for side in (now, then)]
    for group in ids:
        here, there = (part.get(group, np.zeros(0, np.int64)) for part in parts)
        here_cells, there_cells = (_cells_of(side, field, plural, group) for side in (now, then))
        statuses = [
            (row.status, row.num_calls) for row in facts.now.statuses if getattr(row, status_field) == group
        ]
        counts = counts_of(now.tally.calls, here, statuses)
        if counts.received == 0:
            continue
        figures = [
            _scores(now, then, shared, here, there),
            _passes(now, then, shared, here, there),
            _nonfatal(now, then, shared, here_cells, there_cells),
        ]
        rows.append((group, counts, figures, here))
    verdicts = [
        judged(
            [figures[k] for _, _, figures, _ in rows],
            [better] * len(rows),
            comparable=alike,
            min_calls=MIN_CALLS,
            together=True,
        )
        for k, (better, alike) in enumerate(
            ((True, shared.scores), (True, shared.scores), (False, shared.criteria))
        )
    ]
    calls = now.tally.calls
    made = [
        GroupRow(
            kind=kind,
            id=group,
            counts=counts,
            mean=verdicts[0][k],
            pass_rate=verdicts[1][k],
            nonfatal_rate=verdicts[2][k],
            confirmed_fatal=int(calls.confirmed[here].sum()),
            suspected_fatal=int(calls.suspected[here].sum()),
            num_agents=len(np.unique(calls.agent[here])),
        )
        for k, (group, counts, _, here) in enumerate(rows)
    ]
    return tuple(sorted(made, key=lambda row: (row.mean.value is None, row.mean.value or 0.0, row.id)))


def _parts(side: Counted, field: str, plural: str) -> dict[str, Codes]:
    names: tuple[str, ...] = getattr(side.tally.names, plural)
    found = positions(getattr(side.tally.calls, field), len(names))
    return dict(zip(names, found, strict=True))


def _cells_of(side: Counted, field: str, plural: str, group: str) -> Mask:
    names: tuple[str, ...] = getattr(side.tally.names, plural)
    code = names.index(group) if group in names else -1
    of_cells: Mask = getattr(side.tally.cells, field) == code
    return of_cells
