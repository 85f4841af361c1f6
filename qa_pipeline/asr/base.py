"""The speech recognition port."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from qa_pipeline.audio.base import Pcm
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondHearing:
    """How likely given texts are on a stretch of audio, against what is heard there without being told.

    Log-probabilities are natural logarithms, summed over a text's tokens.
    """

    logprobs: tuple[float, ...]
    """One a text, in their order."""
    free: str
    """What is heard freely."""
    free_logprob: float


Wordings = Callable[[str], Sequence[str]]
"""From what is heard freely to the texts whose likelihood is asked for."""


class Recognizer(Protocol):
    """Turns channels of samples into a transcript. One model per process, loaded at first use."""

    @property
    def provenance(self) -> Mapping[str, str]:
        """Engine, versions, model, digest and settings: equal provenance and equal audio give an equal transcript.

        Must be cheap: no model is loaded.
        """
        ...

    def transcribe(
        self, recording_id: str, channels: Sequence[Pcm], activity: Sequence[Sequence[Span]]
    ) -> Transcript:
        """Recognise every channel by itself.

        Args:
            recording_id: names the transcript.
            channels: 16 kHz int16 arrays of shape ``(num_samples,)``, possibly memory-mapped.
            activity: per channel, where somebody speaks (milliseconds, sorted, disjoint).

        Raises:
            SetupError: the model is missing or damaged.
        """
        ...

    def listen(self, channel: Pcm, span: Span, wordings: Wordings) -> SecondHearing:
        """Score what may have been said on a stretch of a channel.

        Args:
            channel: 16 kHz int16, shape ``(num_samples,)``, possibly memory-mapped.
            span: the stretch, at most 28 s of it are heard.
            wordings: what may have been said, each the words of the whole stretch, once it is known what is heard there
                freely.

        Raises:
            SetupError: the model is missing or damaged.
        """
        ...
