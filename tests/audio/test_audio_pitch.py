"""Pitch of known voices: harmonics of a known fundamental, with and without it, in noise, on telephone lines."""

from pathlib import Path

import numpy as np
import pytest
from odd_audio import settings, wav

from qa_pipeline.audio import pitch
from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.audio.pitch import pitch_track
from qa_pipeline.domain.time import Span

RATE = 16_000
Floats = np.ndarray


def voice(hz: float | Floats, seconds: float, *, low: float = 60, high: float = 3400) -> Floats:
    """A buzz with formants at 600 and 1,700 Hz, of which only the harmonics between ``low`` and ``high`` are left."""
    time = np.arange(round(seconds * RATE)) / RATE
    track = np.broadcast_to(np.asarray(hz, dtype=float), time.shape)
    phase = 2 * np.pi * np.cumsum(track) / RATE
    samples = np.zeros(len(time))
    for harmonic in range(1, 50):
        at = harmonic * track
        formants = 1 / (1 + ((at - 600) / 150) ** 2) + 0.4 / (1 + ((at - 1700) / 200) ** 2) + 0.05
        samples += np.where((at >= low) & (at <= high), formants * np.sin(harmonic * phase), 0)
    return samples / np.abs(samples).max() * 0.3


def pcm(samples: Floats) -> np.ndarray:
    return (np.clip(samples, -1, 1) * 32767).astype(np.int16)


def whole(samples: Floats) -> list[Span]:
    return [Span(start_ms=0, end_ms=len(samples) // 16)]


def inner(track: tuple[int, ...]) -> Floats:
    return np.array(track[1:-1], dtype=float)


@pytest.mark.parametrize("hz", [75, 90, 120, 160, 210, 260, 340, 450])
@pytest.mark.parametrize("low", [60, 300])
def test_a_steady_voice_has_its_pitch_also_without_its_fundamental(hz: float, low: float) -> None:
    samples = voice(hz, 2, low=low)
    found = inner(pitch_track(pcm(samples), whole(samples)))
    assert np.all(np.abs(12 * np.log2(found / hz)) < 0.5)


@pytest.mark.parametrize("snr_db", [20, 10])
def test_noise_neither_moves_the_pitch_nor_shifts_it_by_an_octave(snr_db: float) -> None:
    samples = voice(130, 4, low=300)
    noise = np.random.default_rng(1).standard_normal(len(samples))
    samples = samples + noise * samples.std() * 10 ** (-snr_db / 20)
    found = inner(pitch_track(pcm(samples), whole(samples)))
    heard = found[found > 0]
    assert len(heard) > 0.8 * len(found)
    assert np.all(np.abs(12 * np.log2(heard / 130)) < 1)


def test_a_falling_tone_is_followed() -> None:
    hz = np.linspace(300, 150, 2 * RATE)
    found = inner(pitch_track(pcm(voice(hz, 2)), [Span(start_ms=0, end_ms=2000)]))
    expected = hz[np.arange(1, 19) * 1600 + 800]
    assert np.all(np.abs(12 * np.log2(found / expected)) < 1)


def test_two_voices_on_one_channel_keep_their_own_pitch() -> None:
    samples = np.concatenate([voice(110, 2, low=300), np.zeros(RATE // 2), voice(230, 2, low=300)])
    found = np.array(
        pitch_track(pcm(samples), [Span(start_ms=0, end_ms=2000), Span(start_ms=2500, end_ms=4500)])
    )
    assert np.all(np.abs(12 * np.log2(found[1:19] / 110)) < 0.5)
    assert np.all(np.abs(12 * np.log2(found[26:44] / 230)) < 0.5)
    assert not found[20:25].any()


def test_noise_and_hiss_have_no_pitch() -> None:
    noise = np.random.default_rng(2).standard_normal(20 * RATE) * 0.1
    assert sum(hz > 0 for hz in pitch_track(pcm(noise), whole(noise))) <= 2


def test_only_speech_is_looked_at_and_every_tenth_of_a_second_has_a_figure() -> None:
    samples = pcm(voice(200, 3.05))
    assert len(pitch_track(samples, [])) == 31
    assert not any(pitch_track(samples, []))
    found = pitch_track(samples, [Span(start_ms=1000, end_ms=2000)])
    assert len(found) == 31
    assert all(found[11:19])
    assert not any(found[:9])
    assert not any(found[21:])


def test_silence_and_nothing_have_no_pitch() -> None:
    assert not any(pitch_track(np.zeros(RATE, dtype=np.int16), [Span(start_ms=0, end_ms=1000)]))
    assert pitch_track(np.zeros(0, dtype=np.int16), []) == ()


def test_long_speech_is_followed_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = voice(180, 5, low=300)
    at_once = pitch_track(pcm(samples), whole(samples))
    monkeypatch.setattr(pitch, "_MAX_FRAMES", 16)
    assert pitch_track(pcm(samples), whole(samples)) == at_once


def test_the_reader_measures_pitch_where_somebody_speaks(tmp_path: Path) -> None:
    import av

    source = Path(__file__).parent.parent / "data" / "aishell3" / "SSB00180170.flac"
    with av.open(str(source)) as container:
        samples = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)]).astype(float) / 32768
    silent = np.zeros(len(samples))
    path = wav(tmp_path / "call.wav", [samples[::2], silent[::2]], 8000, kind="mulaw")
    with PyAvReader(settings(tmp_path)).open(path) as audio:
        spoken, quiet = audio.facts.pitch_hz
        activity = audio.facts.activity[0]
    assert not any(quiet)
    voiced = [hz for hz in spoken if hz]
    assert len(voiced) > 10
    # The speaker is a woman; librosa's pyin gives 241 Hz on the studio recording.
    assert 225 < float(np.median(voiced)) < 258
    for slot, hz in enumerate(spoken):
        if hz:
            assert any(s.start_ms - 100 <= slot * 100 < s.end_ms for s in activity)
