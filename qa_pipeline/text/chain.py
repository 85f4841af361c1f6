"""Putting the parts of a script in order: which placements together tell the script best."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from qa_pipeline.text.index import TextIndex
from qa_pipeline.text.parts import Part, Placement

MAX_GAP = 30
"""Most characters between two parts that belong together."""
_GAP_COST = 4
"""Hundredths per character between parts that neither said nor fill a slot."""
_BREAK_COST = 50
"""Hundredths per long pause between parts."""
_GAIN_ABOVE = 0.35
"""A placement gains weight x (similarity - this): a bad one is worth less than none."""
_WIDTH = 48
"""States kept per step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """One of several sequences, or none of them."""

    options: tuple[tuple[Item, ...], ...]


Item: TypeAlias = Part | Fork
Chosen: TypeAlias = dict[int, Placement]


class _State:
    __slots__ = ("before", "open_high", "open_low", "part", "place", "pos", "score")

    def __init__(
        self,
        pos: int,
        score: float,
        before: _State | None,
        part: int,
        place: Placement | None,
        open_low: int = 0,
        open_high: int = 0,
    ) -> None:
        self.pos, self.score = pos, score
        self.before, self.part, self.place = before, part, place
        self.open_low, self.open_high = open_low, open_high


def best_chain(
    items: Sequence[Item], placements: Mapping[int, Sequence[Placement]], index: TextIndex
) -> Chosen:
    """The best order-keeping choice of placements, by part number (placed parts only)."""
    breaks = index.breaks
    states = _advance(items, [_State(-1, 0.0, None, -1, None)], placements, breaks)
    best = max(states, key=lambda s: (s.score, -s.pos))
    chosen: Chosen = {}
    state: _State | None = best
    while state is not None:
        if state.place is not None:
            chosen[state.part] = state.place
        state = state.before
    return chosen


def _advance(
    items: Sequence[Item],
    states: list[_State],
    placements: Mapping[int, Sequence[Placement]],
    breaks: tuple[int, ...],
) -> list[_State]:
    for item in items:
        if isinstance(item, Fork):
            reached = [s for option in item.options for s in _advance(option, states, placements, breaks)]
            states = _best(reached + states)
        elif item.open:
            states = [
                _State(s.pos, s.score, s, -1, None, s.open_low + item.low, s.open_high + item.high)
                for s in states
            ]
        else:
            states = _best(states + _place(item, states, placements[item.number], breaks))
    return states


def _place(
    part: Part, states: list[_State], placements: Sequence[Placement], breaks: tuple[int, ...]
) -> list[_State]:
    placed = []
    weight = part.weight if part.obligatory else 0.5 * part.weight
    for place in placements:
        gain = 100 * max(weight, 1) * (place.similarity - _GAIN_ABOVE)
        best: _State | None = None
        best_score = -1.0
        for state in states:
            if state.pos < 0:
                score = gain
            else:
                gap = place.start - state.pos
                if gap < 0 or gap > MAX_GAP + state.open_high:
                    continue
                over = max(0, gap - state.open_high, state.open_low - gap)
                score = state.score + gain - _GAP_COST * over
                if breaks:
                    score -= _BREAK_COST * (
                        bisect_right(breaks, place.start) - bisect_left(breaks, state.pos)
                    )
            if score > best_score:
                best, best_score = state, score
        if best is not None:
            placed.append(_State(place.end, best_score, best, part.number, place))
    return placed


def _best(states: list[_State]) -> list[_State]:
    """The best state per position and open slot, the best ``_WIDTH`` of them."""
    kept: dict[tuple[int, int, int], _State] = {}
    for state in states:
        where = (state.pos, state.open_low, state.open_high)
        other = kept.get(where)
        if other is None or state.score > other.score:
            kept[where] = state
    if len(kept) <= _WIDTH:
        return list(kept.values())
    return sorted(kept.values(), key=lambda s: -s.score)[:_WIDTH]
