"""Doubts about recognised text: loops, lines Whisper is known to invent, rates nobody speaks at.

The checks look at text, times and the recogniser's own figures only. What they raise lands in
``AsrQuality.flags``; the recogniser hears a doubtful stretch a second time (see
:mod:`qa_pipeline.asr.faster_whisper`).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Word

VERSION = "2"
LOOP = "loop"
KNOWN = "known_hallucination"
RATE = "impossible_rate"
UNSURE = "low_confidence"
UNVOICED = "not_voiced"
DROPPED = "dropped_hallucination"
"""On an utterance without words: something was recognised there and thrown away."""

HEAR_AGAIN = frozenset({LOOP, KNOWN, RATE})
"""Doubts that a second hearing may lift."""

MAX_CHARS_PER_S = 12
"""Fast Mandarin is 6 to 7 syllables a second (200 to 300 a minute is ordinary); twice that is not speech."""
MIN_LOGPROB = -1.0
"""Whisper's own threshold for a decoding that failed."""
NO_SPEECH_PROB = 0.6
"""Whisper's own threshold for silence. It is doubted only together with ``MIN_CONFIDENCE`` or a known line: two
of 198 utterances of the sample calls lie above it and are speech."""
MIN_CONFIDENCE = 0.4
"""Mean confidence of the characters. Text invented over silence, faint noise and music had 0.04 to 0.28."""
MIN_VOICED_SHARE = 0.5
_NEAR_MS = 400
"""Attention times of true words stray into a pause: of 672 words of spliced human speech, 4 lay more than
200 ms outside the measured speech and 1 more than 400 ms."""
_MIN_RATE_CHARS = 8
"""Shorter texts have too little time for a rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What the recogniser gave out in one breath, at times (ms) of the recording as it heard them."""

    words: tuple[Word, ...]
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float
    temperature: float

    @property
    def text(self) -> str:
        """The words put together."""
        return "".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        """Mean confidence of the characters; 1 where there are none."""
        chars = sum(len(bare(w.text)) for w in self.words)
        return sum(len(bare(w.text)) * w.confidence for w in self.words) / chars if chars else 1.0

    @property
    def span(self) -> Span:
        """From the first word to the last."""
        return Span(
            start_ms=min(w.span.start_ms for w in self.words), end_ms=max(w.span.end_ms for w in self.words)
        )


Heard = list[tuple[Segment, tuple[str, ...]]]
"""Segments in order of time, each with the doubts about it."""


def bare(text: str) -> str:
    """Only letters, digits and Han characters, small: what the checks compare."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def digest() -> str:
    """Names the version of these checks and the list of known lines."""
    return f"{VERSION}-{hashlib.sha256(_list_content()).hexdigest()[:12]}"


def flags(segments: Sequence[Segment], activity: Sequence[Span]) -> tuple[tuple[str, ...], ...]:
    """The doubts about each segment of one window, sorted.

    Args:
        segments: of one window in order, so that a loop over several segments is seen.
        activity: where somebody speaks on that channel.
    """
    looping = _looping(segments)
    found: list[tuple[str, ...]] = []
    for index, segment in enumerate(segments):
        doubts: list[str] = []
        if index in looping:
            doubts.append(LOOP)
        if known_line(segment.text):
            doubts.append(KNOWN)
        if rate(segment) > MAX_CHARS_PER_S:
            doubts.append(RATE)
        silence = segment.no_speech_prob > NO_SPEECH_PROB and segment.confidence < MIN_CONFIDENCE
        if segment.avg_logprob < MIN_LOGPROB or silence:
            doubts.append(UNSURE)
        if voiced_share(segment, activity) < MIN_VOICED_SHARE:
            doubts.append(UNVOICED)
        found.append(tuple(sorted(doubts)))
    return tuple(found)


def invented(segment: Segment, doubts: Sequence[str]) -> bool:
    """Whether a segment is a known line where nobody speaks: by the audio, or by Whisper's own account."""
    return KNOWN in doubts and (UNVOICED in doubts or segment.no_speech_prob > NO_SPEECH_PROB)


def known_line(text: str) -> bool:
    """Whether a text is, or contains, a line that Whisper invents."""
    plain = bare(text)
    anywhere, whole = _known_lines()
    return bool(anywhere.search(plain) or whole.fullmatch(plain))


def rate(segment: Segment) -> float:
    """Characters a second over the segment; 0 for texts too short to tell."""
    chars = len(bare(segment.text))
    return 0.0 if chars < _MIN_RATE_CHARS else chars * 1000 / max(1, segment.span.duration_ms)


def voiced_share(segment: Segment, activity: Sequence[Span]) -> float:
    """Share of the segment's words whose middle lies where somebody speaks, or near it."""
    near = sum(
        any(
            s.start_ms - _NEAR_MS <= (w.span.start_ms + w.span.end_ms) // 2 < s.end_ms + _NEAR_MS
            for s in activity
        )
        for w in segment.words
    )
    return near / len(segment.words) if segment.words else 1.0


def loops(text: str) -> tuple[tuple[int, int], ...]:
    """Places (start, end) where the same characters come again and again.

    People repeat themselves (对对对对, 您好您好您好), so short strings must come more often: one character eight
    times, two six times, three to five four times, longer ones three times.
    """
    return tuple(match.span() for match in _LOOP.finditer(text))


_LOOP = re.compile(r"(.)\1{7,}|(.{2})\2{5,}|(.{3,5}?)\3{3,}|(.{6,30}?)\4{2,}", re.DOTALL)


def _looping(segments: Sequence[Segment]) -> frozenset[int]:
    """Indices of the segments that take part in a loop, within one or over several."""
    text = ""
    owner: list[int] = []
    for index, segment in enumerate(segments):
        plain = bare(segment.text)
        text += plain
        owner.extend([index] * len(plain))
    return frozenset(owner[i] for start, end in loops(text) for i in range(start, end))


@cache
def _list_content() -> bytes:
    return (resources.files("qa_pipeline.asr") / "hallucinations.yaml").read_bytes()


@cache
def _known_lines() -> tuple[re.Pattern[str], re.Pattern[str]]:
    lists: dict[str, list[str]] = yaml.safe_load(_list_content())
    return re.compile("|".join(lists["anywhere"])), re.compile("|".join(lists["whole"]))
