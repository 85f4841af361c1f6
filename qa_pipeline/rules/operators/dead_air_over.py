"""``dead_air_over``."""

from __future__ import annotations

from typing import ClassVar, Literal

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.judge import excuse_whole, searched, window_params
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.silence import DeadAirOperator
from qa_pipeline.rules.stretches import longest
from qa_pipeline.rules.verdict import Truth, Verdict
from qa_pipeline.rules.window import Area


class DeadAirOver(DeadAirOperator):
    """There is long dead air: met when at least `times` stretches of silence last `seconds` or more.

    Meant for `when`, as a step of `in_order`, or as the condition of a window. Dead air and `role` are those of
    `dead_air_under`.

    ```yaml
    when: {op: dead_air_over, seconds: 5}
    ```

    PASS: 客服：请您稍等 （静音8秒） 客服：让您久等了

    FAIL: 客服：您好 客户：你好
    """

    located: ClassVar[bool] = True

    op: Literal["dead_air_over"]

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Measure the silences."""
        sure, unsure = self.silences(scene, area)
        places = [*sure, *unsure]
        if len(places) >= self.times:
            truth = Truth.MET if len(sure) >= self.times else Truth.UNCERTAIN
            worst = longest(places)
            ranked = sorted(sure or unsure, key=lambda p: -p.confidence)
            decisive = ranked[min(self.times, len(ranked)) - 1]
            return Verdict(
                truth=truth,
                confidence=decisive.confidence,
                message=Message(
                    key="dead_air_found",
                    params={
                        "times": len(places),
                        "longest_s": worst.span.duration_ms / 1000,
                        "start_s": worst.span.start_ms / 1000,
                    },
                ),
                evidence=tuple(p.evidence for p in places),
                hits=tuple(sure),
                maybe=tuple(unsure),
                doubt=decisive.doubt,
            )
        verdict = Verdict(
            truth=Truth.NOT_MET,
            confidence=scene.role_confidence(self.role),
            message=Message(key="dead_air_none", params={"seconds": self.seconds, **window_params(area)}),
            evidence=(*searched(area, self.role, f"≥ {self.seconds:g} s"), *(p.evidence for p in places)),
            count=1,
            share=len(sure) / self.times,
            doubt="role",
        )
        return excuse_whole(scene, verdict, area)
