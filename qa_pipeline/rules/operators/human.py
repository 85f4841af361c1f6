"""``human``."""

from __future__ import annotations

from typing import ClassVar, Literal

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Truth, Verdict


class Human(Operator):
    """Only a person can tell: business accuracy, whether the problem was solved, the ticket.

    Pending until somebody reviews it: out of the score, lost in the lower bound, earned in the upper one. It does not
    count towards the share of pending points that withholds a score.

    ```yaml
    check: {op: human}
    ```

    PASS: a reviewer marks it met

    FAIL: a reviewer marks it not met
    """

    by_person: ClassVar[bool] = True

    op: Literal["human"]

    def evaluate(self, scene: Scene) -> Verdict:
        """Leave it to a person."""
        return Verdict(truth=Truth.UNCERTAIN, confidence=0.0, message=Message(key="human"))
