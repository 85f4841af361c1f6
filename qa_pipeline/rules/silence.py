"""What the two dead-air operators share."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from qa_pipeline.domain.call import Role
from qa_pipeline.rules.operator import WindowedOperator
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.stretches import stretch
from qa_pipeline.rules.verdict import Place
from qa_pipeline.rules.window import Area

_OTHER = {"agent": Role.CUSTOMER, "customer": Role.AGENT}


class DeadAirOperator(WindowedOperator):
    """An operator about stretches in which nobody speaks."""

    measures: ClassVar[bool] = True
    sign: ClassVar[str] = "≥"
    """How the limit reads in evidence."""

    seconds: float = Field(gt=0, le=3600, description="seconds of dead air that count")
    times: int = Field(1, ge=1, le=1000, description="how many such stretches")

    def silences(self, scene: Scene, area: Area) -> tuple[list[Place], list[Place]]:
        """The stretches of at least ``seconds`` in the area: those of the role, and those of nobody knows whom."""
        sure: list[Place] = []
        unsure: list[Place] = []
        for silence in scene.call.dead_air:
            known = silence.after_role is not Role.UNKNOWN
            if self.role != "any" and known and silence.after_role is not _OTHER[self.role]:
                continue
            for span in area.spans:
                part = silence.span.intersection(span)
                if part is None or part.duration_ms < self.seconds * 1000:
                    continue
                found = stretch(scene, self.role, part, self.seconds, sign=self.sign)
                (sure if known or self.role == "any" else unsure).append(found)
        return sure, unsure
