"""The numbers in a criterion that decide where met ends, and the criterion as it would be with another number."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from qa_pipeline.rules.names import names_used
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.rubric import Criterion, Rubric

Loc = tuple[str | int, ...]

THRESHOLDS = frozenset(
    (
        "seconds",
        "times",
        "count",
        "min_hits",
        "min_distinct",
        "n",
        "min",
        "max",
        "min_s",
        "max_s",
        "min_db",
        "max_db",
        "db",
        "semitones",
        "spreads",
        "per_100_chars",
        "min_similarity",
        "min_coverage",
        "min_share",
        "min_confidence",
        "min_chars",
        "min_words",
        "max_chars",
        "max_turns",
        "max_gap_turns",
        "max_gap_s",
        "within_turns",
        "back_turns",
        "first_s",
        "last_s",
        "first_turns",
        "last_turns",
        "from_pct",
        "to_pct",
        "turns",
        "reach_s",
    )
)
"""Keys whose numbers are limits. What a finding is worth (``points``, ``per_hit``, ``cap``) is none, nor is ``hit``."""
BY_LENGTH = ("min_similarity", "min_coverage")
"""Where these are not written, the matcher's own limit by length of phrase holds: a value can be written."""
_FACTORS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0, 2.5, 3.0)
_LEAST_SHARE = 0.5
"""Words less alike than this are other words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One number of a criterion, or of a condition that only this criterion rests on."""

    path: Loc
    """From the criterion: ``check``, ``of``, 0, ``seconds``; or from the form: ``conditions``, its name, …"""
    current: float | None
    whole: bool
    """Whole numbers only."""
    share: bool
    """From 0 to 1."""

    @property
    def key(self) -> str:
        """As the file calls it."""
        return str(self.path[-1])

    def where(self) -> str:
        """The path as people write it."""
        parts = (f"[{p}]" if isinstance(p, int) else f".{p}" for p in self.path)
        return "".join(parts).removeprefix(".")

    def candidates(self) -> tuple[float, ...]:
        """Other values worth trying, nearest first: round numbers between a third and three times today's."""
        now = self.current
        if now is None:
            values = {round(0.6 + 0.05 * i, 2) for i in range(8)}
        elif self.share:
            least = _LEAST_SHARE if self.key in BY_LENGTH else 0.05
            steps = {round(now + 0.05 * i, 2) for i in range(-6, 7)}
            values = {v for v in steps if min(least, now) <= v <= 1}
        elif self.whole:
            near = {now + i for i in range(-3, 4)} | {round(now * f) for f in (0.5, 1.5, 2, 3)}
            values = {float(v) for v in near if v >= 0}
        elif self.key.endswith("db"):
            values = {now + i for i in range(-6, 7)}
        else:
            values = {_round(now * f) for f in _FACTORS}
        values.discard(now)
        middle = 0.8 if now is None else now
        return tuple(sorted(values, key=lambda v: (abs(v - middle), v)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A criterion with one number changed; the condition, where the number is that of one."""

    threshold: Threshold
    value: float
    criterion: Criterion
    conditions: dict[str, Operator]
    """Those that differ from the form's."""


def thresholds(criterion: Criterion, rubric: Rubric) -> tuple[Threshold, ...]:
    """All numbers of a criterion and of conditions that no other criterion rests on.

    What only decides whether a person is asked (``heard`` of ``human``) is left out.
    """
    found = list(_within(criterion, ()))
    for name in sorted(names_used(criterion, rubric)[0] - shared_conditions(criterion, rubric)):
        found += _within(rubric.conditions[name], ("conditions", name))
    return tuple(found)


def shared_conditions(criterion: Criterion, rubric: Rubric) -> frozenset[str]:
    """Conditions with numbers that other criteria rest on as well: another value would be theirs, too."""
    others = {n for _, c in rubric.criteria() if c.id != criterion.id for n in names_used(c, rubric)[0]}
    return frozenset(
        n
        for n in names_used(criterion, rubric)[0] & others
        if any(True for _ in _within(rubric.conditions[n], ()))
    )


def variants(criterion: Criterion, rubric: Rubric) -> Iterator[Variant]:
    """The criterion with every other value of each of its thresholds; parts that stay the same are the same objects."""
    for threshold in thresholds(criterion, rubric):
        for value in threshold.candidates():
            made = variant(criterion, rubric, threshold, value)
            if made is not None:
                yield made


def variant(criterion: Criterion, rubric: Rubric, threshold: Threshold, value: float) -> Variant | None:
    """The criterion with this value; None where the language does not allow it there."""
    number = int(value) if threshold.whole else value
    try:
        if threshold.path[0] == "conditions":
            name = str(threshold.path[1])
            changed: Any = _changed(rubric.conditions[name], threshold.path[2:], number)
            return Variant(threshold=threshold, value=value, criterion=criterion, conditions={name: changed})
        changed = _changed(criterion, threshold.path, number)
    except ValidationError:
        return None
    return Variant(threshold=threshold, value=value, criterion=changed, conditions={})


def _within(model: BaseModel, path: Loc) -> Iterator[Threshold]:
    kind = type(model)
    for name, info in kind.model_fields.items():
        value = getattr(model, name)
        here = (*path, info.alias or name)
        if isinstance(value, BaseModel) and name not in ("heard", "score", "auto_fail"):
            yield from _within(value, here)
        elif isinstance(value, tuple):
            for i, item in enumerate(value):
                if isinstance(item, BaseModel) and name != "examples":
                    yield from _within(item, (*here, i))
        elif name in THRESHOLDS:
            limits = [m.le for m in info.metadata if hasattr(m, "le")]
            if value is None and (name not in BY_LENGTH or _no_use(model, name)):
                continue
            if name == "reach_s" and getattr(model, "unless", None) is None:
                continue
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is None or number:
                whole = info.annotation is int or (
                    int in get_args(info.annotation) and float not in get_args(info.annotation)
                )
                yield Threshold(
                    path=here,
                    current=None if value is None else float(value),
                    whole=whole,
                    share=limits == [1],
                )


def _no_use(model: BaseModel, name: str) -> bool:
    """Likeness means nothing where words must be exactly so, nor coverage without a script."""
    if name == "min_coverage":
        return getattr(model, "script", None) is None
    return getattr(model, "match", "exact") == "exact"


def _changed(model: BaseModel, path: Loc, value: float) -> Any:
    """A model with one number changed, validated on the way up; everything beside the path stays the same object."""
    kind = type(model)
    given = {}
    for name, info in kind.model_fields.items():
        if name in model.model_fields_set:
            given[info.alias or name] = getattr(model, name)
    head, rest = str(path[0]), path[1:]
    inner = given.get(head)
    if not rest:
        given[head] = value
    elif isinstance(inner, tuple):
        at = int(rest[0])
        given[head] = (*inner[:at], _changed(inner[at], rest[1:], value), *inner[at + 1 :])
    else:
        given[head] = _changed(inner, rest, value)  # type: ignore[arg-type]
    return kind.model_validate(given)


def _round(value: float) -> float:
    """To a number that people would write: in steps of 1, 2 or 5 of a power of ten, at most 15 % of it."""
    power = 10.0 ** math.floor(math.log10(abs(value) * 0.15)) if value else 1.0
    step = max(s for s in (power, 2 * power, 5 * power) if s <= abs(value) * 0.15 or s == power)
    return float(f"{round(value / step) * step:.4g}")
