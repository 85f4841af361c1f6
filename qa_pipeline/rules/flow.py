"""What a flow is made of: steps, the customer's answers, and which step follows which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.rules.operator import STRICT
from qa_pipeline.rules.speech import AnyPhrase, Words

if TYPE_CHECKING:
    from qa_pipeline.rules.operator import Operator as Check

END = "end"
"""What ``then`` says where the flow is over."""
StepName = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class FlowAnswer(BaseModel):
    """What the customer may answer, and how the flow goes on then."""

    model_config = STRICT

    answer: StepName = Field(description="its name, for the finding")
    phrases: tuple[AnyPhrase, ...] = Field(
        (), description="what the customer says; without phrases and check: whatever else was answered"
    )
    check: Check | None = Field(
        None, description="instead of phrases: a check on the customer's next turns; mind `role: customer`"
    )
    then: StepName = Field(description="the step that follows, or `end`")

    @model_validator(mode="after")
    def _one_way_to_tell(self) -> Self:
        if self.phrases and self.check is not None:
            raise PydanticCustomError("rubric.exclusive", "", {"keys": ("phrases", "check")})
        return self

    @property
    def otherwise(self) -> bool:
        """Whether it stands for whatever else was answered."""
        return not self.phrases and self.check is None


class FlowStep(BaseModel):
    """One thing to say, and what comes after it."""

    model_config = STRICT

    step: StepName = Field(description="its name, as `then` and the finding have it")
    phrases: tuple[AnyPhrase, ...] = Field((), description="any of these is said")
    script: Words | None = Field(None, description="or this script template")
    min_coverage: float | None = Field(
        None, gt=0, le=1, description="share of the script's obligatory parts, 0 to 1"
    )
    check: Check | None = Field(None, description="or any check with a place is met")
    optional: bool = Field(False, description="may be left out; has no points")
    points: float = Field(1.0, ge=0, le=1000, description="its weight for `score: proportional`")
    max_gap_turns: int | None = Field(
        None, ge=0, le=1000, description="turns (of anybody) since the step before; default: the flow's"
    )
    max_gap_s: float | None = Field(
        None, gt=0, le=36000, description="seconds since the step before; default: the flow's"
    )
    answers: tuple[FlowAnswer, ...] = Field(
        (), max_length=20, description="branches on what the customer answers"
    )
    within_turns: int = Field(
        2, ge=1, le=20, description="turns of the customer in which the answer is looked for"
    )
    then: StepName | None = Field(None, description="the step that follows, or `end`; default: the next")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        given = tuple(k for k in ("phrases", "script", "check") if getattr(self, k) not in ((), None))
        if not given:
            raise PydanticCustomError("rubric.needs_one_of", "", {"keys": ("phrases", "script", "check")})
        if len(given) > 1:
            raise PydanticCustomError("rubric.exclusive", "", {"keys": given})
        if self.min_coverage is not None and self.script is None:
            raise PydanticCustomError("rubric.only_with", "", {"key": "min_coverage", "other": "script"})
        if self.optional and "points" in self.model_fields_set:
            raise PydanticCustomError("rubric.exclusive", "", {"keys": ("optional", "points")})
        if "within_turns" in self.model_fields_set and not self.answers:
            raise PydanticCustomError("rubric.only_with", "", {"key": "within_turns", "other": "answers"})
        if self.answers and self.then is not None and not self.optional:
            raise PydanticCustomError("rubric.exclusive", "", {"keys": ("answers", "then")})
        return self


class Graph:
    """Steps by name, and which follows which."""

    def __init__(self, steps: tuple[FlowStep, ...]) -> None:
        self.steps = {step.step: step for step in steps}
        names = [*self.steps, END]
        self._next = {name: names[i + 1] for i, name in enumerate(names[:-1])}
        self.first = names[0]

    def following(self, step: FlowStep) -> str:
        """The step that follows where the customer's answer decides nothing."""
        return step.then or self._next[step.step]


def successors(then: str | None, after: str, answers: tuple[str, ...], optional: bool) -> Iterator[str]:
    """All steps that may follow one: ``after`` is the next in the list."""
    if not answers or optional:
        yield then or after
    yield from answers
