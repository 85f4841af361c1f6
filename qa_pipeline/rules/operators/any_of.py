"""``any_of``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Verdict, at_least

if TYPE_CHECKING:
    from qa_pipeline.rules.operator import Operator as Check


class AnyOf(Operator):
    """At least one of several checks is met.

    One that is met decides; otherwise one that is uncertain makes it uncertain. Checks that do not apply are dropped.

    ```yaml
    check: {op: any_of, of: [{op: must_say, phrases: [您的订单号]}, {op: must_say, phrases: [您的手机号]}]}
    ```

    PASS: 客服：请报一下您的手机号

    FAIL: 客服：请问什么事
    """

    located: ClassVar[bool] = True

    op: Literal["any_of"]
    of: tuple[Check, ...] = Field(min_length=1, max_length=100, description="the checks")

    def evaluate(self, scene: Scene) -> Verdict:
        """Ask every check."""
        return at_least(1, [scene.ask(check) for check in self.of], Message(key="nothing_applies"))
