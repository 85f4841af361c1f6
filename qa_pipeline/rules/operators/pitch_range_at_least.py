"""``pitch_range_at_least``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from qa_pipeline.domain.call import Prosody
from qa_pipeline.rules.measure import Keys, Limits, judge_measure
from qa_pipeline.rules.pitch import EDGE_SEMITONES, PitchOperator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Verdict
from qa_pipeline.rules.window import Area, whole


class PitchRangeAtLeast(PitchOperator):
    """The role's voice rises and falls: it is not monotonous.

    The range is that from the 5th to the 95th percentile of the voice's fundamental frequency over the whole call, in
    semitones (12 are an octave); tones alone make some of it. There is no `within`. A deduction is the surer the further
    the range is from the limit: 0.5 on it, 1 from a semitone off. Where pitch was not measured it needs review.

    ```yaml
    check: {op: pitch_range_at_least, role: agent, semitones: 6}
    ```

    PASS: a voice that covers 9 semitones

    FAIL: a voice that covers 3 semitones
    """

    op: Literal["pitch_range_at_least"]
    semitones: float = Field(gt=0, le=60, description="semitones at least")

    def judge(self, scene: Scene, prosody: Prosody) -> Verdict:
        """Compare the range."""
        limits = Limits(low=self.semitones, unit="semitones")
        value = round(prosody.f0_range_semitones, 1)
        return judge_measure(
            scene,
            Area(spans=(whole(scene.call),)),
            value,
            limits,
            evidence=(self.measured(scene, value, str(limits)),),
            keys=Keys(right="pitch_range", low="pitch_monotonous", high="pitch_range"),
            params={"semitones": self.semitones},
            tolerance=EDGE_SEMITONES,
            sure=(scene.role_confidence(self.role), "role"),
        )
