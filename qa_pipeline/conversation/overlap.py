"""Talk-over: both parties speak at once, measured from the audio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_pipeline.conversation.pace import count_chars
from qa_pipeline.domain.call import Role, TalkOver
from qa_pipeline.domain.time import Span, intersections, merge
from qa_pipeline.domain.transcript import Utterance

MIN_OVERLAP_MS = 200
"""Shorter overlaps are the ordinary friction of turn-taking: most gaps and overlaps between turns lie within
±200 ms (Stivers et al. 2009, "Universals and cultural variation in turn-taking in conversation")."""
FLOOR_GAP_MS = 700
"""A pause this short keeps the floor; who resumes after it does not interrupt."""
SIMULTANEOUS_MS = 300
"""Starts closer than this are simultaneous: nobody is to blame."""


def talk_overs(
    activity: Mapping[Role, Sequence[Span]], utterances: Mapping[Role, Sequence[Utterance]]
) -> tuple[TalkOver, ...]:
    """Stretches of at least 200 ms in which agent and customer both speak, in order.

    The interrupter is the party whose stretch of speech (pauses under 0.7 s bridged) began later; where both began
    within 0.3 s of each other it is ``Role.UNKNOWN``.
    """
    agent, customer = activity.get(Role.AGENT, ()), activity.get(Role.CUSTOMER, ())
    floors = {
        Role.AGENT: merge(agent, max_gap_ms=FLOOR_GAP_MS),
        Role.CUSTOMER: merge(customer, max_gap_ms=FLOOR_GAP_MS),
    }
    found = []
    for span in merge(intersections(agent, customer), max_gap_ms=FLOOR_GAP_MS):
        if span.duration_ms < MIN_OVERLAP_MS:
            continue
        starts = {role: _floor_start(floors[role], span) for role in floors}
        difference = starts[Role.AGENT] - starts[Role.CUSTOMER]
        interrupter = Role.AGENT if difference > 0 else Role.CUSTOMER
        if abs(difference) < SIMULTANEOUS_MS:
            interrupter = Role.UNKNOWN
        said = utterances.get(interrupter, ())
        found.append(TalkOver(span=span, interrupter=interrupter, num_chars=_chars_within(said, span)))
    return tuple(found)


def _floor_start(floors: Sequence[Span], span: Span) -> int:
    return next(f.start_ms for f in floors if f.intersection(span) is not None)


def _chars_within(utterances: Sequence[Utterance], span: Span) -> int:
    return sum(
        count_chars(word.text)
        for utterance in utterances
        if utterance.span.intersection(span) is not None
        for word in utterance.words
        if span.contains((word.span.start_ms + word.span.end_ms) // 2)
    )
