"""Who is the agent: from the metadata or the setting, checked against what is said; on one channel by what is said alone.

Two kinds of words speak for the agent: stock phrases of every centre's script, and whatever the trained classifier
`speaker_role` has learnt from customer-service dialogues. Both are added up as log-odds; docs/design/speakers.md has
what they were measured on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import islice, pairwise

from qa_pipeline.conversation.pace import count_chars
from qa_pipeline.domain.call import Role, RoleAssignment
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.text import classifiers
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
_CUE_ODDS, _MOST_CUES = 2.0, 2
_CLASSIFIER = "speaker_role"
_NEUTRAL, _MOST_ODDS = -1.2, 4.0
"""On spoken calls the classifier's log-odds lie about -4.7 for customers and +2.4 for agents, on either side of this."""
_PRIOR = {"metadata": 3.5, "setting": 0.85}
"""Log-odds before anything is said: a centre's metadata are seldom wrong (0.97), a default often enough (0.7)."""
_CONTRADICTION = -3.0
"""Log-odds of the words from which metadata count as contradicted."""
_CONTRADICTED = 0.4
"""Too unsure to cost anybody points."""
_MOST_SURE, _MOST_SURE_MONO, _MOST_SURE_SEVERAL = 0.99, 0.95, 0.7
"""On one channel single words may have gone to the wrong party; with a third voice more may have."""


@cache
def _cues() -> tuple[Pattern, ...]:
    return tuple(phrase(cue) for cue in _AGENT_CUES)


def agent_odds(utterances: Sequence[Utterance]) -> float:
    """How much somebody's words speak for the agent: log-odds, 0 where they say nothing about it.

    Raises:
        SetupError: the trained model is missing or was changed.
    """
    text = AlignedText.of(utterances)
    said_by_agents = (cue for cue in _cues() if any(m.verdict == "hit" for m in cue.find(text)))
    cues = sum(1 for _ in islice(said_by_agents, _MOST_CUES))
    said = "".join(u.text for u in utterances)
    learnt = 0.0
    classifier = classifiers.load(_CLASSIFIER)
    if count_chars(said) >= classifier.entry.min_chars:
        sure = min(max(classifier.probability(said, Role.AGENT.value), 1e-4), 1 - 1e-4)
        learnt = min(max(math.log(sure / (1 - sure)) - _NEUTRAL, -_MOST_ODDS), _MOST_ODDS)
    return learnt + _CUE_ODDS * cues


def assign_stereo(
    by_channel: Mapping[int, Sequence[Utterance]], stated: Mapping[int, Role], default_agent_channel: int
) -> tuple[RoleAssignment, ...]:
    """The roles of channels 0 and 1.

    What is said decides against a mere default (basis ``spoken``); where it contradicts the centre's own metadata the
    metadata stand, with a confidence too low to cost anybody points.
    """
    agent = next((c for c, role in stated.items() if role is Role.AGENT), None)
    if agent is None:
        agent = next((1 - c for c, role in stated.items() if role is Role.CUSTOMER), None)
    basis = "setting" if agent is None else "metadata"
    if agent is None:
        agent = default_agent_channel
    odds = agent_odds(by_channel.get(agent, ())) - agent_odds(by_channel.get(1 - agent, ()))
    total = _PRIOR[basis] + odds
    if basis == "metadata":
        confidence = _CONTRADICTED if odds <= _CONTRADICTION else min(_MOST_SURE, _probability(total))
    else:
        if total < 0:
            agent, basis = 1 - agent, "spoken"
        confidence = min(_MOST_SURE, _probability(abs(total)))
    return tuple(
        RoleAssignment(
            channel=channel,
            role=Role.AGENT if channel == agent else Role.CUSTOMER,
            confidence=confidence,
            basis=basis,
        )
        for channel in (0, 1)
    )


def assign_voices(
    by_speaker: Mapping[str, Sequence[Utterance]], *, channel: int
) -> tuple[RoleAssignment, ...]:
    """The roles of the voices of one channel, by what they say.

    Of three or more voices the one that speaks most like an agent is the agent, the one least so the customer, and
    the others stay unknown; the agent is then only as sure as the words tell it from the next one like it.

    Args:
        by_speaker: what each voice said, two voices or more.
        channel: the channel they share.
    """
    odds = {speaker: agent_odds(said) for speaker, said in by_speaker.items()}
    ranked = sorted(odds, key=lambda s: (-odds[s], s))
    agent, customer = ranked[0], ranked[-1]
    apart = min(odds[a] - odds[b] for a, b in pairwise(ranked))
    limit = _MOST_SURE_MONO if len(ranked) == 2 else _MOST_SURE_SEVERAL
    confidence = min(limit, _probability(apart))
    roles = {agent: Role.AGENT, customer: Role.CUSTOMER}
    return tuple(
        RoleAssignment(
            channel=channel,
            speaker=speaker,
            role=roles.get(speaker, Role.UNKNOWN),
            confidence=confidence,
            basis="classifier",
        )
        for speaker in sorted(by_speaker)
    )


def _probability(odds: float) -> float:
    return round(1 / (1 + math.exp(-odds)), 3)
