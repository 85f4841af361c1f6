"""``talk_ratio_between``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from qa_pipeline.conversation.pace import MIN_SPEAKING_MS
from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.domain.time import intersections, merge, total_ms
from qa_pipeline.rules.judge import silent_role
from qa_pipeline.rules.measure import Keys, Limits, RangeOperator, judge_measure
from qa_pipeline.rules.operator import PartyName
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.verdict import Truth, Verdict
from qa_pipeline.rules.window import Area, whole

EDGE_PCT = 2.0
"""Hangover of the voice activity differs with the channel's noise: this close to a limit (in percentage points) nobody
can be sure. Reasoned, not measured."""


class TalkRatioBetween(RangeOperator):
    """The role speaks neither too large nor too small a part of the time.

    Its speaking time as a share of both parties' together, from the audio; silence counts for neither, talk-over for both.
    A deduction is the surer the further it is from the limit: 0.5 on it, 1 from two percentage points off. A call
    in which one party is never heard needs review. Under two seconds of speech in the window it does not apply.

    ```yaml
    check: {op: talk_ratio_between, role: agent, min: 0.3, max: 0.7}
    ```

    PASS: 客服：您好请问有什么可以帮您 客户：我要查一个件麻烦你看一下

    FAIL: 客服：您好请问有什么可以帮您 客户：查件
    """

    op: Literal["talk_ratio_between"]
    role: PartyName = Field("agent", description="whose share: agent or customer")
    min: float | None = Field(None, ge=0, le=1, description="share of the speaking time at least, 0 to 1")
    max: float | None = Field(None, ge=0, le=1, description="share of the speaking time at most, 0 to 1")

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Compare the speaking times."""
        for party in ("agent", "customer"):
            # A channel that never carries a voice may be a fault of the recording.
            unheard = unknown_role(scene, party) or silent_role(
                scene, Area(spans=(whole(scene.call),)), party
            )
            if unheard is not None:
                return unheard
        spoken = {
            role: total_ms(intersections(merge(scene.call.activity.get(role, ())), area.spans))
            for role in (Role.AGENT, Role.CUSTOMER)
        }
        together = sum(spoken.values())
        if together < MIN_SPEAKING_MS:
            return Verdict(
                truth=Truth.NOT_APPLICABLE, confidence=1.0, message=Message(key="talk_ratio_unknown")
            )
        pct = round(100 * spoken[Role(self.role)] / together, 1)
        limits = Limits(
            low=None if self.min is None else round(self.min * 100, 4),
            high=None if self.max is None else round(self.max * 100, 4),
            unit="%",
        )
        evidence = Evidence(
            kind="measured",
            span=area.hull,
            role=Role(self.role),
            value=pct,
            unit="%",
            expected=str(limits),
        )
        return judge_measure(
            scene,
            area,
            pct,
            limits,
            evidence=(evidence,),
            keys=Keys.of("talk_ratio"),
            params={"spoken_s": spoken[Role(self.role)] / 1000, "together_s": together / 1000},
            tolerance=EDGE_PCT,
            sure=(min(scene.role_confidence("agent"), scene.role_confidence("customer")), "role"),
        )
