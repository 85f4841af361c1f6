"""Decides whether a recording is a call that can be scored at all. Not scoring is an answer, not an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qa_pipeline.domain.call import Call, Role
from qa_pipeline.domain.diarization import Diarization
from qa_pipeline.domain.recording import AudioFacts
from qa_pipeline.domain.time import total_ms

MIN_RECORDING_MS = 1_000
"""Shorter than any greeting: a misdial or a recorder's stub."""
MIN_SPEECH_MS = 2_000
"""Less speech than this on all channels together is no conversation."""
MIN_MONO_MS = 20_000
"""A single channel shorter than this can't hold a call with opening and closing (samples of read speech last 2–12 s)."""
MIN_SIDE_MS = 1_000
"""A side that speaks less than this has not taken part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotScored:
    """Why there is no score: a code of ``errors_call`` and its parameters."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)


def before_listening(facts: AudioFacts) -> NotScored | None:
    """Reasons seen in the audio alone, so that no recognition is spent on them."""
    if facts.recording.duration_ms < MIN_RECORDING_MS:
        return NotScored(code="call.too_short", params={"seconds": facts.recording.duration_ms / 1000})
    speech_ms = sum(total_ms(spans) for spans in facts.activity)
    if speech_ms < MIN_SPEECH_MS and len(facts.activity) > 1:
        return NotScored(code="call.no_speech", params={"seconds": speech_ms / 1000})
    if speech_ms == 0:
        return NotScored(code="call.no_speech", params={"seconds": 0.0})
    return None


def before_assembly(facts: AudioFacts) -> NotScored | None:
    """Reasons that keep a transcribed recording from becoming a two-party call."""
    if facts.is_mono:
        if facts.recording.duration_ms < MIN_MONO_MS:
            return NotScored(
                code="call.not_a_conversation", params={"seconds": facts.recording.duration_ms / 1000}
            )
        return None
    for channel, spans in enumerate(facts.activity):
        if total_ms(spans) < MIN_SIDE_MS:
            return NotScored(code="call.one_side_silent", params={"channel": channel})
    return None


def without_voices(facts: AudioFacts, diarization: Diarization | None) -> NotScored | None:
    """Reasons that lie in who was told apart on a shared channel."""
    if not facts.is_mono:
        return None
    if diarization is None:
        return NotScored(code="call.mono_component_missing")
    if len(diarization.speakers) < 2:
        return NotScored(code="call.one_voice")
    return None


def before_scoring(call: Call, *, min_hearing_quality: float) -> NotScored | None:
    """Reasons seen only in what was recognised."""
    for role in (Role.AGENT, Role.CUSTOMER):
        if not any(turn.role is role for turn in call.turns):
            return NotScored(code="call.nothing_recognised", params={"role": role.value})
    if call.hearing_quality < min_hearing_quality:
        return NotScored(
            code="call.hearing_poor",
            params={
                "percent": round(call.hearing_quality * 100),
                "limit": round(min_hearing_quality * 100),
            },
        )
    return None
