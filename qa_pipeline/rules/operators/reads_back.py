"""``reads_back``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Evidence, Message, ParamValue
from qa_pipeline.rules.entity import (
    EntityOperator,
    SlowPatternError,
    entities,
    label,
    quoted,
    too_slow,
)
from qa_pipeline.rules.judge import absent, excuse_whole, searched, window_params
from qa_pipeline.rules.read_back import Said, confirmed, groups, said_again
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.speech import mean_confidence
from qa_pipeline.rules.verdict import Doubt, Place, Truth, Verdict
from qa_pipeline.rules.window import Area
from qa_pipeline.text.entities.compare import Repeat
from qa_pipeline.text.entities.types import NUMBER_KINDS, Entity

_OTHER = {"agent": Role.CUSTOMER, "customer": Role.AGENT}


class ReadsBack(EntityOperator):
    """One party repeats what the other gave: a number, an address, an amount.

    Not applicable where the other gave none. Everything given must be repeated, in any spoken form, at once or in groups;
    a number may come before the other's own saying it (the agent reads it out, the customer says it again). The same number
    given twice counts once. `min_share` lets a part do: 0.3 for the last four figures of a mobile number (尾号8000).

    Figures that differ cost points only where two of them, or one and the other's 不对 within 6 s, were heard surely (0.85
    and more) and sound unlike (not 1 and 7, 6 and 9, 0 and 6), and where the other did not agree. A single figure, figures
    left out or added, and everything else that recognition may have done, need review unless the other agrees.
    `person`, `address` and `custom` are compared by sound, amounts and times by value (明天 can't be compared with 三号).

    ```yaml
    check: {op: reads_back, entity: phone}
    ```

    PASS: 客户：我的电话一三八零零一三八零零零 客服：跟您核对一下 13800138000 对吗

    FAIL: 客户：我的电话一三八零零一三八零零零 客服：好的记下了
    """

    located: ClassVar[bool] = True

    op: Literal["reads_back"]
    role: Literal["agent", "customer"] = Field("agent", description="who repeats: agent or customer")
    min_share: float = Field(1.0, gt=0, le=1, description="0 to 1: share of a number's figures that will do")

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Compare what the other gave in the call with what the role says in the window."""
        for role in (self.role, _OTHER[self.role].value):
            nobody = unknown_role(scene, role)
            if nobody is not None:
                return nobody
        try:
            given = entities(scene, _OTHER[self.role], (self.entity,), self.pattern)
            results = [_Result(group[-1], self._best(scene, area, group)) for group in groups(given)]
        except SlowPatternError:
            return too_slow(area, self.role, self.pattern or "")
        if not results:
            return Verdict(
                truth=Truth.NOT_APPLICABLE,
                confidence=scene.hearing(_OTHER[self.role].value, area.spans)[0],
                message=Message(key="entity_not_given", params={"entity": (self.entity,)}),
            )
        verdict = self._joined(scene, area, results)
        sure = min(scene.role_confidence(self.role), scene.role_confidence(_OTHER[self.role].value))
        return verdict.at_most(sure, "role")

    def _best(self, scene: Scene, area: Area, group: Sequence[Entity]) -> Said:
        """The most faithful repetition of any of the ways a thing was given."""
        role, giver = Role(self.role), _OTHER[self.role]
        best = max((said_again(scene, area, role, e) for e in group), key=lambda s: (s.repeat, s.share))
        if best.span is not None and best.repeat in (Repeat.DIFFERENT, Repeat.UNCLEAR):
            best = best.settled(confirmed(scene, giver, best.span))
        if best.repeat is Repeat.PART and self.min_share > best.share >= 0.7:
            return best.unclear()  # one figure more would be what recognisers swallow
        return best

    def _joined(self, scene: Scene, area: Area, results: Sequence[_Result]) -> Verdict:
        good = [r for r in results if r.good(self.min_share)]
        share = round(len(good) / len(results), 3)
        failed = [r for r in results if r.fails(self.min_share)]
        unsure = [r for r in results if r not in good and r not in failed]
        places = tuple(sorted((r.place() for r in good), key=lambda p: p.span))
        if failed:
            return self._failed(scene, area, failed, share)
        evidence = tuple(e for r in (unsure or good) for e in r.evidence(_OTHER[self.role], Role(self.role)))
        first = (unsure or good)[0]
        params = self._params(first)
        if unsure:
            evidence = (
                *evidence,
                *(searched(area, self.role, first.given.value) if first.said.span is None else ()),
            )
            return Verdict(
                truth=Truth.UNCERTAIN,
                confidence=0.5,
                message=Message(key="read_back_maybe", params=params),
                evidence=evidence,
                maybe=tuple(r.place() for r in unsure if r.said.span is not None),
                share=share,
                doubt="match",
            )
        return Verdict(
            truth=Truth.MET,
            confidence=min(p.confidence for p in places),
            message=Message(key="read_back", params=params),
            evidence=evidence,
            hits=places,
            share=1.0,
            doubt="match",
        )

    def _failed(self, scene: Scene, area: Area, failed: Sequence[_Result], share: float) -> Verdict:
        worst = max(failed, key=lambda r: (r.said.repeat is Repeat.DIFFERENT, r.said.repeat is Repeat.PART))
        evidence = tuple(e for r in failed for e in r.evidence(_OTHER[self.role], Role(self.role)))
        params = self._params(worst)
        if worst.said.repeat is Repeat.NONE:
            return absent(
                scene,
                area,
                self.role,
                Message(key="not_read_back", params={**params, **window_params(area)}),
                expected=worst.given.value,
                near=evidence,
                limit=min(worst.given.confidence, mean_confidence(scene, area, self.role)),
                share=share,
            )
        different = worst.said.repeat is Repeat.DIFFERENT
        confidence = worst.said.confidence if different else worst.given.confidence
        doubt: Doubt = "match"
        verdict = Verdict(
            truth=Truth.NOT_MET,
            confidence=round(confidence, 3),
            message=Message(key="read_back_wrong" if different else "read_back_part", params=params),
            evidence=evidence,
            count=1,
            share=share,
            doubt=doubt,
        )
        return excuse_whole(scene, verdict, area)

    def _params(self, result: _Result) -> dict[str, ParamValue]:
        params: dict[str, ParamValue] = {
            "entity": (self.entity,),
            "given": result.given.quote,
            "given_s": result.given.span.start_ms / 1000,
        }
        if result.said.span is not None:
            params |= {"quote": result.said.quote, "start_s": result.said.span.start_ms / 1000}
        else:
            params |= {"quote": "…", "start_s": result.given.span.start_ms / 1000}
        return params


@dataclass(frozen=True, slots=True)
class _Result:
    """One thing that was given, and how it was repeated."""

    given: Entity
    said: Said

    def good(self, min_share: float) -> bool:
        return self.said.repeat is Repeat.WHOLE or (
            self.said.repeat is Repeat.PART and self.said.share >= min_share
        )

    def fails(self, min_share: float) -> bool:
        """A deduction needs that the thing itself was surely given."""
        sure = self.given.complete and not self.given.guessed
        return sure and not self.good(min_share) and self.said.repeat is not Repeat.UNCLEAR

    def place(self) -> Place:
        assert self.said.span is not None
        return Place(
            span=self.said.span,
            evidence=self._quote(Role.UNKNOWN),
            confidence=round(min(self.given.confidence, self.said.confidence), 3),
        )

    def evidence(self, giver: Role, role: Role) -> tuple[Evidence, ...]:
        given = quoted(self.given, giver)
        return (given,) if self.said.span is None else (given, self._quote(role))

    def _quote(self, role: Role) -> Evidence:
        assert self.said.span is not None
        return Evidence(
            kind="quoted",
            span=self.said.span,
            role=None if role is Role.UNKNOWN else role,
            quote=self.said.quote,
            expected=self.given.value if self.given.kind in NUMBER_KINDS else label((self.given.kind.value,)),
        )
