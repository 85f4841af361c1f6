"""Whose words are they, where several people share a channel: utterances split where the voice changes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from qa_pipeline.domain.diarization import Diarization, VoiceSpan
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Transcript, Utterance, Word

SURE_VOICE = 0.6
"""Words of a stretch whose voice is less sure than this are nobody's: they count neither for nor against anybody."""
STRAY_MS = 400
"""Recognised words may lie this far from where they were spoken: a change of voice moves to a pause or a full stop
within it, and a run of words shorter than it between two of another voice is that voice's."""
_PAUSE_MS = 120
_STOPS = "，。？！,.?!；;、"


def attribute(transcript: Transcript, diarization: Diarization) -> Transcript:
    """The transcript with every word's speaker (None: too unsure), and the provenance of both."""
    found = [part for u in transcript.utterances for part in _parts(u, diarization.voices)]
    found.sort(key=lambda u: (u.span.start_ms, u.span.end_ms, u.utterance_id))
    return replace(
        transcript,
        utterances=tuple(found),
        provenance={**transcript.provenance, **diarization.provenance},
    )


def _parts(utterance: Utterance, voices: Sequence[VoiceSpan]) -> list[Utterance]:
    """One utterance a voice; an undivided one keeps its id."""
    if not utterance.words or not voices:
        return [utterance]
    words = utterance.words
    speakers = _smoothed(words, [_voice_at(word.span, voices) for word in words])
    edges = [i for i in range(1, len(words)) if speakers[i] != speakers[i - 1]]
    edges = _at_pauses(words, edges)
    parts = []
    for number, (first, last) in enumerate(zip([0, *edges], [*edges, len(words)], strict=True), start=1):
        said = words[first:last]
        span = Span(start_ms=said[0].span.start_ms, end_ms=max(w.span.end_ms for w in said))
        speaker = max(set(speakers[first:last]), key=speakers[first:last].count)
        parts.append(
            replace(
                utterance,
                utterance_id=f"{utterance.utterance_id}-{number}" if edges else utterance.utterance_id,
                speaker=speaker if _sureness(span, speaker, voices) >= SURE_VOICE else None,
                span=span if edges else utterance.span,
                words=said,
            )
        )
    return parts


def _voice_at(span: Span, voices: Sequence[VoiceSpan]) -> str:
    """The voice that shares most time with a word, else the nearest."""
    near = _around(span, voices)
    return min(near, key=lambda v: (-_shared(v.span, span), v.span.gap(span), v.span.start_ms)).speaker


def _around(span: Span, voices: Sequence[VoiceSpan]) -> Sequence[VoiceSpan]:
    """The voices that meet a span, and one on either side."""
    first = bisect_left(voices, span.start_ms, key=lambda v: v.span.end_ms)
    last = bisect_left(voices, span.end_ms, key=lambda v: v.span.start_ms)
    return voices[max(0, first - 1) : last + 1]


def _smoothed(words: Sequence[Word], speakers: list[str]) -> list[str]:
    """Runs of words too short to be told apart go to the voice on both sides of them."""
    runs: list[list[int]] = []
    for i in range(len(words)):
        if runs and speakers[runs[-1][-1]] == speakers[i]:
            runs[-1].append(i)
        else:
            runs.append([i])
    found = list(speakers)
    for before, run, after in zip(runs, runs[1:], runs[2:], strict=False):
        length = words[run[-1]].span.end_ms - words[run[0]].span.start_ms
        lonely = (
            words[run[0]].span.start_ms - words[before[-1]].span.end_ms >= _PAUSE_MS
            and words[after[0]].span.start_ms - words[run[-1]].span.end_ms >= _PAUSE_MS
        )
        if length < STRAY_MS and not lonely and found[before[-1]] == speakers[after[0]]:
            for i in run:
                found[i] = found[before[-1]]
    return found


def _at_pauses(words: Sequence[Word], edges: Sequence[int]) -> list[int]:
    """Each change of voice moved to the likeliest place near it: a full stop or a pause between two words."""
    moved: list[int] = []
    for edge in edges:
        time = words[edge].span.start_ms
        lowest = moved[-1] + 1 if moved else 1
        near = [i for i in range(lowest, len(words)) if abs(words[i].span.start_ms - time) <= STRAY_MS]
        best = max(near, key=lambda i: (_break(words, i), -abs(words[i].span.start_ms - time)), default=edge)
        if best >= lowest:
            moved.append(best)
    return moved


def _break(words: Sequence[Word], index: int) -> int:
    """How likely somebody else begins at a word: 2 after a stop and a pause, 1 after one of them, 0 within speech."""
    stop = words[index - 1].text.rstrip()[-1:] in _STOPS
    pause = words[index].span.start_ms - words[index - 1].span.end_ms >= _PAUSE_MS
    return int(stop) + int(pause)


def _sureness(span: Span, speaker: str, voices: Sequence[VoiceSpan]) -> float:
    """Mean confidence of the voice in a span, over the time in which anybody was told apart; 1 where nobody was."""
    sure = told = 0.0
    for voice in _around(span, voices):
        shared = _shared(voice.span, span)
        told += shared
        sure += shared * (voice.confidence if voice.speaker == speaker else 1 - voice.confidence)
    return sure / told if told else 1.0


def _shared(span: Span, other: Span) -> int:
    both = span.intersection(other)
    return both.duration_ms if both is not None else 0
