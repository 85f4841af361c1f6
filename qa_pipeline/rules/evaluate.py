"""A rubric and a call in, one finding per criterion out. Pure: nothing but its arguments decides the answer."""

from __future__ import annotations

from dataclasses import replace

from qa_pipeline.domain.call import Call
from qa_pipeline.domain.finding import Evidence, Finding, Message, Outcome
from qa_pipeline.rules.expected import expected
from qa_pipeline.rules.moments import DEFAULT_TZ
from qa_pipeline.rules.rubric import Criterion, Rubric, resolved
from qa_pipeline.rules.scene import Excuse, Scene
from qa_pipeline.rules.verdict import Truth, Verdict
from qa_pipeline.rules.window import whole

_OUTCOMES = {
    Truth.MET: Outcome.MET,
    Truth.NOT_MET: Outcome.NOT_MET,
    Truth.UNCERTAIN: Outcome.NEEDS_REVIEW,
    Truth.NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
}


def evaluate(
    rubric: Rubric,
    call: Call,
    *,
    min_confidence: float,
    min_confidence_fatal: float,
    business_tz: str = DEFAULT_TZ,
) -> tuple[Finding, ...]:
    """One finding per criterion, in the rubric's order.

    A deduction less sure than ``min_confidence`` (0 to 1; ``min_confidence_fatal`` for fatal criteria) becomes
    needs-review. A criterion found met stays met at any confidence: nobody loses by it, and what was doubtful
    never counts as met. ``business_tz`` is the zone of days and hours in the metadata.
    """
    scene = scene_of(rubric, call, min_confidence, business_tz, all_of_it=True)
    fatal = replace(scene, min_confidence=min_confidence_fatal)
    return tuple(
        evaluate_criterion(criterion, fatal if criterion.severity == "fatal" else scene)
        for _, criterion in rubric.criteria()
    )


def scene_of(
    rubric: Rubric,
    call: Call,
    min_confidence: float,
    business_tz: str = DEFAULT_TZ,
    *,
    all_of_it: bool = False,
) -> Scene:
    """The call as the rubric's checks see it; ``all_of_it``: they will all be asked, which makes each of them faster."""
    return Scene(
        call=call,
        conditions=rubric.conditions,
        lists=rubric.lists,
        variables=rubric.variables,
        min_confidence=min_confidence,
        business_tz=business_tz,
        expected=expected(rubric) if all_of_it else {},
    )


def evaluate_criterion(criterion: Criterion, scene: Scene) -> Finding:
    """The finding of one criterion."""
    check = resolved(criterion.check, scene.conditions)
    applies: Verdict | None = None
    if criterion.when is not None:
        applies = scene.ask(criterion.when)
        if applies.truth in (Truth.NOT_MET, Truth.NOT_APPLICABLE):
            return _finding(criterion, check.name, _does_not_apply(applies), scene)
    if criterion.unless is not None:
        excuse = Excuse(check=criterion.unless, reach_ms=round(criterion.reach_s * 1000), side=criterion.side)
        verdict = replace(scene, excuse=excuse).ask(criterion.check)
    else:
        verdict = scene.ask(criterion.check)
    if applies is not None and applies.truth is Truth.UNCERTAIN:
        # Done whether or not it was due: earning the points is never worse for the agent than having none to earn.
        if verdict.truth is Truth.MET:
            return _finding(criterion, check.name, verdict, scene)
        return _finding(criterion, check.name, _may_not_apply(applies), scene)
    if applies is not None:
        if verdict.truth is Truth.NOT_MET and any(e.kind == "searched" for e in verdict.evidence):
            # Why something was due here is part of the proof that it is missing.
            verdict = replace(verdict, evidence=(*verdict.evidence, *applies.evidence))
        verdict = verdict.at_most(applies.confidence, applies.doubt)
    return _finding(criterion, check.name, verdict, scene)


def _does_not_apply(applies: Verdict) -> Verdict:
    return Verdict(
        truth=Truth.NOT_APPLICABLE,
        confidence=applies.confidence,
        message=Message(key="when_not_met"),
        evidence=applies.evidence,
    )


def _may_not_apply(applies: Verdict) -> Verdict:
    return Verdict(
        truth=Truth.UNCERTAIN,
        confidence=applies.confidence,
        message=Message(key="when_uncertain"),
        evidence=applies.evidence,
        doubt=applies.doubt,
    )


def _finding(criterion: Criterion, operator: str, verdict: Verdict, scene: Scene) -> Finding:
    outcome = _OUTCOMES[verdict.truth]
    message, evidence = verdict.message, verdict.evidence
    if outcome is Outcome.NOT_MET:
        # A deduction is never untraceable: at the least the whole call was looked at.
        evidence = evidence or (Evidence(kind="searched", span=whole(scene.call)),)
        if verdict.confidence < scene.min_confidence:
            outcome, message = Outcome.NEEDS_REVIEW, _too_unsure(verdict, evidence, scene)
    return Finding(
        criterion_id=criterion.id,
        operator=operator,
        outcome=outcome,
        confidence=round(verdict.confidence, 3),
        evidence=evidence,
        explanation=message,
        hits=verdict.count,
        share=None if verdict.share is None else round(verdict.share, 4),
    )


def _too_unsure(verdict: Verdict, evidence: tuple[Evidence, ...], scene: Scene) -> Message:
    first = evidence[0]
    return Message(
        key=f"unsure_{verdict.doubt}",
        params={
            "what": first.quote or first.expected or "…",
            "start_s": first.span.start_ms / 1000,
            "end_s": first.span.end_ms / 1000,
            "confidence_pct": round(verdict.confidence * 100),
            "needed_pct": round(scene.min_confidence * 100),
        },
    )
