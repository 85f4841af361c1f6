"""What a second listen to the audio means for a doubtful place, and for the finding that hangs on it.

A doubtful place is a hit once the audio is as likely with the expected words as with any others, and none once it is much
less likely. It never costs points by itself. The thresholds were chosen with ``benchmarks/second_listen.py``; the figures
are in docs/design/second-listen.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qa_pipeline.domain.finding import Evidence, Finding, Message, Outcome
from qa_pipeline.domain.listen import Listen, Question
from qa_pipeline.domain.time import Span
from qa_pipeline.text.normalize import normalize

if TYPE_CHECKING:
    from qa_pipeline.domain.call import Role
    from qa_pipeline.rules.scene import Scene
    from qa_pipeline.text.types import Match

LEAST_CHARS = 2
SAID_IN_ALL = 0.0
"""Wanted words were said where the audio is at least as likely with them as with anything else that was heard."""
NOT_SAID = -4.0
"""Support by character up to which words were not said; the least of words that were, clearly heard, was -3.6."""
CLEAR = -0.6
"""Where even what was heard freely is less likely than this by character, the audio itself is in doubt."""
HEARD_CONFIDENCE = 0.75
"""Of words heard so: likelier than not, and never sure."""


def settled(scene: Scene, match: Match, party: Role, *, forbidding: bool) -> Match | None:
    """The match as it stands after a second listen: a hit, still doubtful, or None where it was not said."""
    if match.verdict == "hit" or not match.likeliest:
        return match
    question = Question(role=party, span=match.span, quote=match.quote, expected=match.likeliest)
    scene.cache.doubts.add(question)
    listen = scene.listens.get(question)
    said = None if listen is None else was_said(question, listen, forbidding=forbidding)
    if said is None:
        return match
    scene.cache.answers[question] = said
    return replace(match, verdict="hit", confidence=HEARD_CONFIDENCE) if said else None


def was_said(question: Question, listen: Listen, *, forbidding: bool) -> bool | None:
    """Whether the expected words were said; None where the audio leaves it open.

    ``forbidding``: a deduction follows from having said them.
    """
    clear = listen.heard_logprob / _length(listen.heard) >= CLEAR
    if not clear or _length(question.expected) < LEAST_CHARS:
        return None
    if listen.expected_logprob - listen.heard_logprob >= SAID_IN_ALL:
        # A forbidden word costs points; that takes more than likeness.
        return None if forbidding else True
    return False if support_of(question, listen) <= NOT_SAID else None


def support_of(question: Question, listen: Listen) -> float:
    """What the audio says for the expected words: difference of the log-probabilities by character that differs."""
    return (listen.expected_logprob - listen.heard_logprob) / _length(question.expected)


def open_questions(finding: Finding, scene: Scene) -> tuple[Question, ...]:
    """What would have to be known to decide a finding: its doubtful places that nobody listened to yet."""
    if finding.outcome is not Outcome.NEEDS_REVIEW:
        return ()
    unknown = (q for q in scene.cache.doubts if q not in scene.listens and _concerns(q, finding))
    return tuple(sorted(unknown, key=_order))


def reconsidered(before: Finding, after: Finding, scene: Scene) -> Finding:
    """The finding once its doubtful places were listened to, saying so with both figures.

    Args:
        before: as the transcript alone has it.
        after: the same criterion evaluated again in ``scene``.
        scene: the call with the listens.

    Returns:
        ``before`` where listening did not decide it, for what is half settled is no clearer to a reader; and where it
        would cost points: a deduction never rests on listening again alone.
    """
    answers = {q: said for q, said in scene.cache.answers.items() if _concerns(q, before)}
    if after.outcome in (Outcome.NEEDS_REVIEW, Outcome.NOT_MET) or not answers:
        return before
    asked = sorted(answers, key=_order)
    decisive = next((q for q in asked if answers[q]), asked[0])
    listen = scene.listens[decisive]
    message = Message(
        key="listened_said" if answers[decisive] else "listened_not_said",
        params={
            "expected": decisive.expected,
            "quote": decisive.quote,
            "start_s": decisive.span.start_ms / 1000,
            "expected_logprob": round(listen.expected_logprob / _length(listen.expected), 2),
            "heard": listen.heard,
            "heard_logprob": round(listen.heard_logprob / _length(listen.heard), 2),
            "places": len(asked),
        },
    )
    return replace(
        after,
        explanation=message,
        evidence=(*after.evidence, *(_measured(q, scene.listens[q]) for q in asked)),
    )


def _measured(question: Question, listen: Listen) -> Evidence:
    return Evidence(
        kind="measured",
        span=question.span,
        role=question.role,
        expected=question.expected,
        value=round(support_of(question, listen), 2),
        unit="log_probability",
    )


def _length(text: str) -> int:
    return max(1, len(normalize(text)))


def _order(question: Question) -> tuple[Span, str, str, str]:
    return question.span, question.expected, question.role.value, question.quote


def _concerns(question: Question, finding: Finding) -> bool:
    return any(e.role in (None, question.role) and e.span.overlaps(question.span) for e in finding.evidence)
