"""How a party's voice moves: pitch of a role, and against that person's usual pitch."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median, pstdev

from qa_pipeline.domain.call import Call, PitchBaseline, Prosody, Role
from qa_pipeline.domain.time import Span, intersections, merge

SLOT_MS = 100
"""What one figure of a pitch track stands for."""
MIN_VOICED = 30
"""Figures of pitch below which a voice is not judged: three seconds of vowels, about two sentences."""
OCTAVE = 2.0
"""A figure further than this (as a ratio) from the median is taken for an error of measurement, not for the voice."""
MIN_BASELINE_CALLS = 10
"""With fewer calls the spread between calls would be chance."""
MIN_SPREAD_SEMITONES = 0.5
"""A person's calls differ at least so much: the median of one call is itself measured only to about half a semitone
(``docs/design/manner.md``)."""


def pitch_of(track: Sequence[int], own: Sequence[Span], others: Sequence[Span]) -> tuple[int, ...]:
    """A channel's pitch track as far as one party speaks there alone; elsewhere 0.

    Args:
        track: Hz per tenth of a second, 0 where there is no pitch.
        own: where the party speaks, sorted and disjoint.
        others: where anybody else speaks (talk-over may leak into the channel), sorted and disjoint.
    """
    alone = [False] * len(track)
    for spans, value in ((own, True), (intersections(own, others), False)):
        for span in spans:
            for slot in range(
                (span.start_ms + SLOT_MS // 2) // SLOT_MS, (span.end_ms + SLOT_MS // 2) // SLOT_MS
            ):
                if slot < len(track):
                    alone[slot] = value
    return tuple(hz if keep else 0 for hz, keep in zip(track, alone, strict=True))


def pitch_by_role(
    tracks: Mapping[Role, Sequence[int]], activity: Mapping[Role, Sequence[Span]]
) -> dict[Role, tuple[int, ...]]:
    """Each party's pitch where only that party speaks; several parties may share one channel's track."""
    return {
        role: pitch_of(
            track,
            activity.get(role, ()),
            merge(s for r, spans in activity.items() if r is not role for s in spans),
        )
        for role, track in tracks.items()
    }


def prosody(track: Sequence[int]) -> Prosody | None:
    """Median and range of a party's pitch; None with under three seconds of voiced speech."""
    voiced = sorted(hz for hz in track if hz)
    if len(voiced) < MIN_VOICED:
        return None
    middle = median(voiced)
    kept = [hz for hz in voiced if middle / OCTAVE <= hz <= middle * OCTAVE]
    low, high = (kept[round(share * (len(kept) - 1))] for share in (0.05, 0.95))
    return Prosody(f0_median_hz=round(median(kept), 1), f0_range_semitones=round(semitones(high, low), 1))


def semitones(hz: float, reference_hz: float) -> float:
    """How much higher one frequency is than another."""
    return 12 * math.log2(hz / reference_hz)


def usual_pitch(medians_hz: Mapping[str, float]) -> PitchBaseline | None:
    """A person's usual pitch from earlier calls; None with fewer than ten.

    Args:
        medians_hz: call id to the median pitch of the person in that call.

    Returns:
        The median, the spread between calls (standard deviation, at least half a semitone), and a digest of exactly
        these calls and figures.
    """
    if len(medians_hz) < MIN_BASELINE_CALLS:
        return None
    middle = median(medians_hz.values())
    spread = pstdev(semitones(hz, middle) for hz in medians_hz.values())
    content = "\n".join(f"{call_id}\t{hz:.1f}" for call_id, hz in sorted(medians_hz.items()))
    return PitchBaseline(
        median_hz=round(middle, 1),
        spread_semitones=round(max(spread, MIN_SPREAD_SEMITONES), 2),
        snapshot=hashlib.sha256(content.encode("utf-8", "replace")).hexdigest(),
    )


def with_baseline(call: Call, role: Role, usual: PitchBaseline | None) -> Call:
    """The call with a party's usual pitch beside the measured one; unchanged where either is unknown."""
    measured = call.prosody.get(role)
    if measured is None or usual is None:
        return call
    return replace(call, prosody={**call.prosody, role: replace(measured, baseline=usual)})
