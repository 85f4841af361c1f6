"""Transcript and measurements in, call out."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.conversation.overlap import talk_overs
from qa_pipeline.conversation.pace import speaking_rate
from qa_pipeline.conversation.parties import heard_channels, of_channels, of_voices
from qa_pipeline.conversation.prosody import pitch_by_role, prosody
from qa_pipeline.conversation.silence import dead_air
from qa_pipeline.conversation.turns import build_turns
from qa_pipeline.domain.call import Call, CallInfo, Role
from qa_pipeline.domain.diarization import Diarization
from qa_pipeline.domain.recording import AudioFacts
from qa_pipeline.domain.time import Span, intersections, merge, total_ms
from qa_pipeline.domain.transcript import Transcript, Utterance

CONFIDENT = 0.5
"""An utterance whose words average less than this was guessed rather than heard."""

SURE_ROLE = 0.6
"""Below it nobody loses points over who said what (the default of `min_confidence`), and the page says why."""


def assemble(
    info: CallInfo,
    facts: AudioFacts,
    transcript: Transcript,
    *,
    default_agent_channel: int,
    diarization: Diarization | None = None,
) -> Call:
    """A call with its turns, talk-overs, dead air and measures.

    Args:
        info: what the metadata say.
        facts: what was measured.
        transcript: what was recognised.
        default_agent_channel: the agent's channel where the metadata do not say.
        diarization: the voices of a mono recording.

    Raises:
        ValueError: a mono recording without its voices.
    """
    if facts.is_mono:
        if diarization is None:
            raise ValueError("a mono recording needs a diarization")
        parties = of_voices(transcript, diarization)
    else:
        parties = of_channels(facts, transcript, info.channel_roles, default_agent_channel)
    activity, channel_of = parties.activity, parties.channel_of
    utterances = {role: parties.utterances(role) for role in (Role.AGENT, Role.CUSTOMER)}
    turns = build_turns([(parties.role_of(u), u) for u in parties.transcript.utterances])
    rates = {role: speaking_rate(utterances[role], activity[role]) for role in utterances}
    tracks = {role: facts.pitch_hz[channel_of[role]] for role in utterances} if facts.pitch_hz else {}
    pitch = pitch_by_role(tracks, activity)
    voices = {role: prosody(track) for role, track in pitch.items()}
    notes = (*facts.notes, *parties.notes)
    if any(a.confidence < CONFIDENT for a in parties.roles):
        notes = (*notes, "roles_contradicted")
    elif any(a.confidence < SURE_ROLE for a in parties.roles):
        notes = (*notes, "roles_unsure")
    return Call(
        info=info,
        recording=facts.recording,
        transcript=parties.transcript,
        roles=parties.roles,
        activity=activity,
        turns=turns,
        talk_overs=() if facts.is_mono else talk_overs(activity, utterances),
        dead_air=dead_air(activity, turns),
        loudness_db={role: facts.loudness_db[channel_of[role]] for role in utterances},
        speaking_rate={role: rate for role, rate in rates.items() if rate is not None},
        pitch_hz=pitch,
        prosody={role: voice for role, voice in voices.items() if voice is not None},
        hearing_quality=hearing_quality(heard_channels(facts), transcript.utterances),
        notes=notes,
    )


def hearing_quality(activity: Sequence[Sequence[Span]], utterances: Sequence[Utterance]) -> float:
    """Share of all speech time that lies in utterances recognised with confidence, 0 to 1; 1 where nobody speaks."""
    spoken = sum(total_ms(spans) for spans in activity)
    if spoken == 0:
        return 1.0
    heard = 0
    for channel, spans in enumerate(activity):
        confident = merge(u.span for u in utterances if u.channel == channel and _confident(u))
        heard += total_ms(intersections(spans, confident))
    return round(heard / spoken, 3)


def _confident(utterance: Utterance) -> bool:
    words = utterance.words
    return bool(words) and sum(w.confidence for w in words) / len(words) >= CONFIDENT
