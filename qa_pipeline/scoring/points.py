"""What one finding is worth."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.rules.once import once_a_form
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.rubric import Criterion, PerHit, Rubric


@dataclass(slots=True)
class Tally:
    """A running sum of points."""

    earned: float = 0.0
    possible: float = 0.0

    def add(self, earned: float, possible: float) -> None:
        """Count one finding."""
        self.earned += earned
        self.possible += possible

    @property
    def percent(self) -> float | None:
        """0 to 100 with two decimals (a bonus lifts nothing above 100); None where nothing is possible."""
        if self.possible <= 0:
            return None
        return round(min(100.0, max(0.0, 100 * self.earned / self.possible)), 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A criterion with its finding and points."""

    section_id: str
    criterion: Criterion
    finding: Finding
    points: float
    """Earned; 0 while pending."""
    possible: float
    """0 while pending, for a bonus, and where the criterion does not apply."""

    @property
    def pending(self) -> bool:
        """Not decided yet: a person has to."""
        return self.finding.outcome is Outcome.NEEDS_REVIEW

    @property
    def pending_possible(self) -> float:
        """What would be possible once it is decided."""
        return 0.0 if self.criterion.score == "bonus" else self.criterion.points


def row_of(section_id: str, criterion: Criterion, finding: Finding) -> Row:
    """The row of one criterion."""
    decided = finding.outcome in (Outcome.MET, Outcome.NOT_MET)
    bonus = criterion.score == "bonus"
    return Row(
        section_id=section_id,
        criterion=criterion,
        finding=finding,
        points=earned(criterion, finding) if decided else 0.0,
        possible=criterion.points if decided and not bonus else 0.0,
    )


def earned(criterion: Criterion, finding: Finding) -> float:
    """Points of a decided finding.

    All or nothing; or points less ``per_hit`` for each occurrence up to the cap, not below 0; or in proportion to the
    fulfilled share. What is met earns all.
    """
    if finding.outcome is Outcome.MET:
        return criterion.points
    rule = criterion.score
    if isinstance(rule, PerHit):
        lost = rule.per_hit * max(1, finding.hits)
        return max(0.0, criterion.points - (lost if rule.cap is None else min(rule.cap, lost)))
    if rule == "proportional" and finding.share is not None:
        return criterion.points * min(1.0, max(0.0, finding.share))
    return 0.0


@once_a_form
def decided_by_machine(rubric: Rubric) -> frozenset[str]:
    """The criteria, by id, that a machine can decide: no part of their check is left to people."""
    return frozenset(c.id for _, c in rubric.criteria() if not _by_person(c.check, rubric, frozenset()))


def _by_person(check: Operator, rubric: Rubric, seen: frozenset[str]) -> bool:
    if check.name == "ref":
        name = str(getattr(check, "ref"))  # noqa: B009
        return name not in seen and _by_person(rubric.conditions[name], rubric, seen | {name})
    return check.by_person or any(_by_person(child, rubric, seen) for _, child in check.children())
