"""``response_latency_under``."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import Field

from qa_pipeline.conversation.latency import waited
from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.operator import RoleName, WindowedOperator
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.stretches import judge_stretches, longest, stretch
from qa_pipeline.rules.verdict import Truth, Verdict
from qa_pipeline.rules.window import Area, turns_of


class ResponseLatencyUnder(WindowedOperator):
    """The role answers promptly: met while fewer than `times` answers take `seconds` or longer.

    An answer is a turn of the role right after a turn of the other. It takes from the end of the other's speech to the
    start of the role's, both measured from the audio; speech in which nothing was recognised ends or begins it too. An
    answer that begins while the other still speaks takes no time. A deduction is the surer the further it is from the
    limit: 0.5 on it, 1 from a quarter of a second off. A hold that was announced is an excuse: `unless` on the criterion.
    It does not apply where the role never answers in the window.

    ```yaml
    check: {op: response_latency_under, role: agent, seconds: 3, times: 2}
    ```

    PASS: 客户：我的件到哪了 客服：在路上

    FAIL: 客户：我的件到哪了 （静音5秒） 客服：在路上 客户：几点到 （静音5秒） 客服：下午
    """

    measures: ClassVar[bool] = True

    op: Literal["response_latency_under"]
    role: RoleName = Field("agent", description="who answers: agent, customer or any")
    seconds: float = Field(gt=0, le=600, description="seconds that are too long")
    times: int = Field(1, ge=1, le=1000, description="how many slow answers are too many")

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Measure the answers that begin in the area."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        answers = [
            stretch(scene, self.role, waited(scene.call, before, after), self.seconds)
            for before, after in pairwise(turns_of(scene.call, "any"))
            if before.role is not after.role
            and Role.UNKNOWN not in (before.role, after.role)
            and self.role in ("any", after.role.value)
            and any(s.contains(after.span.start_ms) for s in area.spans)
        ]
        if not answers:
            return Verdict(truth=Truth.NOT_APPLICABLE, confidence=1.0, message=Message(key="no_answers"))
        return judge_stretches(
            scene,
            area,
            self.role,
            [a for a in answers if a.span.duration_ms >= self.seconds * 1000],
            (),
            key="latency",
            seconds=self.seconds,
            times=self.times,
            measured=(longest(answers).evidence,),
        )
