"""What fills the pauses is named: ring-back before pick-up, music in a hold; leaks, noise, hum and keys are neither."""

from pathlib import Path

import numpy as np
import pytest
from odd_audio import settings, wav

from benchmarks.odd_material import talk
from benchmarks.spliced_calls import sounds
from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.audio.tones import name_tones
from qa_pipeline.domain.time import Span

RATE = 16_000
SOUNDS = sounds(20)


def with_sound(name: str, *, at_start: bool) -> tuple[list[np.ndarray], list[list[Span]], int]:
    """Two parties speak for two seconds each; the sound fills ten seconds before or after on channel 0."""
    silence = np.zeros(14 * RATE, np.int16)
    first = 10_000 if at_start else 0
    left, right = silence.copy(), silence.copy()
    heard = slice(0, 10 * RATE) if at_start else slice(4 * RATE, 14 * RATE)
    left[heard] = SOUNDS[name][: 10 * RATE]
    spans = [
        [Span(start_ms=first, end_ms=first + 2000)],
        [Span(start_ms=first + 2000, end_ms=first + 4000)],
    ]
    return [left, right], spans, 14_000


MUSIC = ("music: plucked melody", "music: band", "music: strings with vibrato")


@pytest.mark.parametrize("name", MUSIC)
@pytest.mark.parametrize("at_start", [True, False])
def test_music_is_named_with_its_channel(name: str, at_start: bool) -> None:
    assert name_tones(*with_sound(name, at_start=at_start)) == ("hold_music_channel_0",)


def test_ring_back_is_named_before_the_first_word_only() -> None:
    assert name_tones(*with_sound("ring-back tone", at_start=True)) == ("ring_back",)
    assert name_tones(*with_sound("ring-back tone", at_start=False)) == ()


@pytest.mark.parametrize("name", sorted(set(SOUNDS) - {*MUSIC, "ring-back tone"}))
@pytest.mark.parametrize("at_start", [True, False])
def test_keys_steady_tones_and_noise_are_neither(name: str, at_start: bool) -> None:
    assert name_tones(*with_sound(name, at_start=at_start)) == ()


def test_busy_tone_is_no_ring_back() -> None:
    time = np.arange(14 * RATE) / RATE
    busy = (np.sin(2 * np.pi * 450 * time) * (time % 0.7 < 0.35) * 3000).astype(np.int16)
    assert name_tones([busy], [[]], 14_000) == ()


def test_mains_hum_and_a_leak_of_the_other_party_are_no_music() -> None:
    time = np.arange(14 * RATE) / RATE
    hum = (np.sin(2 * np.pi * 50 * time) * 1000).astype(np.int16)
    assert name_tones([hum], [[]], 14_000) == ()
    channels, spans, _ = with_sound("music: band", at_start=False)
    spans[1] = [Span(start_ms=2000, end_ms=14_000)]  # the other speaks all the while
    assert name_tones(channels, spans, 14_000) == ()


def test_nothing_has_no_name() -> None:
    assert name_tones([np.zeros(0, np.int16)], [[]], 0) == ()


def test_the_reader_notes_it(tmp_path: Path) -> None:
    left, right = talk()
    ring = SOUNDS["ring-back tone"][: 6 * RATE : 2] / 32768
    quiet = np.zeros(len(ring))
    path = wav(
        tmp_path / "call.wav",
        [np.concatenate([ring, left]), np.concatenate([quiet, right])],
        8000,
        kind="mulaw",
    )
    with PyAvReader(settings(tmp_path)).open(path) as audio:
        assert "ring_back" in audio.facts.notes
        assert audio.facts.activity[0][0].start_ms > 5_500
