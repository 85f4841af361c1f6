"""``monologue_under``."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from qa_pipeline.conversation.turns import MAX_BACK_CHANNEL_MS
from qa_pipeline.domain.call import Role
from qa_pipeline.domain.time import Span, intersections, merge
from qa_pipeline.rules.operator import RoleName, WindowedOperator
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.stretches import judge_stretches, longest, stretch
from qa_pipeline.rules.verdict import Place, Verdict
from qa_pipeline.rules.window import SLACK_MS, Area, turns_of


class MonologueUnder(WindowedOperator):
    """Nobody lectures: met while fewer than `times` turns of the role last `seconds` or longer.

    A turn goes on through pauses under 1.5 s and through back-channels of the other (嗯、好的); a longer pause, which lets
    the other think and answer, ends it. Where the other is heard in it for longer than a back-channel without a word being
    recognised, it may have been two turns: that needs review. A deduction is the surer the further it is from the limit: 0.5
    on it, 1 from half a second off.

    ```yaml
    check: {op: monologue_under, role: agent, seconds: 60}
    ```

    PASS: 客服：您的件今天到 客户：好的 客服：请您留意电话

    FAIL: 客服：（一分多钟不停地说）
    """

    measures: ClassVar[bool] = True

    op: Literal["monologue_under"]
    role: RoleName = Field("agent", description="whose turns: agent, customer or any")
    seconds: float = Field(gt=0, le=3600, description="seconds that are too long")
    times: int = Field(1, ge=1, le=1000, description="how many such turns are too many")

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Measure the turns, as far as they lie in the area."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        sure: list[Place] = []
        unsure: list[Place] = []
        parts: list[Place] = []
        for turn in turns_of(scene.call, self.role):
            for part in intersections((turn.span,), area.spans):
                found = stretch(scene, self.role, part, self.seconds, edge_ms=SLACK_MS)
                parts.append(found)
                if part.duration_ms >= self.seconds * 1000:
                    (unsure if _perhaps_two(scene, turn.role, part) else sure).append(found)
        return judge_stretches(
            scene,
            area,
            self.role,
            sure,
            unsure,
            key="monologue",
            seconds=self.seconds,
            times=self.times,
            measured=(longest(parts).evidence,) if parts else (),
        )


def _perhaps_two(scene: Scene, role: Role, part: Span) -> bool:
    """Whether somebody else is heard in it longer than a back-channel lasts, or nobody knows whose it is."""
    others = merge(s for r, spans in scene.call.activity.items() if r is not role for s in spans)
    return role is Role.UNKNOWN or any(
        s.duration_ms > MAX_BACK_CHANNEL_MS for s in intersections(others, (part,))
    )
