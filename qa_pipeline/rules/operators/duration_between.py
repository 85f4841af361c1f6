"""``duration_between``."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, Self

from pydantic import Field, model_validator

from qa_pipeline.domain.time import Span
from qa_pipeline.rules.judge import call_evidence
from qa_pipeline.rules.measure import Keys, Limits, check_range, judge_measure
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Verdict
from qa_pipeline.rules.window import Area


class DurationBetween(Operator):
    """The recording is neither too short nor too long.

    Its length from the first sample to the last, ring-back and silence included. It is exact, so nothing is doubtful.

    ```yaml
    check: {op: duration_between, min_s: 20, max_s: 600}
    ```

    PASS: a recording of 90 s

    FAIL: a recording of 12 s
    """

    op: Literal["duration_between"]
    min_s: float | None = Field(None, ge=0, le=86_400, description="seconds at least")
    max_s: float | None = Field(None, gt=0, le=86_400, description="seconds at most")

    @model_validator(mode="after")
    def _range(self) -> Self:
        check_range(self.min_s, self.max_s, ("min_s", "max_s"))
        return self

    def evaluate(self, scene: Scene) -> Verdict:
        """Measure the recording."""
        length_ms = scene.call.recording.duration_ms
        limits = Limits(low=self.min_s, high=self.max_s, unit="s")
        evidence = call_evidence(scene, value=length_ms / 1000, unit="s", expected=str(limits))
        if self.max_s is not None and length_ms > self.max_s * 1000:
            evidence = replace(evidence, span=Span(start_ms=round(self.max_s * 1000), end_ms=length_ms))
        return judge_measure(
            scene,
            Area(spans=(evidence.span,)),
            length_ms / 1000,
            limits,
            evidence=(evidence,),
            keys=Keys.of("duration"),
            params={},
            tolerance=0,
            sure=(1.0, "margin"),
        )
