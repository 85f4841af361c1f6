"""``similar_to``."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.rules.judge import absent, window_params
from qa_pipeline.rules.operator import RoleName, WindowedOperator
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.speech import SHOWN, Words, heard, texts
from qa_pipeline.rules.verdict import Place, Truth, Verdict
from qa_pipeline.rules.window import Area
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.likeness import Likeness, example
from qa_pipeline.text.normalize import normalize

DOUBTFUL_BELOW = 0.2
"""This far below ``min_similarity`` it may still have been said in other words."""
SURE_ABOVE = 0.15
"""This far above ``min_similarity`` a likeness is quite sure."""
MIN_CHARS = 4
"""Shorter sentences share all they have with too many others."""


class SimilarTo(WindowedOperator):
    """Something like one of the example sentences is said, in whatever words.

    Give several sentences that mean the same in different words. What the role says is compared with each, by the
    characters and syllables they share, so a homophone or a changed order does not matter much. Best for things people say
    in many ways; where the wording is fixed, `must_say` is far surer.

    It compares words, not meaning. Measured (`python -m benchmarks.similar_sentences`, five wordings of each of six
    intents, each looked for with the other four): at the default 0.45 a third of the unseen wordings was surely found and
    95 % at least doubtfully; with 20 % of the characters misheard 18 % and 86 %. Of 1,000 real turns that have no
    business with the sentence, 0 to 3 were taken for it. More examples find more. A negation on one side only (能 and
    不能) makes a place doubtful.

    Because an unseen wording may share little, "not said" is rarely sure: it costs points only where nothing in the window
    comes near any example (likeness under 0.20, where 2 to 5 % of the unseen wordings lay). One turn in four comes nearer
    than that by chance, so over a whole call the answer is met or needs review, hardly ever not met: give a narrow
    `within`, or use it to find places (`when`, `within: {after: …}`, `any_of` beside `must_say`).

    ```yaml
    check:
      op: similar_to
      examples: [我非常理解您现在的心情, 换作是我我也会着急, 我明白您现在一定很着急]
    ```

    PASS: 客服：您现在的心情我非常能理解

    FAIL: 客服：单号报一下
    """

    located: ClassVar[bool] = True

    op: Literal["similar_to"]
    role: RoleName = Field("agent", description="who should say it: agent, customer or any")
    examples: tuple[Words, ...] = Field(
        min_length=1, max_length=50, description="sentences that mean the same, in different words"
    )
    min_similarity: float = Field(0.45, ge=0.3, le=1, description="least likeness, 0.3 to 1")

    @field_validator("examples")
    @classmethod
    def _long_enough(cls, examples: tuple[str, ...]) -> tuple[str, ...]:
        for text in examples:
            if len(normalize(text)) < MIN_CHARS:
                raise PydanticCustomError("rubric.example_too_short", "", {"text": text, "least": MIN_CHARS})
        return examples

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Compare the role's words with each example."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        hits, maybe, nearest = self._search(scene, area)
        if hits:
            surest = max(hits, key=lambda p: p.confidence)
            return Verdict(
                truth=Truth.MET,
                confidence=surest.confidence,
                message=_told("similar", surest),
                evidence=tuple(p.evidence for p in hits),
                hits=tuple(hits),
                count=len(hits),
                share=1.0,
                doubt=surest.doubt,
            )
        if maybe:
            likeliest = max(maybe, key=lambda p: p.evidence.value or 0.0)
            return Verdict(
                truth=Truth.UNCERTAIN,
                confidence=likeliest.confidence,
                message=_told("similar_maybe", likeliest),
                evidence=tuple(p.evidence for p in maybe),
                maybe=tuple(maybe),
                doubt="match",
            )
        params = {**window_params(area), "what": self.examples[:SHOWN]}
        # Half sure at the edge of doubt, surer the less anything was like it.
        limit = 0.5 + 2 * (self.min_similarity - DOUBTFUL_BELOW - nearest)
        return absent(
            scene,
            area,
            self.role,
            Message(key="similar_absent", params=params),
            expected=" / ".join(self.examples[:SHOWN]),
            limit=round(min(1.0, max(0.0, limit)), 3),
        )

    def _search(self, scene: Scene, area: Area) -> tuple[list[Place], list[Place], float]:
        """Sure and doubtful places in order of time, each place once, and how near the nearest of all comes."""
        found: list[tuple[Likeness, str, Role, AlignedText]] = []
        nearest = 0.0
        for party, text in texts(scene, area, self.role):
            for sentence in self.examples:
                alike = example(sentence).find(text, 0.0)
                nearest = max([nearest, *(a.similarity for a in alike[:1])])
                found += [(a, sentence, party, text) for a in alike]
        least = self.min_similarity - DOUBTFUL_BELOW
        found = [f for f in found if f[0].similarity >= least]
        found.sort(key=lambda f: (-f[0].similarity, f[0].start, f[2], f[1]))
        kept: list[tuple[Likeness, str, Role, AlignedText]] = []
        for one in found:
            if not any(k[2] is one[2] and k[0].start < one[0].end and one[0].start < k[0].end for k in kept):
                kept.append(one)
        hits: list[Place] = []
        maybe: list[Place] = []
        for likeness, sentence, party, text in kept:
            sure = likeness.similarity >= self.min_similarity and likeness.same_polarity
            (hits if sure else maybe).append(self._place(scene, likeness, sentence, party, text))
        return sorted(hits, key=lambda p: p.span), sorted(maybe, key=lambda p: p.span), nearest

    def _place(self, scene: Scene, alike: Likeness, sentence: str, party: Role, text: AlignedText) -> Place:
        above = (alike.similarity - self.min_similarity) / SURE_ABOVE
        sure = min(0.5 + 0.5 * min(1.0, above), text.confidence(alike.start, alike.end))
        if above < 0 or not alike.same_polarity:
            sure = min(sure, 0.5)
        role_sure = scene.role_confidence(self.role)
        span = text.span(alike.start, alike.end)
        return Place(
            span=span,
            evidence=Evidence(
                kind="quoted",
                span=span,
                role=party,
                quote=text.quote(alike.start, alike.end),
                expected=sentence,
                value=round(alike.similarity, 3),
                unit="similarity",
            ),
            confidence=round(max(0.0, min(sure, role_sure)), 3),
            doubt="role" if role_sure < sure else "match",
        )


def _told(key: str, place: Place) -> Message:
    message = heard(key, [place])
    return Message(key=key, params={**message.params, "alike_pct": round(100 * (place.evidence.value or 0))})
