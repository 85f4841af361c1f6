"""Better words for a case note: what the form itself says an agent could say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_pipeline.i18n import Lang
from qa_pipeline.reports.describe import Describer
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.rubric import Criterion, Rubric, resolved

MOST = 5
"""More wordings would not be read."""
MOST_CHARS = 140
"""A longer rule is not read in a note; the form has it in full."""
_ASKS_FOR = frozenset({"must_say", "says_any_of", "similar_to", "responds_with"})
_AGENT_LINE = re.compile(r"^(?:客服|坐席|agent)[:：]\s*(.+)$", re.IGNORECASE)


def better_words(rubric: Rubric, criterion: Criterion, lang: Lang) -> tuple[str, ...]:
    """Scripts and phrases that the criterion asks of the agent, or that excuse; where there are none, the agent's lines
    of its first example that is met (later ones show what must not be mistaken, not what is well said)."""
    describer = Describer(rubric=rubric, lang=lang)
    checks = [check for check in (criterion.check, criterion.unless) if check is not None]
    asked = list(dict.fromkeys(w for check in checks for w in _wordings(check, rubric, describer)))
    met = next((example.met for example in criterion.examples if example.met), ())
    lines = [found[1] for line in met if (found := _AGENT_LINE.match(line)) is not None]
    return tuple((asked or lines)[:MOST])


def asked_words(rubric: Rubric, criterion: Criterion, lang: Lang) -> str:
    """What the criterion asks, in one line: of several ways to do it the first, without the last resort that a person
    listens. Empty where it is long, or where only people judge it."""
    describer = Describer(rubric=rubric, lang=lang)
    check = resolved(criterion.check, rubric.conditions)
    ways = [child for _, child in check.children()] if check.name == "any_of" else [check]
    ways = [way for way in ways if resolved(way, rubric.conditions).name != "human"]
    told = describer.short(ways[0]) if ways else ""
    return told if len(told) <= MOST_CHARS else ""


def _wordings(check: Operator, rubric: Rubric, describer: Describer) -> Iterator[str]:
    check = resolved(check, rubric.conditions)
    if check.name == "none_of":
        return
    if check.name in _ASKS_FOR and getattr(check, "role", "agent") != "customer":
        told = describer.describe(check)
        if told.script:
            yield told.script
        yield from told.phrases
        yield from getattr(check, "examples", ())
    for _, child in check.children():
        yield from _wordings(child, rubric, describer)
