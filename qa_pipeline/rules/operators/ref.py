"""``ref``."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Verdict


class Ref(Operator):
    """A condition named under `conditions`, used wherever a check is expected.

    It has no `op`: write `{ref: customer_complains}`, or just the name, `customer_complains`.

    ```yaml
    when: {ref: customer_complains}
    ```

    PASS: 客户：我要投诉

    FAIL: 客户：谢谢
    """

    op: ClassVar[str] = "ref"
    located: ClassVar[bool] = True

    ref: str = Field(min_length=1, description="name of a condition")

    def evaluate(self, scene: Scene) -> Verdict:
        """Ask the condition."""
        return scene.ask(scene.conditions[self.ref])
