"""What the loudness operators share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from statistics import median
from typing import ClassVar

from pydantic import Field

from qa_pipeline.conversation.loudness import MIN_SECONDS, SECOND_MS, Second, speech_seconds
from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.domain.time import Span
from qa_pipeline.rules.judge import margin_confidence, silent_role
from qa_pipeline.rules.operator import PartyName, WindowedOperator
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.verdict import Doubt, Place, Truth, Verdict
from qa_pipeline.rules.window import Area

EDGE_DB = 2.0
"""From this far off a limit a level is certain: a second that is half pause reads up to 3 dB low. Reasoned, not measured."""


class LoudnessOperator(WindowedOperator):
    """An operator about the level of one party's voice."""

    measures: ClassVar[bool] = True

    role: PartyName = Field("agent", description="whose voice: agent or customer")

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Measure the seconds in which the role speaks."""
        unheard = unknown_role(scene, self.role) or silent_role(scene, area, self.role)
        if unheard is not None:
            return unheard
        role = Role(self.role)
        figures = scene.call.loudness_db.get(role, ())
        if not figures:
            return Verdict(truth=Truth.UNCERTAIN, confidence=0.0, message=Message(key="loudness_unmeasured"))
        spoken = speech_seconds(scene.call.activity.get(role, ()), figures)
        inside = [s for s in spoken if _lies_in(s, area.spans)]
        if len(spoken) < MIN_SECONDS or not inside:
            return Verdict(truth=Truth.NOT_APPLICABLE, confidence=1.0, message=Message(key="loudness_short"))
        return self.judge(scene, area, inside, median(s.db for s in spoken))

    @abstractmethod
    def judge(self, scene: Scene, area: Area, seconds: Sequence[Second], level: float) -> Verdict:
        """Judge the seconds of the area; ``level`` is the role's own in the whole call."""

    def place(self, scene: Scene, span: Span, value: float, expected: str, beyond: float) -> Place:
        """A stretch with its level as proof; ``beyond`` is how far that lies off the limit."""
        confidence = margin_confidence(beyond, EDGE_DB)
        doubt: Doubt = "margin"
        sure = scene.role_confidence(self.role)
        if sure < confidence:
            confidence, doubt = sure, "role"
        evidence = Evidence(
            kind="measured", span=span, role=Role(self.role), value=value, unit="dB", expected=expected
        )
        return Place(span=span, evidence=evidence, confidence=confidence, doubt=doubt)


def _lies_in(second: Second, spans: Sequence[Span]) -> bool:
    return any(s.contains(second.number * SECOND_MS + SECOND_MS // 2) for s in spans)
