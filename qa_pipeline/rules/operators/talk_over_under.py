"""``talk_over_under``."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.judge import searched
from qa_pipeline.rules.operator import WindowedOperator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.stretches import judge_stretches, stretch
from qa_pipeline.rules.verdict import Place, Truth, Verdict
from qa_pipeline.rules.window import Area


class TalkOverUnder(WindowedOperator):
    """Little talking over the other: met while fewer than `times` talk-overs by `role` last `seconds` or more.

    Talk-over is time in which both speak, measured from the audio; it belongs to the one who began while the other was
    speaking. Talk-overs in which the interrupter said fewer than `min_chars` characters are back-channels (嗯、好的) and do
    not count; long ones in which nothing could be recognised are doubtful, unless `min_chars` is 0.
    In a mono recording two voices at once can't be heard apart, so a person decides there.
    A deduction is the surer the further it is from the limit: 0.5 on it, 1 from a quarter of a second off.

    ```yaml
    check: {op: talk_over_under, role: agent, seconds: 1, times: 2, min_chars: 4}
    ```

    PASS: 客户：我想查一下我的件 客服：【抢话】嗯

    FAIL: 客户：我昨天寄的那个件到现在还没有 客服：【抢话】您先把单号报给我
    客户：我单号在这里你等我说完 客服：【抢话】您快一点报一下单号
    """

    measures: ClassVar[bool] = True

    op: Literal["talk_over_under"]
    seconds: float = Field(1.0, gt=0, le=600, description="seconds of talk-over that count")
    times: int = Field(1, ge=1, le=1000, description="how many talk-overs are too many")
    min_chars: int = Field(
        3, ge=0, le=100, description="Han characters and digits below which it is a back-channel"
    )

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Measure the talk-overs; on one shared channel they can't be heard, and a person decides."""
        if scene.call.is_mono:
            return Verdict(
                truth=Truth.UNCERTAIN,
                confidence=0.0,
                message=Message(key="talk_over_mono"),
                evidence=searched(area, self.role, f"< {self.times} x {self.seconds:g} s"),
                doubt="hearing",
            )
        sure: list[Place] = []
        unsure: list[Place] = []
        for talk in scene.call.talk_overs:
            known = talk.interrupter is not Role.UNKNOWN
            if self.role != "any" and known and talk.interrupter.value != self.role:
                continue
            if 0 < talk.num_chars < self.min_chars:
                continue
            for span in area.spans:
                part = talk.span.intersection(span)
                if part is None or part.duration_ms < self.seconds * 1000:
                    continue
                found = stretch(scene, self.role, part, self.seconds)
                recognised = talk.num_chars >= self.min_chars
                (sure if recognised and (known or self.role == "any") else unsure).append(found)
        return judge_stretches(
            scene, area, self.role, sure, unsure, key="talk_over", seconds=self.seconds, times=self.times
        )
