"""``human``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.speech import heard
from qa_pipeline.rules.verdict import Truth, Verdict

if TYPE_CHECKING:
    from qa_pipeline.rules.operator import Operator as Check


class Human(Operator):
    """Only a person can tell: business accuracy, whether the problem was solved, the ticket.

    Pending until somebody reviews it: out of the score, lost in the lower bound, earned in the upper one. It does not
    count towards the share of pending points that withholds a score.

    With `heard` a person is asked only where that check is met or doubtful; where it is not met, neither is this. That is
    for what can be said in any words: list the sure wordings in `must_say`, put both into an `any_of`, and let `heard` be
    a loose sign that it may have been said in others. No sign at all is still a deduction.

    ```yaml
    check:
      op: any_of
      of:
        - {op: must_say, phrases: [还有其他可以帮您的吗]}
        - {op: human, heard: {op: matches_regex, label: 像是在问还有没有别的事, pattern: "(还|其他|别的).{0,8}(吗|什么)"}}
    ```

    PASS: a reviewer marks it met

    FAIL: a reviewer marks it not met, or there is no sign of it
    """

    op: Literal["human"]
    heard: Check | None = Field(
        None, description="ask a person only where this check is met or doubtful; default: always"
    )

    @property
    def by_person(self) -> bool:
        """With ``heard`` the machine decides most calls."""
        return self.heard is None

    def children(self) -> Iterator[tuple[tuple[str | int, ...], Operator]]:
        """The sign too."""
        if self.heard is not None:
            yield ("heard",), self.heard

    def evaluate(self, scene: Scene) -> Verdict:
        """Leave it to a person."""
        if self.heard is None:
            return Verdict(truth=Truth.UNCERTAIN, confidence=0.0, message=Message(key="human"))
        sign = scene.ask(self.heard)
        if sign.truth not in (Truth.MET, Truth.UNCERTAIN):
            return sign
        places = sign.hits or sign.maybe
        return Verdict(
            truth=Truth.UNCERTAIN,
            confidence=min(sign.confidence, 0.5),
            message=heard("human_heard", places) if places else Message(key="human"),
            evidence=sign.evidence,
            maybe=places,
            doubt="match",
        )
