"""``dead_air_under``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.judge import Told, faulty, searched, window_params
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.silence import DeadAirOperator, longest
from qa_pipeline.rules.verdict import Place, Verdict
from qa_pipeline.rules.window import Area


class DeadAirUnder(DeadAirOperator):
    """No long dead air: met while fewer than `times` stretches of silence last `seconds` or more.

    Dead air is time in which nobody speaks between the first and the last turn, measured from the audio. `role` is the
    one who should have spoken, that is, the one who did not speak last; `any` counts all. A part of a silence that
    lies in the window counts with that part. Within a quarter of a second of the threshold a deduction needs review.
    A hold announced before it is an excuse: `unless` on the criterion.

    ```yaml
    check: {op: dead_air_under, seconds: 8}
    unless: {op: must_say, phrases: [请您稍等, 请稍候]}
    reach_s: 15
    ```

    PASS: 客服：请您稍等 （静音10秒） 客服：让您久等了

    FAIL: 客户：我的件到哪了 （静音10秒） 客服：在路上
    """

    sign: ClassVar[str] = "<"

    op: Literal["dead_air_under"]

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Measure the silences."""
        sure, unsure = self.silences(scene, area)
        confidence = scene.role_confidence(self.role)
        return faulty(
            scene,
            sure,
            maybe=unsure,
            tolerated=self.times - 1,
            told=self._told("dead_air"),
            told_maybe=self._told("dead_air_maybe"),
            clean=Message(key="dead_air_clean", params={"seconds": self.seconds, **window_params(area)}),
            clean_evidence=searched(area, self.role, f"< {self.seconds:g} s"),
            clean_confidence=(confidence, "role"),
        )

    def _told(self, key: str) -> Told:
        def told(places: Sequence[Place]) -> Message:
            worst = longest(places)
            return Message(
                key=key,
                params={
                    "times": len(places),
                    "longest_s": worst.span.duration_ms / 1000,
                    "start_s": worst.span.start_ms / 1000,
                    "seconds": self.seconds,
                },
            )

        return told
