"""Was a number said again? The figures of two parties side by side, with what recognition may have done to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

SOUND_ALIKE = frozenset(("17", "69", "06"))
"""Figures that recognisers take for each other: yī and qī, liù and jiǔ, líng and liù."""
SURE = 0.85
"""A figure heard less surely than this may have been another."""
ENOUGH = 2
"""Recognisers get one figure wrong far oftener than people do, sometimes with confidence; so many prove a difference."""
ATTEMPT = 0.4
"""With more than this share of the figures different it is another number."""
LEAST_PART = 4
"""Fewer figures than this that occur in a number occur in it by chance."""
LONGEST = 80


class Repeat(IntEnum):
    """How a number was said again, worst first."""

    NONE = 0
    DIFFERENT = 1
    UNCLEAR = 2
    PART = 3
    WHOLE = 4


@dataclass(frozen=True, slots=True)
class Comparison:
    """``share`` of the figures that were repeated; ``confidence`` 0 to 1 that the figures really differ."""

    repeat: Repeat
    share: float = 0.0
    confidence: float = 0.0


def compare(
    given: str, given_sure: Sequence[float], said: str, said_sure: Sequence[float], *, tail: bool = False
) -> Comparison:
    """How ``said`` repeats ``given``.

    Different means: two figures were replaced by ones that sound unlike them, and all were heard surely. Only one such
    figure is unclear, with the confidence that it was; what is left out or added is unclear without any, since recognisers
    swallow repeated figures.

    Args:
        given: the number.
        given_sure: per figure, how surely it was heard.
        said: figures of the other party, the number perhaps among them.
        said_sure: the same for these.
        tail: they were announced as the last figures of the number.
    """
    said, said_sure = said[:LONGEST], said_sure[:LONGEST]
    if not given or not said:
        return Comparison(Repeat.NONE)
    if given in said:
        return Comparison(Repeat.WHOLE, 1.0)
    if len(said) < len(given) and said in given and (len(said) >= LEAST_PART or tail):
        return Comparison(Repeat.PART, len(said) / len(given))
    if tail and len(said) < len(given):
        given, given_sure = given[-len(said) :], given_sure[-len(said) :]
    pairs = _align(given, said)
    wrong = [(i, j) for i, j in pairs if i is None or j is None or given[i] != said[j]]
    if len(wrong) > ATTEMPT * len(given):
        return Comparison(Repeat.NONE)
    solid = [
        min(given_sure[i], said_sure[j])
        for i, j in wrong
        if i is not None and j is not None and "".join(sorted(given[i] + said[j])) not in SOUND_ALIKE
    ]
    share = 1 - len(wrong) / len(given)
    solid = sorted((s for s in solid if s >= SURE), reverse=True)
    if not solid:
        return Comparison(Repeat.UNCLEAR, share)
    enough = len(solid) >= ENOUGH
    return Comparison(
        Repeat.DIFFERENT if enough else Repeat.UNCLEAR, share, round(0.95 * solid[enough and ENOUGH - 1], 3)
    )


def close(left: str, right: str, *, least: float) -> bool:
    """Whether two numbers are the same but for recognition: enough figures agree (a share), or one holds the other."""
    if left in right or right in left:
        return min(len(left), len(right)) >= LEAST_PART
    shorter, longer = sorted((left, right), key=len)
    wrong = sum(i is None or j is None or shorter[i] != longer[j] for i, j in _align(shorter, longer))
    return 1 - wrong / len(shorter) >= least


def _align(given: str, said: str) -> list[tuple[int | None, int | None]]:
    """The cheapest alignment of all of ``given`` with a stretch of ``said`` (edit distance, free ends in ``said``)."""
    rows = [[0] * (len(said) + 1)]
    for i, figure in enumerate(given, 1):
        row = [i]
        for j, other in enumerate(said, 1):
            row.append(min(rows[i - 1][j - 1] + (figure != other), rows[i - 1][j] + 1, row[j - 1] + 1))
        rows.append(row)
    # Of two as many figures, the last one was changed rather than left out.
    level = len(said) if len(said) == len(given) else -1
    i, j = len(given), min(range(len(said) + 1), key=lambda k: (rows[-1][k], k != level, k))
    pairs: list[tuple[int | None, int | None]] = []
    while i:
        if j and rows[i][j] == rows[i - 1][j - 1] + (given[i - 1] != said[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif rows[i][j] == rows[i - 1][j] + 1:
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    return pairs[::-1]
