"""From a template and the values of one call to compiled parts."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.text.chain import Fork, Item
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.parts import Part, PartKind
from qa_pipeline.text.phrases import thresholds
from qa_pipeline.text.template import Choice, Literal, Node, Slot
from qa_pipeline.text.types import MatchMode, SlotValues

_NEIGHBOURS_HELP = 0.06
VALUE_UNKNOWN = "slot_value_unknown"
_UNKNOWN_TYPES = (("_id", ("number", 2, 12)), ("name", ("name", 1, 4)))
_UNKNOWN = ("any", 1, 12)
"""What a metadata slot without a value may hold, by the end of its name."""


class Plan:
    """The parts of a script, and how they may follow each other."""

    def __init__(
        self, nodes: Sequence[Node], values: SlotValues, mode: MatchMode, min_similarity: float | None
    ) -> None:
        self._values = values
        self._mode = mode
        self._min_similarity = min_similarity
        self.parts: list[Part] = []
        self.items = self._compile(nodes, "literal", obligatory=True)
        self.weight = _weight(self.items)
        """Syllables of the obligatory parts; of several alternatives the shortest counts."""
        if min_similarity is None and mode is not MatchMode.EXACT:
            self._demand_more_of_short_scripts()

    def _demand_more_of_short_scripts(self) -> None:
        """Few syllables stand anywhere by chance, so what is short as a whole is judged nearly like a phrase."""
        spoken = [p for p in self.parts if p.obligatory and p.sequels]
        together, _ = thresholds(max(1, self.weight), forbidding=False, min_similarity=None)
        for part in spoken:
            if part.weight >= self.weight:  # it is the script
                alone, doubtful = thresholds(part.weight, forbidding=False, min_similarity=None)
                part.least, part.borderline = alone, alone - doubtful
            else:
                part.least = max(part.least, together - _NEIGHBOURS_HELP)

    def _compile(self, nodes: Sequence[Node], kind: PartKind, *, obligatory: bool) -> tuple[Item, ...]:
        items: list[Item] = []
        for node in nodes:
            if isinstance(node, Choice):
                inside: PartKind = "choice" if len(node.options) > 1 else kind
                needed = obligatory and not node.optional
                options = tuple(self._compile(o, inside, obligatory=needed) for o in node.options)
                items.append(Fork(options=options))
            else:
                part = self._part(node, kind, obligatory)
                self.parts.append(part)
                items.append(part)
        return tuple(items)

    def _part(self, node: Literal | Slot, kind: PartKind, obligatory: bool) -> Part:
        value: str | None
        if isinstance(node, Literal):
            expected, value = node.text, node.text
        else:
            value = self._values.get(node.name) if node.type is None else None
            kind = "slot"
            expected = value if value is not None and normalize(value) else str(node)
        type_, low, high, note = None, 0, 0, None
        if value is None or not normalize(value):
            value = None
            assert isinstance(node, Slot)
            type_, low, high = node.type, node.low, node.high
            if type_ is None:
                type_, low, high = next((t for end, t in _UNKNOWN_TYPES if node.name.endswith(end)), _UNKNOWN)
                note = VALUE_UNKNOWN
        return Part(
            number=len(self.parts), expected=expected, kind=kind, obligatory=obligatory, mode=self._mode, value=value,
            type_=type_, low=low, high=high, note=note, min_similarity=self._min_similarity,
        )  # fmt: skip


def _weight(items: Sequence[Item]) -> int:
    total = 0
    for item in items:
        if isinstance(item, Part):
            total += item.weight if item.obligatory else 0
        else:
            total += min(_weight(option) for option in item.options)
    return total
