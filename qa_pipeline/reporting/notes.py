"""What the reader must know before believing a figure, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np

from qa_pipeline.domain.finding import ParamValue
from qa_pipeline.domain.report import Note, RubricUse
from qa_pipeline.domain.report_faults import CriterionRow, NotScoredReason, UrgentCase
from qa_pipeline.domain.report_figures import Counts, KeyFigure, Verdict
from qa_pipeline.domain.report_follow_up import ExceptionItem, ImprovementEffect
from qa_pipeline.domain.report_people import AgentRow, TrainingNeed
from qa_pipeline.domain.tally import Tally
from qa_pipeline.reporting.facts import Facts
from qa_pipeline.reporting.forms import Form
from qa_pipeline.reporting.key_figures import Common
from qa_pipeline.reporting.periods import history

_ADVICE_TOPICS = 3


def rubric_uses(tally: Tally, forms: Mapping[tuple[str, int], Form]) -> tuple[RubricUse, ...]:
    """Which version scored which days."""
    uses = []
    for code in np.unique(tally.calls.rubric).tolist():
        key = tally.names.rubrics[code]
        days = tally.calls.day[tally.calls.rubric == code]
        form = forms.get((key.rubric_id, key.version))
        uses.append(
            RubricUse(
                rubric_id=key.rubric_id,
                version=key.version,
                title=form.title if form else key.rubric_id,
                first_day=tally.names.first_day + timedelta(days=int(days.min())),
                last_day=tally.names.first_day + timedelta(days=int(days.max())),
                num_calls=len(days),
            )
        )
    return tuple(uses)


def _purged(facts: Facts) -> Note | None:
    before = facts.purged_before
    if before is None or history(facts.period)[0].start >= before:
        return None
    key = "purged" if facts.period.start < before else "purged_history"
    return Note(key=key, params={"before": before.isoformat()})


def notes(
    facts: Facts,
    counts: Counts,
    earlier: Counts,
    uses: Sequence[RubricUse],
    before: Sequence[RubricUse],
    shared: Common,
    shown_urgent: int,
) -> tuple[Note, ...]:
    """Keys of ``report_notes.*``, the gravest first."""
    odd = facts.oddities
    unreadable = tuple(sorted(f"{r}@{v}" for (r, v), form in facts.forms.items() if form.rubric is None))
    found: list[Note | None] = [
        _purged(facts),
        Note(key="empty_period") if counts.received == 0 else None,
        Note(key="not_yet") if facts.period.start > facts.today else None,
        Note(key="period_open", params={"last_day": facts.period.last_day.isoformat()})
        if facts.period.start <= facts.today < facts.period.end
        else None,
        _count("still_scoring", counts.pending),
        Note(key="nothing_scored", params={"received": counts.received})
        if counts.received and not counts.scored
        else None,
        Note(key="few_calls", params={"scored": counts.scored})
        if 0 < counts.scored < facts.min_calls
        else None,
        Note(key="no_previous") if counts.received and earlier.scored == 0 else None,
        *_rubric_changes(uses, before),
        Note(key="not_comparable") if counts.scored and earlier.scored and not shared.scores else None,
        _count("no_agent", odd.no_agent),
        _count("no_team", odd.no_team),
        _count("future", odd.future, odd.future_example),
        _count("undated", odd.undated),
        _count("late", odd.late, odd.late_example),
        Note(key="urgent_cut", params={"shown": shown_urgent, "all": facts.num_faults})
        if facts.num_faults > shown_urgent
        else None,
        _count("corrected", sum(facts.period.contains(c.day) for c in facts.corrections)),
        Note(key="unreadable_rubrics", params={"rubrics": unreadable}) if unreadable else None,
    ]
    return tuple(note for note in found if note is not None)


def _count(key: str, num: int, example: str | None = None) -> Note | None:
    return Note(key=key, params={"num": num}, call_ids=(example,) if example else ()) if num else None


def _rubric_changes(uses: Sequence[RubricUse], before: Sequence[RubricUse]) -> list[Note]:
    found = []
    for rubric_id in sorted({use.rubric_id for use in uses}):
        mine = [use for use in uses if use.rubric_id == rubric_id]
        theirs = [use for use in before if use.rubric_id == rubric_id]
        if len(mine) > 1:
            params: dict[str, ParamValue] = {
                "rubric": rubric_id,
                "versions": tuple(str(use.version) for use in mine),
                "calls": tuple(str(use.num_calls) for use in mine),
                "from_day": mine[-1].first_day.isoformat(),
            }
            found.append(Note(key="several_versions", params=params))
        elif theirs and {use.version for use in theirs} != {mine[0].version}:
            params = {
                "rubric": rubric_id,
                "version": mine[0].version,
                "versions_before": tuple(str(use.version) for use in theirs),
            }
            found.append(Note(key="version_changed", params=params))
    return found


def advice(
    figures: Sequence[KeyFigure],
    urgent: Sequence[UrgentCase],
    criteria: Sequence[CriterionRow],
    agents: Sequence[AgentRow],
    training: Sequence[TrainingNeed],
    exceptions: Sequence[ExceptionItem],
    reasons: Sequence[NotScoredReason],
    effects: Sequence[ImprovementEffect],
    counts: Counts,
) -> tuple[Note, ...]:
    """Keys of ``report_advice.*``; only what the figures bear out."""
    suspected = sum(case.severity == "fatal" and case.state == "suspected" for case in urgent)
    worse_agents = tuple(row.agent_id for row in agents if row.mean.verdict is Verdict.WORSE)
    found: list[Note | None] = [
        _count("confirm_fatal", suspected),
        _count("overdue", sum(item.overdue for item in exceptions)),
        *(
            Note(key="figure_worse", params={"figure": figure.key})
            for figure in figures
            if figure.estimate.verdict is Verdict.WORSE
        ),
        Note(key="talk_to", params={"agents": worse_agents}) if worse_agents else None,
        *(
            Note(
                key="train",
                params={"title": need.title, "agents": len(need.agents), "points": need.points_lost},
            )
            for need in training[:_ADVICE_TOPICS]
        ),
        *(
            Note(key="criterion_worse", params={"title": row.title})
            for row in criteria
            if row.rate.verdict is Verdict.WORSE
        ),
        *(
            Note(
                key="measure_works" if effect.effect.verdict is Verdict.BETTER else "measure_fails",
                params={"what": effect.what},
            )
            for effect in effects
            if effect.effect.verdict in (Verdict.BETTER, Verdict.WORSE)
        ),
        Note(key="not_scored", params={"num": reasons[0].num_calls, "code": reasons[0].code})
        if reasons and reasons[0].num_calls * 20 > counts.received
        else None,
        _count("review_pending", counts.needs_review),
    ]
    return tuple(note for note in found if note is not None)
