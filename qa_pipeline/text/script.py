"""Whole scripts: which of their parts were said, where, and is that enough?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa_pipeline.text.align import Sequel
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.chain import Chosen, Fork, Item, best_chain
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.parts import Part, Placement
from qa_pipeline.text.phrases import match_confidence
from qa_pipeline.text.template import Choice, Literal, Node, Slot, TemplateError, parse_template, slots
from qa_pipeline.text.types import Match, MatchMode, PartMatch, Pattern, SlotValues

__all__ = ["MIN_COVERAGE", "TemplateError", "check_template", "script", "slot_names"]

MIN_COVERAGE = 0.75
"""Default share of the obligatory parts, by syllables: an opening may lose its number or its courtesy, not both."""
VALUE_UNKNOWN = "slot_value_unknown"
_UNKNOWN_TYPES = (("_id", ("number", 2, 12)), ("name", ("name", 1, 4)))


def check_template(template: str) -> None:
    """Whether a template can be read.

    Raises:
        TemplateError: where and why not.
    """
    parse_template(template)


def slot_names(template: str) -> tuple[str, ...]:
    """The metadata slots of a template, each once, in order.

    Raises:
        TemplateError: the template can't be read.
    """
    return tuple(dict.fromkeys(s.name for s in slots(parse_template(template)) if s.type is None))


def script(
    template: str,
    *,
    slots: SlotValues,
    mode: MatchMode = MatchMode.PHONETIC,
    min_coverage: float | None = None,
    min_similarity: float | None = None,
) -> Pattern:
    """Compile a script for one call.

    Args:
        template: see :mod:`qa_pipeline.text.template`.
        slots: values of the metadata slots; a missing one (None or absent) matches anything of its type, with the
            note ``slot_value_unknown``.
        mode: how close the words of a part must be.
        min_coverage: least share of the obligatory parts, by syllables, default ``MIN_COVERAGE``.
        min_similarity: least similarity of a part that counts as said; by default it depends on its length.

    Raises:
        TemplateError: the template can't be read.
    """
    return Script(
        template, slots, mode, MIN_COVERAGE if min_coverage is None else min_coverage, min_similarity
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A placed script with what came of it."""

    parts: tuple[PartMatch, ...]
    start: int
    end: int
    coverage: float
    coverage_at_most: float
    """Counting what may have been said."""
    similarity: float
    syllables: int


class Script:
    """One template with the values of one call. Use :func:`script`."""

    def __init__(
        self,
        template: str,
        values: SlotValues,
        mode: MatchMode,
        min_coverage: float,
        min_similarity: float | None,
    ) -> None:
        self._source = template
        self._min_coverage = min_coverage
        self._parts: list[Part] = []
        self._items = self._compile(parse_template(template), values, mode, min_similarity, "literal", True)
        longest = max((s for p in self._parts for s in p.sequels), key=len, default=None)
        self._longest: Sequel | None = longest

    @property
    def source(self) -> str:
        """As the rubric has it."""
        return self._source

    def find(self, text: AlignedText) -> tuple[Match, ...]:
        """All disjoint places where the script was said or may have been, in order of time."""
        if not len(text):
            return ()
        matches: list[Match] = []
        placements = {p.number: p.placements(text.index) for p in self._parts if not p.open}
        while True:
            _, chosen = best_chain(self._items, placements, text.index)
            if not any(p.said or p.maybe for p in chosen.values()):
                break
            reading = self._read(text, chosen)
            if reading.coverage_at_most < self._min_coverage:
                break
            matches.append(self._match(text, reading))
            for number, places in placements.items():
                placements[number] = [p for p in places if p.end <= reading.start or p.start >= reading.end]
        return tuple(sorted(matches, key=lambda m: m.start))

    def nearest(self, text: AlignedText) -> Match | None:
        """The closest place, however far; None in an empty text."""
        if not len(text):
            return None
        placements = {p.number: p.placements(text.index) for p in self._parts if not p.open}
        _, chosen = best_chain(self._items, placements, text.index)
        if not chosen:
            for part in self._parts:
                place = (
                    part.look(text.index, 0, len(text))
                    if part.sequels and part.sequels[0] is self._longest
                    else None
                )
                if place is not None:
                    chosen = {part.number: place}
        return self._match(text, self._read(text, chosen)) if chosen else None

    def _compile(
        self,
        nodes: Sequence[Node],
        values: SlotValues,
        mode: MatchMode,
        min_similarity: float | None,
        kind: str,
        obligatory: bool,
    ) -> tuple[Item, ...]:
        items: list[Item] = []
        for node in nodes:
            if isinstance(node, Choice):
                inside = "choice" if len(node.options) > 1 else kind
                options = tuple(
                    self._compile(o, values, mode, min_similarity, inside, obligatory and not node.optional)
                    for o in node.options
                )
                items.append(Fork(options=options, optional=node.optional, source=node.source))
                continue
            part = self._part(node, values, mode, min_similarity, kind, obligatory)
            self._parts.append(part)
            items.append(part)
        return tuple(items)

    def _part(
        self,
        node: Literal | Slot,
        values: SlotValues,
        mode: MatchMode,
        min_similarity: float | None,
        kind: str,
        obligatory: bool,
    ) -> Part:
        number = len(self._parts)
        if isinstance(node, Literal):
            return Part(
                number=number, expected=node.text, kind="choice" if kind == "choice" else "literal",
                obligatory=obligatory, mode=mode, value=node.text, min_similarity=min_similarity,
            )  # fmt: skip
        value = values.get(node.name) if node.type is None else None
        if value is not None and normalize(value):
            return Part(
                number=number, expected=value, kind="slot", obligatory=obligatory, mode=mode, value=value,
                min_similarity=min_similarity,
            )  # fmt: skip
        type_, low, high = node.type, node.low, node.high
        if type_ is None:
            type_, low, high = next(
                (t for end, t in _UNKNOWN_TYPES if node.name.endswith(end)), ("any", 1, 12)
            )
        return Part(
            number=number, expected=str(node), kind="slot", obligatory=obligatory, mode=mode, type_=type_, low=low,
            high=high, note=VALUE_UNKNOWN if node.type is None else None,
        )  # fmt: skip

    def _read(self, text: AlignedText, chosen: Chosen) -> _Reading:
        chosen = dict(chosen)
        told = list(self._told(self._items, chosen))
        self._fill_gaps(text, told, chosen)
        parts, weight, said_weight, maybe_weight, cost, syllables = [], 0, 0, 0, 0.0, 0
        placed = [p for p in chosen.values() if p.said or p.maybe] or list(chosen.values())
        for part in told:
            place = chosen.get(part.number)
            parts.append(_part_match(text, part, place))
            if part.obligatory:
                weight += part.weight
                said_weight += part.weight if place and place.said else 0
                maybe_weight += part.weight if place and place.maybe else 0
            if place and place.said:
                cost += part.weight * (1 - place.similarity)
                syllables += part.weight
        return _Reading(
            parts=tuple(parts),
            start=min(p.start for p in placed),
            end=max(p.end for p in placed),
            coverage=said_weight / weight if weight else 1.0,
            coverage_at_most=maybe_weight / weight if weight else 1.0,
            similarity=1 - cost / syllables if syllables else 0.0,
            syllables=syllables,
        )

    def _told(self, items: Sequence[Item], chosen: Chosen) -> Iterator[Part]:
        """The parts of the chosen alternatives, in order; of the first where none was said."""
        for item in items:
            if isinstance(item, Part):
                yield item
                continue
            options = [list(self._told(o, chosen)) for o in item.options]
            yield from max(
                options,
                key=lambda o: sum(chosen[p.number].similarity * p.weight for p in o if p.number in chosen),
            )

    def _fill_gaps(self, text: AlignedText, told: Sequence[Part], chosen: Chosen) -> None:
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

    def _match(self, text: AlignedText, reading: _Reading) -> Match:
        start, end = reading.start, reading.end
        least = self._min_coverage
        hit = reading.coverage >= least
        # Both matter: how much beyond the least was said, and how closely. 0.1 keeps a script just covered from looking
        # doubtful.
        margin = (reading.coverage - least + 0.1) / (1.1 - least) * max(0.0, (reading.similarity - 0.5) / 0.5)
        words = text.confidence(start, end)
        confidence = match_confidence(max(0.0, margin), 0.0, -1.0, reading.syllables, words)
        if not hit:
            confidence = round(0.5 * min(1.0, reading.coverage_at_most) * (0.5 + 0.5 * words), 4)
        return Match(
            start=start,
            end=end,
            span=text.span(start, end),
            quote=text.quote(start, end),
            expected=self._source,
            similarity=round(reading.similarity, 4),
            coverage=round(reading.coverage, 4),
            verdict="hit" if hit else "doubtful",
            confidence=confidence,
            parts=reading.parts,
        )


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


def _part_match(text: AlignedText, part: Part, place: Placement | None) -> PartMatch:
    base = PartMatch(
        expected=part.expected,
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
