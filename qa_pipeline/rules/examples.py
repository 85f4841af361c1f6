"""Examples that live with a rule: a few lines of talk become a call, and the criterion must answer as written.

How lines are written stands in :mod:`qa_pipeline.rules.example_lines`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qa_pipeline.conversation.overlap import talk_overs
from qa_pipeline.conversation.pace import speaking_rate
from qa_pipeline.conversation.silence import dead_air
from qa_pipeline.conversation.turns import build_turns
from qa_pipeline.domain.call import Call, CallInfo, PitchBaseline, Prosody, Role, RoleAssignment
from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.time import Span, merge
from qa_pipeline.domain.transcript import AsrQuality, Transcript, Utterance, Word
from qa_pipeline.rules.evaluate import evaluate_criterion, scene_of
from qa_pipeline.rules.example_lines import WORD, Line, Voice, parse_line
from qa_pipeline.rules.moments import DEFAULT_TZ, started_at
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.rules.scene import INFO_FIELDS
from qa_pipeline.settings import Settings

CHAR_MS = 250
"""Four characters a second, an ordinary rate of spoken Mandarin."""
PAUSE_MS = 400
LEVEL_DB = -30.0
"""How loud an ordinary line is said, where a line of the example says how loud it is."""
PITCH_HZ, RANGE_SEMITONES, SPREAD_SEMITONES = 200.0, 8.0, 1.0
"""An ordinary voice, for what an example leaves open where it speaks of the voice."""
RATE_HZ = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleResult:
    """How one example came out."""

    criterion_id: str
    index: int
    """Counts from 0 within the criterion."""
    line: int | None
    """Line of the example in the rubric file."""
    expected: Outcome
    finding: Finding

    @property
    def actual(self) -> Outcome:
        """What the criterion answered."""
        return self.finding.outcome

    @property
    def passed(self) -> bool:
        """Whether it answered as written."""
        return self.actual is self.expected


def run_examples(rubric: Rubric) -> tuple[ExampleResult, ...]:
    """Every example of every criterion, in order, with the default thresholds."""
    defaults = Settings.model_fields
    results: list[ExampleResult] = []
    for _, criterion in rubric.criteria():
        key = "min_confidence_fatal" if criterion.severity == "fatal" else "min_confidence"
        for index, example in enumerate(criterion.examples):
            scene = scene_of(rubric, call_of(example.lines, example.call), float(defaults[key].default))
            results.append(
                ExampleResult(
                    criterion_id=criterion.id,
                    index=index,
                    line=rubric.example_line(criterion.id, index),
                    expected=Outcome(example.expected),
                    finding=evaluate_criterion(criterion, scene),
                )
            )
    return tuple(results)


@dataclass(slots=True)
class _Builder:
    now_ms: int = 0
    utterances: list[Utterance] = field(default_factory=list)
    louder: dict[str, float] = field(default_factory=dict)
    """By utterance, dB against ordinary ones."""
    voices: dict[Role, Voice] = field(default_factory=dict)
    """What was last said of each party's pitch."""

    def add(self, line: Line) -> None:
        if line.role is None:
            # The pause before the next line is part of the silence.
            self.now_ms += max(0, line.silence_ms - PAUSE_MS)
            return
        start = self.now_ms
        if line.interrupts and self.utterances:
            before = self.utterances[-1].span
            start = before.start_ms + before.duration_ms // 2
        rate = line.voice.chars_per_min
        words = _words(line.text, start, CHAR_MS if rate is None else 60_000 / rate)
        span = Span(start_ms=start, end_ms=words[-1].span.end_ms)
        self.utterances.append(
            Utterance(
                utterance_id=f"u{len(self.utterances)}",
                channel=0 if line.role is Role.AGENT else 1,
                speaker=None,
                span=span,
                words=words,
                asr_quality=AsrQuality(
                    avg_logprob=-0.1, no_speech_prob=0.0, compression_ratio=1.0, temperature=0.0
                ),
            )
        )
        if line.voice.louder_db is not None:
            self.louder[self.utterances[-1].utterance_id] = line.voice.louder_db
        if line.voice[2:] != (None, None, None):
            self.voices[line.role] = line.voice
        self.now_ms = max(self.now_ms, span.end_ms + PAUSE_MS)

    def loudness(self, said: Sequence[Utterance]) -> tuple[float, ...]:
        """A party's level second by second; empty where no line of the example says how loud it is."""
        if not self.louder:
            return ()
        levels = [LEVEL_DB] * -(-max(self.now_ms, 1) // 1000)
        for utterance in said:
            for second in range(utterance.span.start_ms // 1000, -(-utterance.span.end_ms // 1000)):
                levels[second] = LEVEL_DB + self.louder.get(utterance.utterance_id, 0.0)
        return tuple(levels)

    def prosody(self) -> dict[Role, Prosody]:
        """The parties' pitch, of those whose lines speak of it."""
        return {role: _prosody(voice) for role, voice in self.voices.items()}


def call_of(lines: Sequence[str], info: Mapping[str, str | float | None] | None = None) -> Call:
    """A made-up call in which everything was heard well. Lines that can't be read are passed over.

    Args:
        lines: see the module.
        info: fields of the calls file, extra columns too.
    """
    builder = _Builder()
    for line in lines:
        parsed = parse_line(line)
        if parsed is not None:
            builder.add(parsed)
    utterances = tuple(sorted(builder.utterances, key=lambda u: (u.span, u.channel)))
    roles = {0: Role.AGENT, 1: Role.CUSTOMER}
    spoken = {role: [u for u in utterances if roles[u.channel] is role] for role in roles.values()}
    activity = {role: merge(u.span for u in said) for role, said in spoken.items()}
    turns = build_turns([(roles[u.channel], u) for u in utterances])
    rates = {role: speaking_rate(spoken[role], activity[role]) for role in spoken}
    return Call(
        info=_info(info or {}),
        recording=Recording(
            recording_id="example",
            source_name="example",
            codec="none",
            sample_rate_hz=RATE_HZ,
            num_channels=2,
            num_samples=max(builder.now_ms, 1) * RATE_HZ // 1000,
        ),
        transcript=Transcript(recording_id="example", language="zh", utterances=utterances),
        roles=tuple(
            RoleAssignment(channel=channel, role=role, confidence=1.0, basis="metadata")
            for channel, role in roles.items()
        ),
        activity=activity,
        turns=turns,
        talk_overs=talk_overs(activity, spoken),
        dead_air=dead_air(activity, turns),
        loudness_db={role: db for role in spoken if (db := builder.loudness(spoken[role]))},
        speaking_rate={role: rate for role, rate in rates.items() if rate is not None},
        prosody=builder.prosody(),
    )


def _prosody(voice: Voice) -> Prosody:
    usual = voice.usual_pitch_hz
    median = voice.pitch_hz or usual or PITCH_HZ
    return Prosody(
        f0_median_hz=median,
        f0_range_semitones=RANGE_SEMITONES if voice.range_semitones is None else voice.range_semitones,
        baseline=None
        if usual is None
        else PitchBaseline(median_hz=usual, spread_semitones=SPREAD_SEMITONES, snapshot="example"),
    )


def _info(fields: Mapping[str, str | float | None]) -> CallInfo:
    text = {k: f"{v:g}" if isinstance(v, float | int) else v for k, v in fields.items()}
    ring = fields.get("ring_s")
    known = {k: text.get(k) for k in INFO_FIELDS if k not in ("call_id", "ring_s")}
    return CallInfo(
        call_id=text.get("call_id") or "example",
        agent_id=known["agent_id"],
        agent_name=known["agent_name"],
        team_id=known["team_id"],
        queue=known["queue"],
        direction=known["direction"],
        customer_id=known["customer_id"],
        ring_s=float(ring) if ring is not None else None,
        started_at=started_at(fields, DEFAULT_TZ),
        extra={k: v for k, v in text.items() if k not in (*INFO_FIELDS, "started_at") and v is not None},
    )


def _words(text: str, start_ms: int, char_ms: float) -> tuple[Word, ...]:
    """One word a character (a latin word is one), each with the punctuation after it."""
    starts = [m.start() for m in WORD.finditer(text)]
    pieces = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    return tuple(
        Word(
            text=piece,
            span=Span(start_ms=start_ms + round(i * char_ms), end_ms=start_ms + round((i + 1) * char_ms)),
            confidence=0.95,
        )
        for i, piece in enumerate(pieces)
    )
