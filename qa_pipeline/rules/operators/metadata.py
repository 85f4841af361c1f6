"""``metadata``."""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, StringConstraints, Tag, field_validator, model_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.domain.finding import Message, ParamValue
from qa_pipeline.rules.judge import call_evidence, excuse_whole
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.patterns import PatternError, compile_metadata, fits_whole
from qa_pipeline.rules.scene import INFO_FIELDS, Scene, field_text
from qa_pipeline.rules.verdict import Truth, Verdict
from qa_pipeline.rules.window import Area, whole

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Value = Annotated[
    Annotated[Text, Tag("text")] | Annotated[float, Tag("number")],
    Discriminator(
        lambda value: "number" if isinstance(value, int | float) and not isinstance(value, bool) else "text"
    ),
]
_TESTS = ("equals", "in", "min", "max", "between", "matches")


class Metadata(Operator):
    """Something the calls file says of the call.

    `field` is a column: `call_id`, `agent_id`, `agent_name`, `team_id`, `queue`, `direction`, `customer_id`, `ring_s`, or
    any extra one. Give one or more tests; all must hold. Text is compared as text, to the letter (leading zeros count, so
    quote it); a number compares as a number. A missing field, or text where a number is needed, needs review and says
    which field.

    ```yaml
    check: {op: metadata, field: ring_s, max: 15}
    ```

    PASS: call: {ring_s: 8}

    FAIL: call: {ring_s: 21}
    """

    op: Literal["metadata"]
    field: str = Field(min_length=1, max_length=100, description="column of the calls file")
    equals: Value | None = Field(None, description="the text or number it must be")
    in_: tuple[Value, ...] = Field((), alias="in", description="texts or numbers, one of which it must be")
    min: float | None = Field(None, description="number at least")
    max: float | None = Field(None, description="number at most")
    between: tuple[float, float] | None = Field(None, description="lowest and highest number, both included")
    matches: str | None = Field(
        None, min_length=1, max_length=500, description="regular expression for the whole text, as written"
    )

    @field_validator("matches")
    @classmethod
    def _harmless(cls, pattern: str | None) -> str | None:
        try:
            if pattern is not None:
                compile_metadata(pattern)
        except PatternError as error:
            raise PydanticCustomError(error.code, "", {"problem": error.problem}) from None
        return pattern

    @model_validator(mode="after")
    def _something_to_test(self) -> Self:
        if self.equals is None and not self.in_ and self.matches is None and not self._limits():
            raise PydanticCustomError("rubric.needs_one_of", "", {"keys": _TESTS})
        low, high = self._limits() or (-math.inf, math.inf)
        if low > high:
            raise PydanticCustomError("rubric.from_to", "", {"low": low, "high": high})
        if self.field in ("started_at", "channel_roles"):
            raise PydanticCustomError("rubric.field_unsupported", "", {"field": self.field})
        return self

    def _limits(self) -> tuple[float, float] | None:
        if self.min is None and self.max is None and self.between is None:
            return None
        low, high = self.between or (-math.inf, math.inf)
        return max(low, -math.inf if self.min is None else self.min), min(
            high, math.inf if self.max is None else self.max
        )

    def evaluate(self, scene: Scene) -> Verdict:
        """Compare."""
        text = field_text(scene.call.info, self.field)
        if text is None:
            return _unsure("metadata_missing", {"field": self.field})
        expected = self._expected()
        number = _number(text)
        if self._limits() is not None and number is None:
            return _unsure("metadata_not_number", {"field": self.field, "value": text})
        fits = self._fits(text, number)
        if fits is None:
            return _unsure("regex_too_slow", {"pattern": self.matches or ""})
        unit = "s" if self.field in INFO_FIELDS and self.field.endswith("_s") else None
        evidence = call_evidence(scene, value=number, unit=unit, expected=expected, quote=text)
        verdict = Verdict(
            truth=Truth.MET if fits else Truth.NOT_MET,
            confidence=1.0,
            message=Message(
                key="metadata" if fits else "metadata_wrong",
                params={"field": self.field, "value": text, "expected": expected},
            ),
            evidence=(evidence,),
            count=0 if fits else 1,
        )
        return excuse_whole(scene, verdict, Area(spans=(whole(scene.call),)))

    def _fits(self, text: str, number: float | None) -> bool | None:
        limits = self._limits()
        if limits is not None and (number is None or not limits[0] <= number <= limits[1]):
            return False
        if self.equals is not None and not _same(self.equals, text, number):
            return False
        if self.in_ and not any(_same(value, text, number) for value in self.in_):
            return False
        return True if self.matches is None else fits_whole(self.matches, text)

    def _expected(self) -> str:
        told = []
        if self.equals is not None:
            told.append(f"= {_shown(self.equals)}")
        if self.in_:
            told.append(" / ".join(_shown(v) for v in self.in_))
        low, high = self._limits() or (-math.inf, math.inf)
        if low > -math.inf and high < math.inf:
            told.append(f"{low:g}–{high:g}")
        elif low > -math.inf:
            told.append(f"≥ {low:g}")
        elif high < math.inf:
            told.append(f"≤ {high:g}")
        if self.matches is not None:
            told.append(f"~ {self.matches}")
        return ", ".join(told)


def _unsure(key: str, params: dict[str, ParamValue]) -> Verdict:
    return Verdict(truth=Truth.UNCERTAIN, confidence=0.0, message=Message(key=key, params=params))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _same(wanted: str | float, text: str, number: float | None) -> bool:
    return wanted.strip() == text if isinstance(wanted, str) else wanted == number


def _shown(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"
