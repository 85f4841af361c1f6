"""How likely a place that sounds like a forbidden phrase is that phrase: evidence for and against, syllable by syllable.

Every syllable of the phrase speaks for it or against it, by how it was heard; together they are the log-odds of a logistic
model. An exact sound is strong evidence and a missing or added syllable strong counter-evidence; a sound that differs counts
less against the phrase where the recogniser was itself unsure. Fitted by ``python -m benchmarks.phrase_evidence --fit`` on
real recognition errors and real helpdesk turns of the learning halves; checked on the others by the same command without
``--fit``, which prints the reliability table (docs/design/phrase-matching.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from qa_pipeline.text.index import INSERTION, OTHER_CHARACTER
from qa_pipeline.text.similarity import WRONG_TONE
from qa_pipeline.text.sounds import NEAR

SAME_SOUND = WRONG_TONE + OTHER_CHARACTER
LIGHT = 14 + OTHER_CHARACTER
"""Hundredths up to which a syllable is one light confusion away (in/ing, z/zh, n/l)."""
NEAR_SOUND = NEAR + OTHER_CHARACTER
WEIGHTS = {
    "same": 2.53,
    "light": -1.03,
    "near": -1.53,
    "far": -2.50,
    "missing": -3.72,
    "added": -2.32,
    "edge": 0.94,
    "unsure": 3.32,
    "homophones": 1.80,
}
"""Log-odds per syllable heard with the same sound, lightly off, near, far, not at all; per syllable added inside; per first
or last syllable far or missing; per unit of the recogniser's doubt (1 - word confidence) about syllables of another sound;
for a phrase heard sound by sound."""
BIAS = -8.68
"""Log-odds before anything is heard, where one turn in a hundred holds a forbidden phrase (``SAID_PER_TURN``)."""
SAID_PER_TURN = 0.01
FLAWLESS = 0.99
"""Where every character is the phrase's own: no such place of the learning half was anything else."""
OTHER_SYLLABLE = 0.79
"""Where a syllable was heard as quite another one, or not, or one was added, sound can't tell the phrase from another
wording (不关我们的事 / 不关他们的事): never sure enough for a fatal criterion (0.8)."""
OTHER_WORDING = -0.64
"""Log-odds against such a place besides: with it false hits stay at one in a thousand turns."""
UNSURE_WORDS = 0.5
"""Under this mean word confidence of the place itself, even a perfect match proves less, in proportion."""


def features(
    path: Sequence[tuple[int, int]], insertions: Sequence[int], confidences: Sequence[float]
) -> dict[str, float]:
    """What speaks for and against a phrase, named as the ``WEIGHTS``.

    Args:
        path: per syllable of the phrase the character it was aligned to (-1: none) and its cost, hundredths.
        insertions: costs of the characters inside the place that stand for no syllable.
        confidences: 0 to 1 per syllable, of the word it was heard in; 1 where it was not heard.
    """
    costs = [cost for at, cost in path if at >= 0]
    same = sum(cost <= SAME_SOUND for cost in costs)
    light = sum(SAME_SOUND < cost <= LIGHT for cost in costs)
    near = sum(LIGHT < cost <= NEAR_SOUND for cost in costs)
    added = sum(cost >= INSERTION for cost in insertions)
    return {
        "same": same,
        "light": light,
        "near": near,
        "far": len(costs) - same - light - near,
        "missing": len(path) - len(costs),
        "added": added,
        "edge": sum(at < 0 or cost > NEAR_SOUND for at, cost in (path[0], path[-1])),
        "unsure": sum(
            1 - sure for (_, cost), sure in zip(path, confidences, strict=True) if cost > SAME_SOUND
        ),
        "homophones": added == 0 and same == len(path),
    }


def flawless(path: Sequence[tuple[int, int]], insertions: Sequence[int]) -> bool:
    """Whether the phrase was heard character by character, with nothing but hesitations in between."""
    return not any(cost for _, cost in path) and all(cost < INSERTION for cost in insertions)


def probability(found: Mapping[str, float], said_per_turn: float = SAID_PER_TURN) -> float:
    """0 to 1 that the phrase was said, from its :func:`features` and how many turns hold it where it is looked for."""
    expected = math.log(said_per_turn / (1 - said_per_turn)) - math.log(SAID_PER_TURN / (1 - SAID_PER_TURN))
    odds = BIAS + expected + sum(WEIGHTS[name] * value for name, value in found.items())
    if found["far"] or found["missing"] or found["added"]:
        return min(_share(odds + OTHER_WORDING), OTHER_SYLLABLE)
    return _share(odds)


def _share(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))
