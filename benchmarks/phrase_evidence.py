"""The evidence model of forbidden phrases: how it is fitted, and how often a stated confidence is right.

``python -m benchmarks.phrase_evidence`` (``QA_SHARED_DATA`` names the folder that holds ``helpdesk_quality``) prints the
reliability table on material that nothing was learnt from: errors of other speakers, other phrases, other dialogues.
``--fit`` fits the weights of ``qa_pipeline/text/evidence.py`` on the learning halves and prints them.

Said phrases are garbled inside ordinary talk at 10 to 40 % character errors; what was not said comes from real helpdesk
turns, as written and at 20 % errors. The two are weighed as if one turn in a hundred held a forbidden phrase.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.learnt_errors import ErrorModel, Heard
from benchmarks.phrase_material import ORDINARY, heard_as
from benchmarks.shipped_phrases import Forbidden, forbidden
from qa_pipeline.text.evidence import SAID_PER_TURN, WEIGHTS
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.phrases import Phrase, phrase
from qa_pipeline.text.types import Match, Pattern

LINES = ("telephone", "fast", "noise", "loud_noise")
RATES = (0.1, 0.2, 0.3, 0.4)
TURN_RATES = (0.0, 0.2)
LOOSE = 0.63
"""What is fitted sees places beyond those that are reported, or their limit would show in the weights."""
BINS = (0.0, 0.1, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """Material of one half: error model, phrases, turns."""

    model: ErrorModel
    phrases: tuple[Forbidden, ...]
    turns: tuple[str, ...]


def half(data: Path, *, learning: bool) -> Half:
    """The learning half (with the sample calls' voices) or the testing one. Turns: even dialogues learn, odd ones test."""
    parts = [("learn" if learning else "test", line) for line in LINES]
    if learning:
        parts.append(("samples", "line"))
    turns: list[str] = []
    with (data / "helpdesk_quality" / "dialogues.jsonl").open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if (number % 2 == 0) == learning:
                turns += ["".join(t["utterances"]) for t in json.loads(line)["turns"]]
    random.Random(5).shuffle(turns)
    return Half(model=ErrorModel(parts), phrases=forbidden(tuned=learning), turns=tuple(turns))


def compiled(say: Forbidden, *, loose: bool = False) -> Phrase:
    """The phrase as ``must_not_say`` looks for it; ``loose``: with places in sight that are no match at all."""
    limit = LOOSE if loose else None
    pattern = phrase(say.say, innocents=say.innocents, forbidding=True, min_similarity=limit)
    assert isinstance(pattern, Phrase)
    return pattern


def surroundings(pattern: Pattern, say: str, rng: random.Random) -> tuple[str, str]:
    """Ordinary talk before and after, such that no innocent explains the phrase there (不知道 before 您方便…)."""
    while True:
        before, after = rng.choice(ORDINARY), rng.choice(ORDINARY)
        found = pattern.find(heard_as([(c, 1.0) for c in before + say + after]))
        if any(m.verdict == "hit" and m.similarity == 1 for m in found):
            return before, after


def said(
    half_: Half, rounds: int, rng: random.Random, *, loose: bool
) -> Iterator[tuple[float, Phrase, Heard, int, int]]:
    """Garbled phrases in garbled talk: rate, phrase, what was heard, and between which characters the phrase lies."""
    for rate in RATES:
        for _ in range(rounds):
            for say in half_.phrases:
                pattern = compiled(say, loose=loose)
                before, after = surroundings(pattern, say.say, rng)
                pieces = [half_.model.garble(t, rate, rng) for t in (before, say.say, after)]
                first, last = (
                    len(normalize("".join(c for c, _ in p))) for p in (pieces[0], pieces[0] + pieces[1])
                )
                yield rate, pattern, [c for p in pieces for c in p], first, last


def innocent(
    half_: Half, count: int, rng: random.Random, *, loose: bool
) -> Iterator[tuple[float, Phrase, Heard]]:
    """Real turns and the phrases they do not contain."""
    patterns = [(normalize(s.say), compiled(s, loose=loose)) for s in half_.phrases]
    for turn in half_.turns[:count]:
        clean = normalize(turn)
        for rate in TURN_RATES:
            heard = half_.model.garble(turn, rate, rng)
            for text, pattern in patterns:
                if text not in clean:
                    yield rate, pattern, heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One place: its features (None: character by character), what the product says, and the truth with its weight."""

    features: dict[str, float] | None
    match: Match
    right: bool
    weight: float


def cases(half_: Half, rounds: int, turns: int, *, loose: bool = False) -> list[Case]:
    """All places of both kinds that a negation or an innocent does not make doubtful anyway."""
    rng = random.Random(11)
    found: list[Case] = []
    turns = min(turns, len(half_.turns))
    weight = SAID_PER_TURN * turns * len(TURN_RATES) / (rounds * len(RATES) * len(half_.phrases))
    for _, pattern, heard, first, last in said(half_, rounds, rng, loose=loose):
        found += _cases(pattern, heard, weight, first, last)
    last_heard, text = None, None
    for _, pattern, heard in innocent(half_, turns, rng, loose=loose):
        if heard is not last_heard:
            last_heard, text = heard, heard_as(heard)
        assert text is not None
        for hit, plain in pattern.candidates(text) if len(text) else ():
            if plain:
                match = pattern.told(text, hit, plain=True)
                found.append(Case(features=pattern.evidence(text, hit), match=match, right=False, weight=1.0))
    return found


def _cases(pattern: Phrase, heard: Heard, weight: float, first: int, last: int) -> Iterator[Case]:
    text = heard_as(heard)
    for hit, plain in pattern.candidates(text):
        if plain and hit.start < last and hit.end > first:
            match = pattern.told(text, hit, plain=True)
            yield Case(features=pattern.evidence(text, hit), match=match, right=True, weight=weight)


def fit(found: Sequence[Case]) -> None:
    """Print the weights; the bias is moved to where one turn in a hundred holds a phrase."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    flawless = [c for c in found if c.features is None]
    other = [(c.features, c) for c in found if c.features is not None]
    names = list(WEIGHTS)
    x = np.array([[f[n] for n in names] for f, _ in other], float)
    y = np.array([c.right for _, c in other], int)
    model = LogisticRegression(C=3, max_iter=10_000).fit(x, y)
    moved = math.log(next(c.weight for c in found if c.right))
    print(f"{y.sum()} said and {(1 - y).sum()} other places")
    print("WEIGHTS =", {n: round(float(w), 2) for n, w in zip(names, model.coef_[0], strict=True)})
    print(f"BIAS = {model.intercept_[0] + moved:.2f}")
    wrong = sum(not c.right for c in flawless)
    print(f"character by character: {len(flawless) - wrong} said, {wrong} other")


def reliability(found: Sequence[Case]) -> None:
    """Print how often a stated confidence is right."""
    print("stated       right   said  other   (right: weighed to one said phrase in a hundred turns)")
    for low, high in pairwise(BINS):
        inside = [c for c in found if low <= c.match.confidence < high]
        if inside:
            total = sum(c.weight for c in inside)
            right = sum(c.weight for c in inside if c.right)
            stated = sum(c.weight * c.match.confidence for c in inside) / total
            count = sum(c.right for c in inside)
            print(
                f"{low:.2f}-{min(high, 1):.2f} {stated:.2f}  {right / total:.3f} {count:6} {len(inside) - count:6}"
            )
    for limit in (0.6, 0.8):
        inside = [c for c in found if c.match.verdict == "hit" and c.match.confidence >= limit]
        right = sum(c.weight for c in inside if c.right) / max(sum(c.weight for c in inside), 1e-9)
        print(f"hits stated with {limit} and more: {right:.3f} right ({len(inside)} places)")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--turns", type=int, default=6000)
    options = parser.parse_args()
    place = os.environ.get("QA_SHARED_DATA")
    if not place or not (Path(place) / "helpdesk_quality").is_dir():
        print("QA_SHARED_DATA must name the folder that holds helpdesk_quality.", file=sys.stderr)
        return 2
    chosen = half(Path(place), learning=options.fit)
    print(f"{len(chosen.phrases)} phrases, {chosen.model.describe()}")
    if options.fit:
        fit(cases(chosen, options.rounds, options.turns, loose=True))
    reliability(cases(chosen, options.rounds, options.turns))
    return 0


if __name__ == "__main__":
    sys.exit(main())
