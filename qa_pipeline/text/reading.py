"""What a chain of placements amounts to: every part with what was said for it, and how much of the script that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.chain import Chosen, Item
from qa_pipeline.text.parts import Part, Placement
from qa_pipeline.text.types import PartMatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A placed script with what came of it."""

    parts: tuple[PartMatch, ...]
    start: int
    end: int
    coverage: float
    coverage_at_most: float
    """Counting what may have been said."""
    similarity: float
    syllables: int
    likeliest: str
    """The place as it must have been said if what may have been said was: figures stay as recognised."""
    likeliest_coverage: float
    """Counting those words, but no doubtful figure."""


def read(items: Sequence[Item], text: AlignedText, chosen: Chosen) -> Reading:
    """Every part of the script with what the chain, or a closer look between its links, found for it."""
    chosen = dict(chosen)
    wordings = dict(_told(items, chosen))
    told = list(wordings)
    _fill_gaps(text, told, chosen)
    parts: list[PartMatch] = []
    weight = said_weight = maybe_weight = words_weight = syllables = 0
    cost = 0.0
    placed = [p for p in chosen.values() if p.said or p.maybe] or list(chosen.values())
    for part in told:
        place = chosen.get(part.number)
        parts.append(_part_match(text, part, place, wordings[part]))
        if part.obligatory:
            weight += part.weight
            said_weight += part.weight if place and place.said else 0
            maybe_weight += part.weight if place and place.maybe else 0
            words_weight += part.weight if place and (place.said or _wordable(part, place)) else 0
        if place and (place.said or place.maybe):
            cost += part.weight * (1 - place.similarity)
            syllables += part.weight
    start, end = min(p.start for p in placed), max(p.end for p in placed)
    return Reading(
        parts=tuple(parts),
        start=start,
        end=end,
        coverage=said_weight / weight if weight else 1.0,
        coverage_at_most=maybe_weight / weight if weight else 1.0,
        similarity=1 - cost / syllables if syllables else 0.0,
        syllables=syllables,
        likeliest=_likeliest(text, told, chosen, start, end),
        likeliest_coverage=words_weight / weight if weight else 1.0,
    )


def _wordable(part: Part, place: Placement) -> bool:
    """Whether it may have been said, and in words that are known: not a figure, not an open slot."""
    return place.maybe and not place.said and bool(part.sequels) and not part.strict


def _likeliest(text: AlignedText, told: Sequence[Part], chosen: Chosen, start: int, end: int) -> str:
    """What was recognised from ``start`` to ``end``, with the words of the doubtful parts in their places."""
    doubtful = sorted(
        (place.start, place.end, part.expected)
        for part in told
        if (place := chosen.get(part.number)) is not None and _wordable(part, place)
    )
    pieces: list[str] = []
    at = start
    for first, last, expected in doubtful:
        if first > at:
            pieces.append(text.quote(at, first))
        pieces.append(expected)
        at = max(at, last)
    if end > at:
        pieces.append(text.quote(at, end))
    return "".join(pieces)


def _told(items: Sequence[Item], chosen: Chosen) -> Iterator[tuple[Part, str]]:
    """The parts of the chosen alternatives in order, each with what was expected; where none was said, all of them."""
    for item in items:
        if isinstance(item, Part):
            yield item, item.expected
            continue
        options = [list(_told(o, chosen)) for o in item.options]
        best = max(
            options,
            key=lambda o: sum(chosen[p.number].similarity * p.weight for p, _ in o if p.number in chosen),
        )
        if all(len(o) == 1 for o in options) and best[0][0].number not in chosen:
            yield best[0][0], "|".join(expected for ((_, expected),) in options)
        else:
            yield from best


def _fill_gaps(text: AlignedText, told: Sequence[Part], chosen: Chosen) -> None:
    """Open slots take what lies between their neighbours; parts not found are looked for there with an open mind."""
    index = text.index
    for i, part in enumerate(told):
        place = chosen.get(part.number)
        if place is not None and (place.said or not part.obligatory):
            continue
        before = next((chosen[p.number].end for p in reversed(told[:i]) if p.number in chosen), None)
        after = next((chosen[p.number].start for p in told[i + 1 :] if p.number in chosen), None)
        if before is None and after is None:
            continue
        room = 2 * max(part.weight, part.high, 2) + 4
        lo = before if before is not None else max(0, (after or 0) - room)
        hi = after if after is not None else min(len(text), (before or 0) + room)
        found = _opened(text, part, lo, hi, after is None) if part.open else None
        if not part.open and part.obligatory:
            found = part.look(index, lo, hi)
        if found is not None and (place is None or found.similarity > place.similarity):
            chosen[part.number] = found


def _opened(text: AlignedText, part: Part, lo: int, hi: int, last: bool) -> Placement | None:
    """What fills a slot of any content: all between its neighbours, or as little as will do at the end."""
    if last:
        stop = next((b for b in text.breaks if b > lo), len(text))
        hi = min(stop, lo + (min(part.high, 3) if part.type == "name" else part.low))
    length = hi - lo
    fits = part.low <= length <= part.high
    if length == 0:
        return None
    end = min(hi, lo + part.high)
    return Placement(start=lo, end=end, similarity=1.0 if fits else 0.5, said=fits, maybe=length >= part.low)


def _part_match(text: AlignedText, part: Part, place: Placement | None, expected: str) -> PartMatch:
    base = PartMatch(
        expected=part.expected if place is not None and place.said else expected,
        kind=part.kind,
        obligatory=part.obligatory,
        said=part.open and part.low == 0,
        similarity=1.0 if part.open and part.low == 0 else 0.0,
        note=part.note,
    )
    if place is None or place.end <= place.start:
        return base
    return replace(
        base,
        said=place.said,
        similarity=round(place.similarity, 4),
        span=text.span(place.start, place.end),
        quote=text.quote(place.start, place.end),
    )
