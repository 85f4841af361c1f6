"""Draws calls for people to listen to, and says from their marks what holds for all calls."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from qa_pipeline.domain.period import Scope, ScopeKind
from qa_pipeline.errors import InputError
from qa_pipeline.pipeline.reviewed import DECIDED, Reviewing, Standing, latest_marks
from qa_pipeline.reporting.forms import Form, forms
from qa_pipeline.scoring.sampling import Candidate, Drawn, MeanEstimate, draw, estimate_mean
from qa_pipeline.storage.draw_base import CandidateRow, Draw, DrawStore

METHOD = "stratified-1"
"""Names :func:`qa_pipeline.scoring.sampling.draw` as it is; a change in how it draws gets another name."""
By = Literal["agent", "team", "queue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to draw: so many random calls of each agent (team, queue), and so many of the least sure ones."""

    start: date
    end: date
    scope: Scope
    by: By
    per: int
    doubtful: int
    seed: int

    def __post_init__(self) -> None:
        if self.per < 0 or self.doubtful < 0 or not -(2**63) <= self.seed < 2**63:
            raise InputError("sample.bad_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redone:
    """A draw made again today."""

    then: Draw
    now: Draw

    @property
    def same(self) -> bool:
        """Whether the same calls came out, for the same reasons and with the same probabilities."""
        return self.then.calls == self.now.calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """What the marks on a draw's calls say of its whole population; None where a group has no mark yet."""

    draw: Draw
    num_marked: int
    score: MeanEstimate | None
    """Mean score in per cent, with people's marks."""
    machine: MeanEstimate | None
    """The same calls as the machine scored them."""
    agreement: MeanEstimate | None
    """Share of people's marks in a call that equal the machine's, averaged over calls."""
    changed: MeanEstimate | None
    """Share of calls whose score people's marks move."""


def make_draw(wanted: Wanted, store: DrawStore, contents: Mapping[tuple[str, int], str]) -> Draw:
    """Draw a sample; nothing is kept.

    Args:
        wanted: what to draw.
        store: has the calls.
        contents: the text of every form that scored one, by id and version.

    Raises:
        InputError: ``sample.no_calls``.
    """
    rows = store.candidates(wanted.start, wanted.end, wanted.scope)
    if not rows:
        raise InputError("sample.no_calls", start=wanted.start, end=wanted.end)
    shapes = forms(contents)
    candidates = [_candidate(row, wanted.by, shapes) for row in rows]
    calls = draw(candidates, seed=wanted.seed, per_stratum=wanted.per, doubtful=wanted.doubtful)
    params = _params(wanted, candidates)
    named = _digest([METHOD, wanted.seed, params])
    return Draw(draw_id=f"D{named[:10]}", method=METHOD, seed=wanted.seed, params=params, calls=calls)


def redo(draw_id: str, store: DrawStore, contents: Mapping[tuple[str, int], str]) -> Redone:
    """Draw again as it was written down.

    Raises:
        InputError: ``sample.unknown_draw``, ``sample.no_calls``, ``sample.other_method``.
    """
    then = known_draw(draw_id, store)
    if then.method != METHOD:
        raise InputError("sample.other_method", draw_id=draw_id, method=then.method, known=METHOD)
    told = {name: str(value) for name, value in then.params.items()}
    wanted = Wanted(
        start=date.fromisoformat(told["start"]),
        end=date.fromisoformat(told["end"]),
        scope=Scope(kind=ScopeKind(told["scope"]), id=told["scope_id"]),
        by=told["by"],  # type: ignore[arg-type]
        per=int(told["per"]),
        doubtful=int(told["doubtful"]),
        seed=then.seed,
    )
    return Redone(then=then, now=make_draw(wanted, store, contents))


def known_draw(draw_id: str, store: DrawStore) -> Draw:
    """A draw by its id.

    Raises:
        InputError: ``sample.unknown_draw``.
    """
    found = store.find_draw(draw_id.strip())
    if found is None:
        raise InputError("sample.unknown_draw", draw_id=draw_id)
    return found


def estimate(drawn: Draw, reviewing: Reviewing) -> Estimates:
    """What the marks say of all calls of the population.

    A call that has lost its score since it was drawn counts as not marked.
    """
    marked = [s for s in (_standing(one, reviewing) for one in drawn.calls) if s is not None and s.marked]
    scores = {s.row.info.call_id: s for s in marked if s.effective.score_pct is not None}
    shares = {s.row.info.call_id: _agreeing(s) for s in marked}
    return Estimates(
        draw=drawn,
        num_marked=len(marked),
        score=estimate_mean(drawn.calls, {c: s.effective.score_pct or 0.0 for c, s in scores.items()}),
        machine=estimate_mean(
            drawn.calls,
            {c: s.first.score_pct for c, s in scores.items() if s.first.score_pct is not None},
        ),
        agreement=estimate_mean(drawn.calls, {c: share for c, share in shares.items() if share is not None}),
        changed=estimate_mean(
            drawn.calls,
            {s.row.info.call_id: float(s.effective.score_pct != s.first.score_pct) for s in marked},
        ),
    )


def _standing(one: Drawn, reviewing: Reviewing) -> Standing | None:
    try:
        return reviewing.standing(one.call_id)
    except InputError:
        return None


def _agreeing(standing: Standing) -> float | None:
    machine = {f.finding.criterion_id: f.finding.outcome for f in standing.first.findings}
    equal = [
        mark.outcome is machine[criterion_id]
        for (criterion_id, _), mark in latest_marks(standing.first, standing.reviews).items()
        if mark.outcome in DECIDED and machine[criterion_id] in DECIDED
    ]
    return sum(equal) / len(equal) if equal else None


def _candidate(row: CandidateRow, by: By, shapes: Mapping[tuple[str, int], Form]) -> Candidate:
    form = shapes.get((row.rubric_id, row.rubric_version))
    rubric = form.rubric if form is not None else None
    worth = {c.id: c.points for _, c in rubric.criteria()} if rubric is not None else {}
    open_ = sum(worth.get(criterion_id, 0.0) for criterion_id in row.undecided)
    total = open_ + row.points_possible
    return Candidate(
        call_id=row.call_id,
        stratum={"agent": row.agent_id, "team": row.team_id, "queue": row.queue}[by],
        doubt=round(open_ / total, 6) if total > 0 else 0.0,
        fatal=row.suspected,
    )


def _params(wanted: Wanted, candidates: Sequence[Candidate]) -> dict[str, object]:
    people = [[c.call_id, c.stratum, c.doubt, c.fatal] for c in candidates]
    return {
        "start": wanted.start.isoformat(),
        "end": wanted.end.isoformat(),
        "scope": wanted.scope.kind.value,
        "scope_id": wanted.scope.id,
        "by": wanted.by,
        "per": wanted.per,
        "doubtful": wanted.doubtful,
        "population": len(candidates),
        "population_digest": _digest(people),
    }


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
