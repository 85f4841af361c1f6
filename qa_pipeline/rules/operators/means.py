"""``means``."""

from __future__ import annotations

import difflib
from typing import ClassVar, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.rules.clauses import clauses
from qa_pipeline.rules.judge import absent, window_key, window_params
from qa_pipeline.rules.operator import RoleName, WindowedOperator
from qa_pipeline.rules.scene import Scene, searched_roles, unknown_role
from qa_pipeline.rules.speech import heard, mean_confidence
from qa_pipeline.rules.verdict import Place, Truth, Verdict
from qa_pipeline.rules.window import Area
from qa_pipeline.text.meanings import catalogue

SURE = 0.5
"""No place is surer than this: what a sentence means is for a person to say."""


class Means(WindowedOperator):
    """Something that may mean this is said, in whatever words. Only as the `heard` of `human`.

    The meanings, listed in `docs/operators.md`, stand in `models/meanings.yaml`; each was learnt from sentences that
    mean it and sentences that only come near (`models/train/meanings.yaml`). What the role says is read clause by
    clause, each clause becomes a sentence embedding, and that lies on the one or the other side of what was learnt.
    Unlike phrases and `similar_to` it knows words that are in no example. It is never sure: a place is doubtful and
    goes to a person. Where no clause of the window comes near, the duty was not done. `docs/design/rubric-language.md`
    has what was measured.

    ```yaml
    check:
      op: any_of
      of:
        - {op: must_say, phrases: [还有其他可以帮您的吗]}
        - {op: human, heard: {op: means, what: further_help}}
    ```

    PASS: a reviewer marks it met

    FAIL: 客服：您的包裹明天送到
    """

    located: ClassVar[bool] = True

    op: Literal["means"]
    role: RoleName = Field("agent", description="whose words: agent, customer or any")
    what: str = Field(min_length=1, description="a meaning of `models/meanings.yaml`")
    min_likeness: float = Field(0.8, ge=0.1, le=0.99, description="least likeness, 0.1 to 0.99")
    """From 0.6 misheard talk (五位神猛士 for an answer time) sent several planted faults of the sample calls to a person."""

    @field_validator("what")
    @classmethod
    def _known(cls, what: str) -> str:
        known = catalogue().names()
        if what not in known:
            near = difflib.get_close_matches(what.lower(), known, n=1, cutoff=0.5)
            if near:
                raise PydanticCustomError("rubric.unknown_meaning_near", "", {"name": what, "near": near[0]})
            raise PydanticCustomError("rubric.unknown_meaning", "", {"name": what, "known": known})
        return what

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Compare each clause of the role in the window."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        label = catalogue().label(self.what)
        places = self._places(scene, area, label)
        if places:
            likeliest = max(places, key=lambda p: p.evidence.value or 0.0)
            return Verdict(
                truth=Truth.UNCERTAIN,
                confidence=likeliest.confidence,
                message=heard("human_heard", [likeliest]),
                evidence=tuple(p.evidence for p in places),
                maybe=tuple(places),
                doubt="match",
            )
        return absent(
            scene,
            area,
            self.role,
            Message(key=window_key("absent", area), params={"what": (label,), **window_params(area)}),
            expected=label,
            limit=mean_confidence(scene, area, self.role),
        )

    def _places(self, scene: Scene, area: Area, label: str) -> list[Place]:
        row = catalogue().names().index(self.what)
        places = [
            Place(
                span=clause.span,
                evidence=Evidence(
                    kind="quoted",
                    span=clause.span,
                    role=party,
                    quote=clause.quote,
                    expected=label,
                    value=clause.likeness[row],
                    unit="similarity",
                ),
                confidence=min(SURE, clause.confidence, scene.role_confidence(self.role)),
            )
            for party in searched_roles(self.role)
            for clause in clauses(scene.said(party))
            if clause.likeness[row] >= self.min_likeness
            and _within(clause.span.start_ms, clause.span.end_ms, area)
        ]
        return sorted(places, key=lambda p: (p.span, p.evidence.quote or ""))


def _within(start_ms: int, end_ms: int, area: Area) -> bool:
    middle = (start_ms + end_ms) // 2
    return any(span.contains(middle) for span in area.spans)
