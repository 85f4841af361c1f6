"""How long a party takes to answer, measured from the audio."""

from __future__ import annotations

from itertools import pairwise

from qa_pipeline.domain.call import Call, Role, Turn
from qa_pipeline.domain.time import Span


def answers(call: Call, role: Role) -> tuple[Span, ...]:
    """For each turn of the role that follows one of the other party: the time that party waited for it, in order."""
    turns = [t for t in call.turns if not t.back_channel]
    return tuple(
        waited(call, before, after)
        for before, after in pairwise(turns)
        if after.role is role and before.role not in (role, Role.UNKNOWN)
    )


def waited(call: Call, before: Turn, after: Turn) -> Span:
    """From the end of one party's speech to the start of the other's; empty where they overlap."""
    spoke = call.activity.get(before.role, ())
    start = max((s.end_ms for s in spoke if s.start_ms < after.span.start_ms), default=before.span.end_ms)
    answered = call.activity.get(after.role, ())
    end = next((s.start_ms for s in answered if s.end_ms > start), after.span.start_ms)
    return Span(start_ms=min(start, end), end_ms=end) if start < end else Span(start_ms=end, end_ms=end)
