"""``courtesy_at_least``."""

from __future__ import annotations

from typing import ClassVar, Literal

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.density import DensityOperator
from qa_pipeline.rules.judge import absent, margin_confidence, window_params
from qa_pipeline.rules.said import perhaps_said, said
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.speech import search
from qa_pipeline.rules.verdict import Verdict
from qa_pipeline.rules.window import Area

UNHEARD_SHARE = 0.1
"""A tenth of the words asked for may be there and not be heard, so the more are asked for, the less one missing proves."""


class CourtesyAtLeast(DensityOperator):
    """Courtesy words are used often enough: so many times, or so many per hundred characters.

    An occurrence is a place where a phrase of the list is heard; places that overlap count once, and one or two characters
    cut out of other words do not (请 in 申请, 您好 in 您好像). Characters are the Han
    characters and digits that the role says in the window (a latin word is one). Without `phrases` or `list` the word list
    `courtesy` is used. A rate does not apply where the role says fewer than 50 characters. Where doubtful places would
    make up what is missing it needs review.

    ```yaml
    check: {op: courtesy_at_least, per_100_chars: 1.5}
    ```

    PASS: 客服：您好请问有什么可以帮您 客户：查件 客服：请问单号是多少谢谢您 (times: 3)

    FAIL: 客服：说吧什么事 客户：查件 客服：单号报一下
    """

    default_list: ClassVar[str | None] = "courtesy"

    op: Literal["courtesy_at_least"]

    def count(self, scene: Scene, area: Area, chars: int) -> Verdict:
        """Count the words."""
        needed = self.threshold(chars)
        hits, maybe, _ = search(
            scene, area, self.role, self.patterns(scene.lists), words=self.own_words(scene)
        )
        share = min(1.0, len(hits) / needed)
        params = {"times": len(hits), "needed": needed, "chars": chars, **window_params(area)}
        if len(hits) >= needed:
            return said(hits, needed, Message(key="courtesy", params=params))
        if len(hits) + len(maybe) >= needed:
            return perhaps_said(hits, maybe, share)
        missed = margin_confidence(needed - len(hits), 1 + UNHEARD_SHARE * (needed - 1))
        return absent(
            scene,
            area,
            self.role,
            Message(key="courtesy_few", params=params),
            expected=self.looked_for(scene),
            near=tuple(p.evidence for p in hits),
            limit=min(missed, self.absence_limit(scene, area)),
            share=round(share, 3),
        )
