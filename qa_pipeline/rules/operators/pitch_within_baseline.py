"""``pitch_within_baseline``."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from qa_pipeline.domain.call import Prosody
from qa_pipeline.rules.measure import Keys, Limits, judge_measure
from qa_pipeline.rules.pitch import EDGE_SEMITONES, PitchOperator, unmeasured
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Verdict
from qa_pipeline.rules.window import Area, whole


class PitchWithinBaseline(PitchOperator):
    """The role's voice is about as high as usual: neither strained nor dull.

    The call's median fundamental frequency against the same person's own baseline (the median of earlier calls), in
    semitones; it may lie off by `spreads` times as much as that person's calls usually differ. People are never compared
    with each other. There is no `within`. A deduction is the surer the further the pitch is from the limit: 0.5
    on it, 1 from a semitone off. Where pitch was not measured, or the person has no baseline yet, it needs review.

    ```yaml
    check: {op: pitch_within_baseline, role: agent, spreads: 3, direction: above}
    ```

    PASS: 214 Hz where 210 Hz is usual, with a spread of 0.8 semitones

    FAIL: 280 Hz where 210 Hz is usual, with a spread of 0.8 semitones
    """

    op: Literal["pitch_within_baseline"]
    spreads: float = Field(3.0, gt=0, le=20, description="how many times the usual spread it may lie off")
    direction: Literal["both", "above", "below"] = Field(
        "both", description="what is too much: above (too high), below (too low) or both"
    )

    def judge(self, scene: Scene, prosody: Prosody) -> Verdict:
        """Compare the median with the baseline."""
        usual = prosody.baseline
        if usual is None:
            return unmeasured("pitch_no_baseline")
        reach = round(self.spreads * usual.spread_semitones, 2)
        limits = Limits(
            low=None if self.direction == "above" else -reach,
            high=None if self.direction == "below" else reach,
            unit="semitones",
        )
        value = round(12 * math.log2(prosody.f0_median_hz / usual.median_hz), 2)
        return judge_measure(
            scene,
            Area(spans=(whole(scene.call),)),
            value,
            limits,
            evidence=(self.measured(scene, value, str(limits)),),
            keys=Keys.of("pitch_level"),
            params={
                "off": abs(value),
                "reach": reach,
                "hz": round(prosody.f0_median_hz),
                "usual_hz": round(usual.median_hz),
                "snapshot": usual.snapshot[:12],
            },
            tolerance=EDGE_SEMITONES,
            sure=(scene.role_confidence(self.role), "role"),
        )
