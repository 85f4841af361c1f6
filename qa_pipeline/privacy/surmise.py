"""Names that no wording announces: what the tagger, the family names and the words around them say of them."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from qa_pipeline.domain.call import Role
from qa_pipeline.privacy.cues import REQUEST, Zone
from qa_pipeline.privacy.likely import is_name, said_otherwise, turns
from qa_pipeline.privacy.types import PrivateKind
from qa_pipeline.privacy.zones import no_name
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.surnames import COMPOUND, SINGLE
from qa_pipeline.text.similarity import char_distance
from qa_pipeline.text.tagger import Tagged, listed, tagger
from qa_pipeline.text.words import frequency

EXPECTED, ASKED, ANSWERED = -0.5, 1.0, 2.5
"""How likely a name at the end of a turn must be (logarithm of the odds, :func:`likeliness`): where somebody was perhaps
asked who, where the other party asked or requested anything, and after any other sentence of theirs."""
SAID_BACK = 2.0
"""What it adds that the other party says the same soon after."""
SOON = 24
"""In so many characters."""
TAGGED, TAGGED_TWO = 0.6, 0.9
"""Probability from which on the tagger's word for a name, and for one of two characters, is taken anywhere."""
HARDLY = -3.5
"""Less likely than this, what stands where an agent seems to say a name is none (核实一下 misheard as 核实益下); two in a
hundred names are, misheard at 20 to 30 %."""
ALIKE = 20
"""Distance of characters that sound the same to many, on average."""
_DOUBLE = re.compile(COMPOUND)
_TAIL = re.compile("(?:的名字|这个名字|先生|女士|小姐|没错|谢谢你?|对的?|[啊呀吧呢哦])?$")
"""What may be said after a name."""
_QUESTION = 16
"""Last characters of what the other party said in which it asks."""
_LEAST = 1e-6
_LEAD = 8
"""Characters before the name from which on it does not matter how many they are."""


class Surmise:
    """A call's turns, tagged."""

    def __init__(self, texts: Mapping[Role, AlignedText]) -> None:
        self._texts = texts
        self._turns = {role: list(turns(text)) for role, text in texts.items()}
        self._tagged = tagger().tag([self._line(role, t) for role, ts in self._turns.items() for t in ts])
        self._spoken = {
            role: [(text.span(i, i + 1).start_ms, char) for i, char in enumerate(text.text)]
            for role, text in texts.items()
        }

    def names(self, role: Role, perhaps: Sequence[Zone]) -> list[tuple[int, int]]:
        """Names in one role's text.

        Args:
            role: whose.
            perhaps: where something is expected; a name is sooner believed there.
        """
        others = sorted(s for other, spoken in self._spoken.items() if other is not role for s in spoken)
        who = [(z.start, z.end) for z in perhaps if z.role is role and z.kind is PrivateKind.PERSON]
        found = []
        for start, end in self._turns[role]:
            line = self._line(role, (start, end))
            places = list(_tagged_names(line, self._tagged[line]))
            if role is not Role.AGENT:
                last = bisect_left(others, (self._spoken[role][start][0], ""))
                before_ms = self._spoken[role][start - 1][0] if start else -1
                least = math.inf
                if any(a < end and start < b for a, b in who):
                    least = EXPECTED
                elif last and others[last - 1][0] >= before_ms:  # they spoke since
                    question = "".join(char for _, char in others[max(0, last - _QUESTION) : last])
                    least = ASKED if REQUEST.search(question) else ANSWERED
                then = "".join(char for _, char in others[last : last + SOON])
                places += _name_at_end(line, self._tagged[line], least, then)
            found += [(start + a, start + b) for a, b in places]
        return found

    def hardly(self, role: Role, start: int, end: int) -> bool:
        """Whether nothing within characters ``start`` to ``end`` of a role's text looks like a name; of one character
        nobody can tell."""
        first, last = next(t for t in self._turns[role] if t[0] <= start < t[1])
        line = self._line(role, (first, last))
        start, end = start - first, min(end, last) - first
        places = [(a, b) for a in range(start, end - 1) for b in range(a + 2, min(a + 4, end) + 1)]
        return bool(places) and max(likeliness(line, self._tagged[line], *p) for p in places) < HARDLY

    def _line(self, role: Role, turn: tuple[int, int]) -> str:
        return self._texts[role].text[slice(*turn)]


def candidates(line: str) -> Iterator[tuple[int, int]]:
    """Where a name may stand at the end of a turn: two or three characters, or four after a family name of two."""
    tail = _TAIL.search(line)
    end = tail.start() if tail is not None and tail.start() >= 2 else len(line)
    for start in range(end - 2, max(-1, end - 5), -1):
        if end - start < 4 or _DOUBLE.match(line, start):
            yield start, end


def likeliness(line: str, tagged: Tagged, start: int, end: int) -> float:
    """Logarithm of the odds that characters are a name: a weighted sum of what is observed."""
    weights = _weights()
    return weights["never"] + sum(weights[k] * v for k, v in observed(line, tagged, start, end).items())


def observed(line: str, tagged: Tagged, start: int, end: int) -> Mapping[str, float]:
    """What speaks for and against a name, by the names of the weights in ``models/names.yaml``."""
    double = end - start > 2 and _DOUBLE.match(line, start, end) is not None
    return {
        "person": _logit(tagged.person(start, end)),
        "word_begins": _logit(tagged.begins(start)),
        "family": line[start] in SINGLE or double,
        "double_family": double,
        "everyday": _everyday(line[start:end]),
        "two": end - start == 2,
        "alone": start == 0,
        "lead": min(start, _LEAD),
        "tail": end < len(line),
    }


def _name_at_end(line: str, tagged: Tagged, least: float, then: str) -> list[tuple[int, int]]:
    """The likeliest name with which a turn ends, if it is likely enough; ``then``: what the other party says next."""
    found = [
        (likeliness(line, tagged, a, b) + SAID_BACK * _said_in(line[a:b], then), (a, b))
        for a, b in candidates(line)
        if not (no_name(line[a:b]) or said_otherwise(line, a, b))
    ]
    best = max(found, default=None)
    return [best[1]] if best is not None and best[0] >= least else []


def _tagged_names(line: str, tagged: Tagged) -> Iterator[tuple[int, int]]:
    """Names of which the tagger is sure and that look like one, anywhere in a turn."""
    for start in range(len(line) - 1):
        if tagged.person_begins[start] < TAGGED:
            continue
        for end in range(start + 2, min(start + 4, len(line)) + 1):
            sure = tagged.person(start, end) >= (TAGGED if end - start > 2 else TAGGED_TWO)
            if sure and is_name(line[start:end], by_sound=False):
                yield start, end


def _said_in(chars: str, then: str) -> bool:
    return any(
        sum(char_distance(a, b) for a, b in zip(chars, then[i:], strict=False)) <= ALIKE * len(chars)
        for i in range(len(then) - len(chars) + 1)
    )


def _everyday(chars: str) -> float:
    """How frequent the most frequent word is that they begin with: natural logarithm of its count in the dictionary."""
    return math.log(1 + max(frequency(chars[:n]) for n in range(2, len(chars) + 1)))


def _logit(probability: float) -> float:
    inside = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(inside / (1 - inside))


@cache
def _weights() -> Mapping[str, float]:
    weights: Mapping[str, float] = listed()["score"]
    return weights
