"""Characters that reach a transcript from sounds that are no speech: an hour of them, and voices over music."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import speech_sounds
from benchmarks.spliced_calls import RATE, Floats, band, through_telephone
from qa_pipeline.asr.base import Recognizer
from qa_pipeline.asr.quality import bare
from qa_pipeline.audio import activity
from qa_pipeline.audio.base import Pcm
from qa_pipeline.audio.silero import SileroVad
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Transcript

_NEAR_MS = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventions:
    """Characters by kind of sound."""

    minutes: float
    heard: dict[str, int]
    """As the product hears: voice activity first, then recognition."""
    without_activity: dict[str, int]
    """Half a minute of each kind that the recogniser is told is speech, all of it: unflagged characters."""
    flagged_without_activity: int
    over_music: int
    """Characters where only the music plays, of recordings in which people speak over it."""
    over_music_spoken: int
    """Characters said over that music."""


def _chars(transcript: Transcript, *, flagged: bool = False) -> int:
    return sum(len(bare(u.text)) for u in transcript.utterances if bool(u.asr_quality.flags) == flagged)


def measure(
    recognizer: Recognizer, voices: Sequence[Floats], said: Sequence[str], minutes: float
) -> Inventions:
    """Hear ``minutes`` of all kinds of sounds, half a minute of each as if it were speech, and voices over music."""
    vad = SileroVad()
    heard: Counter[str] = Counter()
    for kind, channel in speech_sounds.hour(minutes):
        spans = _active(channel, vad)
        transcript = recognizer.transcribe("sound", [channel], [spans])
        heard[kind] += _chars(transcript) + _chars(transcript, flagged=True)
    forced: Counter[str] = Counter()
    flagged = 0
    for kind in speech_sounds.KINDS:
        channel = speech_sounds.one(kind, 30, 0)
        transcript = recognizer.transcribe("sound", [channel], [[Span(start_ms=0, end_ms=30_000)]])
        forced[kind] += _chars(transcript)
        flagged += _chars(transcript, flagged=True)
    over, spoken = _over_music(recognizer, vad, voices, said)
    return Inventions(
        minutes=minutes,
        heard=dict(heard),
        without_activity=dict(forced),
        flagged_without_activity=flagged,
        over_music=over,
        over_music_spoken=spoken,
    )


def _over_music(
    recognizer: Recognizer, vad: SileroVad, voices: Sequence[Floats], said: Sequence[str]
) -> tuple[int, int]:
    """A sentence every ten seconds, 12 dB over each kind of music."""
    outside = spoken = 0
    kinds = [kind for kind in speech_sounds.KINDS if kind.startswith("music")]
    for number, kind in enumerate(kinds):
        music = speech_sounds.one(kind, 40, 1).astype(float) / 32768 * 10 ** (-14 / 20)
        places = []
        for turn in range(4):
            which = (number * 4 + turn) % len(voices)
            voice = band(voices[which])
            voice = voice * 10 ** (-22 / 20) / np.sqrt((voice**2).mean())
            at = int((2 + turn * 10) * RATE)
            voice = voice[: len(music) - at]
            music[at : at + len(voice)] += voice
            places.append(Span(start_ms=at // 16, end_ms=(at + len(voice)) // 16))
            spoken += len(bare(said[which]))
        channel = through_telephone(music)
        transcript = recognizer.transcribe("over", [channel], [_active(channel, vad)])
        outside += sum(
            len(bare(word.text))
            for utterance in transcript.utterances
            for word in utterance.words
            if all(place.gap(word.span) > _NEAR_MS for place in places)
        )
    return outside, spoken


def _active(channel: Pcm, vad: SileroVad) -> tuple[Span, ...]:
    return activity.find_activity([channel], vad, same_signal=False, duration_ms=len(channel) * 1000 // RATE)[
        0
    ]
