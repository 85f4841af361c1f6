"""Where the words of a flow's step were said.

As ``must_say`` finds them, but without looking for what came nearest where nothing was found: for ten steps of a flow
that search would take most of the time of a whole form.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.judge import absent
from qa_pipeline.rules.operators.must_say import in_short
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.speech import compiled_script, search
from qa_pipeline.rules.verdict import Truth, Verdict
from qa_pipeline.rules.window import Area, whole
from qa_pipeline.text.script import slot_names

if TYPE_CHECKING:
    from qa_pipeline.rules.operators.must_say import MustSay
    from qa_pipeline.text.types import Pattern


def said(words: MustSay, scene: Scene) -> Verdict:
    """Met with its places, uncertain with doubtful ones, or not met; its message is never shown."""
    area = Area(spans=(scene.clip or whole(scene.call),))
    nobody = unknown_role(scene, words.role)
    if nobody is not None:
        return nobody
    patterns, expected = _patterns(words, scene)
    hits, maybe, _ = search(scene, area, words.role, patterns)
    if not hits and not maybe:
        limit = words.absence_limit(scene, area)
        return absent(scene, area, words.role, Message(key="nothing_applies"), expected=expected, limit=limit)
    if words.script is not None:
        hits, maybe = (
            [replace(p, evidence=replace(p.evidence, expected=expected)) for p in places]
            for places in (hits, maybe)
        )
    return Verdict(
        truth=Truth.MET if hits else Truth.UNCERTAIN,
        confidence=max(p.confidence for p in (hits or maybe)),
        message=Message(key="nothing_applies"),
        hits=tuple(hits),
        maybe=tuple(maybe),
        doubt="match",
    )


def _patterns(words: MustSay, scene: Scene) -> tuple[tuple[Pattern, ...], str]:
    if words.script is None:
        return words.patterns(scene.lists), words.looked_for(scene)
    values = tuple((name, scene.slot(name)) for name in slot_names(words.script))
    pattern = compiled_script(words.script, values, words.match, words.min_coverage, words.min_similarity)
    return (pattern,), in_short(words.script, dict(values))
