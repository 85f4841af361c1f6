"""What a check answers: three-valued (and not applicable), with the places in the recording that prove it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.domain.time import Span

Doubt = Literal["hearing", "role", "match", "margin"]
"""What keeps a confidence low: poorly heard, unsure who spoke, unsure what was said, too near the threshold."""


class Truth(StrEnum):
    """Met, not met, uncertain; children that do not apply are dropped."""

    MET = "met"
    NOT_MET = "not_met"
    UNCERTAIN = "uncertain"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something happened, with its proof and how sure (0 to 1) it is."""

    span: Span
    evidence: Evidence
    confidence: float
    doubt: Doubt = "match"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A check's answer."""

    truth: Truth
    confidence: float
    message: Message
    evidence: tuple[Evidence, ...] = ()
    hits: tuple[Place, ...] = ()
    """Where the thing the check looks for happened, for anchors, steps and excuses."""
    maybe: tuple[Place, ...] = ()
    """Doubtful places."""
    count: int = 0
    """Occurrences for ``score: {per_hit: …}``."""
    share: float | None = None
    """Fulfilled part, 0 to 1, for ``score: proportional``."""
    doubt: Doubt = "hearing"
    """What limits the confidence."""

    def at_most(self, confidence: float, doubt: Doubt) -> Verdict:
        """The same answer, no surer than something it rests on."""
        if confidence >= self.confidence:
            return self
        return replace(self, confidence=confidence, doubt=doubt)


def all_of(verdicts: Sequence[Verdict], nothing: Message) -> Verdict:
    """Three-valued conjunction. Not met as soon as one is; as sure of that as of the surest failing one."""
    applicable = _applicable(verdicts)
    if not applicable:
        return Verdict(truth=Truth.NOT_APPLICABLE, confidence=1.0, message=nothing)
    failing = [v for v in applicable if v.truth is Truth.NOT_MET]
    unsure = [v for v in applicable if v.truth is Truth.UNCERTAIN]
    if failing:
        chosen = max(failing, key=lambda v: v.confidence)
        shown = failing
    elif unsure:
        chosen, shown = unsure[0], unsure
    else:
        chosen = min(applicable, key=lambda v: v.confidence)
        shown = applicable
    met = sum(v.truth is Truth.MET for v in applicable)
    return replace(
        chosen,
        evidence=tuple(e for v in shown for e in v.evidence),
        hits=_sorted_places(p for v in applicable for p in v.hits),
        maybe=_sorted_places(p for v in applicable for p in v.maybe),
        count=sum(v.count for v in applicable),
        share=met / len(applicable),
    )


def at_least(n: int, verdicts: Sequence[Verdict], nothing: Message) -> Verdict:
    """Met when ``n`` are (or all that apply, where fewer do). ``n = 1`` is a disjunction.

    Not met is as sure as the ``n``-th weakest of the failing ones that would have to be wrong.
    """
    applicable = _applicable(verdicts)
    if not applicable:
        return Verdict(truth=Truth.NOT_APPLICABLE, confidence=1.0, message=nothing)
    n = min(n, len(applicable))
    met = sorted((v for v in applicable if v.truth is Truth.MET), key=lambda v: -v.confidence)
    unsure = [v for v in applicable if v.truth is Truth.UNCERTAIN]
    failing = sorted((v for v in applicable if v.truth is Truth.NOT_MET), key=lambda v: v.confidence)
    if len(met) >= n:
        chosen, shown = met[n - 1], met
    elif len(met) + len(unsure) >= n:
        chosen, shown = unsure[0], unsure
    else:
        # With unsure ones settled against us, this many failing ones would still have to be wrong.
        chosen, shown = failing[max(n - len(met) - len(unsure) - 1, 0)], failing
    return replace(
        chosen,
        evidence=tuple(e for v in shown for e in v.evidence),
        hits=_sorted_places(p for v in met for p in v.hits),
        maybe=_sorted_places(p for v in unsure for p in (*v.hits, *v.maybe)),
        count=sum(v.count for v in applicable),
        share=min(1.0, len(met) / n),
    )


def _applicable(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [v for v in verdicts if v.truth is not Truth.NOT_APPLICABLE]


def _sorted_places(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(sorted(places, key=lambda p: (p.span, p.evidence.expected or "")))
