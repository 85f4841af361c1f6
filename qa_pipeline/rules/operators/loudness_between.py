"""``loudness_between``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from statistics import median
from typing import Literal, Self

from pydantic import Field, model_validator

from qa_pipeline.conversation.loudness import Second, runs, span_of
from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.judge import faulty, searched, window_params
from qa_pipeline.rules.loudness import LoudnessOperator
from qa_pipeline.rules.measure import Limits, check_range
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Place, Verdict
from qa_pipeline.rules.window import Area


class LoudnessBetween(LoudnessOperator):
    """The role speaks neither too loud nor too softly for a while.

    The level of a second is its RMS in dB; seconds count in which the role speaks for at least half of the time. By default
    levels are relative to the role's own in this call, the median over all its seconds of speech: 0 is the role's
    ordinary voice, +6 twice the amplitude. So the gain of the line does not matter, but somebody who shouts all the time is
    not noticed; `relative_to: full_scale` compares with the loudest the recording can hold instead, which says something
    only where all lines are recorded with the same gain.

    Not met where the level lies beyond a limit for `seconds` seconds of speech in a row. A deduction is the surer the
    further the stretch (its median) is from the limit: 0.5 on it, 1 from 2 dB off. With under five seconds of speech in the
    call it does not apply; where loudness was not measured it needs review.

    ```yaml
    check: {op: loudness_between, role: agent, min_db: -12, max_db: 8}
    ```

    PASS: a call at an even voice

    FAIL: a call in which the agent shouts for five seconds, 12 dB above the ordinary
    """

    op: Literal["loudness_between"]
    min_db: float | None = Field(None, ge=-100, le=100, description="dB at least")
    max_db: float | None = Field(None, ge=-100, le=100, description="dB at most")
    seconds: int = Field(3, ge=1, le=600, description="seconds of speech in a row that count")
    relative_to: Literal["own", "full_scale"] = Field(
        "own", description="what 0 dB is: own (the role's level in this call) or full_scale (the recording's)"
    )

    @model_validator(mode="after")
    def _range(self) -> Self:
        check_range(self.min_db, self.max_db, ("min_db", "max_db"))
        return self

    def judge(self, scene: Scene, area: Area, seconds: Sequence[Second], level: float) -> Verdict:
        """Look for stretches beyond a limit."""
        limits = Limits(low=self.min_db, high=self.max_db, unit="dB")
        base = level if self.relative_to == "own" else 0.0
        relative = [Second(s.number, round(s.db - base, 1)) for s in seconds]
        places = []
        for stretch in runs(relative):
            for beyond, group in groupby(stretch, key=lambda s: _sign(limits.beyond(s.db))):
                loud = list(group)
                if beyond and len(loud) >= self.seconds:
                    value = round(median(s.db for s in loud), 1)
                    span = span_of(loud[0].number, loud[-1].number)
                    places.append(self.place(scene, span, value, str(limits), limits.beyond(value)))

        def told(key: str, found: Sequence[Place]) -> Message:
            worst = max(found, key=lambda p: abs(limits.beyond(p.evidence.value or 0.0)))
            return Message(
                key=key,
                params={
                    "times": len(found),
                    "db": worst.evidence.value or 0.0,
                    "limits": limits.bare,
                    "start_s": worst.span.start_ms / 1000,
                    "end_s": worst.span.end_ms / 1000,
                },
            )

        return faulty(
            scene,
            places,
            told=lambda found: told("loudness", found),
            told_maybe=lambda found: told("loudness_maybe", found),
            clean=Message(key="loudness_clean", params={"limits": limits.bare, **window_params(area)}),
            clean_evidence=searched(area, self.role, str(limits)),
            clean_confidence=(scene.role_confidence(self.role), "role"),
        )


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
