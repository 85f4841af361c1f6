"""``any_of``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from qa_pipeline.domain.finding import Message, ParamValue
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.speech import SHOWN
from qa_pipeline.rules.verdict import Truth, Verdict, at_least

if TYPE_CHECKING:
    from qa_pipeline.rules.operator import Operator as Check


class AnyOf(Operator):
    """At least one of several checks is met.

    One that is met decides; otherwise one that is uncertain makes it uncertain. Checks that do not apply are dropped.

    ```yaml
    check: {op: any_of, of: [{op: must_say, phrases: [您的订单号]}, {op: must_say, phrases: [您的手机号]}]}
    ```

    PASS: 客服：请报一下您的手机号

    FAIL: 客服：请问什么事
    """

    located: ClassVar[bool] = True

    op: Literal["any_of"]
    of: tuple[Check, ...] = Field(min_length=1, max_length=100, description="the checks")

    def evaluate(self, scene: Scene) -> Verdict:
        """Ask every check; a person only where none of the others is met."""
        verdicts = [scene.ask(check) for check in self.of if check.name != "human"]
        if not any(v.truth is Truth.MET for v in verdicts):
            verdicts = [scene.ask(check) for check in self.of]
        verdict = at_least(1, verdicts, Message(key="nothing_applies"))
        if verdict.truth is not Truth.NOT_MET:
            return verdict
        # What should have been said, in the form's own order; a person's vague sign is no wording to learn from.
        failing = [
            (v, check.name) for v, check in zip(verdicts, self.of, strict=True) if v.truth is Truth.NOT_MET
        ]
        said = [v for v, name in failing if name != "human"]
        if said:
            verdict = replace(verdict, evidence=at_least(1, said, verdict.message).evidence)
        return _told_together(verdict, said or [v for v, _ in failing])


def _told_together(verdict: Verdict, parts: Sequence[Verdict]) -> Verdict:
    """Where several things were searched in vain, the message names them all, in short."""
    searched = [e for part in parts for e in part.evidence if e.kind == "searched" and e.expected]
    wanted = tuple(dict.fromkeys((e.expected or "").split(" / ")[0] for e in searched))
    if len(wanted) < 2:
        return replace(verdict, message=parts[0].message)
    params: dict[str, ParamValue] = {
        "what": wanted[:SHOWN],
        "kinds": len(wanted),
        "start_s": min(e.span.start_ms for e in searched) / 1000,
        "end_s": max(e.span.end_ms for e in searched) / 1000,
    }
    key = "none_of_these" if len(wanted) <= SHOWN else "none_of_these_more"
    return replace(verdict, message=Message(key=key, params=params))
