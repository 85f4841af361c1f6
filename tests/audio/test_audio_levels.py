"""Loudness, silence, clipping, and channels that are one."""

from pathlib import Path

import numpy as np
import pytest
from odd_audio import encode, settings, tone, wav

from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.audio.levels import is_dual_mono, measure_levels
from qa_pipeline.domain.recording import AudioFacts


def facts(tmp_path: Path, path: Path) -> AudioFacts:
    with PyAvReader(settings(tmp_path)).open(path) as audio:
        return audio.facts


def voice(seed: int, seconds: float = 6, rate: int = 8000) -> np.ndarray:
    """Noise that comes and goes, in no relation to another seed."""
    rng = np.random.default_rng(seed)
    samples = rng.standard_normal(round(seconds * rate)) * 0.1
    return np.clip(samples * np.repeat(rng.random(round(seconds * 2)), rate // 2), -0.9, 0.9)


def test_loudness_is_one_figure_a_second_in_db_of_full_scale(tmp_path: Path) -> None:
    level = np.sin(2 * np.pi * 440 * np.arange(20000) / 8000) * 0.5
    level[8000:16000] = 0
    found = facts(tmp_path, wav(tmp_path / "a.wav", [level])).loudness_db
    assert len(found[0]) == 3
    assert found[0][0] == pytest.approx(-9.0, abs=0.1)  # half of full scale, as RMS of a sine
    assert found[0][1] < -60
    assert found[0][2] == pytest.approx(-9.0, abs=0.1)


def test_digital_silence_has_the_floor_as_its_level() -> None:
    measured = measure_levels([np.zeros(16000, np.int16)])
    assert measured.loudness_db == ((-100.0,),)
    assert measured.notes == ("silent_channel_0",)


def test_a_silent_channel_is_noted(tmp_path: Path) -> None:
    hiss = np.random.default_rng(3).standard_normal(48000) * 2e-4
    found = facts(tmp_path, wav(tmp_path / "a.wav", [voice(1), hiss], kind="mulaw"))
    assert found.notes == ("silent_channel_1",)
    assert found.activity[1] == ()


def test_clipping_and_offset_are_noted_by_channel(tmp_path: Path) -> None:
    loud = np.clip(tone(4, 8000, level=1.5), -1, 1)
    found = facts(tmp_path, wav(tmp_path / "a.wav", [voice(1, 4) + 0.05, loud]))
    assert found.notes == ("clipped_channel_1", "dc_offset_channel_0")


@pytest.mark.parametrize(("gain", "lag"), [(1.0, 0), (0.7, 0), (1.0, 40)])
def test_copies_are_dual_mono_whatever_their_law_level_and_lag(tmp_path: Path, gain: float, lag: int) -> None:
    one = voice(1)
    found = facts(tmp_path, wav(tmp_path / "a.wav", [one, gain * np.roll(one, lag)], kind="mulaw"))
    assert found.notes == ("dual_mono",)
    assert found.activity[0] == found.activity[1]


@pytest.mark.parametrize("gain", [1.0, 0.35])
@pytest.mark.parametrize("lag", [0, 400])
def test_copies_with_pauses_and_noise_of_their_own_are_dual_mono(gain: float, lag: int) -> None:
    rng = np.random.default_rng(5)
    one = voice(1, 12, 16000) * np.repeat([1.0, 1.0, 0.0, 1.0, 0.0, 1.0], 32000)
    noise = 0.1 * np.sqrt(np.mean(one**2))
    copies = [
        ((part + noise * scale * rng.standard_normal(len(part))) * 20_000).astype(np.int16)
        for part, scale in ((one, 1.0), (gain * np.roll(one, lag), gain))
    ]
    assert is_dual_mono(copies[0], copies[1])


def test_a_party_heard_as_echo_on_the_other_channel_is_not_dual_mono() -> None:
    turns = np.repeat([1.0, 0.0, 1.0, 0.0, 1.0, 0.0], 32000)
    one, other = voice(1, 12, 16000) * turns, voice(2, 12, 16000) * (1 - turns)
    left, right = ((p * 15_000).astype(np.int16) for p in (one + 0.4 * other, other + 0.4 * one))
    assert not is_dual_mono(left, right)


def test_a_mono_call_saved_as_stereo_mp3_is_dual_mono(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp3", [voice(1), voice(1)], 8000, "libmp3lame", bit_rate=32000)
    assert facts(tmp_path, path).notes == ("dual_mono",)


def test_two_parties_are_not_dual_mono_even_with_loud_echo(tmp_path: Path) -> None:
    one, other = voice(1), voice(2)
    assert facts(tmp_path, wav(tmp_path / "a.wav", [one, other])).notes == ()
    turns = np.repeat([1.0, 0.0, 1.0, 0.0, 1.0, 0.0], 8000)
    one, other = one * turns, other * (1 - turns)
    echo = [one + 0.25 * other, other + 0.25 * one]
    assert facts(tmp_path, wav(tmp_path / "b.wav", echo)).notes == ()
