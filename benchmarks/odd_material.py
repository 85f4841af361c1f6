"""What odd recordings are made of: a short conversation of human voices, in every codec that can be written here."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np

from benchmarks.odd_files import Floats, encode, wav
from benchmarks.spliced_calls import band

VOICES = Path(__file__).parent.parent / "tests" / "data" / "aishell3"
SECONDS = 8.0
"""Length of the conversation."""
Make = Callable[[Path], Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """One recording: how it is made, and what is right."""

    name: str
    make: Make
    """Makes it in a folder and returns its path."""
    codes: tuple[str, ...] = ()
    """The code it must be refused with, one of these; empty: it must be read."""
    either: bool = False
    """It may be refused with any code of the audio, or read whole."""
    seconds: float | None = SECONDS
    """How much sound it holds; None where nobody can say."""
    outcome: str | None = None
    """What becomes of it when it is scored (a code, or ``scored``), where that is the point of it."""


@cache
def talk(rate: int = 8000) -> tuple[Floats, Floats]:
    """Two voices taking turns, telephone band, as two channels."""
    channels = np.zeros((2, round(SECONDS * 16000)))
    at = 4000
    for number, path in enumerate(sorted(VOICES.glob("*.flac"))[:2]):
        with av.open(str(path)) as container:
            frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
        voice = band(np.concatenate(frames).astype(float) / 32768)[: round(3.6 * 16000)]
        channels[number, at : at + len(voice)] = voice * 0.1 / np.sqrt((voice**2).mean())
        at += len(voice) + 4000
    channels += np.random.default_rng(1).standard_normal(channels.shape) * 0.0005
    size = round(SECONDS * rate)
    when = np.linspace(0, SECONDS, size, endpoint=False)
    old = np.arange(channels.shape[1]) / 16000
    left, right = (np.interp(when, old, channel) for channel in channels)
    return left, right


def written(path: Path, content: bytes) -> Path:
    """A file with exactly these bytes."""
    path.write_bytes(content)
    return path


def plain(folder: Path, name: str = "call.wav", rate: int = 8000) -> Path:
    """The conversation as 16-bit WAV."""
    return wav(folder / name, talk(rate), rate)


CODECS: dict[str, tuple[str, str, int, int | None]] = {
    "mp3": ("mp3", "libmp3lame", 16000, 32000),
    "opus": ("opus", "libopus", 16000, 32000),
    "ogg vorbis": ("ogg", "vorbis", 16000, None),
    "m4a": ("m4a", "aac", 16000, 48000),
    "aac": ("aac", "aac", 16000, 48000),
    "flac": ("flac", "flac", 16000, None),
    "mkv": ("mkv", "libopus", 48000, 32000),
    "webm": ("webm", "libopus", 48000, 32000),
    "wma": ("wma", "wmav2", 16000, 48000),
    "aiff": ("aiff", "pcm_s16be", 8000, None),
    "au": ("au", "pcm_mulaw", 8000, None),
    "wav adpcm": ("wav", "adpcm_ms", 8000, None),
    "wav ima": ("wav", "adpcm_ima_wav", 8000, None),
    "wav alaw": ("wav", "pcm_alaw", 8000, None),
    "wav 24 bit": ("wav", "pcm_s24le", 8000, None),
    "3gp": ("3gp", "aac", 16000, 32000),
}


@cache
def _encoded(kind: str) -> bytes:
    ending, codec, rate, bits = CODECS[kind]
    experimental = {"strict": "experimental"} if codec == "vorbis" else {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"call.{ending}"
        return encode(path, talk(rate), rate, codec, bit_rate=bits, codec_options=experimental).read_bytes()


def coded(kind: str) -> Make:
    """The conversation in a codec of the table."""
    return lambda folder: written(folder / f"call.{CODECS[kind][0]}", _encoded(kind))


def amr(folder: Path) -> Path:
    """A mobile recorder's file: one channel."""
    left, right = talk()
    return encode(folder / "call.amr", [left + right], 8000, "libopencore_amrnb", bit_rate=12200)


def gsm(folder: Path) -> Path:
    """WAV with GSM 6.10 (WAV49 blocks of 65 bytes, 320 samples); the sound in it is noise."""
    blocks = np.random.default_rng(3).integers(0, 256, (round(SECONDS * 8000 / 320), 65), dtype=np.uint8)
    form = struct.pack("<HHIIHHHH", 0x31, 1, 8000, 1625, 65, 0, 2, 320)
    fact = b"fact" + struct.pack("<II", 4, len(blocks) * 320)
    data = blocks.tobytes()
    body = b"WAVEfmt " + struct.pack("<I", 20) + form + fact + b"data" + struct.pack("<I", len(data)) + data
    return written(folder / "call.wav", b"RIFF" + struct.pack("<I", len(body)) + body)


def amr_wideband(folder: Path) -> Path:
    """AMR-WB frames that say that nothing was sent."""
    return written(folder / "call.amr", b"#!AMR-WB\n" + b"\x7c" * round(SECONDS * 50))


SOURCES: dict[str, Make] = {
    "wav": plain,
    "wav mulaw": lambda d: wav(d / "call.wav", talk(), 8000, kind="mulaw"),
    "gsm": gsm,
    "amr": amr,
    **{kind: coded(kind) for kind in CODECS if kind not in ("3gp", "wav 24 bit", "wav alaw", "webm")},
}
"""What is cut and scratched."""
