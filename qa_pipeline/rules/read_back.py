"""How one party said again what the other had given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.time import Span
from qa_pipeline.rules.entity import entities, inside, runs_in, whole_text
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.speech import compiled
from qa_pipeline.rules.window import Area
from qa_pipeline.text.entities.compare import LONGEST, Comparison, Repeat, close, compare
from qa_pipeline.text.entities.dates import same_moment
from qa_pipeline.text.entities.digits import Run
from qa_pipeline.text.entities.types import NUMBER_KINDS, Entity, Kind

ANSWER_MS = 6000
"""Within this time the other party agrees with what was repeated, or does not."""
GROUPS_MS = 15_000
"""Groups of one number are repeated at most this far apart."""
ALIKE = 0.75
"""Numbers of which this share of the figures agrees were one number given twice."""
AGREED = 0.7
"""Share of the figures that must agree for the other's yes to settle the rest."""
GARBLED = 0.6
"""A run of figures this much shorter or longer than a number may be that number."""
_NUMBERS = tuple(sorted(NUMBER_KINDS))
_TAIL = re.compile("尾号|[后末][两三四五六]位|最后.{0,2}位|末尾")
_YES = re.compile("^(?:嗯|啊|哎|诶|哦)*(?:对|是|没错|正确|可以|好|ok)")
_NO = re.compile("不对|不是|错了|说错|写错|搞错")


@dataclass(frozen=True, slots=True)
class Said:
    """The best repetition: how faithful, which share, where; ``confidence`` 0 to 1 in that."""

    repeat: Repeat
    share: float = 0.0
    confidence: float = 0.0
    span: Span | None = None
    quote: str = ""

    def settled(self, agreed: bool | None) -> Said:
        """The same after the other's yes or no.

        A yes makes a difference unclear, and right what only recognition may have changed; a no makes one figure enough.
        """
        if self.repeat is Repeat.UNCLEAR and agreed is True and not self.confidence and self.share >= AGREED:
            return replace(self, repeat=Repeat.WHOLE, confidence=AGREED)
        if self.repeat is Repeat.DIFFERENT and agreed is True:
            return replace(self, repeat=Repeat.UNCLEAR)
        if self.repeat is Repeat.UNCLEAR and agreed is False and self.confidence > 0:
            return replace(self, repeat=Repeat.DIFFERENT)
        return self

    def unclear(self) -> Said:
        """The same, not to be decided by a machine."""
        return replace(self, repeat=Repeat.UNCLEAR)


def groups(given: Sequence[Entity]) -> list[list[Entity]]:
    """What was given, each thing with the several times it was."""
    found: list[list[Entity]] = []
    for entity in given:
        for group in found:
            if _same(group[-1], entity):
                group.append(entity)
                break
        else:
            found.append([entity])
    return found


def said_again(scene: Scene, area: Area, role: Role, given: Entity) -> Said:
    """The most faithful repetition of an entity by a role in a window."""
    if given.kind in NUMBER_KINDS:
        return _number_again(scene, area, role, given)
    if given.kind in (Kind.AMOUNT, Kind.DATE, Kind.TIME):
        return _value_again(scene, area, role, given)
    return _words_again(scene, area, role, given)


def confirmed(scene: Scene, role: Role, after: Span) -> bool | None:
    """Whether a role agrees right after; None where it says neither yes nor no."""
    window = Span(start_ms=max(0, after.end_ms - 500), end_ms=after.end_ms + ANSWER_MS)
    text = scene.text(role, (window,)).text
    if _NO.search(text):
        return False
    return True if _YES.search(text) else None


def _same(one: Entity, other: Entity) -> bool:
    if one.kind in NUMBER_KINDS:
        return close(one.value, other.value, least=ALIKE)
    if one.kind is Kind.PERSON:
        return one.value.startswith(other.value) or other.value.startswith(one.value)
    return one.value == other.value


def _number_again(scene: Scene, area: Area, role: Role, given: Entity) -> Said:
    text = whole_text(scene, role)
    found = runs_in(scene, area, role)
    best = Said(Repeat.NONE)
    for run, span in found:
        tail = _TAIL.search(text.text, max(0, run.start - 8), run.start) is not None
        match = compare(given.value, given.sure, run.digits, run.sure, tail=tail)
        best = _better(best, match, text.confidence(run.start, run.end), span, text.quote(run.start, run.end))
    if best.repeat is Repeat.WHOLE:
        return best
    for joined, span in _in_groups(found):
        match = compare(given.value, given.sure, joined.digits, joined.sure)
        heard, quote = text.confidence(joined.start, joined.end), text.quote(joined.start, joined.end)
        if match.repeat is Repeat.WHOLE:
            return Said(Repeat.WHOLE, 1.0, heard, span, quote)
        if match.repeat in (Repeat.UNCLEAR, Repeat.DIFFERENT) and match.share > best.share:
            best = Said(Repeat.UNCLEAR, match.share, 0.0, span, quote)
    if best.repeat is Repeat.NONE:
        return _garbled(scene, role, given, found)
    return best


def _garbled(scene: Scene, role: Role, given: Entity, found: Sequence[tuple[Run, Span]]) -> Said:
    """Figures about as many as the number has may be it, misheard beyond recognition."""
    known = [e for e in entities(scene, role, _NUMBERS) if e.company and not e.guessed]
    others = [
        e.value
        for party in (r for r in Role if r is not role)
        for e in entities(scene, party, _NUMBERS)
        if not _same(e, given)
    ]
    for run, span in found:
        alike = GARBLED * len(given.value) <= len(run.digits) <= len(given.value) / GARBLED
        other = any(close(run.digits, value, least=ALIKE) for value in others)
        if alike and not other and not any(e.span.intersection(span) for e in known):
            quote = whole_text(scene, role).quote(run.start, run.end)
            return Said(Repeat.UNCLEAR, 0.0, 0.0, span, quote)
    return Said(Repeat.NONE)


def _better(best: Said, match: Comparison, heard: float, span: Span, quote: str) -> Said:
    if (match.repeat, match.share) <= (best.repeat, best.share) or match.repeat is Repeat.NONE:
        return best
    confidence = match.confidence if match.repeat in (Repeat.DIFFERENT, Repeat.UNCLEAR) else heard
    return Said(match.repeat, match.share, round(confidence, 3), span, quote)


def _in_groups(found: Sequence[tuple[Run, Span]]) -> list[tuple[Run, Span]]:
    """Neighbouring runs as one, with whatever words between."""
    joined: list[tuple[Run, Span]] = []
    for first in range(len(found)):
        near = [found[first]]
        for run, span in found[first + 1 :]:
            if span.start_ms - near[-1][1].end_ms > GROUPS_MS or len(near) == 8:
                break
            near.append((run, span))
        for (whole, hull), (last, _) in zip(accumulate(near, _join), near, strict=True):
            if last is not near[0][0] and len(whole.digits) <= LONGEST:
                joined.append((whole, hull))
    return joined


def _join(left: tuple[Run, Span], right: tuple[Run, Span]) -> tuple[Run, Span]:
    (a, first), (b, last) = left, right
    return Run(a.start, b.end, a.digits + b.digits, a.sure + b.sure), first.hull(last)


def _value_again(scene: Scene, area: Area, role: Role, given: Entity) -> Said:
    best = Said(Repeat.NONE)
    for entity in entities(scene, role, (given.kind.value,)):
        if not inside(area, entity.span):
            continue
        same = given.value == entity.value or (
            given.kind is not Kind.AMOUNT and same_moment(given.value, entity.value)
        )
        repeat = Repeat.UNCLEAR if same is None else (Repeat.WHOLE if same else Repeat.NONE)
        if repeat > best.repeat:
            best = Said(repeat, 1.0, entity.confidence, entity.span, entity.quote)
    return best


def _words_again(scene: Scene, area: Area, role: Role, given: Entity) -> Said:
    best = Said(Repeat.NONE)
    for entity in entities(scene, role, (given.kind.value,)) if given.kind is not Kind.CUSTOM else ():
        if inside(area, entity.span) and entity.value == given.value:
            return Said(Repeat.WHOLE, 1.0, entity.confidence, entity.span, entity.quote)
    if len(given.value) < 2:
        return best
    pattern = compiled(given.value, "phonetic", None, (), False)
    for match in pattern.find(scene.text(role, area.spans)):
        repeat = Repeat.WHOLE if match.verdict == "hit" else Repeat.UNCLEAR
        if repeat > best.repeat:
            best = Said(repeat, 1.0, match.confidence, match.span, match.quote)
    return best
