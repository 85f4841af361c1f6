"""Whole scripts: which of their parts were said, where, and is that enough?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.chain import Chosen, best_chain
from qa_pipeline.text.parts import Placement
from qa_pipeline.text.phrases import match_confidence
from qa_pipeline.text.plan import Plan
from qa_pipeline.text.reading import Reading, read
from qa_pipeline.text.template import TemplateError, parse_template
from qa_pipeline.text.template import slots as template_slots
from qa_pipeline.text.types import Match, MatchMode, Pattern, SlotValues
from qa_pipeline.text.zones import Zones

__all__ = ["MIN_COVERAGE", "TemplateError", "check_template", "script", "slot_names"]

MIN_COVERAGE = 0.75
"""Default share of the obligatory parts, by syllables: an opening may lose its number or its courtesy, not both."""
_EVIDENCE = 0.4
"""Share of what must be covered that a first look must find standing together before a place is examined."""


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
    return tuple(dict.fromkeys(s.name for s in template_slots(parse_template(template)) if s.type is None))


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
    used = tuple((name, slots.get(name)) for name in slot_names(template))
    least = MIN_COVERAGE if min_coverage is None else min_coverage
    return _compile(template, used, mode, least, min_similarity)


@lru_cache(maxsize=1024)
def _compile(
    template: str,
    values: tuple[tuple[str, str | None], ...],
    mode: MatchMode,
    min_coverage: float,
    min_similarity: float | None,
) -> Script:
    return Script(template, dict(values), mode, min_coverage, min_similarity)


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
        self._plan = Plan(parse_template(template), values, mode, min_similarity)

    @property
    def source(self) -> str:
        """As the rubric has it."""
        return self._source

    def find(self, text: AlignedText) -> tuple[Match, ...]:
        """All disjoint places where the script was said or may have been, in order of time."""
        if not len(text):
            return ()
        zones = Zones(self._plan.parts, text.index)
        least = _EVIDENCE * self._min_coverage * self._plan.weight
        matches = [m for lo, hi in zones.at_least(max(least, 1)) for m in self._find_in(text, lo, hi)]
        return tuple(sorted(matches, key=lambda m: m.start))

    def nearest(self, text: AlignedText, least: float = 0.0) -> Match | None:
        """The closest place, however far (or at least so alike); None in an empty text or where no part is anywhere near."""
        match = self._nearest(text) if len(text) else None
        return match if match is not None and match.similarity >= least else None

    def _nearest(self, text: AlignedText) -> Match | None:
        zones = Zones(self._plan.parts, text.index)
        readings = [
            read(self._plan.items, text, chosen)
            for lo, hi in zones.at_least(max(zones.highest, 1))
            if (chosen := best_chain(self._plan.items, self._placements(text, lo, hi), text.index))
        ]
        if readings:
            return self._match(text, max(readings, key=lambda r: (r.coverage, r.similarity, -r.start)))
        chosen = self._look_everywhere(text)
        return self._match(text, read(self._plan.items, text, chosen)) if chosen else None

    def _find_in(self, text: AlignedText, lo: int, hi: int) -> Iterator[Match]:
        placements = self._placements(text, lo, hi)
        while True:
            chosen = best_chain(self._plan.items, placements, text.index)
            heard = sum(self._plan.parts[n].weight for n, p in chosen.items() if p.maybe)
            if heard < max(1, _EVIDENCE * self._min_coverage * self._plan.weight):
                return
            reading = read(self._plan.items, text, chosen)
            if reading.coverage_at_most < self._min_coverage:
                return
            yield self._match(text, reading)
            for number, places in placements.items():
                used = chosen.get(number)  # gone in any case, or the same chain would be found for ever
                placements[number] = [
                    p for p in places if p is not used and (p.end <= reading.start or p.start >= reading.end)
                ]

    def _placements(self, text: AlignedText, lo: int, hi: int) -> dict[int, list[Placement]]:
        return {p.number: p.placements(text.index, lo, hi) for p in self._plan.parts if not p.open}

    def _look_everywhere(self, text: AlignedText) -> Chosen:
        """Where nothing is near, the likeliest place of the longest part."""
        spoken = [p for p in self._plan.parts if p.sequels]
        part = max(spoken, key=lambda p: p.weight, default=None)
        place = part.look(text.index, 0, len(text)) if part else None
        return {part.number: place} if part and place else {}

    def _match(self, text: AlignedText, reading: Reading) -> Match:
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
            likeliest=reading.likeliest if not hit and reading.likeliest_coverage >= least else "",
        )
