"""``at_least``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Verdict, at_least

if TYPE_CHECKING:
    from qa_pipeline.rules.operator import Operator as Check


class AtLeast(Operator):
    """At least `n` of several checks are met.

    Checks that do not apply are dropped; where fewer than `n` are left, all of those must be met.

    ```yaml
    check:
      op: at_least
      n: 2
      of: [{op: must_say, phrases: [收件人]}, {op: must_say, phrases: [地址]}, {op: must_say, phrases: [电话]}]
    ```

    PASS: 客服：收件人是王女士 客服：地址是人民路

    FAIL: 客服：收件人是王女士
    """

    located: ClassVar[bool] = True

    op: Literal["at_least"]
    n: int = Field(ge=1, le=100, description="how many")
    of: tuple[Check, ...] = Field(min_length=1, max_length=100, description="the checks")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.n > len(self.of):
            raise PydanticCustomError("rubric.from_to", "", {"low": self.n, "high": len(self.of)})
        return self

    def evaluate(self, scene: Scene) -> Verdict:
        """Ask every check."""
        return at_least(self.n, [scene.ask(check) for check in self.of], Message(key="nothing_applies"))
