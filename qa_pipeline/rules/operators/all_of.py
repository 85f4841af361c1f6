"""``all_of``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Verdict, all_of

if TYPE_CHECKING:
    from qa_pipeline.rules.operator import Operator as Check


class AllOf(Operator):
    """Every one of several checks is met.

    One that is not met decides; otherwise one that is uncertain makes it uncertain. Checks that do not apply are dropped;
    where none applies, neither does this.

    ```yaml
    check: {op: all_of, of: [{op: must_say, phrases: [您的姓名]}, {op: must_say, phrases: [您的电话]}]}
    ```

    PASS: 客服：请问您的姓名 客服：您的电话是多少

    FAIL: 客服：请问您的姓名
    """

    located: ClassVar[bool] = True

    op: Literal["all_of"]
    of: tuple[Check, ...] = Field(min_length=1, max_length=100, description="the checks")

    def evaluate(self, scene: Scene) -> Verdict:
        """Ask every check."""
        return all_of([scene.ask(check) for check in self.of], Message(key="nothing_applies"))
