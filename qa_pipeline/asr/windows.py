"""Which stretches of a channel the recogniser hears at once.

Whisper hears at most 30 s at a time and works best on speech with its natural pauses. So the voiced stretches
of one channel are packed into windows of at most 28 s; short pauses stay as they are, of longer ones only the
two ends. In noise the recogniser loses its way in long pauses, so fewer of them stay there. Windows end in
silence, wherever there is any. Each window depends on its own channel only, never on another recording.
``docs/design/recognition.md`` has the figures.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm
from qa_pipeline.domain.time import Span, merge

LIMIT_MS = 28_000
"""Two seconds less than Whisper's window, so that its last word is never cut."""
KEEP_MS = 800
"""Longest pause that stays whole on a noisy line."""
KEEP_QUIET_MS = 1200
"""Longest pause that stays whole on a quiet line."""
QUIET_DB = 24
"""On a quiet line speech is so much louder than the pauses. Measured: sample calls and human speech on a line without
noise 30 to 44 dB, with noise at 20 dB 15 to 17, at 12 dB 8 to 12."""
_LEVEL_MS = 10_000
"""So much of each stretch tells how loud it is, whatever its length."""
PAD_MS = 200
"""Voice detection hears soft beginnings late and soft ends early."""
STEP_FRAMES = 250
"""The encoder hears whole steps of so many frames (10 ms each)."""
ROOM_FRAMES = 100
"""Silence after a window's end, without which its last word is often cut."""
_SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is heard at once: stretches of the recording, one after the other."""

    pieces: tuple[Span, ...]

    @property
    def duration_ms(self) -> int:
        """Length of what is heard."""
        return sum(piece.duration_ms for piece in self.pieces)

    def samples(self, channel: Pcm) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        """The pieces of a channel put together, as floats from -1 to 1."""
        parts = [channel[p.start_ms * _SAMPLES_PER_MS : p.end_ms * _SAMPLES_PER_MS] for p in self.pieces]
        return np.concatenate(parts).astype(np.float32) / np.float32(32768)

    def voiced(self, activity: Sequence[Span]) -> tuple[Span, ...]:
        """Where somebody speaks within the pieces; ``activity`` is sorted and disjoint."""
        found: list[Span] = []
        for piece in self.pieces:
            first = bisect_right(activity, piece.start_ms, key=lambda span: span.end_ms)
            last = bisect_left(activity, piece.end_ms, key=lambda span: span.start_ms)
            found.extend(
                both for span in activity[first:last] if (both := span.intersection(piece)) is not None
            )
        return tuple(found)

    def in_recording(self, start_ms: int, end_ms: int) -> Span:
        """Where something heard lies in the recording, wholly inside the piece that holds its middle."""
        middle = (start_ms + end_ms) // 2
        offset = 0
        for piece in self.pieces:
            if middle < offset + piece.duration_ms or piece is self.pieces[-1]:
                shift = piece.start_ms - offset
                start = min(max(start_ms + shift, piece.start_ms), piece.end_ms)
                return Span(start_ms=start, end_ms=max(start, min(end_ms + shift, piece.end_ms)))
            offset += piece.duration_ms
        raise ValueError("a window without pieces")


def longest_pause(channel: Pcm, activity: Sequence[Span]) -> int:
    """Longest pause (ms) to keep whole: more on a quiet line than on a noisy one.

    Compares the mean power of speech with that of the middle one of the pauses between, by their levels.

    Args:
        channel: 16 kHz int16, shape ``(num_samples,)``.
        activity: where somebody speaks, sorted and disjoint.
    """
    pauses = [
        power
        for a, b in pairwise(activity)
        if (power := _power(channel, a.end_ms + PAD_MS, b.start_ms - PAD_MS)) is not None
    ]
    speech = [power for s in activity if (power := _power(channel, s.start_ms, s.end_ms)) is not None]
    if not pauses or not speech:
        return KEEP_MS
    louder = np.mean(speech) / (np.median(pauses) + 1)
    return KEEP_QUIET_MS if louder >= 10 ** (QUIET_DB / 10) else KEEP_MS


def _power(channel: Pcm, start_ms: int, end_ms: int) -> float | None:
    """Mean square of the samples, of the first ten seconds at most; None where there are none."""
    end_ms = min(end_ms, start_ms + _LEVEL_MS)
    samples = channel[start_ms * _SAMPLES_PER_MS : max(start_ms, end_ms) * _SAMPLES_PER_MS]
    return float((samples.astype(np.float64) ** 2).mean()) if len(samples) else None


def plan(
    channel: Pcm, activity: Sequence[Span], *, limit_ms: int = LIMIT_MS, keep_ms: int = KEEP_MS
) -> tuple[Window, ...]:
    """Windows that together hold all speech of a channel, in order of time.

    Args:
        channel: 16 kHz int16, shape ``(num_samples,)``.
        activity: where somebody speaks, sorted and disjoint.
        limit_ms: longest window.
        keep_ms: longest pause that is kept whole.
    """
    end = len(channel) // _SAMPLES_PER_MS
    padded = merge(
        Span(start_ms=max(0, s.start_ms - PAD_MS), end_ms=min(end, s.end_ms + PAD_MS))
        for s in activity
        if s.start_ms < end
    )
    spans = [part for span in padded for part in _split(channel, span, limit_ms - keep_ms)]
    groups: list[list[Span]] = []
    for span in spans:
        if groups and _length([*groups[-1], span], keep_ms) <= limit_ms:
            groups[-1].append(span)
        else:
            groups.append([span])
    edges = [0, *((a[-1].end_ms + b[0].start_ms) // 2 for a, b in pairwise(groups)), end]
    return tuple(
        Window(pieces=_pieces(group, keep_ms, lowest=edges[i], highest=edges[i + 1]))
        for i, group in enumerate(groups)
    )


def _length(group: Sequence[Span], keep_ms: int) -> int:
    """How long a group will be as a window, with the silence around it."""
    pauses = (b.start_ms - a.end_ms for a, b in pairwise(group))
    return sum(span.duration_ms for span in group) + sum(min(p, keep_ms) for p in pauses) + keep_ms


def _pieces(group: Sequence[Span], keep_ms: int, *, lowest: int, highest: int) -> tuple[Span, ...]:
    """The group's spans with up to half of ``keep_ms`` of silence on either side, those that meet as one."""
    half = keep_ms // 2
    return merge(
        Span(start_ms=max(lowest, span.start_ms - half), end_ms=min(highest, span.end_ms + half))
        for span in group
    )


def _split(channel: Pcm, span: Span, longest: int) -> Iterable[Span]:
    """Cut a stretch that has no pause for too long, at the quietest moment of the last third of what fits."""
    while span.duration_ms > longest:
        cut = _quietest(channel, span.start_ms + longest * 2 // 3, span.start_ms + longest)
        yield Span(start_ms=span.start_ms, end_ms=cut)
        span = Span(start_ms=cut, end_ms=span.end_ms)
    yield span


def _quietest(channel: Pcm, start_ms: int, end_ms: int, *, frame_ms: int = 50) -> int:
    """The middle of the frame with the least energy."""
    size = frame_ms * _SAMPLES_PER_MS
    samples = channel[start_ms * _SAMPLES_PER_MS : end_ms * _SAMPLES_PER_MS].astype(np.float64)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    return start_ms + int(np.argmin((frames**2).sum(axis=1))) * frame_ms + frame_ms // 2
