"""``hang_up_gap_under``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from qa_pipeline.domain.finding import Message
from qa_pipeline.domain.time import Span
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.stretches import judge_stretches, stretch
from qa_pipeline.rules.verdict import Truth, Verdict
from qa_pipeline.rules.window import Area


class HangUpGapUnder(Operator):
    """The line is not left open: less than `seconds` from the end of the last speech to the end of the recording.

    Speech of anybody, from the audio and the recognised words, whichever ends later. A deduction is the surer the further
    it is from the limit: 0.5 on it, 1 from a quarter of a second off. It does not apply to a recording without speech.
    Recordings that the telephone system cuts at hanging up make this meaningful; those with a tail of their own don't.

    ```yaml
    check: {op: hang_up_gap_under, seconds: 10}
    ```

    PASS: 客服：再见 客户：再见

    FAIL: 客服：再见 客户：再见 （静音15秒）
    """

    op: Literal["hang_up_gap_under"]
    seconds: float = Field(gt=0, le=3600, description="seconds that are too long")

    def evaluate(self, scene: Scene) -> Verdict:
        """Measure the tail."""
        call = scene.call
        ends = [s.end_ms for spans in call.activity.values() for s in spans]
        ends += [t.span.end_ms for t in call.turns]
        if not ends:
            return Verdict(truth=Truth.NOT_APPLICABLE, confidence=1.0, message=Message(key="no_speech"))
        end = call.recording.duration_ms
        tail = Span(start_ms=min(max(ends), end), end_ms=end)
        found = stretch(scene, "any", tail, self.seconds)
        return judge_stretches(
            scene,
            Area(spans=(tail,)),
            "any",
            [found] if tail.duration_ms >= self.seconds * 1000 else [],
            (),
            key="hang_up",
            seconds=self.seconds,
            times=1,
            measured=(found.evidence,),
        )
