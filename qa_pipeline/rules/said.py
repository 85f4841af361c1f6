"""The verdicts on words that should be said: often enough, and perhaps."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.speech import heard
from qa_pipeline.rules.verdict import Place, Truth, Verdict


def said(hits: Sequence[Place], count: int, message: Message) -> Verdict:
    """Met by ``count`` of the hits: as sure as the least sure of those it takes."""
    decisive = sorted(hits, key=lambda p: -p.confidence)[count - 1]
    return Verdict(
        truth=Truth.MET,
        confidence=decisive.confidence,
        message=message,
        evidence=tuple(p.evidence for p in hits),
        hits=tuple(hits),
        share=1.0,
        doubt=decisive.doubt,
    )


def perhaps_said(hits: Sequence[Place], maybe: Sequence[Place], share: float | None) -> Verdict:
    """Uncertain: doubtful places (at least one) would make up what is missing.

    ``share``: what is surely fulfilled, 0 to 1.
    """
    return Verdict(
        truth=Truth.UNCERTAIN,
        confidence=max(p.confidence for p in maybe),
        message=heard("said_maybe", maybe),
        evidence=tuple(p.evidence for p in (*hits, *maybe)),
        hits=tuple(hits),
        maybe=tuple(maybe),
        share=share,
        doubt="match",
    )
