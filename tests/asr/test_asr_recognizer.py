"""The adapter around a pretended model: what it is fed, what it makes of the answers, when it listens twice."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_pipeline.asr import faster_whisper, fetch
from qa_pipeline.asr.faster_whisper import FasterWhisperRecognizer
from qa_pipeline.domain.time import Span
from qa_pipeline.settings import Settings

SETTINGS = Settings(model="base", asr_threads=1)
"""One thread: the pretended model answers in the order in which it is asked."""


@dataclass
class FakeWord:
    word: str
    start: float
    end: float
    probability: float = 0.8


@dataclass
class FakeSegment:
    words: list[FakeWord]
    avg_logprob: float = -0.3
    no_speech_prob: float = 0.1
    compression_ratio: float = 1.0
    temperature: float = 0.0


def said(text: str, *, start: float = 0.6, step: float = 0.2) -> FakeSegment:
    return FakeSegment([FakeWord(c, start + i * step, start + (i + 1) * step) for i, c in enumerate(text)])


@dataclass
class FakeModel:
    """Answers windows one after the other, repeats the last answer for ever, and notes what it was asked."""

    answers: list[list[FakeSegment]]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def transcribe(self, samples: Any, **options: Any) -> tuple[list[FakeSegment], None]:
        assert samples.dtype == np.float32
        self.asked.append({**options, "seconds": len(samples) / 16_000})
        return self.answers[min(len(self.asked), len(self.answers)) - 1], None


def recognise(monkeypatch: pytest.MonkeyPatch, model: FakeModel, *activity: tuple[Span, ...]) -> Any:
    monkeypatch.setattr(faster_whisper, "_load", lambda *args: model)
    monkeypatch.setattr(fetch, "ensure", lambda settings: Path("model"))
    channels = [np.zeros(60 * 16_000, dtype=np.int16) for _ in activity]
    return FasterWhisperRecognizer(SETTINGS).transcribe("rec", channels, activity)


def span(start: int, end: int) -> Span:
    return Span(start_ms=start, end_ms=end)


def test_channels_are_heard_apart_and_come_out_in_order_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    model = FakeModel([[said("感謝您")], [said("您好")]])
    transcript = recognise(monkeypatch, model, (span(21_000, 23_000),), (span(1_000, 3_000),))
    assert [(u.utterance_id, u.channel, u.text, u.span.start_ms) for u in transcript.utterances] == [
        ("c1-0001", 1, "您好", 1_000),
        ("c0-0001", 0, "感谢您", 21_000),
    ]
    assert transcript.recording_id == "rec" and transcript.language == "zh"
    assert transcript.utterances[0].words[0].confidence == 0.8


def test_a_channel_without_speech_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    model = FakeModel([[said("您好")]])
    assert [u.channel for u in recognise(monkeypatch, model, (), (span(0, 2_000),)).utterances] == [1]
    assert len(model.asked) == 1


def test_nothing_in_the_decoding_is_left_to_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    model = FakeModel([[said("您好")]])
    recognise(monkeypatch, model, (span(0, 2_000),))
    asked = model.asked[0]
    assert asked["temperature"] == 0.0
    assert asked["condition_on_previous_text"] is False
    assert asked["language"] == "zh" and asked["word_timestamps"] is True


def test_a_loop_is_heard_again_and_the_better_hearing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    model = FakeModel([[said("我也不知道" * 6, step=0.1)], [said("我也不知道")]])
    transcript = recognise(monkeypatch, model, (span(1_000, 5_000),))
    assert [u.text for u in transcript.utterances] == ["我也不知道"]
    assert transcript.utterances[0].asr_quality.flags == ()
    assert [asked["repetition_penalty"] > 1 for asked in model.asked] == [False, True]


def test_a_loop_that_stays_is_flagged(monkeypatch: pytest.MonkeyPatch) -> None:
    model = FakeModel([[said("我也不知道" * 6, step=0.1)]])
    transcript = recognise(monkeypatch, model, (span(1_000, 5_000),))
    assert [u.asr_quality.flags for u in transcript.utterances] == [("loop",)]
    assert len(model.asked) == 2


def test_an_invented_line_in_the_silence_is_dropped_with_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    model = FakeModel([[said("您好"), said("请不吝点赞", start=2.3)]])
    transcript = recognise(monkeypatch, model, (span(1_000, 1_500),))
    assert [u.text for u in transcript.utterances] == ["您好", ""]
    assert "dropped_hallucination" in transcript.utterances[1].asr_quality.flags


def test_long_speech_is_fed_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    model = FakeModel([[said("您好")]])
    recognise(monkeypatch, model, (span(0, 20_000), span(21_000, 41_000), span(43_000, 59_000)))
    assert len(model.asked) == 3
    assert all(asked["seconds"] <= 30 for asked in model.asked)


def test_provenance_is_told_without_a_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(faster_whisper, "_load", lambda *args: pytest.fail("model was loaded"))
    told = FasterWhisperRecognizer(SETTINGS).provenance
    assert told["asr_model"] == "base" and told["asr_engine_version"]
    assert told["asr_model_digest"] == "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
    same = FasterWhisperRecognizer(SETTINGS.model_copy(update={"asr_threads": 7})).provenance
    other = FasterWhisperRecognizer(SETTINGS.model_copy(update={"asr_beam_size": 1})).provenance
    assert same == told
    assert other["asr_settings_digest"] != told["asr_settings_digest"]
