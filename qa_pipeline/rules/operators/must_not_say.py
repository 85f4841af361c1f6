"""``must_not_say``."""

from __future__ import annotations

from typing import ClassVar, Literal

from qa_pipeline.domain.finding import Message
from qa_pipeline.rules.judge import faulty, searched, window_params
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.speech import PhraseOperator, heard, search
from qa_pipeline.rules.verdict import Verdict
from qa_pipeline.rules.window import Area


class MustNotSay(PhraseOperator):
    """Something must not be said: forbidden phrases, here or in a word list.

    Forbidden phrases demand a closer match than wanted ones, because a hit costs points; what is only nearly the phrase
    needs review. Each phrase can name innocents, everyday phrases that sound like it or contain it: where one of them fits,
    it is no hit. `unless` on the criterion excuses single places.

    A word list is a file `lists/<name>.yaml` beside the rubric (or a shipped one):

    ```yaml
    phrases:
      - 不归我管
      - {say: 不知道, innocents: [您知道不知道]}
    ```

    Nothing found is met. The finding's confidence then says how well the role was heard.

    ```yaml
    check: {op: must_not_say, list: forbidden_refusal}
    ```

    PASS: 客服：请问您知道不知道订单号

    FAIL: 客服：这个不归我管
    """

    forbidding: ClassVar[bool] = True

    op: Literal["must_not_say"]

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Search the role's words for each phrase."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        hits, maybe, _ = search(scene, area, self.role, self.patterns(scene.lists), forbidding=True)
        return faulty(
            scene,
            hits,
            maybe=maybe,
            told=lambda places: heard("forbidden", places),
            told_maybe=lambda places: heard("forbidden_maybe", places),
            clean=Message(key="clean", params={**self.told(scene), **window_params(area)}),
            clean_evidence=searched(area, self.role, self.looked_for(scene)),
            clean_confidence=scene.hearing(self.role, area.spans),
        )
