"""Facts in, report out. Pure: equal facts give equal reports."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.period import ScopeKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_faults import NotScoredReason, UrgentCase
from qa_pipeline.domain.report_figures import Counts, MeasureFigure
from qa_pipeline.domain.report_follow_up import ImprovementEffect
from qa_pipeline.domain.report_rows import FaultRow, MeasureSums, StatusCount
from qa_pipeline.reporting.agents import agent_rows
from qa_pipeline.reporting.compare import mean_change
from qa_pipeline.reporting.criteria import (
    agent_rates,
    criterion_rows,
    example_of,
    matrix_of,
    training_needs,
)
from qa_pipeline.reporting.effective import Correction
from qa_pipeline.reporting.estimates import estimate, judged
from qa_pipeline.reporting.facts import Facts
from qa_pipeline.reporting.intervals import mean_interval
from qa_pipeline.reporting.key_figures import common, counts_of, groups, key_figures
from qa_pipeline.reporting.notes import advice, notes, rubric_uses
from qa_pipeline.reporting.sums import Counted, Sums, counted
from qa_pipeline.reporting.trends import trends


def sides(facts: Facts) -> tuple[Counted, Counted]:
    """Both periods with their agents numbered alike."""
    agents = sorted(
        {
            *facts.now.tally.names.agents,
            *facts.then.tally.names.agents,
            *(s.agent_id for s in facts.now.statuses),
        }
    )
    return counted(facts.now.tally, agents, facts.forms), counted(facts.then.tally, agents, facts.forms)


def build_report(facts: Facts, effects: Sequence[ImprovementEffect] = ()) -> PeriodReport:
    """The whole report of a period; ``effects`` of measures taken are computed beside it."""
    now, then = sides(facts)
    shared = common(now, then)
    matrix, earlier = matrix_of(facts, now), matrix_of(facts, then)
    rates = agent_rates(matrix)
    counts, before = _counts(now, facts.now.statuses), _counts(then, facts.then.statuses)
    figures = key_figures(facts, now, then, shared)
    criteria = criterion_rows(now, then, matrix, earlier, rates)
    agents = agent_rows(facts, now, then, shared, matrix)
    training = training_needs(matrix, rates)
    urgent = urgent_cases(facts)
    reasons = _reasons(facts.now.statuses)
    uses, old_uses = (rubric_uses(side.tally, facts.forms) for side in (facts.now, facts.then))
    return PeriodReport(
        period=facts.period,
        previous=facts.previous,
        scope=facts.scope,
        business_tz=facts.business_tz,
        min_calls=facts.min_calls,
        counts=counts,
        previous_counts=before,
        key_figures=figures,
        urgent=urgent,
        criteria=criteria,
        not_scored=reasons,
        measures=_measures(facts.now.measures, facts.then.measures),
        topics=facts.topics,
        trends=trends(facts),
        teams=groups(facts, now, then, shared, ScopeKind.TEAM),
        queues=groups(facts, now, then, shared, ScopeKind.QUEUE),
        agents=agents,
        training=training,
        follow_ups=facts.follow_ups,
        exceptions=facts.exceptions,
        improvements=tuple(effects),
        rubrics=uses,
        notes=notes(facts, counts, before, uses, old_uses, shared, len(facts.faults)),
        advice=advice(
            figures, urgent, criteria, agents, training, facts.exceptions, reasons, effects, counts
        ),
    )


def _counts(side: Counted, statuses: Sequence[StatusCount]) -> Counts:
    return counts_of(
        side.tally.calls, np.arange(len(side.tally.calls)), [(row.status, row.num_calls) for row in statuses]
    )


def urgent_cases(facts: Facts) -> tuple[UrgentCase, ...]:
    """Fatal and critical faults, fatal and newest first. Those that a person took back are left out, and those that
    only a person heard are there."""
    cases = [_case(facts, row) for row in facts.faults if row.marked not in _TAKEN_BACK]
    for correction in facts.corrections:
        if facts.period.contains(correction.day):
            cases += _heard_by_people(facts, correction)
    # Stable: within a day the store's order stays, newest first.
    return tuple(sorted(cases, key=lambda case: (case.severity != "fatal", -case.business_date.toordinal())))


_TAKEN_BACK = (Outcome.MET, Outcome.NOT_APPLICABLE)
_GRAVE = ("fatal", "critical")


def _case(facts: Facts, row: FaultRow) -> UrgentCase:
    card = facts.scorecards.get(row.call_pk)
    place = None if card is None else example_of(card, row.criterion_id)
    confirmed = row.marked is Outcome.NOT_MET or row.took_effect
    return UrgentCase(
        call_id=row.call_id,
        criterion_id=row.criterion_id,
        title=_title(facts, row.rubric_id, row.rubric_version, row.criterion_id),
        rubric_id=row.rubric_id,
        severity=row.severity,  # type: ignore[arg-type]
        state="confirmed" if confirmed else "suspected",
        agent_id=row.agent_id,
        agent_name=row.agent_name,
        team_id=row.team_id,
        queue=row.queue,
        started_at=row.started_at,
        business_date=row.business_date,
        second=None if place is None else place.second,
        quote=None if place is None else place.quote,
        confidence=row.confidence,
    )


def _heard_by_people(facts: Facts, correction: Correction) -> list[UrgentCase]:
    """Grave faults of a call that a person found and the machine had not."""
    card, info = correction.effective, correction.info
    found = []
    for first, mark in zip(correction.first.findings, card.findings, strict=True):
        failed = mark.finding.outcome is Outcome.NOT_MET and first.finding.outcome is not Outcome.NOT_MET
        if not failed or mark.severity not in _GRAVE:
            continue
        criterion_id = mark.finding.criterion_id
        place = example_of(card, criterion_id)
        found.append(
            UrgentCase(
                call_id=card.call_id,
                criterion_id=criterion_id,
                title=_title(facts, card.rubric_id, card.rubric_version, criterion_id),
                rubric_id=card.rubric_id,
                severity=mark.severity,  # type: ignore[arg-type]
                state="confirmed",
                agent_id=info.agent_id,
                agent_name=info.agent_name,
                team_id=info.team_id,
                queue=info.queue,
                started_at=info.started_at,
                business_date=correction.day,
                second=place.second,
                quote=place.quote,
                confidence=1.0,
            )
        )
    return found


def _title(facts: Facts, rubric_id: str, version: int, criterion_id: str) -> str:
    form = facts.forms.get((rubric_id, version))
    return criterion_id if form is None else form.titles.get(criterion_id, criterion_id)


def _reasons(statuses: Sequence[StatusCount]) -> tuple[NotScoredReason, ...]:
    found: dict[tuple[str, str], list[StatusCount]] = {}
    for row in statuses:
        found.setdefault((row.status, row.code), []).append(row)
    reasons = [
        NotScoredReason(
            status=status,  # type: ignore[arg-type]
            code=code,
            num_calls=sum(row.num_calls for row in rows),
            call_ids=tuple(sorted(row.call_id for row in rows))[:3],
        )
        for (status, code), rows in found.items()
    ]
    return tuple(sorted(reasons, key=lambda reason: (-reason.num_calls, reason.status, reason.code)))


def _measures(now: Sequence[MeasureSums], then: Sequence[MeasureSums]) -> tuple[MeasureFigure, ...]:
    """Means over calls of each measure, over agents; neither more nor less is better by itself."""
    names = sorted({(row.measure, row.role) for row in now})
    figures = []
    for name in names:
        agents = sorted({r.agent_id for r in (*now, *then) if (r.measure, r.role) == name})
        here, there = (_sums(rows, name, agents) for rows in (now, then))
        change = mean_change(here.total, here.n, there.total, there.n, squares=(here.squares, there.squares))
        first, second = (mean_interval(side.total, side.n, side.squares) for side in (here, there))
        figures.append((estimate(first, second, change), change))
    verdicts = judged(figures, [None] * len(figures))
    return tuple(
        MeasureFigure(measure=measure, role=role, estimate=figure)
        for (measure, role), figure in zip(names, verdicts, strict=True)
    )


def _sums(rows: Sequence[MeasureSums], name: tuple[str, str], agents: Sequence[str]) -> Sums:
    number = {agent: k for k, agent in enumerate(agents)}
    total, n, squares = np.zeros(len(agents)), np.zeros(len(agents)), 0.0
    for row in rows:
        if (row.measure, row.role) == name:
            total[number[row.agent_id]] += row.total
            n[number[row.agent_id]] += row.num_calls
            squares += row.squares
    return Sums(total=total, n=n, squares=squares)
