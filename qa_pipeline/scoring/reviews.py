"""People's marks on findings: the latest on a criterion counts, if the criterion still says what it said then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qa_pipeline.domain.call import Call
from qa_pipeline.domain.finding import Evidence, Finding, Message, Outcome
from qa_pipeline.domain.scorecard import Review
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.rules.window import whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """Findings with the marks applied."""

    findings: Mapping[str, Finding]
    reviewed: frozenset[str]
    """Criteria that a person decided."""
    applied: tuple[str, ...]
    """Review ids."""
    stale: tuple[str, ...]
    """Ids of reviews of a criterion that has changed since; they change nothing."""

    def provenance(self) -> dict[str, str]:
        """What the scorecard tells of it."""
        told = {"reviews": ",".join(self.applied), "stale_reviews": ",".join(self.stale)}
        return {key: value for key, value in told.items() if value}


def apply_reviews(
    rubric: Rubric, findings: Mapping[str, Finding], call: Call, reviews: Sequence[Review]
) -> Reviewed:
    """Replace the outcomes that people have decided. The order of the reviews does not matter."""
    digests = {criterion.id: criterion.digest for _, criterion in rubric.criteria()}
    ours = [
        r
        for r in reviews
        if r.call_id == call.info.call_id and r.rubric_id == rubric.rubric and r.criterion_id in digests
    ]
    ours.sort(key=lambda r: (r.reviewed_at, r.review_id))
    stale = [r for r in ours if r.criterion_digest != digests[r.criterion_id]]
    latest = {r.criterion_id: r for r in ours if r.criterion_digest == digests[r.criterion_id]}
    decided = dict(findings)
    for criterion_id, review in latest.items():
        decided[criterion_id] = _decided(findings[criterion_id], review, call)
    return Reviewed(
        findings=decided,
        reviewed=frozenset(k for k, r in latest.items() if r.outcome is not Outcome.NEEDS_REVIEW),
        applied=tuple(sorted(r.review_id for r in latest.values())),
        stale=tuple(sorted(r.review_id for r in stale)),
    )


def _decided(finding: Finding, review: Review, call: Call) -> Finding:
    """The machine's evidence stays; where it had none, the person listened to the whole call."""
    evidence = finding.evidence
    if review.outcome is Outcome.NOT_MET and not evidence:
        evidence = (Evidence(kind="searched", span=whole(call)),)
    return replace(
        finding,
        outcome=review.outcome,
        confidence=1.0,
        evidence=evidence,
        explanation=Message(key="reviewed", params={"reviewer": review.reviewer, "reason": review.reason}),
        hits=max(1, finding.hits) if review.outcome is Outcome.NOT_MET else finding.hits,
        share=1.0 if review.outcome is Outcome.MET else finding.share,
    )
