"""``says_any_of``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.judge import absent, window_key, window_params
from qa_pipeline.rules.said import perhaps_said, said
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.speech import SHOWN, PhraseOperator, heard, nearest, search
from qa_pipeline.rules.verdict import Place, Verdict
from qa_pipeline.rules.window import Area


class SaysAnyOf(PhraseOperator):
    """Enough of a set of phrases is said: so many occurrences, of so many different phrases.

    Meant for conditions (`customer_complains`) and for density (courtesy words). Phrases and word lists are written as for
    `must_not_say`. With `match: exact` one or two characters cut out of other words are no hit (请 in 申请).

    ```yaml
    check: {op: says_any_of, phrases: [请, 谢谢, 对不起, 不客气], min_hits: 3, min_distinct: 2}
    ```

    PASS: 客服：请稍等 谢谢您 请说

    FAIL: 客服：说吧
    """

    located: ClassVar[bool] = True

    op: Literal["says_any_of"]
    min_hits: int = Field(1, ge=1, le=1000, description="occurrences, all phrases together")
    min_distinct: int = Field(1, ge=1, le=1000, description="different phrases; synonyms of one are the same")

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Search the role's words for each phrase."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        patterns = self.patterns(scene.lists)
        hits, maybe, _ = search(
            scene, area, self.role, patterns, words=self.own_words(scene) if self.match == "exact" else None
        )
        kinds = self._kinds(scene)
        share = min(1.0, len(hits) / self.min_hits, _distinct(hits, kinds) / self.min_distinct)
        if self._enough(hits, kinds):
            return said(hits, self.min_hits, heard("said", hits))
        if self._enough([*hits, *maybe], kinds):
            return perhaps_said(hits, maybe, share)
        params = {**self.told(scene), **window_params(area)}
        if self.min_hits == self.min_distinct == 1:
            message = Message(key=window_key("absent", area), params=params)
        elif len(hits) < self.min_hits:
            message = Message(key="too_few", params={**params, "times": len(hits), "count": self.min_hits})
        else:
            message = Message(
                key="too_few_kinds",
                params={**params, "kinds": _distinct(hits, kinds), "count": self.min_distinct},
            )
        near = tuple(h.evidence for h in hits) or nearest(scene, area, self.role, patterns[:SHOWN])
        return absent(
            scene,
            area,
            self.role,
            message,
            expected=self.looked_for(scene),
            near=near,
            limit=self.absence_limit(scene, area),
            share=round(share, 3),
        )

    def _kinds(self, scene: Scene) -> Mapping[str, str]:
        """Which phrase a wording is one of; nothing where that does not matter."""
        if self.min_distinct == 1:
            return {}
        return {words: p.say for p in self.guarded(scene.lists) for words in p.wordings}

    def _enough(self, places: Sequence[Place], kinds: Mapping[str, str]) -> bool:
        return len(places) >= self.min_hits and _distinct(places, kinds) >= self.min_distinct


def _distinct(places: Sequence[Place], kinds: Mapping[str, str]) -> int:
    """How many different things are said; synonyms are one."""
    return len({kinds.get(p.evidence.expected or "", p.evidence.expected) for p in places})
