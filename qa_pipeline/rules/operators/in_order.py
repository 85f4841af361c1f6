"""``in_order``."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from qa_pipeline.domain.call import Call
from qa_pipeline.domain.finding import Evidence, Message, ParamValue
from qa_pipeline.rules.judge import excuse_whole
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Place, Truth, Verdict
from qa_pipeline.rules.window import SLACK_MS, Area, whole

if TYPE_CHECKING:
    from qa_pipeline.rules.operator import Operator as Check


class InOrder(Operator):
    """Several things happen one after the other.

    Each step is a check that has a place (`must_say`, `says_any_of`, `matches_regex`, `dead_air_over`, `any_of`, `all_of`
    or a condition of these). One chain in the right order suffices; other things may happen in between. Steps that do
    not apply are dropped. A chain that holds only with doubtful places needs review.

    ```yaml
    check:
      op: in_order
      steps:
        - {op: must_say, phrases: [请您稍等, 请稍候]}
        - {op: dead_air_over, seconds: 5}
        - {op: must_say, phrases: [感谢您的耐心等待, 让您久等了]}
    ```

    PASS: 客服：请您稍等 （静音8秒） 客服：让您久等了

    FAIL: 客服：请您稍等 （静音8秒） 客服：查到了
    """

    located: ClassVar[bool] = True

    op: Literal["in_order"]
    steps: tuple[Check, ...] = Field(min_length=2, max_length=50, description="the checks, first to last")
    max_gap_turns: int | None = Field(
        None, ge=0, description="turns (of anybody) from one step to the next at most; default: any number"
    )

    def evaluate(self, scene: Scene) -> Verdict:
        """Look for a chain."""
        inner = scene.unexcused()
        verdicts = [(n, inner.ask(step)) for n, step in enumerate(self.steps, 1)]
        verdicts = [(n, v) for n, v in verdicts if v.truth is not Truth.NOT_APPLICABLE]
        if not verdicts:
            return Verdict(truth=Truth.NOT_APPLICABLE, confidence=1.0, message=Message(key="nothing_applies"))
        sure = [v.hits if v.truth is Truth.MET else () for _, v in verdicts]
        chain = self._chain(sure, scene.call)
        if len(chain) == len(verdicts):
            weakest = min(chain, key=lambda p: p.confidence)
            hull = chain[0].span.hull(chain[-1].span)
            return Verdict(
                truth=Truth.MET,
                confidence=weakest.confidence,
                message=Message(
                    key="in_order",
                    params={
                        "start_s": hull.start_ms / 1000,
                        "end_s": hull.end_ms / 1000,
                        "steps": len(chain),
                    },
                ),
                evidence=tuple(p.evidence for p in chain),
                hits=chain,
                share=1.0,
                doubt=weakest.doubt,
            )
        possible = [() if v.truth is Truth.NOT_MET else (*v.hits, *v.maybe) for _, v in verdicts]
        unsure = self._chain([tuple(sorted(p, key=lambda q: q.span)) for p in possible], scene.call)
        if len(unsure) == len(verdicts):
            return Verdict(
                truth=Truth.UNCERTAIN,
                confidence=min(p.confidence for p in unsure),
                message=Message(key="in_order_maybe"),
                evidence=tuple(p.evidence for p in unsure),
                doubt="match",
            )
        return self._broken(scene, verdicts, chain)

    def _broken(self, scene: Scene, verdicts: list[tuple[int, Verdict]], chain: tuple[Place, ...]) -> Verdict:
        number, missing = verdicts[len(chain)]
        span = scene.clip or whole(scene.call)
        if chain:
            start = min(chain[-1].span.end_ms, span.end_ms - 1)
            span = type(span)(start_ms=max(start, span.start_ms), end_ms=span.end_ms)
        told, expected = _asked_for(missing)
        quotes = tuple(e for e in missing.evidence if e.kind == "searched")[:1] if not chain else ()
        evidence = (
            *(p.evidence for p in chain),
            *(quotes or (Evidence(kind="searched", span=span, expected=expected),)),
        )
        if missing.truth is Truth.UNCERTAIN:
            return Verdict(
                truth=Truth.UNCERTAIN,
                confidence=missing.confidence,
                message=missing.message,
                evidence=(*evidence, *missing.evidence),
                doubt=missing.doubt,
            )
        confidence, doubt = missing.confidence, missing.doubt
        if missing.truth is Truth.MET:
            # The step happened, only not here: one that was not heard at the right place would put it right.
            confidence, doubt = min((scene.call.hearing_quality, missing.confidence)), "hearing"
        key = "in_order_missing" if missing.truth is Truth.NOT_MET else "in_order_wrong"
        params: dict[str, ParamValue] = {
            "step": number,
            **told,
            "start_s": span.start_ms / 1000,
            "end_s": span.end_ms / 1000,
        }
        verdict = Verdict(
            truth=Truth.NOT_MET,
            confidence=confidence,
            message=Message(key=key, params=params),
            evidence=evidence,
            count=1,
            share=round(len(chain) / len(verdicts), 3),
            doubt=doubt,
        )
        return excuse_whole(scene, verdict, Area(spans=(span,)))

    def _chain(self, steps: list[tuple[Place, ...]], call: Call) -> tuple[Place, ...]:
        """The chain through most of the first steps; of equally long ones the one that ends first."""
        ends: list[tuple[Place, ...]] = [()]
        starts = [t.span.start_ms for t in call.turns if not t.back_channel]
        for places in steps:
            longer: list[tuple[Place, ...]] = []
            for place in places:
                before = [c for c in ends if not c or self._follows(c[-1], place, starts)]
                if before:
                    longer.append((*min(before, key=lambda c: tuple(-p.span.end_ms for p in c)), place))
            if not longer:
                break
            ends = longer
        return min(ends, key=lambda c: c[-1].span.end_ms if c else 0)

    def _follows(self, first: Place, second: Place, turn_starts: list[int]) -> bool:
        middle = first.span.start_ms + first.span.end_ms, second.span.start_ms + second.span.end_ms
        if middle[0] >= middle[1] or second.span.start_ms < first.span.end_ms - SLACK_MS:
            return False
        if self.max_gap_turns is None:
            return True
        gap = bisect_right(turn_starts, second.span.start_ms) - bisect_right(turn_starts, first.span.start_ms)
        return gap <= self.max_gap_turns


def _asked_for(step: Verdict) -> tuple[dict[str, ParamValue], str | None]:
    """A step in words: what its own message says was wanted, rather than whichever sign of it was looked for first."""
    signs = [e.expected for e in step.evidence if e.expected]
    what, kinds = (step.message.params.get(key) for key in ("what", "kinds"))
    if not isinstance(what, tuple):
        return {"what": signs[0] if signs else "…"}, signs[0] if signs else None
    count = step.message.params.get("of", kinds)
    told: dict[str, ParamValue] = {"what": what}
    if isinstance(count, int) and count > len(what):
        told["of"] = count
    return told, next((s for s in signs if s.startswith(what[0])), what[0])
