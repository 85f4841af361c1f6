"""Single phrases: is it said here, and how sure are we?

Short phrases demand closer matches than long ones, because by chance alone two near syllables turn up in every call and
nine never do.
Where a deduction follows, the evidence decides (:mod:`qa_pipeline.text.evidence`); elsewhere thresholds that were set on
real helpdesk turns that contain none of the phrases (``benchmarks/phrase_recall.py``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

from qa_pipeline.text.align import Hit, Sequel
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.evidence import (
    FLAWLESS,
    SAID_PER_TURN,
    UNSURE_WORDS,
    features,
    flawless,
    probability,
)
from qa_pipeline.text.index import OTHER_CHARACTER
from qa_pipeline.text.lexicon import NOWHERE, Lexicon
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.similarity import FIGURE_FOR_WORD
from qa_pipeline.text.sounds import NEAR
from qa_pipeline.text.types import Match, MatchMode, PartMatch, Pattern

# Least similarity for (hit, doubtful) by number of syllables; the last row serves longer phrases.
_ORDINARY = (
    (0.96, 0.93),
    (0.90, 0.82),
    (0.86, 0.81),
    (0.80, 0.72),
    (0.76, 0.68),
    (0.73, 0.65),
    (0.72, 0.62),
    (0.71, 0.61),
    (0.69, 0.59),
    (0.67, 0.58),
)
_FORBIDDING = (
    (0.97, 0.95),
    (0.965, 0.88),
    (0.95, 0.84),
    (0.90, 0.80),
    (0.87, 0.77),
    (0.84, 0.75),
    (0.81, 0.70),
    (0.78, 0.67),
)
_LIKELY, _UNLIKELY = 0.75, 0.03
"""Where a deduction follows, a place is a hit from the first probability on and nothing under the second: that keeps false
hits, all shipped phrases together, at one in a thousand held-out turns, and what is less likely than three in a hundred is
worth nobody's review."""
_NEGATIONS = frozenset("不没别未无非勿")
_NEAR_ENOUGH = NEAR + OTHER_CHARACTER
_MARGIN = 0.08
"""How far below a given ``min_similarity`` a match is still doubtful."""


def thresholds(syllables: int, *, forbidding: bool, min_similarity: float | None) -> tuple[float, float]:
    """The least similarity for a hit and for a doubtful match."""
    if min_similarity is not None:
        return min_similarity, max(0.0, min_similarity - _MARGIN)
    table = _FORBIDDING if forbidding else _ORDINARY
    return table[min(syllables, len(table)) - 1]


def allowed_errors(syllables: int, least: float) -> int:
    """How many far syllables the search for candidates lets through."""
    return min(int((1 - least) * syllables * 100 / 60 + 1e-9), syllables // 3)


def match_confidence(similarity: float, hit: float, doubtful: float, syllables: int, words: float) -> float:
    """That a match is right, 0 to 1: rises with its margin over the threshold, its length and the words' confidence.

    A hit: 1 - 0.5 exp(-(0.35 + words) x syllables x margin / 1.5), margin = (similarity - hit) / (1 - hit): an exact
    phrase of three syllables heard with 0.8 has 0.95, one at the threshold 0.5. A doubtful one: at most 0.5. The shape is
    reasoned, not yet calibrated.
    """
    if similarity >= hit:
        margin = (similarity - hit) / (1 - hit) if hit < 1 else 1.0
        return round(1 - 0.5 * math.exp(-(0.35 + words) * syllables * margin / 1.5), 4)
    margin = (similarity - doubtful) / (hit - doubtful) if hit > doubtful else 0.0
    return round(max(0.0, min(0.5, 0.5 * margin * (0.5 + 0.5 * words))), 4)


class Phrase:
    """One phrase, compiled. Use :func:`phrase`."""

    def __init__(
        self,
        text: str,
        *,
        mode: MatchMode,
        min_similarity: float | None,
        innocents: Sequence[str],
        forbidding: bool,
        said_per_turn: float = SAID_PER_TURN,
    ) -> None:
        self._source = text
        self._forbidding, self._said_per_turn = forbidding, said_per_turn
        self.sequel = Sequel(normalize(text), mode)
        size = max(1, len(self.sequel))
        self.hit, self.doubtful = thresholds(size, forbidding=forbidding, min_similarity=min_similarity)
        self.errors = allowed_errors(size, self.doubtful)
        self._figures = normalize(text).isdigit()
        self._worst = round((1 - self.doubtful) * size * 100)
        self._weighed = forbidding and min_similarity is None and mode is MatchMode.PHONETIC
        self._innocents = tuple(_compile(i, mode, None, (), forbidding=False) for i in innocents)

    @property
    def source(self) -> str:
        """As the rubric has it."""
        return self._source

    def find(self, text: AlignedText) -> tuple[Match, ...]:
        """All disjoint hits and doubtful places, in order of time."""
        found = self.candidates(text)
        if self._weighed:
            found = [(hit, plain) for hit, plain in found if self._sure(text, hit) >= _UNLIKELY]
        return tuple(self.told(text, hit, plain=plain) for hit, plain in found)

    def candidates(self, text: AlignedText) -> list[tuple[Hit, bool]]:
        """The places that no innocent phrase explains, and whether nothing but their sound speaks against them."""
        hits = self.search(text)
        if not hits:
            return []
        guards = [(i, hit) for i in self._innocents for hit in i.search(text)]
        found = []
        for hit in hits:
            plain: bool | None = not (self._forbidding and self._turned_round(text, hit))
            for innocent, guard in guards:
                plain = self._cancel(text, hit, plain, innocent, guard)
            if plain is not None:
                found.append((hit, plain))
        return found

    def evidence(self, text: AlignedText, hit: Hit) -> dict[str, float] | None:
        """What speaks for and against the phrase at a place; None where it stands there character by character."""
        path = self.sequel.trace(text.index, hit)
        spoken_for = {at for at, _ in path}
        added = [text.index.insertions[i] for i in range(hit.start, hit.end) if i not in spoken_for]
        if flawless(path, added):
            return None
        heard = text.index.chars
        told = [  # a phrase is no number: 巴 for the figure in 王八蛋 is the same sound
            (
                at,
                cost - FIGURE_FOR_WORD
                if cost and at >= 0 and mine.isdigit() != heard[at].isdigit()
                else cost,
            )
            for (at, cost), mine in zip(path, self.sequel.chars, strict=True)
        ]
        return features(told, added, [text.confidence(at, at + 1) if at >= 0 else 1.0 for at, _ in told])

    def _turned_round(self, text: AlignedText, hit: Hit) -> bool:
        """Whether a negation of the phrase was not heard, or one was heard that it lacks: 我不能保证 for 我能保证."""
        if hit.cost <= _NEAR_ENOUGH:
            return False
        path = self.sequel.trace(text.index, hit)
        lost = any(
            c in _NEGATIONS and cost > _NEAR_ENOUGH
            for c, (_, cost) in zip(self.sequel.chars, path, strict=True)
        )
        spoken_for = {at for at, _ in path}
        heard = text.index.chars
        return lost or any(heard[i] in _NEGATIONS and i not in spoken_for for i in range(hit.start, hit.end))

    def _cancel(
        self, text: AlignedText, hit: Hit, plain: bool | None, innocent: Phrase, guard: Hit
    ) -> bool | None:
        """Whether a place stays plain once an innocent phrase near it is heard; None where that explains it."""
        if 3 * (min(hit.end, guard.end) - max(hit.start, guard.start)) < 2 * (hit.end - hit.start):
            return plain
        # Syllables explained less twice the cost: a longer innocent may fit a little worse and still explain more.
        if 100 * len(innocent.sequel) - 2 * guard.cost < 100 * len(self.sequel) - 2 * hit.cost:
            return plain
        # What the innocent says beyond the phrase must itself have been said, every syllable of it: the phrase alone makes
        # 好的投诉 sound like 不是投诉.
        beyond = [
            cost for at, cost in innocent.sequel.trace(text.index, guard) if not hit.start <= at < hit.end
        ]
        unlike = sum(cost > _NEAR_ENOUGH for cost in beyond)
        if not unlike:
            return None if plain is None or innocent._likely(guard) else False
        nearly = self._forbidding and unlike == 1 and len(beyond) >= 3
        return plain and not nearly

    def nearest(self, text: AlignedText, least: float = 0.0) -> Match | None:
        """The closest place, however far (or at least so alike); None in an empty text."""
        if not len(text) or not len(self.sequel):
            return None
        best = min(self.search(text), key=lambda h: h.cost, default=None)
        if best is None:
            # Nothing dearer than this can have the similarity, as it is told: with four decimals.
            worst = math.ceil((1 - least + 0.0001) * 100 * len(self.sequel)) if least > 0 else None
            best = self.sequel.closest(text.index, worst)
        if best is None or best.end <= best.start or round(self.sequel.similarity(best.cost), 4) < least:
            return None
        return self.told(text, best, plain=True)

    def search(self, text: AlignedText) -> list[Hit]:
        """The places at least doubtful, innocents not yet heard."""
        if not len(self.sequel):
            return []
        index = text.index
        if index.foreseen(self.sequel, self.errors) == NOWHERE:
            return []
        return self.sequel.search(index, self.errors, self._worst)

    def _likely(self, hit: Hit) -> bool:
        return self.sequel.similarity(hit.cost) >= self.hit

    def _sure(self, text: AlignedText, hit: Hit) -> float:
        """The probability that a forbidden phrase was said at a place, by its sounds."""
        found = self.evidence(text, hit)
        return FLAWLESS if found is None else probability(found, self._said_per_turn)

    def _judged(self, text: AlignedText, hit: Hit, plain: bool) -> tuple[bool, float]:
        """Whether a place is a sure hit, and how sure the verdict is."""
        words = text.confidence(hit.start, hit.end)
        if self._weighed:
            sure = self._sure(text, hit) * min(1.0, words / UNSURE_WORDS)
            likely = sure >= _LIKELY
        else:
            similarity = self.sequel.similarity(hit.cost)
            sure = match_confidence(similarity, self.hit, self.doubtful, len(self.sequel), words)
            likely = similarity >= self.hit
        return plain and likely, round(sure if plain else min(sure, 0.5), 4)

    def told(self, text: AlignedText, hit: Hit, *, plain: bool) -> Match:
        """A place as a match; ``plain`` as in :meth:`candidates`."""
        similarity = round(self.sequel.similarity(hit.cost), 4)
        span, quote = text.span(hit.start, hit.end), text.quote(hit.start, hit.end)
        likely, confidence = self._judged(text, hit, plain)
        part = PartMatch(
            expected=self._source,
            kind="literal",
            obligatory=True,
            said=similarity >= self.doubtful,
            similarity=similarity,
            span=span,
            quote=quote,
        )
        return Match(
            start=hit.start,
            end=hit.end,
            span=span,
            quote=quote,
            expected=self._source,
            similarity=similarity,
            coverage=1.0 if similarity >= self.doubtful else 0.0,
            verdict="hit" if likely else "doubtful",
            confidence=confidence,
            parts=(part,),
            likeliest="" if likely or self._figures else self._source,
        )


def phrase(
    text: str,
    *,
    mode: MatchMode = MatchMode.PHONETIC,
    min_similarity: float | None = None,
    innocents: Sequence[str] = (),
    forbidding: bool = False,
    said_per_turn: float = SAID_PER_TURN,
) -> Pattern:
    """Compile a phrase.

    Args:
        text: the phrase as written; punctuation does not matter.
        mode: the same characters, similar characters, or similar syllables.
        min_similarity: least similarity (0 to 1) for a hit; by default it depends on the number of syllables.
        innocents: phrases that sound near or contain it and are all right; a hit they explain at least as well is dropped.
        forbidding: a deduction follows from a hit: it takes a closer match, and what is merely near is doubtful.
        said_per_turn: with ``forbidding``, how likely (0 to 1) a turn holds it where it is looked for; an answer to
            a question just asked is far likelier than a forbidden phrase somewhere in a call.
    """
    return _compile(
        text, mode, min_similarity, tuple(innocents), forbidding=forbidding, said_per_turn=said_per_turn
    )


def lexicon(patterns: Iterable[Pattern]) -> Lexicon:
    """The phrases among the patterns (scripts are none), to be expected in a text together."""
    return Lexicon((p.sequel, p.errors) for p in patterns if isinstance(p, Phrase))


@lru_cache(maxsize=8192)
def _compile(
    text: str,
    mode: MatchMode,
    min_similarity: float | None,
    innocents: tuple[str, ...],
    *,
    forbidding: bool,
    said_per_turn: float = SAID_PER_TURN,
) -> Phrase:
    return Phrase(
        text,
        mode=mode,
        min_similarity=min_similarity,
        innocents=innocents,
        forbidding=forbidding,
        said_per_turn=said_per_turn,
    )
