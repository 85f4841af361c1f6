"""Which channel is the agent: from the metadata or the setting, checked against what is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from qa_pipeline.domain.call import Role, RoleAssignment
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.phrases import phrase
from qa_pipeline.text.types import Pattern

# Said by agents in every centre's script (STANDARDS.md E) and hardly ever by customers.
_AGENT_CUES = (
    "为您服务",
    "请问有什么可以帮您",
    "感谢您的来电",
    "请问还有其他可以帮您",
    "祝您生活愉快",
    "对我的服务做出评价",
    "给您带来不便",
)
CONFIDENCE = {"metadata": 0.97, "setting": 0.9}
"""Before anything was said: a centre's metadata are seldom wrong, a default more often."""
_CONFIRMED, _CONTRADICTED = 0.99, 0.4


@cache
def _cues() -> tuple[Pattern, ...]:
    return tuple(phrase(cue) for cue in _AGENT_CUES)


def _cue_count(utterances: Sequence[Utterance]) -> int:
    text = AlignedText.of(utterances)
    return sum(any(m.verdict == "hit" for m in cue.find(text)) for cue in _cues())


def assign_stereo(
    by_channel: Mapping[int, Sequence[Utterance]], stated: Mapping[int, Role], default_agent_channel: int
) -> tuple[RoleAssignment, ...]:
    """The roles of channels 0 and 1.

    What is said decides against a mere default (basis ``spoken``); where it contradicts the centre's own metadata the
    metadata stand, with a confidence too low to cost anybody points.
    """
    agent = next((c for c, role in stated.items() if role is Role.AGENT), None)
    basis = "setting" if agent is None else "metadata"
    if agent is None:
        agent = default_agent_channel
    cues = {channel: _cue_count(by_channel.get(channel, ())) for channel in (0, 1)}
    margin = cues[agent] - cues[1 - agent]
    confidence = CONFIDENCE[basis]
    if margin > 0:
        confidence = _CONFIRMED
    elif margin <= -2 and basis == "setting":
        agent, basis, confidence = 1 - agent, "spoken", 0.95
    elif margin < 0:
        confidence = _CONTRADICTED
    return tuple(
        RoleAssignment(
            channel=channel,
            role=Role.AGENT if channel == agent else Role.CUSTOMER,
            confidence=confidence,
            basis=basis,
        )
        for channel in (0, 1)
    )
