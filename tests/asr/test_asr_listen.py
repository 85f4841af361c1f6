"""Given texts scored against audio, with a fake of the model and with the real one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from qa_pipeline.asr import faster_whisper, fetch, listen
from qa_pipeline.asr.faster_whisper import FasterWhisperRecognizer
from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.domain.time import Span
from qa_pipeline.settings import Settings

SAMPLES = Path(__file__).resolve().parents[2] / "sample_audio"


@dataclass
class FakeInner:
    """Hears 感謝 freely; every token of a given text has the probability it was told."""

    probability: float
    is_multilingual: bool = True

    def generate(self, encoded: Any, prompts: Any, **options: Any) -> list[Any]:
        self.frames = encoded.shape[-1]
        return [SimpleNamespace(sequences_ids=[[1, 2, 99]])]

    def align(self, encoded: Any, start: Any, texts: list[list[int]], frames: int) -> list[Any]:
        self.heard_frames = frames
        return [SimpleNamespace(text_token_probs=[self.probability] * len(texts[0]))]


class FakeModel:
    """A model whose tokens are characters."""

    hf_tokenizer = None

    def __init__(self, probability: float) -> None:
        self.model = FakeInner(probability)

    def feature_extractor(self, samples: Any, padding: int) -> Any:
        return np.zeros((80, len(samples) // 160), np.float32)

    def encode(self, features: Any) -> Any:
        return features


class FakeTokenizer:
    """Two known characters; everything from 90 on is no text."""

    sot_sequence = (90, 91)
    no_timestamps = 92
    eot = 90

    def __init__(self, *args: Any, **options: Any) -> None: ...

    def encode(self, text: str) -> list[int]:
        return [ord(c) for c in text]

    def decode(self, tokens: list[int]) -> str:
        return "".join({1: "感", 2: "謝"}[t] for t in tokens)


def recognizer(
    monkeypatch: pytest.MonkeyPatch, probability: float
) -> tuple[FasterWhisperRecognizer, FakeInner]:
    model = FakeModel(probability)
    monkeypatch.setattr(faster_whisper, "_load", lambda *args: model)
    monkeypatch.setattr(fetch, "ensure", lambda settings: Path("model"))
    monkeypatch.setattr("faster_whisper.tokenizer.Tokenizer", FakeTokenizer)
    return FasterWhisperRecognizer(Settings(model="base")), model.model


def test_texts_are_summed_over_their_tokens_and_the_free_hearing_is_simplified(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asr, _ = recognizer(monkeypatch, 0.5)
    asked: list[str] = []

    def wordings(free: str) -> list[str]:
        asked.append(free)
        return ["你好", "", "你好吗"]

    heard = asr.listen(np.zeros(160_000, np.int16), Span(start_ms=0, end_ms=3_000), wordings)
    assert asked == ["感谢"] and heard.free == "感谢"
    assert heard.logprobs == (-1.386, 0.0, -2.079) and heard.free_logprob == -1.386


def test_a_token_the_model_rules_out_has_a_finite_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    asr, _ = recognizer(monkeypatch, 0.0)
    heard = asr.listen(np.zeros(160_000, np.int16), Span(start_ms=0, end_ms=3_000), lambda free: ["好"])
    assert -30 < heard.logprobs[0] < -20


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "heard_frames", "frames"),
    [(0, 3_000, 300, 500), (0, 4_500, 450, 1_000), (9_000, 12_000, 100, 500), (0, 60_000, 2_800, 3_000)],
)
def test_the_encoder_hears_the_stretch_and_some_silence(
    monkeypatch: pytest.MonkeyPatch, start_ms: int, end_ms: int, heard_frames: int, frames: int
) -> None:
    asr, model = recognizer(monkeypatch, 0.5)
    seconds = 40 if end_ms > 20_000 else 10
    span = Span(start_ms=start_ms, end_ms=end_ms)
    asr.listen(np.zeros(seconds * 16_000, np.int16), span, lambda free: ["好"])
    assert (model.heard_frames, model.frames) == (heard_frames, frames)


def test_how_it_listens_has_a_name() -> None:
    assert len(listen.digest()) == 64 and listen.digest() == listen.digest()


@pytest.mark.model
def test_the_real_model_tells_what_was_said_from_what_was_not() -> None:
    settings = Settings()
    texts = (
        "您好,这里是云帆物流客户服务中心,工号五五一八为您服务,请问有什么可以帮您",
        "非常抱歉,您的快递目前还在路上,我马上替您催一下网点的同事,今天晚上给您答复",
    )
    with PyAvReader(settings).open(SAMPLES / "c01_damaged_handled_well.opus") as decoded:
        channel = decoded.channels[0]
        heard = FasterWhisperRecognizer(settings).listen(
            channel, Span(start_ms=500, end_ms=8_100), lambda free: texts
        )
    said, other = heard.logprobs
    assert said > other + 20 and heard.free_logprob > other + 20
