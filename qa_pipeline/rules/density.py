"""Words counted against how much was said: what ``courtesy_at_least`` and ``hedging_under`` share."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Self

from pydantic import Field, model_validator

from qa_pipeline.conversation.pace import count_chars
from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.measure import check_one_of
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.speech import PhraseOperator, texts
from qa_pipeline.rules.verdict import Truth, Verdict
from qa_pipeline.rules.window import Area

MIN_CHARS = 50
"""With fewer characters one word more or less changes the rate by over two in a hundred, so it is not judged."""


class DensityOperator(PhraseOperator):
    """An operator about how often a kind of words is used."""

    per_100_chars: float | None = Field(
        None, gt=0, le=100, description="occurrences in 100 characters the role says; or times"
    )
    times: int | None = Field(None, ge=1, le=1000, description="occurrences; or per_100_chars")

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        check_one_of({"per_100_chars": self.per_100_chars, "times": self.times})
        return self

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Count the words where the role says enough."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        chars = self.chars(scene, area)
        return self.too_short(chars) or self.count(scene, area, chars)

    @abstractmethod
    def count(self, scene: Scene, area: Area, chars: int) -> Verdict:
        """Count and judge the words in an area in which the role says so many characters."""

    def threshold(self, chars: float) -> int:
        """The number of occurrences that reaches the limit."""
        if self.times is not None:
            return self.times
        return max(1, math.ceil((self.per_100_chars or 0.0) * chars / 100 - 1e-9))

    def chars(self, scene: Scene, area: Area) -> int:
        """Han characters and digits (a latin word is one) that the role says in the area."""
        return sum(count_chars(text.text) for _, text in texts(scene, area, self.role))

    def too_short(self, chars: int) -> Verdict | None:
        """Not applicable where a rate would be chance."""
        if self.times is not None or chars >= MIN_CHARS:
            return None
        return Verdict(
            truth=Truth.NOT_APPLICABLE,
            confidence=1.0,
            message=Message(key="density_short", params={"chars": chars, "needed": MIN_CHARS}),
        )
