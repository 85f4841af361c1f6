"""A call: who spoke when, and what the metadata say of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Transcript, Utterance


class Role(StrEnum):
    """The parties of a call. ``UNKNOWN`` is a voice that could be told apart but not named."""

    AGENT = "agent"
    CUSTOMER = "customer"
    UNKNOWN = "unknown"


ID_FIELDS = ("agent_id", "team_id", "queue", "customer_id")
"""Fields of :class:`CallInfo` that people and calls are counted by: two spellings would be two agents."""


def plain_id(text: str) -> str:
    """One spelling of an id, however it was typed: ASCII for full-width digits and letters (NFKC), no invisible
    characters, no blanks around it."""
    shown = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return shown.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallInfo:
    """What the centre's own records say of a call. Every field but ``call_id`` may be missing."""

    call_id: str
    agent_id: str | None = None
    agent_name: str | None = None
    team_id: str | None = None
    queue: str | None = None
    direction: str | None = None
    """``inbound`` or ``outbound``."""
    started_at: datetime | None = None
    """Aware, in UTC."""
    ring_s: float | None = None
    customer_id: str | None = None
    channel_roles: Mapping[int, Role] = field(default_factory=dict)
    """Channel to role as the metadata state it; empty where they say nothing."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Any further column, as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssignment:
    """Who speaks on a channel (or as a speaker of a mono channel), how sure we are, and from what we know it."""

    channel: int
    speaker: str | None = None
    role: Role
    confidence: float
    basis: str
    """``metadata``, ``setting``, ``spoken`` or ``classifier``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Consecutive speech of one role; back-channels of the other and pauses under 1.5 s do not end it."""

    role: Role
    span: Span
    utterance_ids: tuple[str, ...]
    back_channel: bool = False
    """A short 嗯 or 好的 while the other holds the floor: shown, but never counted as a turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkOver:
    """Both parties speak at once; ``interrupter`` began while the other was speaking."""

    span: Span
    interrupter: Role
    num_chars: int = 0
    """Han characters and digits the interrupter said in it; 0 where nothing was recognised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadAir:
    """Nobody speaks between the first and the last turn; ``after_role`` spoke last."""

    span: Span
    after_role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PitchBaseline:
    """Where a person's pitch usually lies, from a dated snapshot of that person's earlier calls."""

    median_hz: float
    """Median over calls of the call's median."""
    spread_semitones: float
    """How much the calls' medians differ from each other (standard deviation)."""
    snapshot: str
    """Digest of the snapshot, for the provenance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prosody:
    """How one party's voice moves in this call, over its voiced speech."""

    f0_median_hz: float
    f0_range_semitones: float
    """From the 5th to the 95th percentile of the fundamental frequency."""
    baseline: PitchBaseline | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Everything the rules may look at. Times are milliseconds of the recording."""

    info: CallInfo
    recording: Recording
    transcript: Transcript
    roles: tuple[RoleAssignment, ...]
    activity: Mapping[Role, tuple[Span, ...]]
    """Per role: where that party speaks, from the audio, sorted and disjoint."""
    turns: tuple[Turn, ...]
    talk_overs: tuple[TalkOver, ...]
    dead_air: tuple[DeadAir, ...]
    loudness_db: Mapping[Role, tuple[float, ...]] = field(default_factory=dict)
    """Per role, one RMS figure a second in dB relative to full scale."""
    speaking_rate: Mapping[Role, float] = field(default_factory=dict)
    """Han characters and digits a minute over speaking time only; absent where the role spoke under 2 s."""
    pitch_hz: Mapping[Role, tuple[int, ...]] = field(default_factory=dict)
    """Per role, one figure a tenth of a second: fundamental frequency in Hz, 0 where that party is not heard alone."""
    prosody: Mapping[Role, Prosody] = field(default_factory=dict)
    """Absent where it was not measured, or the role spoke too little for it."""
    hearing_quality: float = 1.0
    """Share of speech time recognised with confidence, 0 to 1."""
    notes: tuple[str, ...] = ()

    @property
    def is_mono(self) -> bool:
        """Whether the parties share one channel and were told apart by their voices: there talk-over can't be heard."""
        return any(a.speaker is not None for a in self.roles)

    def role_of(self, utterance: Utterance) -> Role:
        """The party that said an utterance."""
        for assignment in self.roles:
            if assignment.channel == utterance.channel and assignment.speaker == utterance.speaker:
                return assignment.role
        return Role.UNKNOWN

    def role_confidence(self, role: Role) -> float:
        """How sure we are who this role is: the least sure assignment of it, 0 where nobody has it."""
        return min((a.confidence for a in self.roles if a.role is role), default=0.0)

    def utterances_of(self, role: Role | None) -> tuple[Utterance, ...]:
        """The utterances of one role, or of all, in order of time."""
        return tuple(u for u in self.transcript.utterances if role is None or self.role_of(u) is role)
