"""What is true of a generated call: the words with their times, the planted faults, the things done right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from generator.dialogue import CRITERIA, ROLES, Dialogue, Mark
from generator.timeline import Placed, Timeline

AFTER_MS = 30_000
"""How long after a trigger (an upset customer) the missing answer could have come."""
CSV_COLUMNS = (
    "file", "call_id", "agent_id", "agent_name", "team_id", "queue", "direction", "started_at", "ring_s",
    "agent_channel", "customer_id", "city",
)  # fmt: skip

Json = dict[str, Any]


def truth(dialogue: Dialogue, timeline: Timeline) -> Json:
    """The truth of a call, ready for JSON; times are milliseconds, spans half-open."""
    planted = [
        _planted(mark, *_near(mark, index, timeline))
        for index, item in enumerate(timeline.placed)
        for mark in item.line.planted
    ]
    planted += [_planted(mark, *_window(mark, timeline)) for mark in dialogue.planted]
    planted.sort(key=lambda one: (one["start_ms"], one["criterion_id"]))
    decoys = [
        {"criterion_id": m.criterion, "start_ms": item.start_ms, "end_ms": item.end_ms, "note": m.note}
        for item in timeline.placed
        for m in item.line.decoys
    ]
    return {
        "schema_version": 1,
        "call_id": dialogue.call_id,
        "file": dialogue.file_name,
        "about": dialogue.about,
        "queue": dialogue.queue,
        "agent_id": dialogue.info["agent_id"],
        "agent_channel": dialogue.channel_of("agent"),
        "num_channels": dialogue.num_channels,
        "duration_ms": timeline.duration_ms,
        "voices": dict(dialogue.voices),
        "chars_per_minute": {role: _rate(role, timeline) for role in ROLES},
        "lines": [_line(item, dialogue) for item in timeline.placed],
        "dead_air": timeline.dead_air(),
        "talk_overs": timeline.talk_overs(),
        "planted": planted,
        "clean": _clean(dialogue, {one["criterion_id"] for one in planted}),
        "unstated": sorted(dialogue.unstated),
        "decoys": decoys,
    }


def csv_row(dialogue: Dialogue) -> Mapping[str, str]:
    """The call's row of ``calls.csv``; a mono call has no agent channel."""
    row = {key: dialogue.info.get(key, "") for key in CSV_COLUMNS}
    row["file"], row["call_id"] = dialogue.file_name, dialogue.call_id
    row["agent_channel"] = "" if dialogue.layout == "mono" else str(dialogue.channel_of("agent"))
    return row


def count_chars(text: str) -> int:
    """Han characters and digits."""
    return len(re.findall(r"[\u4e00-\u9fff0-9]", text))


def _line(item: Placed, dialogue: Dialogue) -> Json:
    return {
        "role": item.line.role,
        "channel": dialogue.channel_of(item.line.role),
        "start_ms": item.start_ms,
        "end_ms": item.end_ms,
        "text": item.line.text,
        "backchannel": item.line.backchannel_at_s is not None,
    }


def _planted(mark: Mark, start_ms: int, end_ms: int) -> Json:
    return {
        "criterion_id": mark.criterion,
        "outcome": "not_met",
        "start_ms": start_ms,
        "end_ms": end_ms,
        "note": mark.note,
    }


def _near(mark: Mark, index: int, timeline: Timeline) -> tuple[int, int]:
    """Where a fault marked on a line is."""
    item = timeline.placed[index]
    before_end = max((one.end_ms for one in timeline.placed[:index]), default=0)
    if mark.place == "gap_before":
        return before_end, item.start_ms
    if mark.place == "gap_and_line":
        return before_end, item.end_ms
    if mark.place == "overlap":
        return item.start_ms, min(before_end, item.end_ms)
    if mark.place == "after":
        return item.end_ms, min(item.end_ms + AFTER_MS, timeline.duration_ms)
    return item.start_ms, item.end_ms


def _window(mark: Mark, timeline: Timeline) -> tuple[int, int]:
    """Where a fault of the whole call could have been put right."""
    agent = [item for item in timeline.placed if item.line.role == "agent"]
    if mark.place == "opening":
        return 0, agent[1].end_ms
    if mark.place == "closing":
        return agent[-2].start_ms, timeline.duration_ms
    if mark.place == "before_answer":
        return 0, 0
    return 0, timeline.duration_ms


def _clean(dialogue: Dialogue, planted: set[str]) -> list[Json]:
    stated = [c for c in CRITERIA[dialogue.queue] if c not in planted and c not in dialogue.unstated]
    return [
        {"criterion_id": c, "outcome": "not_applicable" if c in dialogue.not_applicable else "met"}
        for c in stated
    ]


def _rate(role: str, timeline: Timeline) -> int:
    """Characters a minute over the role's lines, pauses inside a line included."""
    mine = [i for i in timeline.placed if i.line.role == role and i.line.backchannel_at_s is None]
    spoken_ms = sum(item.end_ms - item.start_ms for item in mine)
    return round(sum(count_chars(item.line.text) for item in mine) * 60_000 / spoken_ms)
