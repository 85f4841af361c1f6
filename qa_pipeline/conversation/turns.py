"""Who holds the floor when."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa_pipeline.domain.call import Role, Turn
from qa_pipeline.domain.transcript import Utterance

MAX_PAUSE_MS = 1_500
"""A longer pause ends a turn (DESIGN.md §3)."""
MAX_BACK_CHANNEL_MS = 1_200

# Acknowledgements that leave the floor with the other; answers such as 不是 or 要 are turns of their own.
_BACK_CHANNEL = re.compile(
    r"(嗯|哦|噢|喔|啊|呃|唉|诶|欸|哎|好|好的|好吧|行|对|对的|是|是的|是吗|明白|知道了|可以|没错|ok)+"
)
_PUNCTUATION = re.compile(r"[\s,.!?;:，。！？；：、…~]+")


def sounds_like_back_channel(utterance: Utterance) -> bool:
    """Whether an utterance is short and only acknowledges; the place decides whether it is a back-channel."""
    text = _PUNCTUATION.sub("", utterance.text.lower())
    return utterance.span.duration_ms <= MAX_BACK_CHANNEL_MS and _BACK_CHANNEL.fullmatch(text) is not None


def build_turns(spoken: Sequence[tuple[Role, Utterance]]) -> tuple[Turn, ...]:
    """Turns in order of start.

    Args:
        spoken: utterances with their roles in order of time; those without words are left out.
    """
    spoken = [(role, u) for role, u in spoken if u.words]
    turns: list[Turn] = []
    floor: list[Utterance] = []
    holder = Role.UNKNOWN
    for index, (role, utterance) in enumerate(spoken):
        if _is_back_channel(index, spoken):
            turns.append(_turn(role, [utterance], back_channel=True))
        elif floor and holder is role and utterance.span.start_ms - floor[-1].span.end_ms < MAX_PAUSE_MS:
            floor.append(utterance)
        else:
            if floor:
                turns.append(_turn(holder, floor))
            floor, holder = [utterance], role
    if floor:
        turns.append(_turn(holder, floor))
    return tuple(sorted(turns, key=lambda t: (t.span, t.role)))


def _turn(role: Role, members: Sequence[Utterance], *, back_channel: bool = False) -> Turn:
    span = members[0].span
    for member in members[1:]:
        span = span.hull(member.span)
    return Turn(
        role=role,
        span=span,
        utterance_ids=tuple(u.utterance_id for u in members),
        back_channel=back_channel,
    )


def _is_back_channel(index: int, spoken: Sequence[tuple[Role, Utterance]]) -> bool:
    """The other was speaking and goes on at once: then the floor never changed hands."""
    role, utterance = spoken[index]
    if not sounds_like_back_channel(utterance):
        return False
    before = next((u for r, u in reversed(spoken[:index]) if r is not role), None)
    after = next((u for r, u in spoken[index + 1 :] if r is not role), None)
    if before is None:
        return False
    if before.span.end_ms >= utterance.span.end_ms:
        return True
    return after is not None and after.span.start_ms - before.span.end_ms < MAX_PAUSE_MS
