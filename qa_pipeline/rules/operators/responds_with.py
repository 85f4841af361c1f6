"""``responds_with``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.domain.time import Span
from qa_pipeline.rules.judge import Told, faulty, role_or_none
from qa_pipeline.rules.operator import Operator, PartyName
from qa_pipeline.rules.operators.must_say import MustSay
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.speech import PhraseOperator
from qa_pipeline.rules.verdict import Place, Truth, Verdict
from qa_pipeline.rules.window import Area, end_of_turns, role_goes_on, turns_of

if TYPE_CHECKING:
    from qa_pipeline.rules.operator import Operator as Check


class RespondsWith(PhraseOperator):
    """Whenever something happens, the role answers it as it should, within a few turns.

    `trigger` is a check that has a place, usually something the other says, or the name of a condition; give it its own
    `role`. From the end of each place up to the end of the role's `within_turns`-th turn after it, the role must say one
    of `phrases` (or of `list`), or `check` must be met. Triggers with no answer of the role between them are one. Each that
    is not answered counts (`score: {per_hit: …}`). It does not apply where the trigger never happens in the window. A
    trigger after which the role never speaks again, and one that is doubtful, needs review.

    ```yaml
    check:
      op: responds_with
      trigger: {op: says_any_of, role: customer, phrases: [太气人了, 我要投诉]}
      phrases: [非常抱歉, 对不起, 理解您的心情]
      within_turns: 2
    ```

    PASS: 客户：我要投诉 客服：非常抱歉给您带来不便

    FAIL: 客户：我要投诉 客服：单号多少 客户：八六三二 客服：查到了
    """

    sources: ClassVar[tuple[str, ...]] = ("phrases", "list", "check")

    op: Literal["responds_with"]
    role: PartyName = Field("agent", description="who answers: agent or customer")
    trigger: Check = Field(description="what calls for the answer: a check that has a place")
    check: Check | None = Field(None, description="what the answer must be, instead of phrases")
    within_turns: int = Field(2, ge=1, le=1000, description="turns of the role in which it must come")

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        if self.check is not None and (self.phrases or self.list is not None):
            raise PydanticCustomError("rubric.exclusive", "", {"keys": ("check", "phrases", "list")})
        for key in ("match", "min_similarity"):
            if self.check is not None and key in self.model_fields_set:
                raise PydanticCustomError("rubric.only_with", "", {"key": key, "other": "phrases"})
        return self

    def children(self) -> Iterator[tuple[tuple[str | int, ...], Operator]]:
        """The trigger and the answer too."""
        yield from super().children()
        yield ("trigger",), self.trigger
        if self.check is not None:
            yield ("check",), self.check

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Look for an answer after each trigger."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        trigger = scene.plain().ask(self.trigger)
        if trigger.truth is Truth.UNCERTAIN:
            return replace(trigger, message=Message(key="trigger_uncertain"), hits=(), count=0, share=None)
        triggers = self._separate(scene, trigger.hits if trigger.truth is Truth.MET else (), area)
        if not triggers:
            return Verdict(
                truth=Truth.NOT_APPLICABLE,
                confidence=trigger.confidence,
                message=Message(key="no_trigger"),
                evidence=trigger.evidence,
            )
        answers = [(t, self._answer(scene, t)) for t in triggers]
        missing = {p.span: t for t, (v, p) in answers if v.truth is Truth.NOT_MET}
        unclear = {p.span: t for t, (v, p) in answers if v.truth is Truth.UNCERTAIN}
        met = [(t, v) for t, (v, _) in answers if v.truth not in (Truth.NOT_MET, Truth.UNCERTAIN)]
        surest = min((v.confidence for _, v in met), default=1.0)
        verdict = faulty(
            scene,
            [p for _, (v, p) in answers if v.truth is Truth.NOT_MET],
            maybe=[p for _, (v, p) in answers if v.truth is Truth.UNCERTAIN],
            told=_told("no_response", missing),
            told_maybe=_told("no_response_maybe", {**missing, **unclear}),
            clean=Message(key="responded", params={"times": len(met)}),
            clean_evidence=[e for t, v in met for e in (t.evidence, *v.evidence)],
            clean_confidence=(surest, "match"),
        )
        if verdict.truth is not Truth.MET:
            asked = [t.evidence for t in (*missing.values(), *unclear.values())]
            verdict = replace(verdict, evidence=(*verdict.evidence, *asked))
        return replace(verdict, share=round(len(met) / len(answers), 3))

    def _separate(self, scene: Scene, hits: Sequence[Place], area: Area) -> Sequence[Place]:
        """The triggers in the area, the first of those between which the role has no turn."""
        starts = [t.span.start_ms for t in turns_of(scene.call, self.role)]
        found: dict[int, Place] = {}
        for hit in hits:
            if any(s.contains(hit.span.start_ms) for s in area.spans):
                found.setdefault(sum(start < hit.span.end_ms for start in starts), hit)
        return tuple(found.values())

    def _answer(self, scene: Scene, trigger: Place) -> tuple[Verdict, Place]:
        start = trigger.span.end_ms
        end = max(start, end_of_turns(scene.call, start, self.role, self.within_turns))
        span = Span(start_ms=start, end_ms=end)
        if role_goes_on(scene.call, role_or_none(self.role), start):
            inside = replace(scene, clip=span, excuse=None)
            # Asked directly: the answers that a scene remembers are those of checks that live as long as the rubric.
            verdict = self._wanted().evaluate(inside)
        else:
            message = Message(key="role_silent_after")
            verdict = Verdict(truth=Truth.UNCERTAIN, confidence=0.0, message=message, doubt="hearing")
        expected = next((e.expected for e in verdict.evidence if e.expected), None)
        evidence = Evidence(kind="searched", span=span, role=role_or_none(self.role), expected=expected)
        weaker = trigger if trigger.confidence < verdict.confidence else verdict
        return verdict, Place(span=span, evidence=evidence, confidence=weaker.confidence, doubt=weaker.doubt)

    def _wanted(self) -> Operator:
        if self.check is not None:
            return self.check
        return MustSay(
            op="must_say",
            role=self.role,
            phrases=self.phrases,
            list=self.list,
            match=self.match,
            min_similarity=self.min_similarity,
        )


def _told(key: str, triggers: dict[Span, Place]) -> Told:
    def told(places: Sequence[Place]) -> Message:
        first = places[0]
        trigger = triggers[first.span].evidence
        return Message(
            key=key,
            params={
                "trigger": trigger.quote or trigger.expected or "…",
                "trigger_s": trigger.span.start_ms / 1000,
                "what": first.evidence.expected or "…",
                "start_s": first.span.start_ms / 1000,
                "end_s": first.span.end_ms / 1000,
                "times": len(places),
            },
        )

    return told
