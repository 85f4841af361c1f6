"""Character errors and time of the product's recogniser and of plain faster-whisper, the same recordings in one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from faster_whisper import WhisperModel
from rapidfuzz.distance import Levenshtein

from benchmarks.speech_material import Spoken
from qa_pipeline.asr.base import Recognizer
from qa_pipeline.asr.fetch import ensure
from qa_pipeline.settings import Settings
from qa_pipeline.text.normalize import normalize

Hearer = Callable[[Spoken], list[str]]
"""Gives the text of each channel."""


@dataclass(slots=True)
class Result:
    """What one recogniser made of everything it heard."""

    errors: dict[str, int] = field(default_factory=dict)
    chars: dict[str, int] = field(default_factory=dict)
    wall_s: float = 0.0
    cpu_s: float = 0.0
    audio_s: float = 0.0

    def rate(self, group: str | None = None) -> float:
        """Character error rate of a group, or of everything: edits over characters said."""
        if group is not None:
            return self.errors[group] / self.chars[group]
        return sum(self.errors.values()) / sum(self.chars.values())

    def count(self, spoken: Spoken, heard: Sequence[str]) -> None:
        """Add the errors of one recording. Figures, variants and punctuation are compared as the product compares them."""
        for group, said, text in zip(spoken.groups, spoken.said, heard, strict=True):
            truth = normalize(said)
            errors = Levenshtein.distance(truth, normalize(text))
            self.errors[group] = self.errors.get(group, 0) + errors
            self.chars[group] = self.chars.get(group, 0) + len(truth)


def plain(settings: Settings) -> Hearer:
    """faster-whisper as its manual shows it: one channel after the other, beam 5, its own VAD, word times."""
    model = WhisperModel(
        str(ensure(settings)),
        device="cpu",
        compute_type=settings.asr_compute_type,
        cpu_threads=settings.asr_threads,
    )

    def hear(spoken: Spoken) -> list[str]:
        texts = []
        for channel in spoken.channels:
            segments, _ = model.transcribe(
                channel.astype(np.float32) / 32768,
                language="zh",
                beam_size=5,
                vad_filter=True,
                word_timestamps=True,
                condition_on_previous_text=False,
            )
            texts.append("".join(segment.text for segment in segments))
        return texts

    return hear


def product(recognizer: Recognizer) -> Hearer:
    """The product, given the voice activity that its audio stage found."""

    def hear(spoken: Spoken) -> list[str]:
        transcript = recognizer.transcribe(spoken.name, spoken.channels, spoken.activity)
        return [
            "".join(u.text for u in transcript.utterances if u.channel == index)
            for index in range(len(spoken.channels))
        ]

    return hear


def compare(recordings: Iterable[Spoken], hearers: Sequence[Hearer]) -> list[Result]:
    """Every recording heard by all, one after the other, so that what else the machine does falls on all alike."""
    results = [Result() for _ in hearers]
    for number, spoken in enumerate(recordings):
        if number == 0:
            for hear in hearers:
                hear(spoken)  # loads the model and warms it up
        for hear, result in zip(hearers, results, strict=True):
            wall, cpu = time.perf_counter(), time.process_time()
            heard = hear(spoken)
            result.wall_s += time.perf_counter() - wall
            result.cpu_s += time.process_time() - cpu
            result.audio_s += spoken.seconds
            result.count(spoken, heard)
    return results
