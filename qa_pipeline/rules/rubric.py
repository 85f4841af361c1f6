"""A rubric: a blank evaluation form, as its file says it. Parse one with :mod:`qa_pipeline.rules.parse`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    Discriminator,
    Field,
    PrivateAttr,
    StringConstraints,
    Tag,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from qa_pipeline.rules.operator import STRICT, Operator
from qa_pipeline.rules.registry import Check as _AnyCheck
from qa_pipeline.rules.speech import AnyPhrase, GuardedPhrase

if TYPE_CHECKING:
    Check = Operator
else:
    Check = _AnyCheck

Id = Annotated[str, StringConstraints(pattern=r"^\w[\w-]*$", max_length=100)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
Severity = Literal["minor", "major", "critical", "fatal"]


def _day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise PydanticCustomError("rubric.bad_date", "") from None
    return value


Day = Annotated[date, BeforeValidator(_day)]
OneOrMore = Annotated[
    Annotated[Text, Tag("one")] | Annotated[tuple[Text, ...], Tag("several")],
    Discriminator(lambda value: "several" if isinstance(value, tuple | list | dict) else "one"),
]


class PerHit(BaseModel):
    """Points lost for each occurrence, up to a cap."""

    model_config = STRICT

    per_hit: float = Field(gt=0, le=1000, description="points lost for each occurrence")
    cap: float | None = Field(None, gt=0, le=1000, description="points lost at most; default: all")


Scoring = Annotated[
    Annotated[Literal["all_or_nothing", "proportional", "bonus"], Tag("word")]
    | Annotated[PerHit, Tag("per_hit")],
    Discriminator(lambda value: "per_hit" if isinstance(value, dict | PerHit) else "word"),
]


class AutoFail(BaseModel):
    """What a confirmed fatal does."""

    model_config = STRICT

    scope: Literal["form", "section"] = Field("form", description="what fails: the whole form or its section")
    mode: Literal["zero", "fail_keep_score"] = Field(
        "zero", description="score zero, or failed with its score kept"
    )


class Example(BaseModel):
    """A made-up piece of a call and what the criterion must say of it."""

    model_config = STRICT

    met: tuple[Text, ...] = Field(
        (),
        description="lines of a call that must be met: 客服：…, 客户：…, （静音8秒）, 客服：（音量+12dB）…",
    )
    not_met: tuple[Text, ...] = Field((), description="lines of a call that must not be met")
    needs_review: tuple[Text, ...] = Field((), description="lines of a call that must need review")
    not_applicable: tuple[Text, ...] = Field((), description="lines of a call to which it does not apply")
    call: Mapping[str, str | float | None] = Field({}, description="fields of the calls file")

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        given = self.model_fields_set & {"met", "not_met", "needs_review", "not_applicable"}
        if len(given) != 1:
            raise PydanticCustomError(
                "rubric.needs_one_of" if not given else "rubric.exclusive",
                "",
                {"keys": tuple(sorted(given)) or ("met", "not_met", "needs_review", "not_applicable")},
            )
        return self

    @field_validator("call")
    @classmethod
    def _ring_is_a_number(cls, call: Mapping[str, str | float | None]) -> Mapping[str, str | float | None]:
        if isinstance(call.get("ring_s"), str):
            raise PydanticCustomError("rubric.number_wanted", "", {"key": "ring_s"})
        return call

    @property
    def expected(self) -> str:
        """The outcome it asks for."""
        return next(iter(self.model_fields_set - {"call"}))

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of the call."""
        lines: tuple[str, ...] = getattr(self, self.expected)
        return lines


class Criterion(BaseModel):
    """One row of the form."""

    model_config = STRICT

    id: Id = Field(description="its name, unique in the rubric")
    title: Text = Field(description="as the form shows it")
    standard: Text | None = Field(None, description="the standard it serves, e.g. A2")
    points: float = Field(ge=0, le=1000, description="most points it can earn; 0 to 1000")
    severity: Severity = Field("minor", description="minor, major, critical or fatal")
    auto_fail: AutoFail | None = Field(None, description="fatal only; default: the whole form, zero")
    score: Scoring = Field(
        "all_or_nothing", description="all_or_nothing, proportional, bonus, or {per_hit, cap}"
    )
    when: Check | None = Field(None, description="applies only when this is met")
    check: Check = Field(description="what is asked")
    unless: Check | None = Field(
        None, description="what excuses a place that would fail; reach_s and side may stand inside it"
    )
    reach_s: float = Field(
        15.0, gt=0, le=3600, description="seconds from the place in which the excuse counts"
    )
    side: Literal["before", "after", "either"] = Field("before", description="on which side of the place")
    examples: tuple[Example, ...] = Field((), description="made-up talk and the answer it must get")
    better: tuple[Text, ...] = Field(
        (),
        max_length=9,
        description="what to say instead, for case notes and coaching; no points depend on it",
    )
    note: Text | None = Field(None, description="for readers of the form")

    _digest: str = PrivateAttr("")

    @model_validator(mode="before")
    @classmethod
    def _lift(cls, data: Any) -> Any:
        """``reach_s`` and ``side`` may also be written inside ``unless``."""
        if not isinstance(data, dict) or not isinstance(data.get("unless"), dict):
            return data
        inside = {k: v for k, v in data["unless"].items() if k in ("reach_s", "side")}
        if not inside:
            return data
        rest = {k: v for k, v in data["unless"].items() if k not in inside}
        return {**data, "unless": rest, **{k: v for k, v in inside.items() if k not in data}}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.auto_fail is not None and self.severity != "fatal":
            raise PydanticCustomError(
                "rubric.only_with", "", {"key": "auto_fail", "other": "severity: fatal"}
            )
        if self.unless is None:
            for key in ("reach_s", "side"):
                if key in self.model_fields_set:
                    raise PydanticCustomError("rubric.only_with", "", {"key": key, "other": "unless"})
        return self

    @property
    def digest(self) -> str:
        """SHA-256 over what decides its answer: itself without title, note, examples, better; conditions, lists,
        variables."""
        return self._digest

    def checks(self) -> Iterator[tuple[str, Operator]]:
        """Its checks with their keys."""
        for key in ("when", "check", "unless"):
            check = getattr(self, key)
            if check is not None:
                yield key, check


class Section(BaseModel):
    """A part of the form."""

    model_config = STRICT

    id: Id
    title: Text
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    note: Text | None = None


class WordList(BaseModel):
    """A word list, ``lists/<name>.yaml``."""

    model_config = STRICT

    title: Text | None = None
    phrases: tuple[AnyPhrase, ...] = Field(min_length=1)

    def guarded(self) -> tuple[GuardedPhrase, ...]:
        """Its phrases with their synonyms and innocents."""
        return self._guarded

    @cached_property
    def _guarded(self) -> tuple[GuardedPhrase, ...]:
        return tuple(p if isinstance(p, GuardedPhrase) else GuardedPhrase(say=p) for p in self.phrases)


class Rubric(BaseModel):
    """A blank evaluation form."""

    model_config = STRICT

    rubric: Id
    version: int = Field(ge=1, le=1_000_000)
    title: Text
    note: Text | None = Field(None, description="for readers of the form")
    effective_from: Day | None = Field(None, description="first business day on which it counts")
    effective_to: Day | None = Field(None, description="last business day on which it counts")
    applies_when: Mapping[str, OneOrMore] = Field(
        {}, description="fields of the calls file and what they must be"
    )
    variables: Mapping[Id, Text] = Field({}, description="values for slots of scripts")
    columns: tuple[Text, ...] = Field(
        (), description="extra columns of the calls file that scripts use as slots"
    )
    conditions: Mapping[Id, Check] = Field({}, description="checks with a name")
    lists: Mapping[Id, WordList] = Field({}, description="word lists; default: files beside the rubric")
    bands: Mapping[Text, Annotated[float, Field(ge=0, le=100)]] = Field(
        {}, description="grades and the lowest score of each, highest first"
    )
    sections: tuple[Section, ...] = Field(min_length=1)

    _content: str = PrivateAttr("")
    _digest: str = PrivateAttr("")
    _file: str = PrivateAttr("")
    _lines: Mapping[str, tuple[int, ...]] = PrivateAttr({})

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.effective_from and self.effective_to and self.effective_from > self.effective_to:
            raise PydanticCustomError(
                "rubric.from_to", "", {"low": str(self.effective_from), "high": str(self.effective_to)}
            )
        return self

    @property
    def content(self) -> str:
        """The file's text, with the word lists it took from other files added as a second document."""
        return self._content

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical content: comments, layout, examples and better wordings aside, word lists included."""
        return self._digest

    @property
    def file(self) -> str:
        """Where it was read from."""
        return self._file

    def criteria(self) -> Iterator[tuple[Section, Criterion]]:
        """All criteria in order."""
        for section in self.sections:
            for criterion in section.criteria:
                yield section, criterion

    def example_line(self, criterion_id: str, index: int) -> int | None:
        """The line of a criterion's example in the file."""
        lines = self._lines.get(criterion_id, ())
        return lines[index] if index < len(lines) else None

    def grade(self, score_pct: float) -> str | None:
        """The band of a score; None where the rubric has no bands."""
        for name, lowest in self.bands.items():
            if score_pct >= lowest:
                return name
        return None

    @property
    def lowest_grade(self) -> str | None:
        """The last band."""
        return list(self.bands)[-1] if self.bands else None


def resolved(check: Operator, conditions: Mapping[str, Operator]) -> Operator:
    """The check itself, or the condition behind a reference."""
    seen: set[str] = set()
    while check.name == "ref":
        name = str(getattr(check, "ref"))  # noqa: B009
        if name in seen:
            return check
        seen.add(name)
        check = conditions[name]
    return check
