"""``mentions``."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.entity import (
    EntityOperator,
    SlowPatternError,
    entities,
    inside,
    label,
    place,
    place_of_run,
    runs_in,
    told,
    too_slow,
)
from qa_pipeline.rules.judge import absent, window_key, window_params
from qa_pipeline.rules.operator import RoleName
from qa_pipeline.rules.scene import Scene, searched_roles, unknown_role
from qa_pipeline.rules.speech import mean_confidence
from qa_pipeline.rules.verdict import Place, Truth, Verdict
from qa_pipeline.rules.window import Area

LENGTHS = {"phone": (9, 13), "id_number": (15, 20), "bank_card": (14, 21), "order_number": (7, 22)}
"""Figures that may be such a number, of which some were lost or added."""


class Mentions(EntityOperator):
    """Somebody says a telephone number, an amount, a date and so on.

    Numbers are found in any spoken form (幺三八零零, 138 0013 8000, 八千零二十六), across pauses of up to 8 s, 嗯 and 对,
    and the other party's repeating them. `phone`: mobile, fixed, 400/800, 95xxx. `id_number`: 18 figures with their
    checksum. `bank_card`: 16 to 19 figures with their check digit. `order_number`: 8 to 20 figures and letters that are
    none of these or that the words around call 单号, 订单号, 运单号. `amount`: sums with 元, 块, 毛, or right after 一共,
    运费 and the like. `date`, `time`: 十一月三号, 周五, 明天; 下午三点半, 两小时内, 24小时; never 几天 or 尽快. `person`:
    我姓王, 王先生, 收件人张伟. `address`: at least a street, estate or door with one part more. What lacks figures or
    has a wrong checksum is doubtful.

    ```yaml
    check: {op: mentions, entity: time, within: {after: customer_complains}}
    ```

    PASS: 客服：二十四小时内给您答复

    FAIL: 客服：尽快给您答复
    """

    located: ClassVar[bool] = True

    op: Literal["mentions"]
    role: RoleName = Field("agent", description="who should say it: agent, customer or any")
    count: int = Field(1, ge=1, le=1000, description="how many times at least")

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Count the entities in the window."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        try:
            hits, maybe = self._places(scene, area)
        except SlowPatternError:
            return too_slow(area, self.role, self.pattern or "")
        if len(hits) >= self.count:
            decisive = sorted(hits, key=lambda p: -p.confidence)[self.count - 1]
            return Verdict(
                truth=Truth.MET,
                confidence=decisive.confidence,
                message=told("entity_said", hits, (self.entity,)),
                evidence=tuple(p.evidence for p in hits),
                hits=tuple(hits),
                share=1.0,
                doubt=decisive.doubt,
            )
        share = round(len(hits) / self.count, 3)
        if len(hits) + len(maybe) >= self.count:
            return Verdict(
                truth=Truth.UNCERTAIN,
                confidence=max(p.confidence for p in maybe),
                message=told("entity_maybe", maybe, (self.entity,)),
                evidence=tuple(p.evidence for p in (*hits, *maybe)),
                hits=tuple(hits),
                maybe=tuple(maybe),
                share=share,
                doubt="match",
            )
        params = {"entity": (self.entity,), **window_params(area)}
        if self.count > 1:
            message = Message(
                key="entity_too_few", params={**params, "times": len(hits), "count": self.count}
            )
        else:
            message = Message(key=window_key("entity_absent", area), params=params)
        return absent(
            scene,
            area,
            self.role,
            message,
            expected=self.pattern or label((self.entity,)),
            near=tuple(p.evidence for p in hits),
            limit=mean_confidence(scene, area, self.role),
            share=share,
        )

    def _places(self, scene: Scene, area: Area) -> tuple[list[Place], list[Place]]:
        """Sure and doubtful ones in order of time. Figures of about the right number may be one misheard."""
        sure = scene.role_confidence(self.role)
        hits: list[Place] = []
        maybe: list[Place] = []
        for party in searched_roles(self.role):
            found = [e for e in entities(scene, party, (self.entity,), self.pattern) if inside(area, e.span)]
            hits += [place(e, party, sure) for e in found if e.complete]
            maybe += [place(e, party, sure) for e in found if not e.complete]
            if self.entity in LENGTHS:
                least, most = LENGTHS[self.entity]
                known = [e.span for e in entities(scene, party, tuple(LENGTHS)) if not e.guessed] + [
                    e.span for e in found
                ]
                for run, span in runs_in(scene, area, party):
                    if least <= len(run.digits) <= most and not any(span.intersection(k) for k in known):
                        maybe.append(place_of_run(scene, run, span, party, sure))
        return sorted(hits, key=lambda p: p.span), sorted(maybe, key=lambda p: p.span)
