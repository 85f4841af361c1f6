"""``honorific_ratio``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from pydantic import Field

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.rules.measure import Keys, Limits, judge_measure
from qa_pipeline.rules.operator import PartyName, WindowedOperator
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.speech import mean_confidence
from qa_pipeline.rules.verdict import Truth, Verdict
from qa_pipeline.rules.window import Area
from qa_pipeline.text.aligned import AlignedText

ADVICE = 0.3
"""Confidence shown with advice."""
EDGE_WORDS = 2
"""One word heard wrongly must not decide: the share must stay too low with this many 你 read as 您."""
_SHOWN = 20
_AROUND = 3
_ADDRESS = re.compile(r"您|你(?!们)")


class HonorificRatio(WindowedOperator):
    """The customer is addressed as 您, not 你: the share of 您 among both.

    您 (nín) and 你 (nǐ) are where recognisers fail: they differ by one soft sound, and a recogniser writes what it has read
    more often. So this is advice: too low a share needs review, never a deduction, and a person hears the places. Only
    where the centre has measured its recogniser on these two words should a rubric say `deduct: true`; then a share that
    would still be too low with two 你 read as 您 takes points. 你们 (the company) counts for neither. With fewer than
    `min_words` it does not apply.

    ```yaml
    check: {op: honorific_ratio, min: 0.8}
    ```

    PASS: 客服：您好请问您贵姓 客户：王 客服：您的电话

    FAIL: 客服：你哪位 客户：王 客服：你电话多少你报一下你的单号 (with deduct: true)
    """

    op: Literal["honorific_ratio"]
    role: PartyName = Field("agent", description="whose words: agent or customer")
    min: float = Field(0.8, gt=0, le=1, description="share of 您 among 您 and 你 at least, 0 to 1")
    min_words: int = Field(4, ge=1, le=1000, description="with fewer 您 and 你 it does not apply")
    deduct: bool = Field(
        False, description="true: take points although 您 and 你 are often confused; default: needs review"
    )

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Count 您 and 你."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        role = Role(self.role)
        text = scene.text(role, area.spans)
        words = [m.start() for m in _ADDRESS.finditer(text.text)]
        if len(words) < self.min_words:
            message = Message(key="honorific_few", params={"words": len(words), "min_words": self.min_words})
            return Verdict(truth=Truth.NOT_APPLICABLE, confidence=1.0, message=message)
        plain = [i for i in words if text.text[i] == "你"]
        pct = round(100 * (1 - len(plain) / len(words)), 1)
        limits = Limits(low=round(self.min * 100, 4), unit="%")
        measured = Evidence(
            kind="measured", span=area.hull, role=role, value=pct, unit="%", expected=str(limits)
        )
        verdict = judge_measure(
            scene,
            area,
            pct,
            limits,
            evidence=(measured, *_quotes(text, plain[:_SHOWN], role)),
            keys=Keys(right="honorific", low="honorific_low", high="honorific"),
            params={"plain": len(plain), "words": len(words)},
            tolerance=100 * 2 * EDGE_WORDS / len(words),
            sure=(
                min(mean_confidence(scene, area, self.role), scene.hearing(self.role, area.spans)[0]),
                "match",
            ),
        )
        if verdict.truth is Truth.NOT_MET:
            verdict = replace(verdict, count=len(plain), share=round(pct / 100, 3))
            would_pass = len(words) - len(plain) + EDGE_WORDS >= self.min * len(words)
            if would_pass or not self.deduct:
                message = replace(verdict.message, key="honorific_advice")
                verdict = replace(verdict, truth=Truth.UNCERTAIN, message=message).at_most(ADVICE, "match")
        return verdict


def _quotes(text: AlignedText, places: list[int], role: Role) -> Iterator[Evidence]:
    for i in places:
        start, end = max(0, i - _AROUND), min(len(text), i + 1 + _AROUND)
        yield Evidence(
            kind="quoted", span=text.span(i, i + 1), role=role, quote=text.quote(start, end), expected="您"
        )
