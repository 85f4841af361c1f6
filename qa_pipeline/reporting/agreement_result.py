"""What comes of comparing marks: by criterion, with the calls that show it; and what became of suspected fatals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.domain.scorecard import Review
from qa_pipeline.scoring.agreement import CriterionAgreement, Figure

FatalState = Literal["confirmed", "rejected", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A person's mark on a finding about which not everybody agrees."""

    call_id: str
    duration_ms: int | None
    """Of the recording."""
    finding: Finding
    """The machine's."""
    reviewer: str
    outcome: Outcome
    reason: str

    @property
    def machine(self) -> Outcome:
        """What the machine said."""
        return self.finding.outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionResult:
    """One criterion as it is worded now; another wording of it is another result."""

    rubric_id: str
    versions: tuple[int, ...]
    """Of the rubric, in which it is worded so."""
    criterion_id: str
    title: str
    figures: CriterionAgreement
    differences: tuple[Difference, ...]
    """Calls that show what the diagnosis says come first, those of one call together."""

    @property
    def needs_work(self) -> bool:
        """Whether wording or threshold should be looked at."""
        return self.figures.diagnosis in ("wording", "threshold")

    @property
    def rubric(self) -> str:
        """The form and its versions."""
        return f"{self.rubric_id} v{','.join(map(str, self.versions))}"

    @property
    def advice(self) -> str:
        """What to do about it: the diagnosis, and of a threshold which way it errs."""
        if self.figures.diagnosis != "threshold":
            return self.figures.diagnosis
        strict, lax = self.figures.wrong_deductions.value or 0.0, self.figures.missed.value or 0.0
        return "too_strict" if strict > lax else "too_lax" if lax > strict else "threshold"

    @property
    def calls_to_hear(self) -> tuple[str, ...]:
        """The calls of the differences, in their order."""
        return tuple(dict.fromkeys(d.call_id for d in self.differences))


@dataclass(frozen=True, slots=True, kw_only=True)
class FatalCase:
    """A fatal fault that the machine suspected, in a call that people reviewed."""

    call_id: str
    duration_ms: int | None
    rubric_id: str
    criterion_id: str
    title: str
    finding: Finding
    mark: Review | None
    """The latest; it decides."""

    @property
    def state(self) -> FatalState:
        """What people made of it; a mark that leaves it undecided leaves it open."""
        if self.mark is None or self.mark.outcome is Outcome.NEEDS_REVIEW:
            return "open"
        return "confirmed" if self.mark.outcome is Outcome.NOT_MET else "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementResult:
    """All criteria that people marked, those that need work first."""

    num_calls: int
    reviewers: tuple[str, ...]
    criteria: tuple[CriterionResult, ...]
    fatals: tuple[FatalCase, ...]
    """Rejected ones first, then open ones."""
    confirmed: Figure
    """Share of the decided ones that people confirmed."""
