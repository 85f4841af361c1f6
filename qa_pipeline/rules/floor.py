"""What ``speaks_first`` and ``speaks_last`` share: who has the floor at one end of a window."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from qa_pipeline.domain.call import Role, Turn
from qa_pipeline.domain.finding import Evidence, Message, ParamValue
from qa_pipeline.domain.time import Span, intersections, merge
from qa_pipeline.rules.judge import excuse_whole, margin_confidence, silent_role
from qa_pipeline.rules.operator import PartyName, WindowedOperator
from qa_pipeline.rules.scene import PAD_MS, Scene, unknown_role
from qa_pipeline.rules.verdict import Doubt, Truth, Verdict
from qa_pipeline.rules.window import Area, turns_of

EDGE_MS = 2_500
"""Tolerance of the order of two turns: half a second apart gives 0.6, the least that costs points by default."""
MIN_UNHEARD_MS = 300
"""Shorter bursts of voice activity are breath or clicks."""
_SHOWN_CHARS = 30


class FloorOperator(WindowedOperator):
    """An operator about who speaks at the start (``last``: the end) of the window."""

    last: ClassVar[bool] = False

    role: PartyName = Field("agent", description="who should: agent or customer")

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Compare the outermost turns of the two."""
        unheard = unknown_role(scene, self.role) or silent_role(scene, area, self.role)
        if unheard is not None:
            return unheard
        role = Role(self.role)
        turns = [
            t
            for t in turns_of(scene.call, "any")
            if any(s.contains(t.span.end_ms - 1 if self.last else t.span.start_ms) for s in area.spans)
        ]
        if not turns:
            return Verdict(truth=Truth.NOT_APPLICABLE, confidence=1.0, message=Message(key="no_speech"))
        turns.sort(key=self._moment)
        decisive = turns[0]
        rival = next((t for t in turns if (t.role is role) is not (decisive.role is role)), None)
        confidence: float = 1.0
        doubt: Doubt = "margin"
        if rival is not None:
            confidence = margin_confidence(self._moment(rival) - self._moment(decisive), EDGE_MS)
        sure = min(scene.role_confidence(self.role), 0.0 if decisive.role is Role.UNKNOWN else 1.0)
        if sure < confidence:
            confidence, doubt = sure, "role"
        met = decisive.role is role
        if not met and self._unheard(scene, area, role, decisive.span):
            confidence, doubt = 0.0, "hearing"
        key = "speaks_last" if self.last else "speaks_first"
        quote = _words(scene, decisive)
        params: dict[str, ParamValue] = {"quote": quote, "start_s": decisive.span.start_ms / 1000}
        verdict = Verdict(
            truth=Truth.MET if met else Truth.NOT_MET,
            confidence=confidence,
            message=Message(key=key if met else f"{key}_not", params=params),
            evidence=(Evidence(kind="quoted", span=decisive.span, role=decisive.role, quote=quote),),
            count=0 if met else 1,
            doubt=doubt,
        )
        return excuse_whole(scene, verdict, Area(spans=(decisive.span,)))

    def _moment(self, turn: Turn) -> int:
        return -turn.span.end_ms if self.last else turn.span.start_ms

    def _unheard(self, scene: Scene, area: Area, role: Role, other: Span) -> bool:
        """Whether the role's voice is there on the far side of the other's turn, though no word was recognised."""
        spoken = intersections(merge(scene.call.activity.get(role, ())), area.spans)
        spans = (s for s in spoken if s.duration_ms >= MIN_UNHEARD_MS)
        if self.last:
            return any(s.end_ms > other.end_ms + PAD_MS for s in spans)
        return any(s.start_ms < other.start_ms - PAD_MS for s in spans)


def _words(scene: Scene, turn: Turn) -> str:
    spoken = {u.utterance_id: u.text for u in scene.call.transcript.utterances}
    told = "".join(spoken[i] for i in turn.utterance_ids)
    return told if len(told) <= _SHOWN_CHARS else f"{told[:_SHOWN_CHARS]}…"
