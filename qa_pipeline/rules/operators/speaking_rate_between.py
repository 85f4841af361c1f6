"""``speaking_rate_between``."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from qa_pipeline.conversation.pace import MIN_SPEAKING_MS, count_chars
from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.domain.time import intersections, merge, total_ms
from qa_pipeline.rules.measure import Keys, Limits, RangeOperator, judge_measure
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.verdict import Doubt, Truth, Verdict, all_of
from qa_pipeline.rules.window import Area

EDGE_SHARE = 0.05
"""Within this share of a limit the rate can't be told from it: recognition drops and adds some characters."""


class SpeakingRateBetween(RangeOperator):
    """The role speaks neither too fast nor too slowly.

    Han characters and digits a minute, over the time in which the role speaks only. `any` asks it of both parties. Where
    the role speaks less than two seconds it does not apply. A rate that is too low needs review where it may be low only
    because part of the speech was not recognised. Published norms conflict (120 to 300), so set your own limits.

    ```yaml
    check: {op: speaking_rate_between, role: agent, min: 150, max: 320}
    ```

    PASS: 客服：您好很高兴为您服务请问有什么可以帮您 (240 a minute)

    FAIL: the same with max: 200
    """

    measures: ClassVar[bool] = True

    op: Literal["speaking_rate_between"]
    min: float | None = Field(None, gt=0, le=2000, description="characters a minute at least")
    max: float | None = Field(None, gt=0, le=2000, description="characters a minute at most")

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Measure each party's rate."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        roles = (Role.AGENT, Role.CUSTOMER) if self.role == "any" else (Role(self.role),)
        verdicts = [self._judge(scene, area, role) for role in roles]
        return all_of(verdicts, Message(key="rate_unknown"))

    def _judge(self, scene: Scene, area: Area, role: Role) -> Verdict:
        rate = self._rate(scene, area, role)
        if rate is None:
            return Verdict(truth=Truth.NOT_APPLICABLE, confidence=1.0, message=Message(key="rate_unknown"))
        limits = Limits(low=self.min, high=self.max)
        evidence = Evidence(
            kind="measured", span=area.hull, role=role, value=rate, unit="chars/min", expected=str(limits)
        )
        sure: tuple[float, Doubt] = scene.hearing(role.value, area.spans)
        low = self.min or 0.0
        # Every unheard part of the speech would have added characters, so only a rate that stays low even then is low.
        if rate < low and rate / max(scene.call.hearing_quality, 0.01) >= low:
            sure = 0.0, "hearing"
        return judge_measure(
            scene,
            area,
            rate,
            limits,
            evidence=(evidence,),
            keys=Keys(right="rate", low="rate_slow", high="rate_fast"),
            params={"rate": rate},
            tolerance=EDGE_SHARE * (low if rate < low else self.max or low),
            sure=sure,
        )

    def _rate(self, scene: Scene, area: Area, role: Role) -> float | None:
        if self.within is None and scene.clip is None:
            return scene.call.speaking_rate.get(role)
        speaking_ms = total_ms(intersections(merge(scene.call.activity.get(role, ())), area.spans))
        if speaking_ms < MIN_SPEAKING_MS:
            return None
        chars = sum(
            count_chars(word.text)
            for utterance in scene.said(role)
            for word in utterance.words
            if any(s.contains((word.span.start_ms + word.span.end_ms) // 2) for s in area.spans)
        )
        return round(chars * 60_000 / speaking_ms, 1)
