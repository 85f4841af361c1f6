"""Recognition errors drawn from real ones: the error model behind the phrase benchmarks.

A substitution is drawn from those that were really heard for the same sound, or, where few were, from how often initials
and finals were heard for each other; deletions, insertions and word confidences come from the same counts. Which speakers
they come from is chosen by the caller, so that the errors of the tests are other people's than those learnt from.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property

from benchmarks.corruption import homophones, spelling
from benchmarks.error_pairs import load

Heard = list[tuple[str, float]]
"""Characters with the confidence of their word."""
_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_FEW = 4
"""With so many substitutions of a sound heard, half are drawn from them and half from the parts of syllables."""


class ErrorModel:
    """Errors of some sets and line conditions of ``error_pairs.json``.

    Args:
        parts: names as (set, line condition).
    """

    def __init__(self, parts: Sequence[tuple[str, str]]) -> None:
        sets = load()
        chosen = [sets[name][line] for name, line in parts]
        self.substitutions: Counter[str] = Counter()
        self.deletions = self.characters = 0
        self.insertions: Counter[str] = Counter()
        for counts in chosen:
            self.substitutions.update(counts["substitutions"])
            self.insertions.update(counts["insertions"])
            self.deletions += sum(counts["deletions"].values())
            self.characters += counts["characters"]
        self._confidence = {
            kind: [q for counts in chosen for q in counts["confidence"][kind]] for kind in ("right", "wrong")
        }

    @property
    def num_errors(self) -> int:
        """How many real errors it rests on."""
        return self.substitutions.total() + self.deletions + self.insertions.total()

    def describe(self) -> str:
        """The numbers it rests on, and what kinds of substitutions they are."""
        kinds: Counter[str] = Counter()
        for pair, count in self.substitutions.items():
            a, b = _split(spelling(pair[0])), _split(spelling(pair[1]))
            same = sum(x == y for x, y in zip(a, b, strict=True))
            kinds[("both", "one", "homophone")[same]] += count
        total = max(self.substitutions.total(), 1)
        return (
            f"{self.characters} characters, {self.num_errors} errors: {self.substitutions.total()} substitutions "
            f"({kinds['homophone'] / total:.0%} homophones, {kinds['one'] / total:.0%} other initial or final, "
            f"{kinds['both'] / total:.0%} both), {self.deletions} deletions, {self.insertions.total()} insertions"
        )

    def garble(self, text: str, rate: float, rng: random.Random) -> Heard:
        """The text as heard: each Han character hit by an error with the given probability."""
        kinds = ("substitution", "deletion", "insertion")
        weights = (self.substitutions.total(), self.deletions, self.insertions.total())
        out: Heard = []
        for char in text:
            if not "\u4e00" <= char <= "\u9fff" or rng.random() >= rate:
                out.append((char, self._sure("right", rng)))
                continue
            kind = rng.choices(kinds, weights)[0]
            if kind == "insertion":
                out.append((char, self._sure("right", rng)))
                out.append((_drawn(self.insertions, rng), self._sure("wrong", rng)))
            elif kind == "substitution":
                out.append((self._other(char, rng), self._sure("wrong", rng)))
        return out

    def _sure(self, kind: str, rng: random.Random) -> float:
        return float(rng.choice(self._confidence[kind]))

    def _other(self, char: str, rng: random.Random) -> str:
        sound = spelling(char)
        known = self._by_sound.get(sound, Counter())
        if known and rng.random() < known.total() / (known.total() + _FEW):
            return _drawn(known, rng)
        initial, final = _split(sound)
        change = _drawn(self._changes, rng)
        for _ in range(20):
            other = (
                _drawn(self._initials[initial], rng) if "i" in change else initial,
                _drawn(self._finals[final], rng) if "f" in change else final,
            )
            chars = homophones().get("".join(other), ())
            if chars and (change != "=" or chars != [char]):
                return rng.choice([c for c in chars if c != char] or chars)
        return rng.choice(homophones().get(sound, [char]))

    @cached_property
    def _by_sound(self) -> dict[str, Counter[str]]:
        """Toneless syllable to the characters heard for it."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for pair, count in self.substitutions.items():
            found[spelling(pair[0])][pair[1]] += count
        return found

    @cached_property
    def _changes(self) -> Counter[str]:
        """What differs: nothing (``=``), the initial, the final, both."""
        found: Counter[str] = Counter()
        for pair, count in self.substitutions.items():
            a, b = _split(spelling(pair[0])), _split(spelling(pair[1]))
            found[("i" if a[0] != b[0] else "") + ("f" if a[1] != b[1] else "") or "="] += count
        return found

    @cached_property
    def _initials(self) -> dict[str, Counter[str]]:
        return self._parts(0)

    @cached_property
    def _finals(self) -> dict[str, Counter[str]]:
        return self._parts(1)

    def _parts(self, part: int) -> dict[str, Counter[str]]:
        """Per initial (or final) what was heard for it; anything that was ever heard stays possible."""
        everywhere: Counter[str] = Counter()
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for pair, count in self.substitutions.items():
            a, b = _split(spelling(pair[0]))[part], _split(spelling(pair[1]))[part]
            if a != b:
                found[a][b] += (
                    4 * count
                )  # four times, so that what is possible everywhere weighs as one part in some
                everywhere[b] += count
        total = everywhere.total()
        scaled = Counter({k: 4 * n / total for k, n in everywhere.items()})
        mixed: dict[str, Counter[str]] = defaultdict(lambda: Counter(scaled))
        for a, counts in found.items():
            mixed[a] = counts + scaled
        return mixed


def _split(sound: str) -> tuple[str, str]:
    initial = next((i for i in _INITIALS if sound.startswith(i)), "")
    return initial, sound[len(initial) :]


def _drawn(counts: Counter[str], rng: random.Random) -> str:
    return rng.choices(list(counts), list(counts.values()))[0]
