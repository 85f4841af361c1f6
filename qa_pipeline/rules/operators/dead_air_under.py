"""``dead_air_under``."""

from __future__ import annotations

from typing import ClassVar, Literal

from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.silence import DeadAirOperator
from qa_pipeline.rules.stretches import judge_stretches
from qa_pipeline.rules.verdict import Verdict
from qa_pipeline.rules.window import Area


class DeadAirUnder(DeadAirOperator):
    """No long dead air: met while fewer than `times` stretches of silence last `seconds` or more.

    Dead air is time in which nobody speaks between the first and the last turn, measured from the audio. `role` is the
    one who should have spoken, that is, the one who did not speak last; `any` counts all. A part of a silence that
    lies in the window counts with that part. A deduction is the surer the further it is from the limit: 0.5 on it, 1 from a
    quarter of a second off. A hold announced before it is an excuse: `unless` on the criterion.

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
        return judge_stretches(
            scene, area, self.role, sure, unsure, key="dead_air", seconds=self.seconds, times=self.times
        )
