"""``loudness_jump_under``."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Literal

from pydantic import Field

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.judge import faulty, searched, window_params
from qa_pipeline.rules.loudness import LoudnessOperator, Second, span_of
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Place, Verdict
from qa_pipeline.rules.window import Area

SIDE_S = 3
"""Seconds of speech on each side: one alone may be a laugh or a cough."""


class LoudnessJumpUnder(LoudnessOperator):
    """The role's voice does not suddenly become louder or softer.

    The medians of three seconds of speech before and after a moment are compared, at every moment the role speaks (pauses
    and the other's words between them are passed over); seconds and levels are those of `loudness_between`. A jump,
    up or down, of `db` or more is not met. Jumps that overlap count once, the largest. A deduction is the surer the further
    the jump is from the limit: 0.5 on it, 1 from 2 dB off. With under five seconds of speech it does not apply.

    ```yaml
    check: {op: loudness_jump_under, role: agent, db: 10}
    ```

    PASS: a call at an even voice

    FAIL: a call in which the agent suddenly speaks 14 dB louder
    """

    op: Literal["loudness_jump_under"]
    db: float = Field(gt=0, le=100, description="dB from one moment to the next that are too much")

    def judge(self, scene: Scene, area: Area, seconds: Sequence[Second], level: float) -> Verdict:
        """Compare each moment's sides."""
        expected = f"< {self.db:g} dB"
        jumps: list[Place] = []
        for i in range(SIDE_S, len(seconds) - SIDE_S + 1):
            around = seconds[i - SIDE_S : i + SIDE_S]
            before, after = median(s.db for s in around[:SIDE_S]), median(s.db for s in around[SIDE_S:])
            jump = round(after - before, 1)
            if abs(jump) >= self.db:
                span = span_of(around[0].number, around[-1].number)
                jumps.append(self.place(scene, span, jump, expected, abs(jump) - self.db))
        jumps.sort(key=lambda p: (-abs(p.evidence.value or 0.0), p.span))
        places: list[Place] = []
        for jump_place in jumps:
            if not any(p.span.intersection(jump_place.span) for p in places):
                places.append(jump_place)
        places.sort(key=lambda p: p.span)

        def told(key: str, found: Sequence[Place]) -> Message:
            worst = max(found, key=lambda p: abs(p.evidence.value or 0.0))
            return Message(
                key=key,
                params={
                    "times": len(found),
                    "change_db": f"{worst.evidence.value or 0.0:+g}",
                    "limit_db": self.db,
                    "start_s": worst.span.start_ms / 1000,
                    "end_s": worst.span.end_ms / 1000,
                },
            )

        return faulty(
            scene,
            places,
            told=lambda found: told("loudness_jump", found),
            told_maybe=lambda found: told("loudness_jump_maybe", found),
            clean=Message(key="loudness_jump_clean", params={"limit_db": self.db, **window_params(area)}),
            clean_evidence=searched(area, self.role, expected),
            clean_confidence=(scene.role_confidence(self.role), "role"),
        )
