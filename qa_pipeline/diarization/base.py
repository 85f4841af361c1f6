"""The diarization port: telling apart voices that share a channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from qa_pipeline.audio.base import Pcm
from qa_pipeline.domain.diarization import Diarization
from qa_pipeline.domain.time import Span


class Diarizer(Protocol):
    """Says whose voice is heard when."""

    @property
    def provenance(self) -> Mapping[str, str]:
        """Engine, versions, digests and settings: equal provenance and equal audio give an equal result.

        Must be cheap: no model is loaded.
        """
        ...

    def diarize(self, recording_id: str, samples: Pcm, activity: Sequence[Span]) -> Diarization:
        """Assign all speech of one channel to voices.

        Args:
            recording_id: names the result.
            samples: 16 kHz int16, shape ``(num_samples,)``, possibly memory-mapped.
            activity: where somebody speaks (milliseconds, sorted, disjoint).

        Raises:
            SetupError: a model is missing or damaged.
        """
        ...
