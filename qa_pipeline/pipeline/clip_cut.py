"""Which stretch of a call shows a finding, and how it sounds: cut between turns, level matched, private parts covered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm
from qa_pipeline.domain.call import Call
from qa_pipeline.domain.finding import Evidence, Finding
from qa_pipeline.domain.time import Span
from qa_pipeline.privacy.sound import cover

LONGEST_MS = 60_000
"""A clip is no longer, whatever the finding rests on."""
CORE_MS = 30_000
"""What a finding rests on is shown up to here; the rest of a long search would only tire."""
CONTEXT_MS = 12_000
"""The turn before and after comes along when it is no longer than this."""
EDGE_MS = 200
FADE_MS = 40
SPEECH_DB = -22.0
"""Both parties are brought to this level (RMS of their speech, relative to full scale)."""
MOST_GAIN_DB = 20.0
QUIET_DB = -50.0
"""A channel that never rises above this holds no speech: raising it would raise noise."""
_BLOCK = SAMPLE_RATE_HZ // 50

Sound = npt.NDArray[np.float64]


def window(call: Call, finding: Finding) -> Span:
    """The stretch to play, from the start of a turn to the end of one, with the turns around it as context."""
    whole = Span(start_ms=0, end_ms=call.recording.duration_ms)
    return around(call, _core(finding.evidence, whole))


def around(call: Call, core: Span) -> Span:
    """A place grown to whole turns, with one more on either side, at most :data:`LONGEST_MS`."""
    whole = Span(start_ms=0, end_ms=call.recording.duration_ms)
    if core.duration_ms > LONGEST_MS - 2 * EDGE_MS:
        core = Span(start_ms=core.start_ms, end_ms=core.start_ms + LONGEST_MS - 2 * EDGE_MS)
    turns = [t.span for t in call.turns if not t.back_channel]
    shown = [t for t in turns if t.intersection(core)]
    before = [t for t in turns if t.end_ms <= core.start_ms and t not in shown][-1:]
    after = [t for t in turns if t.start_ms >= core.end_ms and t not in shown][:1]
    span = _grown(core, shown)
    for context in (*before, *after):
        if context.duration_ms <= CONTEXT_MS:
            span = _grown(span, [context])
    start, end = max(0, span.start_ms - EDGE_MS), min(whole.end_ms, span.end_ms + EDGE_MS)
    return _between_words(call, Span(start_ms=min(start, end), end_ms=end))


def _core(evidence: Sequence[Evidence], whole: Span) -> Span:
    """What was quoted or measured first; else the beginning (of a search to the call's end: the end) of the search."""
    places = sorted(
        (e for e in evidence if e.kind != "searched" and e.span.duration_ms <= CORE_MS), key=lambda e: e.span
    )
    searched = [e.span for e in evidence if e.kind == "searched"]
    if searched or not places:
        span = max(searched or [e.span for e in evidence] or [whole], key=lambda s: s.duration_ms)
        if span.duration_ms <= CORE_MS:
            return span
        if span.end_ms >= whole.end_ms - CORE_MS // 10 and span.start_ms > whole.end_ms // 10:
            return Span(start_ms=span.end_ms - CORE_MS, end_ms=span.end_ms)
        return Span(start_ms=span.start_ms, end_ms=span.start_ms + CORE_MS)
    core = places[0].span
    for place in places[1:]:
        if core.hull(place.span).duration_ms <= CORE_MS:
            core = core.hull(place.span)
    return core


def _grown(span: Span, others: Iterable[Span]) -> Span:
    for other in others:
        grown = span.hull(other)
        if grown.duration_ms <= LONGEST_MS - 2 * EDGE_MS:
            span = grown
    return span


def _between_words(call: Call, span: Span) -> Span:
    """No word is cut in two, where a turn was too long to be shown whole."""
    start, end = span.start_ms, span.end_ms
    for utterance in call.transcript.utterances:
        for word in utterance.words:
            if word.span.start_ms < start < word.span.end_ms:
                start = word.span.start_ms
            if word.span.start_ms < end < word.span.end_ms:
                end = word.span.end_ms
    return Span(start_ms=start, end_ms=min(end, call.recording.duration_ms))


def sound(channels: Sequence[Pcm], span: Span, hidden: Sequence[Span]) -> Pcm:
    """A stretch as one channel at 16 kHz: parties level matched and mixed, private time covered, short fades.

    Args:
        channels: the recording's, ``int16`` at 16 kHz, each of shape ``(num_samples,)``.
        span: what to play.
        hidden: private time of the recording.
    """
    first, last = (t * SAMPLE_RATE_HZ // 1000 for t in (span.start_ms, span.end_ms))
    mixed = np.sum([_levelled(np.asarray(c[first:last], np.float64)) for c in channels], axis=0)
    peak = float(np.abs(mixed).max(initial=0.0))
    if peak > 32_000:
        mixed *= 32_000 / peak
    covered = cover(np.round(mixed).astype(np.int16), hidden, rate_hz=SAMPLE_RATE_HZ, start=first)
    return _faded(covered)


def _levelled(channel: Sound) -> Sound:
    """A channel whose speech has :data:`SPEECH_DB`."""
    whole = channel[: len(channel) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    power = (whole / 32768) ** 2
    levels = 10 * np.log10(np.maximum(power.mean(1), 1e-12))
    if not len(levels) or levels.max() < QUIET_DB:
        return channel
    loud = levels >= max(QUIET_DB, levels.max() - 25)
    gain = SPEECH_DB - 10 * np.log10(power[loud].mean())
    return channel * 10 ** (float(np.clip(gain, -MOST_GAIN_DB, MOST_GAIN_DB)) / 20)


def _faded(samples: Pcm) -> Pcm:
    length = min(len(samples) // 2, FADE_MS * SAMPLE_RATE_HZ // 1000)
    ramp = np.linspace(0, 1, length, endpoint=False)
    faded = samples.astype(np.float64)
    faded[:length] *= ramp
    faded[len(faded) - length :] *= ramp[::-1]
    return np.round(faded).astype(np.int16)
