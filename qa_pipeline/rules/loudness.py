"""How loud a party speaks, second by second: what the loudness operators share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import ClassVar, NamedTuple

from pydantic import Field

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Evidence, Message
from qa_pipeline.domain.time import Span, merge
from qa_pipeline.rules.judge import margin_confidence, silent_role
from qa_pipeline.rules.operator import PartyName, WindowedOperator
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.verdict import Doubt, Place, Truth, Verdict
from qa_pipeline.rules.window import Area

SECOND_MS = 1_000
SPOKEN_SHARE = 0.5
"""A second counts where the role speaks for at least half of it: less, and the pause would be measured."""
MIN_SECONDS = 5
"""With fewer seconds of speech in the call its level would be chance, so loudness is not judged."""
MAX_GAP_S = 2
"""Seconds of speech with a longer gap between them are no longer one stretch."""
EDGE_DB = 2.0
"""From this far off a limit a level is certain: a second that is half pause reads up to 3 dB low. Reasoned, not measured."""


class Second(NamedTuple):
    """One second in which the role speaks, and its level."""

    number: int
    db: float


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


def speech_seconds(activity: Sequence[Span], loudness_db: Sequence[float]) -> list[Second]:
    """The seconds in which a party speaks for at least half of the time, in order."""
    spoken_ms = [0] * len(loudness_db)
    for span in merge(activity):
        last = min((span.end_ms - 1) // SECOND_MS, len(spoken_ms) - 1)
        for number in range(span.start_ms // SECOND_MS, last + 1):
            part = span.intersection(span_of(number, number))
            spoken_ms[number] += part.duration_ms if part else 0
    enough = SPOKEN_SHARE * SECOND_MS
    return [Second(n, db) for n, db in enumerate(loudness_db) if spoken_ms[n] >= enough]


def span_of(first: int, last: int) -> Span:
    """From the start of one second to the end of another."""
    return Span(start_ms=first * SECOND_MS, end_ms=(last + 1) * SECOND_MS)


def runs(seconds: Sequence[Second]) -> list[list[Second]]:
    """The seconds, grouped into stretches without a long gap."""
    if not seconds:
        return []
    grouped = [[seconds[0]]]
    for before, second in pairwise(seconds):
        if second.number - before.number > 1 + MAX_GAP_S:
            grouped.append([])
        grouped[-1].append(second)
    return grouped


def _lies_in(second: Second, spans: Sequence[Span]) -> bool:
    return any(s.contains(second.number * SECOND_MS + SECOND_MS // 2) for s in spans)
