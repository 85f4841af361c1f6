"""Findings in, scorecard out: points, the interval a review could still move them in, and what fails the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_pipeline.domain.call import Call
from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.domain.scorecard import Review, Scorecard, ScoredFinding, SectionScore
from qa_pipeline.rules.rubric import AutoFail, Rubric
from qa_pipeline.scoring.points import Row, Tally, decided_by_machine, row_of
from qa_pipeline.scoring.reviews import apply_reviews

GRADE_PENDING = "待复核"
"""Instead of a grade where too much is pending (DESIGN.md §3)."""


def score(
    rubric: Rubric,
    findings: Sequence[Finding],
    call: Call,
    *,
    engine_digest: str,
    reviews: Sequence[Review] = (),
    max_pending_pct: float,
    fatal_needs_person: bool,
    provenance: Mapping[str, str],
) -> Scorecard:
    """Fill in the form.

    Percentages are 0 to 100 with two decimals. ``score_pct`` is earned ÷ possible over decided criteria; pending ones
    count as lost in ``score_low_pct`` and as earned in ``score_high_pct``. A fatal criterion that the machine found not
    met is suspected: in the low score it has taken effect, in the high one it was overturned. It takes effect by a
    person's review, or at once where ``fatal_needs_person`` is False.

    Args:
        rubric: the form.
        findings: one per criterion, in any order.
        call: names the scorecard, and the evidence of a review.
        engine_digest: names everything else the findings rest on.
        reviews: people's marks; those of other calls, rubrics or of a criterion's earlier content are passed over.
        max_pending_pct: with more of the machine's points pending than this, there is no ``score_pct``.
        fatal_needs_person: whether a machine's fatal waits for a person.
        provenance: goes into the scorecard as it is, with the reviews that were applied and the stale ones.

    Raises:
        ValueError: a criterion without a finding, or a finding without a criterion.
    """
    by_id = {finding.criterion_id: finding for finding in findings}
    criteria = {criterion.id: (section.id, criterion) for section, criterion in rubric.criteria()}
    if by_id.keys() != criteria.keys() or len(by_id) != len(findings):
        raise ValueError("findings and criteria do not match")
    decided_by = apply_reviews(rubric, by_id, call, reviews)
    rows = tuple(
        row_of(section_id, criterion, decided_by.findings[criterion_id])
        for criterion_id, (section_id, criterion) in criteria.items()
    )
    fatal = [row for row in rows if _fatal(row)]
    confirmed = [row for row in fatal if not fatal_needs_person or row.criterion.id in decided_by.reviewed]
    suspected = [row for row in fatal if row not in confirmed]
    sections = _sections(rubric, rows, confirmed)
    points = round(sum(s.points for s in sections), 2)
    possible = round(sum(s.points_possible for s in sections), 2)
    zeroed = any(_effect(row) == ("form", "zero") for row in confirmed)
    if zeroed:
        points = 0.0
    withheld = _too_much_pending(rubric, rows, max_pending_pct) and not zeroed
    pct = None if withheld else _percent(rows, confirmed)
    high = _percent(rows, confirmed, pending_earns=True, overturned=suspected)
    low = None if high is None else _percent(rows, [*confirmed, *suspected], pending_earns=False)
    return Scorecard(
        call_id=call.info.call_id,
        recording_id=call.recording.recording_id,
        rubric_id=rubric.rubric,
        rubric_version=rubric.version,
        rubric_digest=rubric.digest,
        engine_digest=engine_digest,
        findings=tuple(scored_finding(row) for row in rows),
        sections=sections,
        points=points,
        points_possible=possible,
        score_pct=pct,
        score_low_pct=low,
        score_high_pct=high,
        grade=_grade(rubric, rows, pct, withheld, confirmed),
        auto_failed_by=tuple(row.criterion.id for row in confirmed),
        suspected_fatal=tuple(row.criterion.id for row in suspected),
        provenance={**provenance, **decided_by.provenance()},
    )


def _fatal(row: Row) -> bool:
    return row.criterion.severity == "fatal" and row.finding.outcome is Outcome.NOT_MET


def _effect(row: Row) -> tuple[str, str]:
    effect = row.criterion.auto_fail or AutoFail()
    return effect.scope, effect.mode


def _zeroed_sections(failed: Sequence[Row]) -> frozenset[str]:
    return frozenset(row.section_id for row in failed if _effect(row) == ("section", "zero"))


def _percent(
    rows: Sequence[Row],
    failed: Sequence[Row],
    *,
    pending_earns: bool | None = None,
    overturned: Sequence[Row] = (),
) -> float | None:
    """Earned ÷ possible in per cent; None where nothing is possible.

    Args:
        rows: all criteria.
        failed: fatal ones whose effect counts.
        pending_earns: whether pending points count as earned or lost; None leaves them out.
        overturned: criteria that count as earned whatever the machine found.
    """
    if any(_effect(row) == ("form", "zero") for row in failed):
        return 0.0
    zeroed = _zeroed_sections(failed)
    tally = Tally()
    for row in rows:
        worth = row.criterion.points if row in overturned or (row.pending and pending_earns) else row.points
        if row.pending and pending_earns is None:
            continue
        possible = row.pending_possible if row.pending else row.possible
        tally.add(0.0 if row.section_id in zeroed else worth, possible)
    return tally.percent


def _too_much_pending(rubric: Rubric, rows: Sequence[Row], max_pending_pct: float) -> bool:
    ours = decided_by_machine(rubric)
    pending = sum(row.pending_possible for row in rows if row.pending and row.criterion.id in ours)
    total = pending + sum(row.possible for row in rows if not row.pending and row.criterion.id in ours)
    return total > 0 and pending * 100 > max_pending_pct * total


def _sections(rubric: Rubric, rows: Sequence[Row], confirmed: Sequence[Row]) -> tuple[SectionScore, ...]:
    zeroed = _zeroed_sections(confirmed)
    failed = {row.section_id for row in confirmed}
    result: list[SectionScore] = []
    for section in rubric.sections:
        tally = Tally()
        for row in rows:
            if row.section_id == section.id and not row.pending:
                tally.add(0.0 if section.id in zeroed else row.points, row.possible)
        result.append(
            SectionScore(
                section_id=section.id,
                points=round(tally.earned, 2),
                points_possible=round(tally.possible, 2),
                score_pct=tally.percent,
                auto_failed=section.id in failed,
            )
        )
    return tuple(result)


def _grade(
    rubric: Rubric, rows: Sequence[Row], pct: float | None, withheld: bool, confirmed: Sequence[Row]
) -> str | None:
    if any(_effect(row)[0] == "form" for row in confirmed):
        return rubric.lowest_grade
    if withheld or (pct is None and any(row.pending for row in rows)):
        return GRADE_PENDING
    return None if pct is None else rubric.grade(pct)


def scored_finding(row: Row) -> ScoredFinding:
    """A row as the scorecard keeps it."""
    return ScoredFinding(
        finding=row.finding,
        section_id=row.section_id,
        severity=row.criterion.severity,
        points=round(row.points, 2),
        points_possible=round(row.possible, 2),
        decided=not row.pending,
        criterion_digest=row.criterion.digest,
        points_if_met=round(row.criterion.points, 2),
        pending_points_possible=round(row.pending_possible, 2) if row.pending else 0.0,
        auto_fail=_effect(row) if row.criterion.severity == "fatal" else None,
    )
