"""Who takes part in a call: roles, words and speech of each party, for two channels and for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa_pipeline.conversation.attribute import SURE_VOICE, attribute
from qa_pipeline.conversation.roles import assign_stereo, assign_voices
from qa_pipeline.domain.call import Role, RoleAssignment
from qa_pipeline.domain.diarization import Diarization
from qa_pipeline.domain.recording import AudioFacts
from qa_pipeline.domain.time import Span, merge
from qa_pipeline.domain.transcript import Transcript, Utterance

MONO = "mono_voices"
"""Noted on every call whose parties share a channel: two who speak at once can't be heard apart there."""
SEVERAL = "several_voices"
"""Noted where more than two voices share the channel: a transfer, a supervisor, somebody beside the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """The parties of one call."""

    transcript: Transcript
    """With a speaker for every word where a channel is shared."""
    roles: tuple[RoleAssignment, ...]
    activity: Mapping[Role, tuple[Span, ...]]
    """Agent and customer always; unknown only where somebody is."""
    channel_of: Mapping[Role, int]
    notes: tuple[str, ...] = ()

    def utterances(self, role: Role) -> tuple[Utterance, ...]:
        """What a role said, in order of time."""
        return tuple(u for u in self.transcript.utterances if self.role_of(u) is role)

    def role_of(self, utterance: Utterance) -> Role:
        """The party that said an utterance."""
        for known in self.roles:
            if (known.channel, known.speaker) == (utterance.channel, utterance.speaker):
                return known.role
        return Role.UNKNOWN


def of_channels(
    facts: AudioFacts, transcript: Transcript, stated: Mapping[int, Role], default_agent_channel: int
) -> Parties:
    """A party a channel."""
    by_channel = {c: [u for u in transcript.utterances if u.channel == c] for c in (0, 1)}
    roles = assign_stereo(by_channel, stated, default_agent_channel)
    channel_of = {a.role: a.channel for a in roles}
    return Parties(
        transcript=transcript,
        roles=roles,
        activity={role: tuple(facts.activity[channel_of[role]]) for role in (Role.AGENT, Role.CUSTOMER)},
        channel_of=channel_of,
    )


def of_voices(transcript: Transcript, diarization: Diarization) -> Parties:
    """A party a voice, all on channel 0.

    Speech whose voice is too unsure belongs to nobody (``Role.UNKNOWN``), as do its words.
    """
    transcript = attribute(transcript, diarization)
    said: dict[str, list[Utterance]] = {speaker: [] for speaker in diarization.speakers}
    for utterance in transcript.utterances:
        if utterance.speaker is not None:
            said[utterance.speaker].append(utterance)
    roles = assign_voices(said, channel=0) if len(said) > 1 else ()
    role_of = {a.speaker: a.role for a in roles}
    spans: dict[Role, list[Span]] = {Role.AGENT: [], Role.CUSTOMER: [], Role.UNKNOWN: []}
    for voice in diarization.voices:
        sure = voice.confidence >= SURE_VOICE
        spans[role_of.get(voice.speaker, Role.UNKNOWN) if sure else Role.UNKNOWN].append(voice.span)
    activity = {role: merge(found) for role, found in spans.items() if found or role is not Role.UNKNOWN}
    return Parties(
        transcript=transcript,
        roles=roles,
        activity=activity,
        channel_of=dict.fromkeys(activity, 0),
        notes=(MONO, SEVERAL) if len(said) > 2 else (MONO,),
    )


def heard_channels(facts: AudioFacts) -> Sequence[Sequence[Span]]:
    """The activity of the channels that are recognised: of two equal ones only the first."""
    return facts.activity[:1] if facts.is_mono else facts.activity
