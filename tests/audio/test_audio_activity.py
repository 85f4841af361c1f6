"""Who speaks when, on human voices with known times. The wide comparison is ``benchmarks/voice_activity.py``."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from odd_audio import settings, wav

from qa_pipeline.audio import activity, leakage, silero
from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.domain.time import Span
from qa_pipeline.errors import SetupError

VOICES = Path(__file__).parent.parent / "data" / "aishell3"
RATE = 16_000
Floats = np.ndarray


def voice(name: str) -> tuple[Floats, int, int]:
    """One utterance in the telephone band at a mean level of -22 dB, and where its speech begins and ends (ms)."""
    with av.open(str(VOICES / f"{name}.flac")) as container:
        samples = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)]).astype(float)
    level = np.convolve(samples**2, np.ones(320) / 320, "same")
    heard = np.flatnonzero(level > np.percentile(level, 95) * 10**-2.8)
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / RATE)
    spectrum[(hz < 300) | (hz > 3400)] = 0
    narrow = np.fft.irfft(spectrum, len(samples))
    spoken = narrow[heard[0] : heard[-1]]
    return narrow * 10 ** (-22 / 20) / np.sqrt((spoken**2).mean()), heard[0] // 16, heard[-1] // 16


A, B, C = (voice(name) for name in ("SSB00180170", "SSB00380324", "SSB00730374"))


def line(seconds: float, seed: int, noise_db: float = -60) -> Floats:
    return np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * 10 ** (noise_db / 20)


def place(channel: Floats, what: tuple[Floats, int, int], at_s: float, gain_db: float = 0) -> Span:
    samples, begins, ends = what
    start = round(at_s * RATE)
    channel[start : start + len(samples)] += samples * 10 ** (gain_db / 20)
    return Span(start_ms=round(at_s * 1000) + begins, end_ms=round(at_s * 1000) + ends)


def spans(tmp_path: Path, channels: Sequence[Floats]) -> tuple[tuple[Span, ...], ...]:
    """Through 8 kHz mu-law and the whole adapter."""
    path = wav(tmp_path / "call.wav", [c[::2] for c in channels], 8000, kind="mulaw")
    with PyAvReader(settings(tmp_path)).open(path) as audio:
        return audio.facts.activity


def assert_near(found: Sequence[Span], expected: Sequence[Span], within_ms: int = 200) -> None:
    """Each expected stretch begins and ends within the tolerance of what was found; nothing else was found."""
    for want in expected:
        parts = [s for s in found if s.intersection(want)]
        assert parts, f"{want} was not heard in {found}"
        assert abs(parts[0].start_ms - want.start_ms) <= within_ms, (parts, want)
        assert abs(parts[-1].end_ms - want.end_ms) <= within_ms, (parts, want)
    assert not [s for s in found if not any(s.intersection(want) for want in expected)]


@pytest.mark.parametrize("gain_db", [-13, 0, 10])
@pytest.mark.parametrize("noise_db", [-70, -48])
def test_speech_is_found_at_any_level(tmp_path: Path, gain_db: float, noise_db: float) -> None:
    agent, customer = line(24, 1, noise_db), line(24, 2, noise_db)
    said = [place(agent, A, 1, gain_db), place(agent, C, 16, gain_db)]
    answered = [place(customer, B, 8.5, gain_db)]
    found = spans(tmp_path, [agent, customer])
    within_ms = (
        300 if noise_db - gain_db > -40 else 200
    )  # 13 dB over the noise, the last syllable fades into it
    assert_near(found[0], said, within_ms)
    assert_near(found[1], answered, within_ms)


@pytest.mark.parametrize("leak_db", [-25, -15])
@pytest.mark.parametrize("lag_ms", [0, 30])
def test_a_leak_is_not_speech_of_the_wrong_party(tmp_path: Path, leak_db: float, lag_ms: int) -> None:
    dry = [np.zeros(24 * RATE), np.zeros(24 * RATE)]
    said = [place(dry[0], A, 1), place(dry[0], C, 16)]
    answered = [place(dry[1], B, 8.5)]
    lag, gain = lag_ms * 16, 10 ** (leak_db / 20)
    wet = [dry[c] + gain * np.roll(dry[1 - c], lag) + line(24, c, -58) for c in (0, 1)]
    found = spans(tmp_path, wet)
    assert_near(found[0], said)
    assert_near(found[1], answered)


def test_talking_over_is_heard_on_both_channels_even_with_a_leak(tmp_path: Path) -> None:
    dry = [np.zeros(24 * RATE), np.zeros(24 * RATE)]
    said = [place(dry[0], A, 1), place(dry[0], C, 12)]
    answered = [place(dry[1], B, 6), place(dry[1], B, 16)]  # begins while the other is speaking, twice
    wet = [dry[c] + 0.056 * dry[1 - c] + line(24, c, -58) for c in (0, 1)]
    found = spans(tmp_path, wet)
    assert_near(found[0], said)
    assert_near(found[1], answered)


def test_a_quiet_party_on_a_loud_line_is_heard(tmp_path: Path) -> None:
    agent, customer = line(24, 1), line(24, 2)
    said = [place(agent, A, 1, 10), place(agent, C, 16, 10)]
    answered = [place(customer, B, 8.5, -12), place(customer, A, 17, -12)]
    found = spans(tmp_path, [agent, customer])
    assert_near(found[0], said)
    assert_near(found[1], answered, 250)


def test_clicks_breaths_keys_and_ring_back_are_not_speech(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    time = np.arange(20 * RATE) / RATE
    clicks = line(20, 1)
    for at in rng.integers(0, 19 * RATE, 30):
        clicks[at : at + 80] += rng.standard_normal(80) * 0.3 * np.exp(-np.arange(80) / 20)
    breaths = line(20, 2)
    for at in rng.integers(0, 19 * RATE, 8):
        breaths[at : at + 5000] += rng.standard_normal(5000) * np.hanning(5000) * 0.006
    ring = np.sin(2 * np.pi * 450 * time) * (time % 5 < 1) * 0.1
    keys = (np.sin(2 * np.pi * 770 * time) + np.sin(2 * np.pi * 1336 * time)) * (time % 0.4 < 0.1) * 0.1
    assert spans(tmp_path, [clicks, breaths]) == ((), ())
    assert spans(tmp_path, [ring, keys]) == ((), ())


def test_spans_are_sorted_disjoint_and_within_the_recording(tmp_path: Path) -> None:
    channel = np.concatenate([A[0], B[0][: len(B[0]) // 2]])  # speech up to the last sample
    (found,) = spans(tmp_path, [channel])
    assert found
    assert found[-1].end_ms <= len(channel) // 16
    for before, after in pairwise(found):
        assert after.start_ms - before.end_ms >= activity.BRIDGE_MS


def test_a_recording_of_one_sample_holds_no_speech(tmp_path: Path) -> None:
    assert spans(tmp_path, [np.zeros(2), np.zeros(2)]) == ((), ())  # nothing of it is left at 16 kHz


def test_the_leak_is_measured_in_gain_and_lag() -> None:
    other = np.zeros(8 * RATE)
    place(other, A, 0.5)
    own = 0.1 * np.roll(other, 160) + line(8, 3, -70)
    speaks = np.ones(800, bool)
    as_pcm = [(c * 32767).astype(np.int16) for c in (own, other)]
    found = leakage.measure_leak(as_pcm[0], as_pcm[1], speaks)
    assert found is not None
    gain_db, lag = found
    assert gain_db == pytest.approx(-20, abs=1)
    assert lag == pytest.approx(160, abs=2)
    assert leakage.measure_leak(as_pcm[1], as_pcm[0], speaks) is None  # the source holds no leak
    stranger = np.zeros(8 * RATE)
    place(stranger, B, 0.5)
    assert leakage.measure_leak((stranger * 32767).astype(np.int16), as_pcm[1], speaks) is None


def test_the_detector_gives_the_same_in_one_piece_and_in_many(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = (A[0] * 32767).astype(np.int16)
    whole = (
        silero.SileroVad().probabilities(samples),
        silero.SileroVad().probabilities(samples, backwards=True),
    )
    monkeypatch.setattr(silero, "_FRAMES_AT_ONCE", 7)
    pieces = (
        silero.SileroVad().probabilities(samples),
        silero.SileroVad().probabilities(samples, backwards=True),
    )
    for one, many in zip(whole, pieces, strict=True):
        assert len(one) == -(-len(samples) // silero.FRAME)
        assert np.abs(one - many).max() < 1e-4


def test_a_missing_detector_is_a_fault_of_the_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silero.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SetupError) as caught:
        _ = silero.SileroVad().digest
    assert caught.value.code == "audio.vad_missing"
    assert "faster-whisper" in str(caught.value)


def test_the_digest_names_what_the_facts_depend_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = PyAvReader(settings(tmp_path)).digest
    assert usual == PyAvReader(settings(tmp_path / "elsewhere", decode_timeout_s=5)).digest
    monkeypatch.setattr("qa_pipeline.audio.decode._VERSION", "another")
    assert PyAvReader(settings(tmp_path)).digest != usual
