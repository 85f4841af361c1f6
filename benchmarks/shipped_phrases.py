"""What the shipped rubrics look for, as material for the phrase benchmarks: forbidden phrases with their innocents, scripts
with ways to say them. What served to tune the matcher is kept apart from what tests it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.phrase_material import FORBIDDEN, SCRIPTS, SHORT_FORBIDDEN, SHORTEST_FORBIDDEN, SLOTS
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.operators.must_not_say import MustNotSay
from qa_pipeline.rules.operators.must_say import MustSay
from qa_pipeline.rules.parse import load_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.rules.speech import GuardedPhrase
from qa_pipeline.text.template import Choice, Literal, Node, Slot, parse_template

RUBRICS = Path(__file__).parents[1] / "rubrics"
_VALUES = {"agent_id": "3107", "agent_name": "李晓燕"}
_FIGURES = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """A forbidden phrase with the innocents its word list names."""

    say: str
    innocents: tuple[str, ...]


@cache
def rubrics() -> tuple[Rubric, ...]:
    """All shipped rubrics, in order of name."""
    return tuple(load_rubric(path) for path in sorted(RUBRICS.glob("*.yaml")))


@cache
def forbidden(*, tuned: bool) -> tuple[Forbidden, ...]:
    """Forbidden phrases of the shipped rubrics, the innocents of all lists together.

    ``tuned``: the phrases that thresholds were set with; else the shipped ones that are not among them.
    """
    innocents: dict[str, dict[str, None]] = {}
    for rubric in rubrics():
        for check in _checks(rubric):
            if isinstance(check, MustNotSay):
                for phrase in _guarded(check, rubric):
                    innocents.setdefault(phrase.say, {}).update(dict.fromkeys(phrase.innocents))
    old = (*FORBIDDEN, *SHORT_FORBIDDEN, *SHORTEST_FORBIDDEN)
    says = old if tuned else [say for say in innocents if say not in old]
    return tuple(Forbidden(say=say, innocents=tuple(innocents.get(say, ()))) for say in says)


@cache
def scripts(*, tuned: bool) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Script templates with the values of their slots, of at least four syllables; see :func:`forbidden` for ``tuned``."""
    if tuned:
        return tuple((template, SLOTS) for template in SCRIPTS)
    found: dict[str, Mapping[str, str]] = {}
    for rubric in rubrics():
        for check in _checks(rubric):
            if isinstance(check, MustSay):
                values = {**_VALUES, **rubric.variables}
                wanted = [check.script] if check.script else [p.say for p in _guarded(check, rubric)]
                found |= {text: values for text in wanted if text not in SCRIPTS}
    plain = {t: v for t, v in found.items() if len(say(t, v, random.Random(0))) > 3}
    return tuple(plain.items())


def say(template: str, values: Mapping[str, str], rng: random.Random) -> str:
    """One way to say a script: options drawn, slots filled, figures spoken one by one."""
    return "".join(_said(parse_template(template), values, rng))


def _said(nodes: Sequence[Node], values: Mapping[str, str], rng: random.Random) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Literal):
            yield node.text
        elif isinstance(node, Choice):
            if not node.optional or rng.random() < 0.5:
                yield from _said(rng.choice(node.options), values, rng)
        else:
            yield _filled(node, values, rng)


def _filled(slot: Slot, values: Mapping[str, str], rng: random.Random) -> str:
    if slot.type is None:
        return "".join(_FIGURES[int(c)] if c.isdigit() else c for c in values.get(slot.name, "云帆"))
    if slot.type == "number":
        return "".join(rng.choices(_FIGURES[1:], k=max(slot.low, 1)))
    return "张伟" if slot.type == "name" else "明天再给您处理一下这个"[: max(slot.low, min(slot.high, 4))]


def _checks(rubric: Rubric) -> Iterator[Operator]:
    roots = [
        check
        for _, criterion in rubric.criteria()
        for check in (criterion.check, criterion.when, criterion.unless)
        if check is not None
    ]
    waiting = [*roots, *rubric.conditions.values()]
    while waiting:
        check = waiting.pop(0)
        yield check
        waiting += [child for _, child in check.children()]


def _guarded(check: MustNotSay | MustSay, rubric: Rubric) -> list[GuardedPhrase]:
    own = [p if isinstance(p, GuardedPhrase) else GuardedPhrase(say=p) for p in check.phrases]
    return [*own, *(rubric.lists[check.list].guarded() if check.list else ())]
