"""``hedging_under``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.density import DensityOperator
from qa_pipeline.rules.judge import Told, faulty, searched, window_params
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.speech import search
from qa_pipeline.rules.verdict import Place, Verdict
from qa_pipeline.rules.window import Area


class HedgingUnder(DensityOperator):
    """Vague words are rare: met while there are fewer than `times`, or fewer than `per_100_chars` per hundred characters.

    An occurrence is a place where a phrase of the list is heard, as closely as `must_not_say` demands; places that overlap
    count once, and innocents are no hit, nor is what is cut out of other words (大概 in 重大概率). Characters are the Han
    characters and digits that the role says in the window (a latin word is one), with what was not recognised added in
    proportion. Without `phrases` or `list` the word list `hedges` is used. A rate does not apply where the role says fewer
    than 50 characters. Doubtful places need review.

    ```yaml
    check: {op: hedging_under, times: 2}
    ```

    PASS: 客服：明天上午十点前送到

    FAIL: 客服：好像在路上 客户：几点到 客服：可能吧大概明天
    """

    default_list: ClassVar[str | None] = "hedges"
    forbidding: ClassVar[bool] = True

    op: Literal["hedging_under"]

    def count(self, scene: Scene, area: Area, chars: int) -> Verdict:
        """Count the words."""
        limit = self.threshold(chars / max(scene.call.hearing_quality, 0.1))
        hits, maybe, _ = search(
            scene,
            area,
            self.role,
            self.patterns(scene.lists),
            forbidding=True,
            words=self.own_words(scene),
        )
        return faulty(
            scene,
            hits,
            maybe=maybe,
            tolerated=limit - 1,
            told=_told("hedging", limit, chars),
            told_maybe=_told("hedging_maybe", limit, chars),
            clean=Message(
                key="hedging_clean", params={"limit": limit, "chars": chars, **window_params(area)}
            ),
            clean_evidence=searched(area, self.role, self.looked_for(scene)),
            clean_confidence=scene.hearing(self.role, area.spans),
        )


def _told(key: str, limit: int, chars: int) -> Told:
    def told(places: Sequence[Place]) -> Message:
        first = places[0]
        return Message(
            key=key,
            params={
                "times": len(places),
                "limit": limit,
                "chars": chars,
                "quote": first.evidence.quote or "…",
                "start_s": first.span.start_ms / 1000,
            },
        )

    return told
