"""A figure against its limits, the same way for every operator that measures one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.domain.finding import Evidence, Message, ParamValue
from qa_pipeline.rules.judge import excuse_whole, margin_confidence
from qa_pipeline.rules.operator import WindowedOperator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.verdict import Doubt, Truth, Verdict
from qa_pipeline.rules.window import Area


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a figure must lie between, both ends included; a side that is None is open."""

    low: float | None = None
    high: float | None = None
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.bare} {self.unit}".rstrip()

    @property
    def bare(self) -> str:
        """Without the unit, for sentences that name it."""
        if self.low is None:
            return f"≤ {self.high:g}"
        if self.high is None:
            return f"≥ {self.low:g}"
        return f"{self.low:g}{'–' if self.low >= 0 else ' … '}{self.high:g}"

    def beyond(self, value: float) -> float:
        """How far a figure lies outside: negative below, positive above, 0 inside."""
        if self.low is not None and value < self.low:
            return value - self.low
        if self.high is not None and value > self.high:
            return value - self.high
        return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Message keys for a figure that is right, too low, too high."""

    right: str
    low: str
    high: str

    @classmethod
    def of(cls, key: str) -> Keys:
        """``<key>``, ``<key>_low``, ``<key>_high``."""
        return cls(right=key, low=f"{key}_low", high=f"{key}_high")


class RangeOperator(WindowedOperator):
    """An operator with a least and a most, of which at least one is given; each says what they mean."""

    min: float | None
    max: float | None

    @model_validator(mode="after")
    def _range(self) -> Self:
        check_range(self.min, self.max, ("min", "max"))
        return self


def check_range(low: float | None, high: float | None, names: tuple[str, str]) -> None:
    """Refuse limits of which neither is given, or that are swapped.

    Raises:
        PydanticCustomError: so.
    """
    if low is None and high is None:
        raise PydanticCustomError("rubric.needs_one_of", "", {"keys": names})
    if low is not None and high is not None and low > high:
        raise PydanticCustomError("rubric.from_to", "", {"low": low, "high": high})


def check_one_of(values: Mapping[str, object]) -> None:
    """Refuse unless exactly one of the keys has a value.

    Raises:
        PydanticCustomError: none, or several.
    """
    given = tuple(key for key, value in values.items() if value is not None)
    if len(given) != 1:
        code = "rubric.exclusive" if given else "rubric.needs_one_of"
        raise PydanticCustomError(code, "", {"keys": given or tuple(values)})


def judge_measure(
    scene: Scene,
    area: Area,
    value: float,
    limits: Limits,
    *,
    evidence: Sequence[Evidence],
    keys: Keys,
    params: Mapping[str, ParamValue],
    tolerance: float,
    sure: tuple[float, Doubt],
) -> Verdict:
    """Met within the limits; otherwise not met, the surer the further away, unless excused.

    Args:
        scene: the call.
        area: what was measured.
        value: the figure.
        limits: what it must lie between.
        evidence: where and how it was measured.
        keys: of the messages.
        params: of the messages; ``value`` and ``limits`` are added.
        tolerance: from this far off a limit the comparison is certain; 0 for figures that are exact.
        sure: how far the measure itself can be trusted, and what limits that.
    """
    beyond = limits.beyond(value)
    told = {"value": value, "limits": limits.bare, **params}
    confidence, doubt = sure
    if not beyond:
        return Verdict(
            truth=Truth.MET,
            confidence=confidence,
            message=Message(key=keys.right, params=told),
            evidence=tuple(evidence),
            doubt=doubt,
        )
    margin = margin_confidence(beyond, tolerance) if tolerance else 1.0
    if margin < confidence:
        confidence, doubt = margin, "margin"
    verdict = Verdict(
        truth=Truth.NOT_MET,
        confidence=confidence,
        message=Message(key=keys.low if beyond < 0 else keys.high, params=told),
        evidence=tuple(evidence),
        count=1,
        doubt=doubt,
    )
    return excuse_whole(scene, verdict, area)
