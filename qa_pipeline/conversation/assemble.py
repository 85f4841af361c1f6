"""Transcript and measurements in, call out."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.conversation.overlap import talk_overs
from qa_pipeline.conversation.pace import speaking_rate
from qa_pipeline.conversation.prosody import pitch_by_role, prosody
from qa_pipeline.conversation.roles import assign_stereo
from qa_pipeline.conversation.silence import dead_air
from qa_pipeline.conversation.turns import build_turns
from qa_pipeline.domain.call import Call, CallInfo, Role
from qa_pipeline.domain.recording import AudioFacts
from qa_pipeline.domain.time import Span, intersections, merge, total_ms
from qa_pipeline.domain.transcript import Transcript, Utterance

CONFIDENT = 0.5
"""An utterance whose words average less than this was guessed rather than heard."""


def assemble(
    info: CallInfo, facts: AudioFacts, transcript: Transcript, *, default_agent_channel: int
) -> Call:
    """A two-channel call with its turns, talk-overs, dead air and measures.

    Raises:
        ValueError: the recording hasn't two channels.
    """
    if len(facts.activity) != 2:
        raise ValueError("assemble() needs two channels")
    by_channel = {c: [u for u in transcript.utterances if u.channel == c] for c in (0, 1)}
    assignments = assign_stereo(by_channel, info.channel_roles, default_agent_channel)
    channel_of = {a.role: a.channel for a in assignments}
    role_of = {a.channel: a.role for a in assignments}
    activity = {role: tuple(facts.activity[channel_of[role]]) for role in (Role.AGENT, Role.CUSTOMER)}
    utterances = {role: by_channel[channel_of[role]] for role in activity}
    turns = build_turns([(role_of[u.channel], u) for u in transcript.utterances])
    rates = {role: speaking_rate(utterances[role], activity[role]) for role in activity}
    tracks = {role: facts.pitch_hz[channel_of[role]] for role in activity} if facts.pitch_hz else {}
    pitch = pitch_by_role(tracks, activity)
    voices = {role: prosody(track) for role, track in pitch.items()}
    notes = facts.notes
    if any(a.confidence < CONFIDENT for a in assignments):
        notes = (*notes, "roles_contradicted")
    return Call(
        info=info,
        recording=facts.recording,
        transcript=transcript,
        roles=assignments,
        activity=activity,
        turns=turns,
        talk_overs=talk_overs(activity, utterances),
        dead_air=dead_air(activity, turns),
        loudness_db={role: facts.loudness_db[channel_of[role]] for role in activity},
        speaking_rate={role: rate for role, rate in rates.items() if rate is not None},
        pitch_hz=pitch,
        prosody={role: voice for role, voice in voices.items() if voice is not None},
        hearing_quality=hearing_quality(facts.activity, transcript.utterances),
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
