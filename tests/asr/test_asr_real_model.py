"""The shipped model on human voices: right words, at the right time, the same every time."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from qa_pipeline.asr import faster_whisper
from qa_pipeline.asr.faster_whisper import FasterWhisperRecognizer
from qa_pipeline.audio.base import Pcm
from qa_pipeline.domain.time import Span
from qa_pipeline.errors import SetupError
from qa_pipeline.settings import Settings

DATA = Path(__file__).parent / "data"
SAID = {
    "SSB00730374": "现在这个部门还在研究月球探测器和自动驾驶汽车",
    "SSB01970187": "我们已经统一按照新的政策处理了",
    "SSB02000375": "加强电话销售过程管理",
}

pytestmark = pytest.mark.model


def read(name: str) -> Pcm:
    import av

    with av.open(str(DATA / f"{name}.flac")) as file:
        return np.concatenate([f.to_ndarray()[0] for f in file.decode(audio=0)]).astype(np.int16)


def call() -> tuple[list[Pcm], list[list[Span]], list[tuple[int, Span, str]]]:
    """Two channels: the first sentence on one, the others on the other, with pauses."""
    channels = [np.zeros(24 * 16_000, dtype=np.int16) for _ in range(2)]
    told, activity, at = [], [[], []], 1_000  # type: ignore[var-annotated]
    for channel, name in zip((0, 1, 1), SAID, strict=True):
        samples = read(name)
        channels[channel][at * 16 : at * 16 + len(samples)] = samples
        span = Span(start_ms=at, end_ms=at + len(samples) // 16)
        activity[channel].append(span)
        told.append((channel, span, SAID[name]))
        at = span.end_ms + 1_500
    return channels, activity, told


def common(a: str, b: str) -> float:
    """Share of the characters of ``a`` that also stand in ``b``."""
    return sum(c in b for c in a) / len(a)


def test_human_sentences_are_recognised_where_they_were_said() -> None:
    channels, activity, told = call()
    transcript = FasterWhisperRecognizer(Settings()).transcribe("rec", channels, activity)
    for channel, span, text in told:
        words = [
            w
            for u in transcript.utterances
            if u.channel == channel
            for w in u.words
            if span.start_ms - 300 <= w.span.start_ms and w.span.end_ms <= span.end_ms + 300
        ]
        assert common(text, "".join(w.text for w in words)) > 0.8
        assert words[0].span.start_ms - span.start_ms < 700
    assert all(not u.asr_quality.flags for u in transcript.utterances)


def test_the_result_depends_on_nothing_but_the_audio(monkeypatch: pytest.MonkeyPatch) -> None:
    channels, activity, _ = call()
    first = FasterWhisperRecognizer(Settings()).transcribe("rec", channels, activity)
    noise = (np.random.default_rng(1).standard_normal(16_000 * 5) * 3_000).astype(np.int16)
    FasterWhisperRecognizer(Settings()).transcribe("other", [noise], [[Span(start_ms=0, end_ms=5_000)]])
    assert FasterWhisperRecognizer(Settings()).transcribe("rec", channels, activity) == first
    monkeypatch.setattr(faster_whisper, "_models", {})
    assert FasterWhisperRecognizer(Settings(asr_threads=1)).transcribe("rec", channels, activity) == first


def test_a_call_is_heard_the_same_beside_any_neighbours_in_any_order() -> None:
    recognizer = FasterWhisperRecognizer(Settings())
    calls = {}
    for number, names in enumerate(permutations(SAID)):
        samples = np.concatenate(
            [part for name in names for part in (read(name), np.zeros(40_000, np.int16))]
        )
        length = len(samples) // 16
        calls[f"rec-{number}"] = (
            [samples] * 2,
            [[Span(start_ms=0, end_ms=length)], [Span(start_ms=0, end_ms=3_000)]],
        )
    forwards = {name: recognizer.transcribe(name, *calls[name]) for name in calls}
    with ThreadPoolExecutor(max_workers=2) as pool:  # two calls at once, last call first
        names = list(reversed(calls))
        backwards = dict(
            zip(names, pool.map(lambda n: recognizer.transcribe(n, *calls[n]), names), strict=True)
        )
    assert backwards == forwards
    assert len({t.utterances for t in forwards.values()}) == len(calls)


def test_speech_that_repeats_itself_word_for_word_is_not_skipped() -> None:
    sentence = read("SSB02000375")
    pause = np.zeros(16_000, np.int16)
    samples = np.concatenate([pause, *[sentence, pause] * 3])
    length = len(sentence) // 16
    activity = [
        Span(start_ms=at, end_ms=at + length) for at in (1_000 + n * (length + 1_000) for n in range(3))
    ]
    transcript = FasterWhisperRecognizer(Settings()).transcribe("rec", [samples], [activity])
    for span in activity:
        words = [w for u in transcript.utterances for w in u.words if span.intersection(w.span) is not None]
        assert common(SAID["SSB02000375"], "".join(w.text for w in words)) > 0.5


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
        (tmp_path / name).write_text("{}")
    recognizer = FasterWhisperRecognizer(Settings(model=str(tmp_path)))
    with pytest.raises(SetupError) as caught:
        recognizer.transcribe("rec", [np.zeros(16_000, dtype=np.int16)], [[Span(start_ms=0, end_ms=900)]])
    assert caught.value.code == "model.load_failed"
