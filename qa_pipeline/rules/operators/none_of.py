"""``none_of``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.rules.judge import faulty
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Place, Truth, Verdict
from qa_pipeline.rules.window import whole

if TYPE_CHECKING:
    from qa_pipeline.rules.operator import Operator as Check


class NoneOf(Operator):
    """None of several checks is met.

    One that is met decides, and its places are the evidence (each can be excused by `unless`); otherwise one that is
    uncertain makes it uncertain. Checks that do not apply are dropped. For phrases prefer `must_not_say`, which
    demands closer matches before it takes points.

    ```yaml
    check: {op: none_of, of: [{op: matches_regex, pattern: "加.{0,3}微信"}, {op: dead_air_over, seconds: 20}]}
    ```

    PASS: 客服：请您稍后做出评价

    FAIL: 客服：您加我微信
    """

    op: Literal["none_of"]
    of: tuple[Check, ...] = Field(min_length=1, max_length=100, description="the checks")

    def evaluate(self, scene: Scene) -> Verdict:
        """Ask every check."""
        inner = scene.unexcused()
        verdicts = [v for v in map(inner.ask, self.of) if v.truth is not Truth.NOT_APPLICABLE]
        if not verdicts:
            return Verdict(truth=Truth.NOT_APPLICABLE, confidence=1.0, message=Message(key="nothing_applies"))
        met = [v for v in verdicts if v.truth is Truth.MET]
        unsure = [v for v in verdicts if v.truth is Truth.UNCERTAIN]
        weakest = min(verdicts, key=lambda v: v.confidence)
        # Sorted by time; a check that is met without a place (metadata) stands for the whole call.
        places = sorted((p for v in met for p in _places(scene, v)), key=lambda p: p.span)
        maybe = sorted((p for v in unsure for p in _places(scene, v)), key=lambda p: p.span)
        return faulty(
            scene,
            places,
            maybe=maybe,
            told=lambda found: _told("none_of_met", found),
            told_maybe=lambda found: _told("none_of_maybe", found),
            clean=Message(key="none_of_clean"),
            clean_evidence=[e for v in verdicts for e in v.evidence],
            clean_confidence=(weakest.confidence, weakest.doubt),
        )


def _places(scene: Scene, verdict: Verdict) -> tuple[Place, ...]:
    places = verdict.hits if verdict.truth is Truth.MET else (*verdict.hits, *verdict.maybe)
    if places:
        return tuple(places)
    span = scene.clip or whole(scene.call)
    evidence = next(iter(verdict.evidence), Evidence(kind="searched", span=span))
    return (Place(span=evidence.span, evidence=evidence, confidence=verdict.confidence, doubt=verdict.doubt),)


def _told(key: str, found: Sequence[Place]) -> Message:
    first = found[0]
    evidence = first.evidence
    return Message(
        key=key,
        params={
            "what": evidence.quote or evidence.expected or "…",
            "start_s": first.span.start_ms / 1000,
            "times": len(found),
        },
    )
