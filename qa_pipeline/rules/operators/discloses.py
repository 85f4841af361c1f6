"""``discloses``."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.entity import entities, inside, label, place, told
from qa_pipeline.rules.judge import absent, window_params
from qa_pipeline.rules.operator import RoleName, WindowedOperator
from qa_pipeline.rules.scene import Scene, searched_roles, unknown_role
from qa_pipeline.rules.speech import mean_confidence
from qa_pipeline.rules.verdict import Place, Truth, Verdict
from qa_pipeline.rules.window import Area
from qa_pipeline.text.entities.compare import close
from qa_pipeline.text.entities.types import NUMBER_KINDS, Entity

_KINDS = ("phone", "id_number", "bank_card", "order_number", "person", "address", "amount", "date", "time")
PrivateName = Literal[
    "phone", "id_number", "bank_card", "order_number", "person", "address", "amount", "date", "time"
]
_NUMBERS = tuple(sorted(NUMBER_KINDS))
SAME = 0.7
"""A number of which this share of the figures agrees with one the other gave is that number, misheard."""
LIKE = 0.5
"""Down to this it may be."""


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


PrivateNames = Annotated[
    tuple[PrivateName, ...],
    BeforeValidator(_several),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(_KINDS), "type": "string"},
                {"items": {"enum": list(_KINDS), "type": "string"}, "minItems": 1, "type": "array"},
            ]
        }
    ),
]


class Discloses(WindowedOperator):
    """A party gives away private data: a number, a name or an address that the other had not said first.

    Met where it happens: use it as a condition, in `none_of`, or in `verifies_before`. Repeating what the other said before
    is no disclosure, nor are the last figures of a number (尾号8000), the company's 400, 800 and 95 numbers, or telephone
    numbers of couriers, branches and drivers. A number that differs from one already said by no more than
    recognition does counts as the same. What lacks figures or has a wrong checksum is doubtful.

    ```yaml
    check: {op: none_of, of: [{op: discloses, entity: [phone, id_number]}]}
    ```

    PASS: 客户：电话一三八零零一三八零零零 客服：好的 一三八零零一三八零零零

    FAIL: 客户：收件人电话多少 客服：收件人手机号是一三八零零一三八零零零
    """

    located: ClassVar[bool] = True

    op: Literal["discloses"]
    role: RoleName = Field("agent", description="who gives it away: agent, customer or any")
    entity: PrivateNames = Field(
        ("phone", "id_number", "bank_card", "address"),
        min_length=1,
        description="one kind or a list: phone, id_number, bank_card, order_number, person, address, amount, date, time",
    )

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Look for private data the other party had not said."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        hits: list[tuple[Place, str]] = []
        maybe: list[tuple[Place, str]] = []
        sure = scene.role_confidence(self.role)
        for party in searched_roles(self.role):
            for entity in entities(scene, party, self.entity):
                if entity.company or not inside(area, entity.span):
                    continue
                known = _known(scene, party, entity)
                if known is True:
                    continue
                doubtful = known is None or entity.guessed or not entity.complete
                kept = maybe if doubtful else hits
                kept.append((place(entity, party, sure), entity.kind.value))
        if hits or maybe:
            shown = sorted(hits or maybe, key=lambda f: (f[0].span, f[1]))
            places = tuple(p for p, _ in shown)
            return Verdict(
                truth=Truth.MET if hits else Truth.UNCERTAIN,
                confidence=max(p.confidence for p in places),
                message=told(
                    "entity_disclosed" if hits else "entity_disclosed_maybe",
                    places,
                    tuple(dict.fromkeys(kind for _, kind in shown)),
                ),
                evidence=tuple(p.evidence for p in places),
                hits=places if hits else (),
                maybe=tuple(sorted((p for p, _ in maybe), key=lambda p: p.span)),
                doubt="match",
            )
        return absent(
            scene,
            area,
            self.role,
            Message(key="entity_not_disclosed", params={"entity": self.entity, **window_params(area)}),
            expected=label(self.entity),
            limit=mean_confidence(scene, area, self.role),
        )


def _known(scene: Scene, party: Role, entity: Entity) -> bool | None:
    """Whether another party had said it before; None where it may be."""
    answer: bool | None = False
    for other in (r for r in Role if r is not party):
        for given in entities(scene, other, (*_NUMBERS, entity.kind.value)):
            if given.span.start_ms >= entity.span.start_ms:
                break
            if entity.kind not in NUMBER_KINDS:
                if given.kind is entity.kind and (given.value in entity.value or entity.value in given.value):
                    return True
            elif given.kind in NUMBER_KINDS:
                if close(given.value, entity.value, least=SAME):
                    return True
                if close(given.value, entity.value, least=LIKE):
                    answer = None
    return answer
