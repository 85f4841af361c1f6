"""What centres record in, decodes to the same 16 kHz samples."""

from pathlib import Path

import numpy as np
import pytest
from odd_audio import encode, settings, tone, wav

from qa_pipeline.audio.decode import PyAvReader
from qa_pipeline.domain.time import Span

SECONDS = 2.0


@pytest.fixture
def reader(tmp_path: Path) -> PyAvReader:
    return PyAvReader(settings(tmp_path))


@pytest.mark.parametrize("kind", ["s16", "u8", "f32", "mulaw"])
@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000])
def test_wav_of_any_law_and_rate_keeps_its_channels_apart(
    reader: PyAvReader, tmp_path: Path, kind: str, rate: int
) -> None:
    path = wav(tmp_path / "a.wav", [tone(SECONDS, rate), tone(SECONDS, rate, hz=700)], rate, kind=kind)
    with reader.open(path) as audio:
        recording = audio.facts.recording
        assert (recording.sample_rate_hz, recording.num_channels) == (rate, 2)
        assert recording.num_samples == round(SECONDS * rate)
        assert recording.source_name == "a.wav"
        assert audio.facts.declared_duration_ms == 2000
        for channel, hz in zip(audio.channels, (440, 700), strict=True):
            assert channel.dtype == np.int16
            assert abs(len(channel) - SECONDS * 16000) <= 16
            strongest = np.argmax(np.abs(np.fft.rfft(channel.astype(float)))) * 16000 / len(channel)
            assert abs(strongest - hz) <= 1
            assert 0.25 < np.abs(channel).max() / 32768 < 0.35


def test_samples_alone_are_those_of_a_measured_recording(reader: PyAvReader, tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", [tone(SECONDS, 8000), tone(SECONDS, 8000, hz=700)], 8000)
    with reader.open(path) as audio, reader.samples(path) as channels:
        assert len(channels) == 2
        assert all(np.array_equal(a, b) for a, b in zip(audio.channels, channels, strict=True))


CODECS = [
    ("a.mp3", "libmp3lame", 8000),
    ("a.mp3", "libmp3lame", 44100),
    ("a.m4a", "aac", 8000),
    ("a.m4a", "aac", 44100),
    ("a.aac", "aac", 16000),
    ("a.ogg", "libopus", 16000),
    ("a.opus", "libopus", 48000),
    ("a.webm", "libopus", 48000),
    ("a.flac", "flac", 16000),
    ("a.wav", "pcm_alaw", 8000),
    ("a.wav", "adpcm_ima_wav", 8000),
    ("a.aiff", "pcm_s16be", 8000),
    ("a.au", "pcm_mulaw", 8000),
    ("a.wma", "wmav2", 16000),
]


@pytest.mark.parametrize(("name", "codec", "rate"), CODECS, ids=lambda v: str(v))
def test_codecs(reader: PyAvReader, tmp_path: Path, name: str, codec: str, rate: int) -> None:
    bits = None if codec.startswith(("pcm", "flac", "adpcm")) else 32000
    path = encode(
        tmp_path / name, [tone(SECONDS, rate), tone(SECONDS, rate, hz=700)], rate, codec, bit_rate=bits
    )
    with reader.open(path) as audio:
        assert len(audio.channels) == 2
        assert abs(audio.facts.recording.duration_ms - 2000) <= 220  # encoder delay and padding at most
        assert abs(len(audio.channels[0]) / 16 - audio.facts.recording.duration_ms) <= 2
        assert "truncated" not in audio.facts.notes


def test_amr_of_a_mobile_recorder(reader: PyAvReader, tmp_path: Path) -> None:
    path = encode(tmp_path / "a.amr", [tone(SECONDS, 8000)], 8000, "libopencore_amrnb", bit_rate=12200)
    with reader.open(path) as audio:
        assert audio.facts.recording.codec == "amrnb"
        assert audio.facts.recording.num_channels == 1
        assert audio.facts.declared_duration_ms is None
        assert "header_duration_missing" in audio.facts.notes


def test_two_tenths_of_a_second_are_no_fault(reader: PyAvReader, tmp_path: Path) -> None:
    with reader.open(wav(tmp_path / "a.wav", [tone(0.2, 8000)])) as audio:
        assert audio.facts.recording.duration_ms == 200
        assert audio.facts.activity == ((),)
        assert len(audio.facts.loudness_db[0]) == 1


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF - 36])
def test_headers_of_streaming_recorders_are_read_to_the_end(
    reader: PyAvReader, tmp_path: Path, size: int
) -> None:
    with reader.open(wav(tmp_path / "a.wav", [tone(2, 8000)] * 2, data_size=size)) as audio:
        assert audio.facts.recording.num_samples == 16000
        assert audio.facts.declared_duration_ms is None
        assert "header_duration_missing" in audio.facts.notes


@pytest.mark.parametrize("after", [b"LIST\x0a\0\0\0INFOISFT\0\0", b"\0" * 4000])
def test_tags_and_padding_behind_the_sound_are_not_heard(
    reader: PyAvReader, tmp_path: Path, after: bytes
) -> None:
    with reader.open(wav(tmp_path / "a.wav", [tone(1, 8000)], after=after)) as audio:
        assert audio.facts.recording.num_samples == 8000
        assert audio.facts.declared_duration_ms == 1000


def test_mp3_without_a_frame_count_declares_nothing(reader: PyAvReader, tmp_path: Path) -> None:
    bare = {"write_xing": "0", "id3v2_version": "0"}
    path = encode(tmp_path / "a.mp3", [tone(2, 16000)], 16000, "libmp3lame", options=bare, bit_rate=32000)
    with reader.open(path) as audio:
        assert audio.facts.declared_duration_ms is None
        assert audio.facts.recording.duration_ms >= 2000


def test_a_few_samples_that_are_no_numbers_are_silence_and_noted(reader: PyAvReader, tmp_path: Path) -> None:
    samples = tone(2, 8000)
    samples[4000:4004] = (np.nan, np.inf, -np.inf, np.nan)
    with reader.open(wav(tmp_path / "a.wav", [samples], kind="f32")) as audio:
        assert "not_numbers_as_silence" in audio.facts.notes
        assert np.abs(audio.channels[0].astype(int)).max() < 0.35 * 32768


def test_the_same_file_gives_the_same_samples_and_facts(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", [tone(2, 44100)] * 2, 44100, "aac", bit_rate=32000)
    seen = []
    for folder in ("one", "two"):
        with PyAvReader(settings(tmp_path / folder)).open(path) as audio:
            seen.append((audio.facts, [channel.tobytes() for channel in audio.channels]))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_covered_is_a_tone_on_every_channel_of_the_listening_copy(
    reader: PyAvReader, tmp_path: Path, channels: int
) -> None:
    path = wav(tmp_path / "a.wav", [tone(12, 8000, hz=300 + 200 * c) for c in range(channels)])
    copy = tmp_path / "copy.mp3"
    places = [Span(start_ms=9_000, end_ms=9_100), Span(start_ms=3_000, end_ms=4_500)]
    copy.write_bytes(reader.listening_copy(path, places))
    with reader.open(copy) as audio:
        assert len(audio.channels) == channels
        assert audio.facts.recording.duration_ms == 12_000
        for channel in audio.channels:
            heard = np.asarray(channel, np.float64)
            for place in places:
                assert share_at_1_khz(heard[place.start_ms * 16 : place.end_ms * 16]) > 0.99
            for start, end in ((0, 2_700), (4_800, 8_700), (9_400, 11_900)):
                assert share_at_1_khz(heard[start * 16 : end * 16]) < 0.01


def share_at_1_khz(samples: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / 16_000)
    return float(power[np.abs(hz - 1000) < 40].sum() / power.sum())


@pytest.mark.parametrize(("channels", "bits"), [(1, 32000), (2, 48000)])
def test_the_listening_copy_is_an_mp3_of_the_same_channels(
    reader: PyAvReader, tmp_path: Path, channels: int, bits: int
) -> None:
    path = wav(tmp_path / "a.wav", [tone(5, 8000, hz=300 + 200 * c) for c in range(channels)])
    copy = tmp_path / "copy.mp3"
    copy.write_bytes(reader.listening_copy(path))
    assert b"Info" in copy.read_bytes()[:400]  # constant bit rate with its frame count: browsers seek by it
    assert copy.stat().st_size == pytest.approx(5 * bits / 8, rel=0.1)
    with reader.open(copy) as audio:
        assert audio.facts.recording.sample_rate_hz == 16000
        assert audio.facts.recording.num_channels == channels
        assert audio.facts.declared_duration_ms == 5000
        assert audio.facts.recording.duration_ms == 5000
