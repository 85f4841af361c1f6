"""``turns_between``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from qa_pipeline.domain.finding import Evidence
from qa_pipeline.rules.judge import role_or_none
from qa_pipeline.rules.measure import Keys, Limits, RangeOperator, judge_measure
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.verdict import Verdict
from qa_pipeline.rules.window import Area, turns_of

EDGE_TURNS = 6
"""One utterance more or less recognised makes or joins two turns, so a count one off its limit is doubtful (0.58, below the
default 0.6) and two off is not. Reasoned, not measured."""


class TurnsBetween(RangeOperator):
    """There are neither too few nor too many turns of the role.

    Turns that begin in the window; back-channels (嗯、好的) are none, and pauses under 1.5 s don't end one. One turn
    beside the limit needs review.

    ```yaml
    check: {op: turns_between, role: customer, max: 20}
    ```

    PASS: 客服：您好 客户：查件 客服：在路上 客户：谢谢

    FAIL: a call in which the customer has to ask two dozen times
    """

    op: Literal["turns_between"]
    min: int | None = Field(None, ge=0, le=10_000, description="turns at least")
    max: int | None = Field(None, ge=0, le=10_000, description="turns at most")

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Count the turns."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        turns = [
            t for t in turns_of(scene.call, self.role) if any(s.contains(t.span.start_ms) for s in area.spans)
        ]
        limits = Limits(low=self.min, high=self.max)
        span = area.hull
        if self.max is not None and len(turns) > self.max:
            span = turns[self.max].span.hull(turns[-1].span)
        evidence = Evidence(
            kind="measured",
            span=span,
            role=role_or_none(self.role),
            value=len(turns),
            unit="turns",
            expected=str(limits),
        )
        return judge_measure(
            scene,
            area,
            len(turns),
            limits,
            evidence=(evidence,),
            keys=Keys.of("turns"),
            params={},
            tolerance=EDGE_TURNS,
            sure=scene.hearing(self.role, area.spans),
        )
