"""Words put into a text where they fit best."""

from __future__ import annotations

from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import AsrQuality, Utterance, Word
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.phrases import phrase

_NO_QUALITY = AsrQuality(avg_logprob=0.0, no_speech_prob=0.0, compression_ratio=1.0, temperature=0.0)


def put_in(text: str, words: str) -> tuple[str, ...]:
    """The text with ``words`` instead of what sounds most like them; nothing where the text has no words.

    Args:
        text: as recognised.
        words: what may have been said instead.
    """
    spoken = tuple(
        Word(text=char, span=Span(start_ms=i, end_ms=i + 1), confidence=1.0) for i, char in enumerate(text)
    )
    said = Utterance(
        utterance_id="",
        channel=0,
        speaker=None,
        span=Span(start_ms=0, end_ms=len(text)),
        words=spoken,
        asr_quality=_NO_QUALITY,
    )
    match = phrase(words).nearest(AlignedText.of([said]))
    if match is None:
        return ()
    # A character a millisecond: the place's time is its place in the text.
    return (text[: match.span.start_ms] + words + text[match.span.end_ms :],)
