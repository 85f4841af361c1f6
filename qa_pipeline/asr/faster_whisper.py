"""The recogniser: faster-whisper (CTranslate2), one model per process, the same result every time.

Decoding is beam search at temperature 0 only. Whisper's usual way out of a failed decoding, sampling at
rising temperatures, draws on random state that depends on what the process did before, so it can't be
repeated. What the checks doubt is instead heard again in shorter windows with a penalty on repetition;
whichever hearing leaves less in doubt is kept.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

from qa_pipeline.asr import catalog, fetch, listen, missed, quality, utterances, windows
from qa_pipeline.asr.base import SecondHearing, Wordings
from qa_pipeline.asr.quality import Heard, Segment
from qa_pipeline.asr.windows import Window
from qa_pipeline.audio.base import SAMPLE_RATE_HZ, Pcm
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Transcript, Utterance, Word
from qa_pipeline.errors import SetupError
from qa_pipeline.settings import Settings

LANGUAGE = "zh"
_AGAIN_LIMIT_MS = 10_000
_AGAIN_PENALTY = 1.15
"""Enough to break a loop; more costs right repetitions (numbers said twice)."""

_models: dict[tuple[str, str, int], Any] = {}
_models_lock = threading.Lock()


def _load(path: Path, compute_type: str, threads: int) -> Any:
    """The model, loaded once per process.

    Raises:
        SetupError: ``model.load_failed``.
    """
    key = (str(path), compute_type, threads)
    with _models_lock:
        if key not in _models:
            from qa_pipeline.asr.model import ShortWindowModel

            try:
                # Windows side by side, one thread each, use two cores better than two threads on one window.
                _models[key] = ShortWindowModel(
                    str(path), device="cpu", compute_type=compute_type, cpu_threads=1, num_workers=threads
                )
            except (RuntimeError, ValueError, OSError) as error:
                raise SetupError("model.load_failed", path=path, reason=str(error)) from error
        return _models[key]


class FasterWhisperRecognizer:
    """Implements :class:`qa_pipeline.asr.base.Recognizer`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def provenance(self) -> Mapping[str, str]:
        """Engine, versions, model, digest and settings; no model is loaded.

        Raises:
            SetupError: the chosen model is unknown or, having no digest in the catalogue, not there.
        """
        settings = self._settings
        named = catalog.find(settings.model) is not None
        decoding = {
            "beam_size": settings.asr_beam_size,
            "compute_type": settings.asr_compute_type,
            "language": LANGUAGE,
            "limit_ms": windows.LIMIT_MS,
            "keep_ms": [windows.KEEP_MS, windows.KEEP_QUIET_MS, windows.QUIET_DB],
            "pad_ms": windows.PAD_MS,
            "again": [_AGAIN_LIMIT_MS, _AGAIN_PENALTY],
            "encoder_frames": [windows.STEP_FRAMES, windows.ROOM_FRAMES],
            "missed": [missed.LEAST_MS, missed.STRAY_MS, missed.FULL_CHARS_PER_S],
            "pause_ms": utterances.PAUSE_MS,
        }
        return {
            "asr_engine": "faster-whisper",
            "asr_engine_version": importlib.metadata.version("faster-whisper"),
            "asr_ctranslate2_version": importlib.metadata.version("ctranslate2"),
            "asr_model": settings.model if named else Path(settings.model).name,
            "asr_model_digest": fetch.model_digest(settings),
            "asr_settings_digest": hashlib.sha256(json.dumps(decoding, sort_keys=True).encode()).hexdigest(),
            "asr_quality": quality.digest(),
            "asr_opencc_version": importlib.metadata.version("OpenCC"),
        }

    def transcribe(
        self, recording_id: str, channels: Sequence[Pcm], activity: Sequence[Sequence[Span]]
    ) -> Transcript:
        """Recognise every channel by itself; where ``activity`` is empty the model isn't even asked.

        The windows of this call, and of no other, are heard side by side, each by itself.

        Args:
            recording_id: names the transcript.
            channels: 16 kHz int16 arrays of shape ``(num_samples,)``, possibly memory-mapped; one window
                (28 s) a thread is turned into floats.
            activity: per channel, where somebody speaks (milliseconds, sorted, disjoint).

        Raises:
            SetupError: the model is missing, damaged, or no model at all.
        """
        found: list[Utterance] = []
        tasks = [
            (index, window)
            for index, (channel, voiced) in enumerate(zip(channels, activity, strict=True))
            for window in windows.plan(channel, voiced, keep_ms=windows.longest_pause(channel, voiced))
        ]
        with ThreadPoolExecutor(max_workers=self._settings.asr_threads) as pool:
            heard = list(
                pool.map(lambda task: self._window(channels[task[0]], task[1], activity[task[0]]), tasks)
            )
        for index, voiced in enumerate(activity):
            own = [one for task, part in zip(tasks, heard, strict=True) if task[0] == index for one in part]
            found.extend(utterances.utterances_of(index, [s for s, _ in own], [f for _, f in own], voiced))
        found.sort(key=lambda u: (u.span.start_ms, u.channel, u.utterance_id))
        return Transcript(
            recording_id=recording_id,
            language=LANGUAGE,
            utterances=tuple(found),
            provenance=self.provenance,
        )

    def listen(self, channel: Pcm, span: Span, wordings: Wordings) -> SecondHearing:
        """How likely texts are on a stretch of a channel; see the port.

        Raises:
            SetupError: the model is missing or damaged.
        """
        from faster_whisper.tokenizer import Tokenizer

        settings = self._settings
        model = _load(fetch.ensure(settings), settings.asr_compute_type, settings.asr_threads)
        tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=LANGUAGE
        )
        end_ms = min(span.end_ms, span.start_ms + windows.LIMIT_MS, len(channel) * 1000 // SAMPLE_RATE_HZ)
        heard = Window(pieces=(Span(start_ms=span.start_ms, end_ms=end_ms),))
        return listen.score(model, heard.samples(channel), wordings, tokenizer=tokenizer)

    def _window(self, channel: Pcm, window: Window, activity: Sequence[Span]) -> Heard:
        """What is heard in one window; depends on nothing but the window."""
        voiced = window.voiced(activity)
        heard = self._hear(channel, window, voiced)
        if any(quality.HEAR_AGAIN.intersection(flags) for _, flags in heard):
            heard = self._hear_again(channel, voiced, heard)
        for stretch in missed.stretches(voiced, heard):
            alone = [
                both
                for part in windows.plan(channel, [stretch], keep_ms=0)
                for both in self._hear(channel, part, [stretch])
            ]
            heard = missed.filled(heard, alone, stretch, voiced)
        return heard

    def _hear_again(self, channel: Pcm, voiced: Sequence[Span], heard: Heard) -> Heard:
        """A doubtful window once more, in shorter ones; the less doubtful of the two hearings is kept."""
        again = [
            both
            for shorter in windows.plan(channel, voiced, limit_ms=_AGAIN_LIMIT_MS)
            for both in self._hear(channel, shorter, voiced, repetition_penalty=_AGAIN_PENALTY)
        ]
        return again if _doubtful_chars(again) < _doubtful_chars(heard) else heard

    def _hear(
        self, channel: Pcm, window: Window, voiced: Sequence[Span], *, repetition_penalty: float = 1.0
    ) -> Heard:
        settings = self._settings
        model = _load(fetch.ensure(settings), settings.asr_compute_type, settings.asr_threads)
        recognised, _ = model.transcribe(
            window.samples(channel),
            language=LANGUAGE,
            task="transcribe",
            beam_size=settings.asr_beam_size,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            # Silence was taken out already; with a threshold a window of faint speech would vanish without a
            # trace.
            no_speech_threshold=None,
            repetition_penalty=repetition_penalty,
            vad_filter=False,
        )
        segments = [segment for one in recognised if (segment := _segment(one, window)).words]
        return list(zip(segments, quality.flags(segments, voiced), strict=True))


def _doubtful_chars(heard: Heard) -> int:
    return sum(len(segment.text) for segment, flags in heard if quality.HEAR_AGAIN.intersection(flags))


def _segment(recognised: Any, window: Window) -> Segment:
    """faster-whisper's segment in our terms: simplified words without spaces, at times of the recording."""
    spoken = [word for word in recognised.words or () if word.word.strip()]
    texts = utterances.simplified([word.word.strip() for word in spoken])
    return Segment(
        words=tuple(
            Word(
                text=text,
                span=window.in_recording(round(word.start * 1000), round(word.end * 1000)),
                confidence=round(min(1.0, max(0.0, float(word.probability))), 4),
            )
            for text, word in zip(texts, spoken, strict=True)
        ),
        avg_logprob=round(min(0.0, float(recognised.avg_logprob)), 4),
        no_speech_prob=round(float(recognised.no_speech_prob), 4),
        compression_ratio=round(float(recognised.compression_ratio), 4),
        temperature=float(recognised.temperature or 0.0),
    )
