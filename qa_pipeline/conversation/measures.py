"""The manner of a call in figures: one table of names, units and values that pages, JSON, database and reports share.

Definitions are in ``docs/glossary.md`` under the same names; times come from the audio, characters from what was recognised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from statistics import median
from types import MappingProxyType

from qa_pipeline.conversation.latency import answers
from qa_pipeline.conversation.loudness import MIN_SECONDS, jumps, speech_seconds
from qa_pipeline.conversation.pace import count_chars
from qa_pipeline.conversation.prosody import SLOT_MS, semitones
from qa_pipeline.conversation.turns import sounds_like_back_channel
from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.time import intersections, total_ms
from qa_pipeline.domain.transcript import Utterance

ROLE_UNITS: Mapping[str, str] = MappingProxyType(
    {
        "talk_s": "s",
        "talk_share_pct": "%",
        "turns": "count",
        "speaking_rate": "chars/min",
        "response_latency_median_s": "s",
        "response_latency_max_s": "s",
        "talk_over_count": "count",
        "talk_over_s": "s",
        "monologue_max_s": "s",
        "loudness_db": "dB",
        "loudness_jump_db": "dB",
        "pitch_hz": "Hz",
        "pitch_range_st": "semitones",
        "pitch_off_baseline_st": "semitones",
        "hesitations_per_min": "per min",
        "honorific_nin": "count",
        "honorific_ni": "count",
    }
)
"""Measures of one party, with their units, in the order in which they are shown."""

CALL_UNITS: Mapping[str, str] = MappingProxyType(
    {
        "duration_s": "s",
        "dead_air_count": "count",
        "dead_air_s": "s",
        "dead_air_max_s": "s",
        "overlap_s": "s",
        "talk_listen_ratio": "ratio",
        "hearing_quality_pct": "%",
    }
)
"""Measures of the whole call, with their units, in the order in which they are shown."""

UTTERANCE_UNITS: Mapping[str, str] = MappingProxyType(
    {"speaking_rate": "chars/min", "loudness_db": "dB", "pitch_hz": "Hz"}
)
"""Measures of one utterance, with their units."""

MIN_ROLE_CONFIDENCE = 0.5
"""Where it is as likely that the parties were taken for each other, there are no figures by party."""
MIN_SPEAKING_S = 2.0
"""With less speech, shares, rates and ratios would be chance."""
MIN_UTTERANCE_MS = 1_000
_MIN_VOICED = 5

_PARTIES = (Role.AGENT, Role.CUSTOMER)
_OTHER = {Role.AGENT: Role.CUSTOMER, Role.CUSTOMER: Role.AGENT}
# 额 is also an amount (金额, 额度); 嗯 that stands alone is an answer; 那个 and 这个 count only where they are drawn out.
_HESITATION = re.compile(
    r"[呃唔嗯]+|(?<![金总余限差数全超名份定面小大巨税贷])额(?![度外头定角])|(?:那个|这个)(?=[,，、…]|那个|这个)"
)
_HONORIFIC, _PLAIN = re.compile("您"), re.compile("你(?!们)")

Key = tuple[Role | None, str]

_TALK_OVER = ("overlap_s", "talk_over_count", "talk_over_s")


def measures(call: Call) -> dict[Key, float]:
    """Every figure that can be given, by role (None: the whole call) and name; what can't be is absent.

    Names and units are those of :data:`ROLE_UNITS` and :data:`CALL_UNITS`. Figures by party are absent where the roles
    are less sure than :data:`MIN_ROLE_CONFIDENCE`.
    """
    found: dict[Key, float] = {(None, name): value for name, value in _of_call(call).items()}
    if all(call.role_confidence(role) >= MIN_ROLE_CONFIDENCE for role in _PARTIES):
        for role in _PARTIES:
            found |= {(role, name): value for name, value in _of_role(call, role).items()}
        talked = {role: total_ms(call.activity.get(role, ())) for role in _PARTIES}
        if min(talked.values()) >= MIN_SPEAKING_S * 1000:
            found[None, "talk_listen_ratio"] = round(talked[Role.AGENT] / talked[Role.CUSTOMER], 2)
    return found


def utterance_measures(call: Call) -> dict[str, dict[str, float]]:
    """Utterance id to its figures (:data:`UTTERANCE_UNITS`); those too short for a figure lack it."""
    found = {}
    levels = {role: _level(call, role) for role in _PARTIES}
    for utterance in call.transcript.utterances:
        role = call.role_of(utterance)
        inside = intersections((utterance.span,), call.activity.get(role, ()))
        values: dict[str, float] = {}
        spoken_ms = total_ms(inside)
        if spoken_ms >= MIN_UTTERANCE_MS:
            values["speaking_rate"] = round(count_chars(utterance.text) * 60_000 / spoken_ms, 1)
        seconds = speech_seconds(inside, call.loudness_db.get(role, ()))
        level = levels.get(role)
        if seconds and level is not None:
            values["loudness_db"] = round(median(s.db for s in seconds) - level, 1)
        first, last = utterance.span.start_ms // SLOT_MS, utterance.span.end_ms // SLOT_MS
        voiced = [hz for hz in call.pitch_hz.get(role, ())[first:last] if hz]
        if len(voiced) >= _MIN_VOICED:
            values["pitch_hz"] = round(median(voiced), 1)
        found[utterance.utterance_id] = values
    return found


def _of_call(call: Call) -> dict[str, float]:
    silences = [d.span.duration_ms / 1000 for d in call.dead_air]
    found = {
        "duration_s": round(call.recording.duration_ms / 1000, 1),
        "dead_air_count": len(silences),
        "dead_air_s": round(sum(silences), 1),
        "dead_air_max_s": round(max(silences, default=0.0), 1),
        "overlap_s": round(sum(t.span.duration_ms for t in call.talk_overs) / 1000, 1),
        "hearing_quality_pct": round(100 * call.hearing_quality, 1),
    }
    return _without_talk_over(found) if call.is_mono else found


def _without_talk_over(found: Mapping[str, float]) -> dict[str, float]:
    """On a shared channel two voices at once can't be heard apart: no figure rather than 0."""
    return {name: value for name, value in found.items() if name not in _TALK_OVER}


def _of_role(call: Call, role: Role) -> dict[str, float]:
    spoken_s = total_ms(call.activity.get(role, ())) / 1000
    together_s = spoken_s + total_ms(call.activity.get(_OTHER[role], ())) / 1000
    turns = [t.span.duration_ms / 1000 for t in call.turns if t.role is role and not t.back_channel]
    interrupted = [t.span.duration_ms / 1000 for t in call.talk_overs if t.interrupter is role]
    said = call.utterances_of(role)
    text = "\n".join(u.text for u in said)
    found: dict[str, float] = {
        "talk_s": round(spoken_s, 1),
        "turns": len(turns),
        "talk_over_count": len(interrupted),
        "talk_over_s": round(sum(interrupted), 1),
        "monologue_max_s": round(max(turns, default=0.0), 1),
        "honorific_nin": len(_HONORIFIC.findall(text)),
        "honorific_ni": len(_PLAIN.findall(text)),
    }
    if together_s >= MIN_SPEAKING_S:
        found["talk_share_pct"] = round(100 * spoken_s / together_s, 1)
    if role in call.speaking_rate:
        found["speaking_rate"] = call.speaking_rate[role]
    if spoken_s >= MIN_SPEAKING_S:
        found["hesitations_per_min"] = round(60 * sum(map(_hesitations, said)) / spoken_s, 1)
    waits = [span.duration_ms / 1000 for span in answers(call, role)]
    if waits:
        found["response_latency_median_s"] = round(median(waits), 2)
        found["response_latency_max_s"] = round(max(waits), 2)
    found = found | _loudness(call, role) | _pitch(call, role)
    return _without_talk_over(found) if call.is_mono else found


def _hesitations(utterance: Utterance) -> int:
    return 0 if sounds_like_back_channel(utterance) else len(_HESITATION.findall(utterance.text))


def _level(call: Call, role: Role) -> float | None:
    seconds = speech_seconds(call.activity.get(role, ()), call.loudness_db.get(role, ()))
    return median(s.db for s in seconds) if len(seconds) >= MIN_SECONDS else None


def _loudness(call: Call, role: Role) -> dict[str, float]:
    own = _level(call, role)
    if own is None:
        return {}
    both = [
        s.db for r in _PARTIES for s in speech_seconds(call.activity.get(r, ()), call.loudness_db.get(r, ()))
    ]
    seconds = speech_seconds(call.activity.get(role, ()), call.loudness_db[role])
    found = {"loudness_db": round(own - median(both), 1)}
    changes = jumps(seconds)
    if changes:
        found["loudness_jump_db"] = max((jump.db for jump in changes), key=abs)
    return found


def _pitch(call: Call, role: Role) -> dict[str, float]:
    measured = call.prosody.get(role)
    if measured is None:
        return {}
    found = {"pitch_hz": measured.f0_median_hz, "pitch_range_st": measured.f0_range_semitones}
    if measured.baseline is not None:
        found["pitch_off_baseline_st"] = round(
            semitones(measured.f0_median_hz, measured.baseline.median_hz), 2
        )
    return found
