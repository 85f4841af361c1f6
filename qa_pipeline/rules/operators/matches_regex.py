"""``matches_regex``."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.rules.judge import absent, searched, window_key, window_params
from qa_pipeline.rules.operator import RoleName, WindowedOperator
from qa_pipeline.rules.patterns import PatternError, compile_safe, find_all
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.speech import heard, mean_confidence, texts
from qa_pipeline.rules.verdict import Place, Truth, Verdict
from qa_pipeline.rules.window import Area


class MatchesRegex(WindowedOperator):
    """A regular expression is found in what was said.

    The text is normalised: simplified characters, small latin letters, no punctuation or spaces, spoken numbers as digits
    0-9 (三天 is `3天`). A regular expression knows nothing of sounds: one wrong character and it misses. So its
    absence is trusted no further than the words of the window were recognised on average; prefer phrases where you can.
    Agents read what was not heard, so say in `label` what the expression means. Python syntax; nested repetitions such as
    `(a+)+` are refused, and a search that takes too long needs review.

    ```yaml
    check: {op: matches_regex, label: 具体的答复时限, pattern: "\\\\d+(个)?(小时|天|工作日)(内|之内|以内)"}
    ```

    PASS: 客服：二十四小时内给您答复

    FAIL: 客服：尽快给您答复
    """

    located: ClassVar[bool] = True

    op: Literal["matches_regex"]
    role: RoleName = Field("agent", description="whose words: agent, customer or any")
    pattern: str = Field(min_length=1, max_length=500, description="regular expression on normalised text")
    label: str | None = Field(
        None,
        min_length=1,
        max_length=100,
        description="what it looks for, in plain words: findings show that instead of the expression",
    )

    @field_validator("pattern")
    @classmethod
    def _harmless(cls, pattern: str) -> str:
        try:
            compile_safe(pattern)
        except PatternError as error:
            raise PydanticCustomError(error.code, "", dict(error.params)) from None
        return pattern

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Search the role's normalised text."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        wanted = self.label or self.pattern
        hits: list[Place] = []
        sure = scene.role_confidence(self.role)
        for party, text in texts(scene, area, self.role):
            found = find_all(self.pattern, text.text)
            if found is None:
                return Verdict(
                    truth=Truth.UNCERTAIN,
                    confidence=0.0,
                    message=Message(key="regex_too_slow", params={"pattern": self.pattern}),
                    evidence=searched(area, self.role, wanted),
                )
            for start, end in found:
                evidence = Evidence(
                    kind="quoted",
                    span=text.span(start, end),
                    role=party,
                    quote=text.quote(start, end),
                    expected=wanted,
                )
                confidence = round(min(sure, text.confidence(start, end)), 3)
                hits.append(Place(span=evidence.span, evidence=evidence, confidence=confidence))
        hits.sort(key=lambda p: p.span)
        if hits:
            best = max(hits, key=lambda p: p.confidence)
            return Verdict(
                truth=Truth.MET,
                confidence=best.confidence,
                message=heard("said", hits),
                evidence=tuple(p.evidence for p in hits),
                hits=tuple(hits),
                doubt=best.doubt,
            )
        params = {"what": (wanted,), **window_params(area)}
        return absent(
            scene,
            area,
            self.role,
            Message(key=window_key("absent", area), params=params),
            expected=wanted,
            limit=mean_confidence(scene, area, self.role),
        )
