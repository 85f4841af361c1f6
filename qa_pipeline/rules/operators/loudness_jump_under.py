"""``loudness_jump_under``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from qa_pipeline.conversation.loudness import Second, jumps
from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.judge import faulty, searched, window_params
from qa_pipeline.rules.loudness import LoudnessOperator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Place, Verdict
from qa_pipeline.rules.window import Area


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
        found = [
            self.place(scene, jump.span, jump.db, expected, abs(jump.db) - self.db)
            for jump in jumps(seconds)
            if abs(jump.db) >= self.db
        ]
        found.sort(key=lambda p: (-abs(p.evidence.value or 0.0), p.span))
        places: list[Place] = []
        for jump_place in found:
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
