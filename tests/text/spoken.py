"""Speech for the tests of text: what one role says, with times, words of chosen length, and pauses."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import AsrQuality, Utterance, Word
from qa_pipeline.text.aligned import AlignedText

QUALITY = AsrQuality(avg_logprob=-0.2, no_speech_prob=0.01, compression_ratio=1.2, temperature=0.0)
CHAR_MS = 200


def utterances(*parts: str | int, confidence: float = 0.8, word_chars: int = 1) -> list[Utterance]:
    """Texts are utterances at 200 ms a character, numbers are pauses in ms between them."""
    made: list[Utterance] = []
    clock = 0
    for part in parts:
        if isinstance(part, int):
            clock += part
            continue
        words: list[Word] = []
        start = clock
        for at in range(0, len(part), word_chars):
            token = part[at : at + word_chars]
            span = Span(start_ms=clock, end_ms=clock + CHAR_MS * len(token))
            words.append(Word(text=token, span=span, confidence=confidence))
            clock = span.end_ms
        made.append(
            Utterance(
                utterance_id=f"u{len(made)}",
                channel=0,
                speaker=None,
                span=Span(start_ms=start, end_ms=clock),
                words=tuple(words),
                asr_quality=QUALITY,
            )
        )
    return made


def say(*parts: str | int, confidence: float = 0.8, word_chars: int = 1) -> AlignedText:
    return AlignedText.of(utterances(*parts, confidence=confidence, word_chars=word_chars))


def of_words(words: Sequence[Word]) -> AlignedText:
    span = Span(start_ms=words[0].span.start_ms, end_ms=max(w.span.end_ms for w in words))
    return AlignedText.of(
        [
            Utterance(
                utterance_id="u", channel=0, speaker=None, span=span, words=tuple(words), asr_quality=QUALITY
            )
        ]
    )
