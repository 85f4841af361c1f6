"""``metadata``."""

from __future__ import annotations

import math
from datetime import time
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from qa_pipeline.domain.finding import Evidence, Message, ParamValue
from qa_pipeline.rules.judge import call_evidence, excuse_whole
from qa_pipeline.rules.moments import Moment, moment_of, read_clock, within_clock
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.patterns import PatternError, compile_metadata, fits_whole
from qa_pipeline.rules.scene import INFO_FIELDS, Scene, comparable, field_text
from qa_pipeline.rules.verdict import Truth, Verdict
from qa_pipeline.rules.window import Area, whole

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Value = Annotated[
    Annotated[Text, Tag("text")] | Annotated[float, Tag("number")],
    Discriminator(
        lambda value: "number" if isinstance(value, int | float) and not isinstance(value, bool) else "text"
    ),
]


def _clock(value: Any) -> Any:
    """YAML reads 9:00 without quotes as text, 21:30 too; anything else is no time of day."""
    if isinstance(value, time):
        return value
    clock = read_clock(value) if isinstance(value, str) else None
    if clock is None:
        raise PydanticCustomError("rubric.bad_clock", "")
    return clock


Clock = Annotated[
    time, BeforeValidator(_clock), WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}[:：]\d{2}$"})
]
_TESTS = ("equals", "in", "min", "max", "between", "matches", "given", "time_between", "days_since")
_MOMENT_TESTS = {"time_between", "days_since"}


class Metadata(Operator):
    """Something the calls file says of the call.

    `field` is a column: `call_id`, `agent_id`, `agent_name`, `team_id`, `queue`, `direction`, `customer_id`, `ring_s`, or
    any extra one. Give one or more tests; all must hold. Text is compared as text, to the letter (leading zeros count, so
    quote it); a number compares as a number. A missing field, or text where a number is needed, needs review and says
    which field; `given` asks just that: whether the field has a value.

    Moments: with `time_between` the time of day of the field must lie between two times (the first included, the second
    not; `["22:00", "6:00"]` passes midnight). With `days_since` the days from another column to this field are counted, by
    the calendar in business time (the same day is 0, a day before it is -1), and `min`, `max` or `between` say how many they
    may be. Both work on `started_at`, when the call began, and on columns that hold a day or a moment (`2026-03-01`,
    `2026/3/1 18:30`, `2026年3月1日`). Without a zone they are business time.

    ```yaml
    check: {op: metadata, field: ring_s, max: 15}
    # other checks: not called before nine or after half past eight; within three days of the visit
    #   {op: metadata, field: started_at, time_between: ["9:00", "20:30"]}
    #   {op: metadata, field: started_at, days_since: visited_at, between: [0, 3]}
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

    given: bool | None = Field(
        None, description="true: the field must have a value; false: it must have none"
    )
    time_between: tuple[Clock, Clock] | None = Field(
        None, description="time of day from, and up to: 24-hour clock, in quotes, business time"
    )
    days_since: str | None = Field(
        None, min_length=1, max_length=100, description="column from whose day the days are counted"
    )

    @field_validator("matches")
    @classmethod
    def _harmless(cls, pattern: str | None) -> str | None:
        try:
            if pattern is not None:
                compile_metadata(pattern)
        except PatternError as error:
            raise PydanticCustomError(error.code, "", dict(error.params)) from None
        return pattern

    @model_validator(mode="after")
    def _something_to_test(self) -> Self:
        if not self.model_fields_set & {"equals", "in_", "in", *_TESTS}:
            raise PydanticCustomError("rubric.needs_one_of", "", {"keys": _TESTS})
        if self.days_since is not None and self._limits() is None:
            raise PydanticCustomError("rubric.needs_one_of", "", {"keys": ("min", "max", "between")})
        low, high = self._limits() or (-math.inf, math.inf)
        if low > high:
            raise PydanticCustomError("rubric.from_to", "", {"low": low, "high": high})
        if self.given is not None and len(self.model_fields_set - {"op", "field"}) > 1:
            raise PydanticCustomError("rubric.exclusive", "", {"keys": ("given", "…")})
        if self.given is not None:
            return self
        texts = self.equals is not None or bool(self.in_) or self.matches is not None
        if texts and self.model_fields_set & _MOMENT_TESTS:
            raise PydanticCustomError(
                "rubric.exclusive", "", {"keys": ("time_between / days_since", "equals / in / matches")}
            )
        moment = self.field == "started_at" and (texts or not self.model_fields_set & _MOMENT_TESTS)
        if moment or self.field == "channel_roles":
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
        if self.given is not None:
            return self._given(scene, self.given)
        if self.model_fields_set & _MOMENT_TESTS:
            return self._moments(scene)
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
        message = Message(
            key="metadata" if fits else "metadata_wrong",
            params={"field": self.field, "value": text, "expected": expected},
        )
        return _decided(scene, fits, message, evidence)

    def _given(self, scene: Scene, wanted: bool) -> Verdict:
        info = scene.call.info
        text = field_text(info, self.field)
        if self.field == "started_at" and info.started_at is not None:
            text = info.started_at.isoformat()
        message = Message(
            key="metadata_given" if text is not None else "metadata_not_given", params={"field": self.field}
        )
        evidence = call_evidence(scene, value=None, unit=None, expected=self.field, quote=text)
        return _decided(scene, (text is not None) is wanted, message, evidence)

    def _moments(self, scene: Scene) -> Verdict:
        told: dict[str, Moment] = {}
        for name in (self.field, self.days_since):
            moment = None if name is None else moment_of(scene.call.info, name, scene.business_tz)
            if name is not None and moment is None:
                text = field_text(scene.call.info, name)
                if text is None:
                    return _unsure("metadata_missing", {"field": name})
                return _unsure("metadata_not_moment", {"field": name, "value": text})
            if name is not None and moment is not None:
                told[name] = moment
        here = told[self.field]
        fits, value = True, None
        expected: list[str] = []
        if self.time_between is not None:
            if here.clock is None:
                return _unsure("metadata_not_moment", {"field": self.field, "value": str(here)})
            fits = within_clock(here.clock, *self.time_between)
            expected.append("–".join(f"{t:%H:%M}" for t in self.time_between))
        shown: dict[str, ParamValue] = {"field": self.field, "value": str(here)}
        key = "metadata_moment"
        if self.days_since is not None:
            low, high = self._limits() or (-math.inf, math.inf)
            value = float((here.day - told[self.days_since].day).days)
            fits = fits and low <= value <= high
            expected.append(self._expected())
            shown |= {"since": self.days_since, "since_value": str(told[self.days_since]), "days": value}
            key = "metadata_days"
        params = {**shown, "expected": ", ".join(expected)}
        evidence = call_evidence(
            scene,
            value=value,
            unit=None if value is None else "days",
            expected=", ".join(expected),
            quote=str(here),
        )
        return _decided(scene, fits, Message(key=key if fits else f"{key}_wrong", params=params), evidence)

    def _fits(self, text: str, number: float | None) -> bool | None:
        limits = self._limits()
        if limits is not None and (number is None or not limits[0] <= number <= limits[1]):
            return False
        if self.equals is not None and not self._same(self.equals, text, number):
            return False
        if self.in_ and not any(self._same(value, text, number) for value in self.in_):
            return False
        return True if self.matches is None else fits_whole(self.matches, text)

    def _same(self, wanted: str | float, text: str, number: float | None) -> bool:
        if not isinstance(wanted, str):
            return wanted == number
        return comparable(self.field, wanted) == comparable(self.field, text)

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


def _decided(scene: Scene, fits: bool, message: Message, evidence: Evidence) -> Verdict:
    verdict = Verdict(
        truth=Truth.MET if fits else Truth.NOT_MET,
        confidence=1.0,
        message=message,
        evidence=(evidence,),
        count=0 if fits else 1,
    )
    return excuse_whole(scene, verdict, Area(spans=(whole(scene.call),)))


def _unsure(key: str, params: dict[str, ParamValue]) -> Verdict:
    return Verdict(truth=Truth.UNCERTAIN, confidence=0.0, message=Message(key=key, params=params))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _shown(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"
