"""Puts the lines of a dialogue on a clock, and says where nobody and where both parties speak."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from generator.dialogue import Dialogue, Line
from generator.speech import SAMPLE_RATE_HZ, Audio

LEAD_IN_MS = 700
TAIL_MS = 900
SAME_SPEAKER_GAP_S = (0.35, 0.6)
OTHER_SPEAKER_GAP_S = (0.25, 0.75)
DEAD_AIR_MS = 3_000
"""Shorter silences are ordinary pauses and are not listed."""
TALK_OVER_MS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A spoken line with its place in the call."""

    line: Line
    audio: Audio
    start_ms: int

    @property
    def end_ms(self) -> int:
        """First millisecond after the speech."""
        return self.start_ms + round(len(self.audio) * 1000 / SAMPLE_RATE_HZ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A call on the clock."""

    placed: tuple[Placed, ...]
    duration_ms: int

    def track(self, role: str, level_db: float) -> Audio:
        """One party's speech over the whole call, each line brought to the level (RMS, dB of full scale)."""
        out = np.zeros(self.duration_ms * SAMPLE_RATE_HZ // 1000, np.float32)
        for item in self.placed:
            if item.line.role == role:
                start = item.start_ms * SAMPLE_RATE_HZ // 1000
                gain = 10 ** ((level_db + item.line.gain_db) / 20) / _active_rms(item.audio)
                out[start : start + len(item.audio)] += item.audio * gain
        return out

    def dead_air(self) -> list[dict[str, int | str]]:
        """Silences of ``DEAD_AIR_MS`` or more between the first and the last word."""
        found: list[dict[str, int | str]] = []
        last = self.placed[0]
        for item in sorted(self.placed, key=lambda item: item.start_ms)[1:]:
            if item.start_ms - last.end_ms >= DEAD_AIR_MS:
                found.append({"start_ms": last.end_ms, "end_ms": item.start_ms, "after_role": last.line.role})
            last = max(last, item, key=lambda one: one.end_ms)
        return found

    def talk_overs(self) -> list[dict[str, int | str | bool]]:
        """Where both speak at once; the interrupter is who began later."""
        found: list[dict[str, int | str | bool]] = []
        for index, first in enumerate(self.placed):
            for second in self.placed[index + 1 :]:
                start, end = second.start_ms, min(first.end_ms, second.end_ms)
                if first.line.role != second.line.role and end - start >= TALK_OVER_MS:
                    found.append(
                        {
                            "start_ms": start,
                            "end_ms": end,
                            "interrupter": second.line.role,
                            "backchannel": second.line.backchannel_at_s is not None,
                        }
                    )
        return found


def lay_out(dialogue: Dialogue, speak: Callable[[Line], Audio], seed: int) -> Timeline:
    """Place every line; pauses that the text leaves open are drawn from the seed and the call's id."""
    draw = random.Random(f"{seed}:{dialogue.call_id}")
    placed: list[Placed] = []
    for line in dialogue.lines:
        audio = speak(line)
        start = _start_ms(line, placed, draw)
        placed.append(Placed(line=line, audio=audio, start_ms=start))
    return Timeline(placed=tuple(placed), duration_ms=max(item.end_ms for item in placed) + TAIL_MS)


def _start_ms(line: Line, placed: list[Placed], draw: random.Random) -> int:
    if not placed:
        return LEAD_IN_MS
    last = placed[-1]
    usual = SAME_SPEAKER_GAP_S if last.line.role == line.role else OTHER_SPEAKER_GAP_S
    gap_s = draw.uniform(*usual)
    if line.backchannel_at_s is not None:
        return last.start_ms + round(line.backchannel_at_s * 1000)
    if line.overlap_s is not None:
        return max(item.end_ms for item in placed) - round(line.overlap_s * 1000)
    if line.pause_before_s is not None:
        gap_s = line.pause_before_s
    return max(item.end_ms for item in placed) + round(gap_s * 1000)


def _active_rms(audio: Audio) -> float:
    frame = SAMPLE_RATE_HZ // 50
    count = max(len(audio) // frame, 1)
    power = (audio[: count * frame].reshape(count, -1) ** 2).mean(axis=1)
    return float(np.sqrt(power[power > power.max() * 1e-3].mean()))
