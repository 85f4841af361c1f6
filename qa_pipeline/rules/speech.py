"""What the phrasing operators share: patterns, searching a role's text, and telling what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, Discriminator, Field, StringConstraints, Tag, model_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Evidence, Message, ParamValue
from qa_pipeline.domain.time import Span
from qa_pipeline.rules.listened import settled
from qa_pipeline.rules.once import This
from qa_pipeline.rules.operator import STRICT, RoleName, WindowedOperator
from qa_pipeline.rules.scene import Scene, searched_roles
from qa_pipeline.rules.verdict import Place
from qa_pipeline.rules.window import Area
from qa_pipeline.text.evidence import SAID_PER_TURN
from qa_pipeline.text.normalize import normalize
from qa_pipeline.text.phrases import phrase
from qa_pipeline.text.script import script
from qa_pipeline.text.types import Match, MatchMode, Pattern
from qa_pipeline.text.words import inside_another, own_words

if TYPE_CHECKING:
    from qa_pipeline.rules.rubric import WordList
    from qa_pipeline.text.aligned import AlignedText

Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True, max_length=500)]
MatchName = Literal["exact", "fuzzy", "phonetic"]
SHOWN_NEAR = 0.5
"""The closest place is shown only where at least this much of it was there; anything less would confuse."""


SHORT_CHARS = 2
"""Up to so many characters a phrase turns up inside other words by chance."""
SHOWN = 4
"""Of many phrases only the first few are told, and only for those is the closest place looked for: that search is slow."""


class GuardedPhrase(BaseModel):
    """A phrase with other wordings of the same thing, and innocent ones that sound like it or contain it."""

    model_config = STRICT

    say: Words
    synonyms: tuple[Words, ...] = Field(
        (), description="other wordings of the same thing, looked for as well; one kind of phrase with it"
    )
    innocents: tuple[Words, ...] = Field(
        (), description="phrases that sound like it or contain it and are all right"
    )

    @property
    def wordings(self) -> tuple[str, ...]:
        """Itself and its synonyms."""
        return (self.say, *self.synonyms)


AnyPhrase = Annotated[
    Annotated[Words, Tag("text")] | Annotated[GuardedPhrase, Tag("guarded")],
    Discriminator(lambda value: "guarded" if isinstance(value, dict | GuardedPhrase) else "text"),
]


class SpokenOperator(WindowedOperator):
    """An operator about words."""

    role: RoleName = Field("agent", description="who should say it: agent, customer or any")
    match: MatchName = Field(
        "phonetic", description="how close: exact, fuzzy (characters) or phonetic (syllables)"
    )
    min_similarity: float | None = Field(
        None, gt=0, le=1, description="0 to 1; default: higher for short phrases than for long ones"
    )


class PhraseOperator(SpokenOperator):
    """An operator with phrases, written here or in a word list."""

    sources: ClassVar[tuple[str, ...]] = ("phrases", "list")
    """The keys that can say what to look for."""
    default_list: ClassVar[str | None] = None
    """The word list where neither phrases nor a list are given."""
    forbidding: ClassVar[bool] = False
    """Whether a deduction follows from a phrase that is said."""

    phrases: tuple[AnyPhrase, ...] = Field(
        (), description="phrases, as text or as {say, synonyms, innocents}; at least one"
    )
    list: str | None = Field(
        None,
        min_length=1,
        pattern=r"^[\w-]+$",
        description="name of a word list, lists/<name>.yaml beside the rubric",
    )

    @model_validator(mode="after")
    def _something_to_say(self) -> Self:
        falls_back = self.default_list is not None and "phrases" not in self.model_fields_set
        if not falls_back and not any(getattr(self, key) for key in self.sources):
            raise PydanticCustomError("rubric.needs_one_of", "", {"keys": self.sources})
        return self

    @cached_property
    def _own(self) -> tuple[GuardedPhrase, ...]:
        return tuple(p if isinstance(p, GuardedPhrase) else GuardedPhrase(say=p) for p in self.phrases)

    def guarded(self, lists: Mapping[str, WordList]) -> tuple[GuardedPhrase, ...]:
        """All phrases, those of the list too."""
        own = self._own
        name = self.list or (None if own else self.default_list)
        if name is None:
            return own
        listed = lists[name].guarded()
        return _joined(This(own), This(listed)) if own else listed

    def patterns(self, lists: Mapping[str, WordList]) -> tuple[Pattern, ...]:
        """The phrases, compiled."""
        return _compiled_all(This(self.guarded(lists)), self.match, self.min_similarity, self.forbidding)

    def own_words(self, scene: Scene) -> tuple[str, ...]:
        """The words of the rubric that count as words here: the phrases, and the values of its variables."""
        return own_words(
            (*(w for p in self.guarded(scene.lists) for w in p.wordings), *scene.variables.values())
        )

    def absence_limit(self, scene: Scene, area: Area) -> float:
        """How sure an absence can be at most."""
        return exact_limit(self.match, scene, area, self.role)

    def wanted(self, scene: Scene) -> tuple[str, ...]:
        """The first few phrases, to tell what was looked for."""
        return tuple(p.say for p in self.guarded(scene.lists)[:SHOWN])

    def looked_for(self, scene: Scene) -> str:
        """The same for evidence, which says when there are more."""
        return " / ".join([*self.wanted(scene), *(["…"] if len(self.guarded(scene.lists)) > SHOWN else [])])

    def told(self, scene: Scene) -> dict[str, ParamValue]:
        """The same for a message: with how many there are, so that nobody takes the first few for all."""
        params: dict[str, ParamValue] = {"what": self.wanted(scene)}
        if (count := len(self.guarded(scene.lists))) > SHOWN:
            params["of"] = count
        return params


@lru_cache(maxsize=4096)
def compiled(
    text: str,
    match: MatchName,
    min_similarity: float | None,
    innocents: tuple[str, ...],
    forbidding: bool,
    said_per_turn: float = SAID_PER_TURN,
) -> Pattern:
    """A phrase, compiled once a process."""
    return phrase(
        text,
        mode=MatchMode(match),
        min_similarity=min_similarity,
        innocents=innocents,
        forbidding=forbidding,
        said_per_turn=said_per_turn,
    )


@lru_cache(maxsize=512)
def _joined(
    own: This[tuple[GuardedPhrase, ...]], listed: This[tuple[GuardedPhrase, ...]]
) -> tuple[GuardedPhrase, ...]:
    return (*own.it, *listed.it)


@lru_cache(maxsize=512)
def _compiled_all(
    phrases: This[tuple[GuardedPhrase, ...]],
    match: MatchName,
    min_similarity: float | None,
    forbidding: bool,
) -> tuple[Pattern, ...]:
    return tuple(
        compiled(words, match, min_similarity, p.innocents, forbidding)
        for p in phrases.it
        for words in p.wordings
    )


@lru_cache(maxsize=1024)
def compiled_script(
    template: str,
    slots: tuple[tuple[str, str | None], ...],
    match: MatchName,
    min_coverage: float | None,
    min_similarity: float | None,
) -> Pattern:
    """A script with its slots filled, compiled once a process and set of values."""
    return script(
        template,
        slots=dict(slots),
        mode=MatchMode(match),
        min_coverage=min_coverage,
        min_similarity=min_similarity,
    )


def search(
    scene: Scene,
    area: Area,
    role: str,
    patterns: Iterable[Pattern],
    *,
    forbidding: bool = False,
    words: tuple[str, ...] | None = None,
) -> tuple[list[Place], list[Place], list[Match]]:
    """Sure and doubtful places in order of time, each place once (the closest phrase wins), and all matches.

    What a second listen says of a doubtful place counts: it becomes a sure one, or none. ``forbidding``: a deduction
    follows from a hit. ``words``: phrases are counted as words, so what is cut out of other words is none (请 in
    申请); these are the rubric's own words.
    """
    found: list[tuple[Match, Role]] = []
    for party, text in texts(scene, area, role):
        matches = (m for pattern in patterns for m in pattern.find(text))
        if words is not None:
            matches = (m for m in matches if not _no_word(text, m, words))
        found += [(s, party) for m in matches if (s := settled(scene, m, party, forbidding=forbidding))]
    found.sort(
        key=lambda f: (f[0].verdict != "hit", -f[0].similarity, -len(f[0].quote), f[0].span, f[0].expected)
    )
    kept: list[tuple[Match, Role]] = []
    for match, party in found:
        if not any(p is party and m.span.overlaps(match.span) for m, p in kept):
            kept.append((match, party))
    kept.sort(key=lambda f: (f[0].span, f[0].expected))
    sure = scene.role_confidence(role)
    hits = [place(m, p, sure) for m, p in kept if m.verdict == "hit"]
    maybe = [place(m, p, sure) for m, p in kept if m.verdict != "hit"]
    return hits, maybe, [m for m, _ in kept]


def _no_word(text: AlignedText, match: Match, words: tuple[str, ...]) -> bool:
    """Whether a short phrase, heard to the letter, is cut out of other words: of a misheard one no boundary is known."""
    return (
        match.end - match.start <= SHORT_CHARS
        and text.text[match.start : match.end] == normalize(match.expected)
        and inside_another(text.text, match.start, match.end, words)
    )


def texts(scene: Scene, area: Area, role: str) -> Sequence[tuple[Role, AlignedText]]:
    """The texts to search for a role, those without a word left out."""
    found = ((party, scene.text(party, area.spans)) for party in searched_roles(role))
    return [(party, text) for party, text in found if len(text)]


def exact_limit(match: MatchName, scene: Scene, area: Area, role: str) -> float:
    """How sure an absence can be at most: an exact match misses a phrase as soon as one character was misheard."""
    return mean_confidence(scene, area, role) if match == "exact" else 1.0


def mean_confidence(scene: Scene, area: Area, role: str) -> float:
    """The recogniser's own confidence in the words of the stretches, the least of the parties; 1 without words."""
    found = [text.confidence(0, len(text)) for _, text in texts(scene, area, role)]
    return round(min(found, default=1.0), 3)


def place(match: Match, role: Role, role_confidence: float) -> Place:
    """A match as a place with its proof."""
    return Place(
        span=match.span,
        evidence=quoted(match, role),
        confidence=round(min(match.confidence, role_confidence), 3),
        doubt="role" if role_confidence < match.confidence else "match",
    )


def quoted(match: Match, role: Role) -> Evidence:
    """A match as evidence."""
    return Evidence(
        kind="quoted",
        span=match.span,
        role=role,
        quote=match.quote,
        expected=match.expected,
        value=round(match.similarity, 3),
        unit="similarity",
    )


def nearest(scene: Scene, area: Area, role: str, patterns: Iterable[Pattern]) -> tuple[Evidence, ...]:
    """The closest that was heard, where it is close enough to be worth showing."""
    best: tuple[Match, Role] | None = None
    for party, text in texts(scene, area, role):
        for pattern in patterns:
            match = pattern.nearest(text, SHOWN_NEAR if best is None else best[0].similarity)
            if match and (best is None or match.similarity > best[0].similarity):
                best = match, party
    return (quoted(*best),) if best else ()


def heard(key: str, places: Sequence[Place]) -> Message:
    """A message about the first place: what was heard and when."""
    first = places[0]
    return Message(
        key=key,
        params={
            "quote": first.evidence.quote or "…",
            "expected": first.evidence.expected or "…",
            "start_s": first.span.start_ms / 1000,
            "times": len(places),
        },
    )


def spans_of(places: Sequence[Place]) -> tuple[Span, ...]:
    """Where they are."""
    return tuple(p.span for p in places)
