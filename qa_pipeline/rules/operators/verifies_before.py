"""``verifies_before``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.domain.time import Span
from qa_pipeline.rules.judge import faulty, role_or_none
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.operators.discloses import Discloses, PrivateNames
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.speech import SHOWN, PhraseOperator, heard, nearest, search
from qa_pipeline.rules.verdict import Place, Truth, Verdict
from qa_pipeline.rules.window import Area

if TYPE_CHECKING:
    from qa_pipeline.rules.operator import Operator as Check


class VerifiesBefore(PhraseOperator):
    """The identity is asked for before private data are given out.

    The question is one of `phrases` or `list`, or a `check` that is met. What must wait for it is `entity` (as in
    `discloses`, default phone, id_number, bank_card, address) or `before`: a check with a place, such as a condition
    that finds account or order data being told. Not applicable where nothing is given out. The question may have been asked
    in other words than those listed, or the customer may have named themselves unasked: then list these too.

    ```yaml
    check: {op: verifies_before, phrases: [核对一下您的身份, 提供一下收件人姓名], entity: [phone, address]}
    ```

    PASS: 客服：请提供一下收件人姓名 客户：张伟 客服：预留手机号是一三八零零一三八零零零

    FAIL: 客服：您的预留手机号是一三八零零一三八零零零
    """

    sources: ClassVar[tuple[str, ...]] = ("phrases", "list", "check")

    op: Literal["verifies_before"]
    check: Check | None = Field(None, description="in place of phrases: a check that is the question")
    before: Check | None = Field(None, description="in place of entity: a check with a place")
    entity: PrivateNames = Field(
        (), description="what must not be given out before, as in discloses; default as there"
    )

    @model_validator(mode="after")
    def _something_to_say(self) -> Self:
        if not self.phrases and self.list is None and self.check is None:
            raise PydanticCustomError("rubric.needs_one_of", "", {"keys": self.sources})
        if (self.phrases or self.list is not None) and self.check is not None:
            raise PydanticCustomError("rubric.exclusive", "", {"keys": ("phrases", "check")})
        if self.before is not None and self.entity:
            raise PydanticCustomError("rubric.exclusive", "", {"keys": ("entity", "before")})
        return self

    def children(self) -> Iterator[tuple[tuple[str | int, ...], Operator]]:
        """The checks inside it."""
        yield from super().children()
        for key in ("check", "before"):
            child = getattr(self, key)
            if child is not None:
                yield (key,), child

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Find the first disclosure, and look for the question before it."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        told = self._disclosure(scene, area)
        first = next(iter(sorted((*told.hits, *told.maybe), key=lambda p: p.span)), None)
        if told.truth is Truth.UNCERTAIN and first is None:
            return replace(told, message=Message(key="verify_unknown"))
        if told.truth not in (Truth.MET, Truth.UNCERTAIN) or first is None:
            return Verdict(
                truth=Truth.NOT_APPLICABLE,
                confidence=told.confidence,
                message=Message(key="verify_nothing_told"),
                evidence=told.evidence,
                doubt=told.doubt,
            )
        asked, maybe, near = _questions(self, scene, area, first.span)
        sure = first in told.hits
        if asked and sure:
            best: Place = max(asked, key=lambda p: p.confidence)
            return Verdict(
                truth=Truth.MET,
                confidence=best.confidence,
                message=heard("verified", [best]),
                evidence=(best.evidence, first.evidence),
                hits=tuple(asked),
                share=1.0,
                doubt=best.doubt,
            )
        if asked or maybe:
            return Verdict(
                truth=Truth.UNCERTAIN,
                confidence=max(p.confidence for p in (*asked, *maybe)),
                message=heard("verified_maybe", asked or maybe),
                evidence=tuple(p.evidence for p in (*asked, *maybe, first)),
                maybe=(*asked, *maybe),
                doubt="match",
            )
        return self._unverified(scene, area, first, sure, near)

    def _unverified(
        self, scene: Scene, area: Area, first: Place, sure: bool, near: tuple[Evidence, ...]
    ) -> Verdict:
        """Nothing was asked before: as sure as the disclosure is, and as well as the time before was heard."""
        earlier = _earlier(area, first.span)
        hearing, doubt = scene.hearing(self.role, earlier) if earlier else (1.0, first.doubt)
        if hearing < first.confidence:
            first = replace(first, confidence=hearing, doubt=doubt)
        verdict = faulty(
            scene,
            [first] if sure else [],
            maybe=[] if sure else [first],
            told=lambda places: heard("unverified", places),
            told_maybe=lambda places: heard("unverified_maybe", places),
            clean=Message(key="verify_nothing_told"),
            clean_evidence=(),
            clean_confidence=(first.confidence, first.doubt),
        )
        expected = self.looked_for(scene) if self.check is None else None
        looked = tuple(
            Evidence(kind="searched", span=span, role=role_or_none(self.role), expected=expected)
            for span in earlier
        )
        return replace(verdict, evidence=(*verdict.evidence, *looked, *near))

    def _disclosure(self, scene: Scene, area: Area) -> Verdict:
        if self.before is not None:
            verdict = scene.unexcused().ask(self.before)
            inside = [p for p in verdict.hits if any(s.intersection(p.span) for s in area.spans)]
            maybe = [p for p in verdict.maybe if any(s.intersection(p.span) for s in area.spans)]
            truth = verdict.truth
            if truth is Truth.MET and not inside:
                truth = Truth.UNCERTAIN if maybe else Truth.NOT_MET
            return replace(verdict, truth=truth, hits=tuple(inside), maybe=tuple(maybe))
        kinds = {"entity": self.entity} if self.entity else {}
        private = Discloses.model_validate({"op": "discloses", "role": self.role, **kinds})
        return private.look(scene.unexcused(), area)


def _earlier(area: Area, before: Span) -> tuple[Span, ...]:
    return tuple(
        Span(start_ms=s.start_ms, end_ms=min(s.end_ms, before.start_ms))
        for s in area.spans
        if s.start_ms < before.start_ms
    )


def _questions(
    op: VerifiesBefore, scene: Scene, area: Area, disclosure: Span
) -> tuple[list[Place], list[Place], tuple[Evidence, ...]]:
    """Sure and doubtful questions that begin before the disclosure, and the closest that was said."""
    if op.check is not None:
        verdict = scene.unexcused().ask(op.check)
        hits = list(verdict.hits) if verdict.truth is Truth.MET else []
        maybe = [] if verdict.truth is Truth.MET else [*verdict.hits, *verdict.maybe]
        near: tuple[Evidence, ...] = ()
    else:
        patterns = op.patterns(scene.lists)
        hits, maybe, _ = search(scene, area, op.role, patterns)
        near = () if hits or maybe else nearest(scene, area, op.role, patterns[:SHOWN])
    return (
        [p for p in hits if p.span.start_ms < disclosure.start_ms],
        [p for p in maybe if p.span.start_ms < disclosure.start_ms],
        near,
    )
