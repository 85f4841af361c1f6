"""What the pitch operators share."""

from __future__ import annotations

from abc import abstractmethod

from pydantic import Field

from qa_pipeline.domain.call import Prosody, Role
from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.domain.time import Span
from qa_pipeline.rules.operator import Operator, PartyName
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.verdict import Truth, Verdict
from qa_pipeline.rules.window import whole

EDGE_SEMITONES = 1.0
"""From this far off a limit a pitch is certain. A semitone is 6 % of the frequency; reasoned, not measured."""


class PitchOperator(Operator):
    """An operator about one party's pitch, which is measured over the whole call."""

    role: PartyName = Field("agent", description="whose voice: agent or customer")

    def evaluate(self, scene: Scene) -> Verdict:
        """Judge the prosody where it was measured."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        prosody = scene.call.prosody.get(Role(self.role))
        return unmeasured("pitch_unmeasured") if prosody is None else self.judge(scene, prosody)

    @abstractmethod
    def judge(self, scene: Scene, prosody: Prosody) -> Verdict:
        """Compare."""

    def measured(self, scene: Scene, value: float, expected: str) -> Evidence:
        """A figure in semitones; its place is the role's speech from its first second to its last."""
        spoken = scene.call.activity.get(Role(self.role), ())
        span = Span(start_ms=spoken[0].start_ms, end_ms=spoken[-1].end_ms) if spoken else whole(scene.call)
        return Evidence(
            kind="measured",
            span=span,
            role=Role(self.role),
            value=value,
            unit="semitones",
            expected=expected,
        )


def unmeasured(key: str) -> Verdict:
    """Needs review: there is no figure to judge."""
    return Verdict(truth=Truth.UNCERTAIN, confidence=0.0, message=Message(key=key))
