"""Dead air: nobody speaks between the first and the last turn, measured from the audio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa_pipeline.domain.call import DeadAir, Role, Turn
from qa_pipeline.domain.time import Span, merge, subtract

MIN_DEAD_AIR_MS = 1_000
"""Shorter pauses belong to ordinary speech; rubrics ask for seconds."""


def dead_air(activity: Mapping[Role, Sequence[Span]], turns: Sequence[Turn]) -> tuple[DeadAir, ...]:
    """Stretches of at least 1 s without any speech between the first and the last turn, in order."""
    if not turns:
        return ()
    conversation = Span(start_ms=turns[0].span.start_ms, end_ms=max(t.span.end_ms for t in turns))
    by_end = sorted((span.end_ms, role) for role, spans in activity.items() for span in spans)
    voiced = merge(span for spans in activity.values() for span in spans)
    found = []
    for gap in subtract(conversation, voiced):
        if gap.duration_ms < MIN_DEAD_AIR_MS:
            continue
        before = [role for end, role in by_end if end <= gap.start_ms]
        found.append(DeadAir(span=gap, after_role=before[-1] if before else Role.UNKNOWN))
    return tuple(found)
