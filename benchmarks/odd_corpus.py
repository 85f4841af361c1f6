"""Malformed and odd recordings, made by script: what each is, and what may be said of it.

Every recording is made in a folder of its own from a short two-party conversation of human voices (``tests/data/aishell3``).
A recording that is cut or scratched may be refused with a code, or read whole where the damage can't have cost a sound; what
must never happen is a crash, or a recording that comes out short without a word about it.
"""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np

from benchmarks.odd_files import Floats, cut, encode, interleave, riff, wav
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


def formats() -> Iterator[Odd]:
    """What recorders write when all is well."""
    for rate in (8000, 11025, 16000, 22050, 44100, 48000):
        for kind in ("s16", "u8", "f32", "mulaw"):
            yield Odd(
                name=f"wav {kind} {rate}",
                make=lambda d, r=rate, k=kind: wav(d / "call.wav", talk(r), r, kind=k),  # type: ignore[misc]
                outcome="scored" if (rate, kind) in ((8000, "mulaw"), (8000, "u8")) else None,
            )
    for kind in CODECS:
        yield Odd(name=kind, make=coded(kind), outcome="scored" if kind in ("opus", "m4a", "flac") else None)
    yield Odd(name="amr", make=amr)
    yield Odd(name="amr wideband, nothing sent", make=amr_wideband)
    yield Odd(name="gsm", make=gsm)
    yield Odd(
        name="ac3",
        make=lambda d: encode(d / "call.ac3", talk(48000), 48000, "ac3"),
        codes=("audio.not_audio",),
    )


SOURCES: dict[str, Make] = {
    "wav": plain,
    "wav mulaw": lambda d: wav(d / "call.wav", talk(), 8000, kind="mulaw"),
    "gsm": gsm,
    "amr": amr,
    **{kind: coded(kind) for kind in CODECS if kind not in ("3gp", "wav 24 bit", "wav alaw", "webm")},
}
"""What is cut and scratched."""


def truncations() -> Iterator[Odd]:
    """Recordings that break off: within the header, in the middle, in the last bytes."""
    for kind, make in SOURCES.items():
        for share in (0.1, 0.37, 0.5, 0.75, 0.93):
            yield Odd(
                name=f"{kind} cut at {share:.0%}",
                make=lambda d, m=make, s=share: cut(m(d), s),  # type: ignore[misc]
                either=True,
            )
        for left in (4, 20, 43):
            yield Odd(
                name=f"{kind} cut after {left} bytes",
                make=lambda d, m=make, n=left: _first(m(d), n),  # type: ignore[misc]
                either=True,
                seconds=SECONDS,
            )
        yield Odd(
            name=f"{kind} without its last byte",
            make=lambda d, m=make: _first(m(d), -1),  # type: ignore[misc]
            either=True,
        )


def _first(path: Path, count: int) -> Path:
    return written(path, path.read_bytes()[:count])


def scratches() -> Iterator[Odd]:
    """Recordings of which a disk or a network lost a part."""
    for kind, make in SOURCES.items():
        for where in (0.05, 0.5, 0.9):
            yield Odd(
                name=f"{kind} scratched at {where:.0%}",
                make=lambda d, m=make, w=where: _overwritten(m(d), w, random=True),  # type: ignore[misc]
                either=True,
            )
        yield Odd(
            name=f"{kind} with a hole of zeros",
            make=lambda d, m=make: _overwritten(m(d), 0.4, random=False),  # type: ignore[misc]
            either=True,
        )


def _overwritten(path: Path, where: float, *, random: bool) -> Path:
    data = bytearray(path.read_bytes())
    start, size = int(len(data) * where), max(16, len(data) // 20)
    end = min(len(data), start + size)
    data[start:end] = np.random.default_rng(5).bytes(end - start) if random else bytes(end - start)
    return written(path, bytes(data))


def _field(offset: int, value: bytes, name: str, **right: object) -> Odd:
    def make(folder: Path) -> Path:
        data = bytearray(plain(folder).read_bytes())
        data[offset : offset + len(value)] = value
        return written(folder / "call.wav", bytes(data))

    return Odd(name=f"wav header: {name}", make=make, either=True, **right)  # type: ignore[arg-type]


def lies() -> Iterator[Odd]:
    """Headers that do not say what follows them."""
    yield _field(4, b"\0\0\0\0", "file size 0")
    yield _field(4, b"\xff\xff\xff\xff", "file size unknown")
    yield _field(20, b"\0\0", "format 0", seconds=None)
    yield _field(20, b"\x55\0", "format mp3", seconds=None)
    yield _field(20, b"\xfe\xff", "extensible without its part", seconds=None)
    yield _field(20, b"\x34\x12", "format unknown", seconds=None)
    yield _field(22, b"\0\0", "no channels", seconds=None)
    yield _field(22, b"\1\0", "one channel", seconds=None)
    yield _field(22, b"\xff\0", "255 channels", seconds=None)
    yield _field(24, b"\0\0\0\0", "rate 0", seconds=None)
    yield _field(24, b"\1\0\0\0", "rate 1", seconds=None)
    yield _field(24, b"\xff\xff\xff\xff", "rate of 4 GHz", seconds=None)
    yield _field(28, b"\0\0\0\0", "byte rate 0")
    yield _field(28, b"\1\0\0\0", "byte rate 1")
    yield _field(32, b"\0\0", "block 0", seconds=None)
    yield _field(32, b"\xff\xff", "block 65535", seconds=None)
    yield _field(34, b"\0\0", "no bits", seconds=None)
    yield _field(34, b"\7\0", "seven bits", seconds=None)
    yield _field(34, b"\xff\xff", "65535 bits", seconds=None)
    yield _field(16, b"\0\0\0\0", "format of size 0", seconds=None)
    yield _field(16, b"\xff\xff\xff\x7f", "format of 2 GB", seconds=None)
    size = round(SECONDS * 8000) * 4
    for name, declared in {
        "nothing": 0,
        "unknown": 0xFFFFFFFF,
        "2 GB": 0x7FFFFFFF,
        "a recorder's placeholder": 0x7FFFF024,
    }.items():
        yield Odd(
            name=f"wav declares {name}",
            make=lambda d, n=declared: wav(d / "call.wav", talk(), 8000, data_size=n),  # type: ignore[misc]
            outcome="scored" if declared == 0 else None,
        )
    for name, declared, code in (
        ("one byte", 1, "audio.header_wrong"),
        ("half of it", size // 2, "audio.header_wrong"),
        ("twice of it", size * 2, "audio.truncated"),
        ("a second more", size + 32000, "audio.truncated"),
    ):
        yield Odd(
            name=f"wav declares {name}",
            make=lambda d, n=declared: wav(d / "call.wav", talk(), 8000, data_size=n),  # type: ignore[misc]
            codes=(code,),
        )
    yield Odd(name="wav without format", make=_without_format, codes=("audio.corrupt",))
    yield Odd(name="wav with two data parts", make=_two_parts, either=True)
    yield Odd(name="mp3 counts twice its frames", make=lambda d: _frames_counted(d, 2), either=True)
    yield Odd(name="mp3 counts half its frames", make=lambda d: _frames_counted(d, 0.5), either=True)
    yield Odd(name="flac declares twice its samples", make=_flac_declares_twice, codes=("audio.truncated",))


def _without_format(folder: Path) -> Path:
    data = plain(folder).read_bytes()
    return written(folder / "call.wav", data[:12] + data[36:])


def _two_parts(folder: Path) -> Path:
    samples = (interleave(talk()) * 32767).astype("<i2").tobytes()
    half = len(samples) // 2
    after = b"data" + struct.pack("<I", half) + samples[half:]
    return written(
        folder / "call.wav", riff(samples[:half], tag=1, channels=2, rate=8000, bits=16, after=after)
    )


def _frames_counted(folder: Path, factor: float) -> Path:
    path = coded("mp3")(folder)
    data = bytearray(path.read_bytes())
    at = max(data.find(b"Xing"), data.find(b"Info")) + 8
    (count,) = struct.unpack(">I", data[at : at + 4])
    data[at : at + 4] = struct.pack(">I", int(count * factor))
    return written(path, bytes(data))


def _flac_declares_twice(folder: Path) -> Path:
    path = coded("flac")(folder)
    data = bytearray(path.read_bytes())
    (samples,) = struct.unpack(">I", data[22:26])
    data[22:26] = struct.pack(">I", samples * 2)
    return written(path, bytes(data))


def disguises() -> Iterator[Odd]:
    """Files that are not what their names say."""
    for kind, ending in (
        ("mp3", "wav"),
        ("flac", "m4a"),
        ("opus", "amr"),
        ("m4a", "wav"),
        ("wma", "mp3"),
        ("au", "wav"),
    ):
        yield Odd(
            name=f"{kind} called {ending}",
            make=lambda d, k=kind, e=ending: coded(k)(d).rename(d / f"renamed.{e}"),  # type: ignore[misc]
        )
    yield Odd(name="wav called mp3", make=lambda d: plain(d).rename(d / "renamed.mp3"))
    for name, content in {
        "text": "这是一份通话记录，不是录音。\n".encode() * 400,
        "a word": b"hello",
        "html": b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
        "zip": b"PK\x03\x04" + bytes(2000),
        "pdf": b"%PDF-1.4\n" + bytes(5000),
        "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(4000),
        "random bytes": np.random.default_rng(1).bytes(50_000),
        "zeros": bytes(60_000),
        "raw samples": (talk()[0] * 32767).astype("<i2").tobytes(),
        "a playlist": b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n",
        "an SQLite file": b"SQLite format 3\0" + bytes(8000),
    }.items():
        yield Odd(
            name=f"{name} called wav",
            make=lambda d, c=content: written(d / "call.wav", c),  # type: ignore[misc]
            codes=("audio.not_audio", "audio.corrupt"),
        )


def emptiness() -> Iterator[Odd]:
    """Files with a beginning at most."""
    for ending in ("wav", "mp3", "m4a", "amr", "opus"):
        yield Odd(
            name=f"empty {ending}",
            make=lambda d, e=ending: written(d / f"call.{e}", b""),  # type: ignore[misc]
            codes=("audio.empty",),
        )
    nothing = [np.zeros(0), np.zeros(0)]
    yield Odd(
        name="wav without samples",
        make=lambda d: wav(d / "call.wav", nothing, 8000),
        codes=("audio.no_samples",),
    )
    for name, content in {
        "RIFF only": b"RIFF",
        "RIFF and WAVE only": b"RIFF\x04\0\0\0WAVE",
        "ID3 only": b"ID3\x04\0\0\0\0\0\x0a" + bytes(10),
        "amr mark only": b"#!AMR\n",
        "ogg mark only": b"OggS",
        "flac mark only": b"fLaC",
        "m4a type only": b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42",
    }.items():
        yield Odd(
            name=name,
            make=lambda d, c=content: written(d / "call.wav", c),  # type: ignore[misc]
            codes=("audio.no_samples", "audio.corrupt", "audio.not_audio"),
        )


def _shaped(name: str, shape: Callable[[Floats], Floats], *, kind: str = "s16", **right: object) -> Odd:
    def make(folder: Path) -> Path:
        return wav(folder / "call.wav", [shape(channel.copy()) for channel in talk()], 8000, kind=kind)

    return Odd(name=name, make=make, **right)  # type: ignore[arg-type]


def _some_nan(samples: Floats) -> Floats:
    samples[1000:1100] = np.nan
    return samples


def samples() -> Iterator[Odd]:
    """Samples that a sound card or a conversion spoilt."""
    yield _shaped("a few NaN", _some_nan, kind="f32", outcome="scored")
    yield _shaped("all NaN", lambda s: s * np.nan, kind="f32", codes=("audio.not_numbers",))
    yield _shaped(
        "infinities", lambda s: np.where(s > 0.05, np.inf, s), kind="f32", codes=("audio.not_numbers",)
    )
    yield _shaped("floats of a thousand", lambda s: s * 1000, kind="f32")
    yield _shaped("floats near zero", lambda s: s * 1e-38, kind="f32", outcome="call.no_speech")
    yield _shaped("clipped", lambda s: np.clip(s * 20, -1, 1), outcome="scored")
    yield _shaped("direct current up", lambda s: np.clip(s + 0.3, -1, 1), outcome="scored")
    yield _shaped("direct current down", lambda s: np.clip(s - 0.5, -1, 1))
    yield _shaped("full-scale square", lambda s: np.sign(s))
    yield _shaped("very quiet", lambda s: s * 0.0003)
    yield _shaped("silence", np.zeros_like, outcome="call.no_speech")
    yield _shaped("silence in mu-law", np.zeros_like, kind="mulaw", outcome="call.no_speech")
    yield _shaped("silence in eight bits", np.zeros_like, kind="u8", outcome="call.no_speech")
    left, right = talk()
    pairs: dict[str, tuple[Sequence[Floats], str | None]] = {
        "left channel silent": ([left * 0, right], "call.one_side_silent"),
        "right channel silent": ([left, right * 0], "call.one_side_silent"),
        "both channels alike": ([left + right, left + right], None),
        "both channels alike, one inverted": ([left + right, -left - right], None),
        "both channels alike, one late": ([left + right, np.roll(left + right, 100)], None),
        "one channel, both voices": ([left + right], None),
        "channels leak": ([left + 0.1 * right, right + 0.1 * left], "scored"),
    }
    for name, (channels, outcome) in pairs.items():
        yield Odd(
            name=name,
            make=lambda d, c=channels: wav(d / "call.wav", c, 8000),  # type: ignore[misc]
            outcome=outcome,
        )


def channels() -> Iterator[Odd]:
    """More than two channels, tracks, pictures."""
    left, right = talk()
    for count in (3, 4, 6, 8):
        yield Odd(
            name=f"{count} channels",
            make=lambda d, n=count: wav(d / "call.wav", [left, right] * (n // 2) + [left] * (n % 2), 8000),  # type: ignore[misc]
            codes=("audio.too_many_channels",),
        )
    yield Odd(name="two tracks", make=_two_tracks, codes=("audio.too_many_tracks",))
    yield Odd(name="pictures without sound", make=_film, codes=("audio.not_audio",))


def _two_tracks(folder: Path) -> Path:
    path = folder / "call.mkv"
    with av.open(str(path), "w") as output:
        for stream in [output.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in range(2)]:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
            frame.sample_rate = 8000
            output.mux(stream.encode(frame))  # type: ignore[arg-type]
    return path


def _film(folder: Path) -> Path:
    path = folder / "call.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            output.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24"))
            )
        output.mux(stream.encode(None))
    return path


def sounds() -> Iterator[Odd]:
    """Recordings of something else than a conversation."""
    from benchmarks.spliced_calls import sounds as line_sounds

    for name, heard in line_sounds(20).items():
        both = [heard[::2] / 32768] * 2
        yield Odd(
            name=f"only {name}",
            make=lambda d, c=both: wav(d / "call.wav", c, 8000),  # type: ignore[misc]
            seconds=20,
            outcome="call.no_speech",
        )
    yield Odd(name="an hour of silence", make=_an_hour, seconds=3600, outcome="call.no_speech")
    for name, size, outcome in (
        ("one sample", 1, "call.too_short"),
        ("ten milliseconds", 80, "call.too_short"),
        ("half a second", 4000, "call.too_short"),
        ("a second and a half", 12000, "call.no_speech"),
    ):
        yield Odd(
            name=name,
            make=lambda d, n=size: wav(d / "call.wav", [c[:n] for c in talk()], 8000),  # type: ignore[misc]
            seconds=size / 8000,
            outcome=outcome,
        )
    yield Odd(name="days long by its header", make=_days, codes=("audio.too_long", "audio.truncated"))


def _an_hour(folder: Path) -> Path:
    path = folder / "call.wav"
    size = 3600 * 8000 * 2
    with path.open("wb") as file:  # a sparse file
        file.write(riff(b"", tag=1, channels=2, rate=4000, bits=16, data_size=size)[:44])
        file.truncate(44 + size)
    return path


def _days(folder: Path) -> Path:
    data = plain(folder).read_bytes()
    return written(folder / "call.wav", data[:24] + struct.pack("<II", 1, 4) + data[32:])


def joins() -> Iterator[Odd]:
    """Two files in one."""
    for kind in ("mp3", "opus", "aac", "amr", "flac"):
        make = amr if kind == "amr" else coded(kind)
        yield Odd(
            name=f"two {kind} joined",
            make=lambda d, m=make: written(p := m(d), p.read_bytes() * 2),  # type: ignore[misc]
            either=True,
            seconds=None,
        )
    yield Odd(name="two wav joined", make=lambda d: written(p := plain(d), p.read_bytes() * 2), either=True)


def names() -> Iterator[Odd]:
    """Names and places that programs stumble over."""
    for name in (
        "空格 和 中文.wav",
        "-rf.wav",
        "quote'\"$(id).wav",
        "new\nline.wav",
        "😀.wav",
        "a" * 240 + ".wav",
        "100%.wav",
        "no_ending",
    ):
        yield Odd(name=f"called {name[:20]!r}", make=lambda d, n=name: plain(d, n))  # type: ignore[misc]
    yield Odd(name="called by bytes that are no text", make=_no_text)
    yield Odd(
        name="a folder", make=lambda d: _folder(d / "call.wav"), codes=("audio.not_a_file",), seconds=None
    )
    yield Odd(name="a pipe", make=_pipe, codes=("audio.not_a_file",), seconds=None)
    yield Odd(name="a link to nothing", make=_dead_link, codes=("audio.missing",), seconds=None)
    yield Odd(name="a link", make=_link)


def _no_text(folder: Path) -> Path:
    target = os.fsencode(folder) + b"/\xff\xfe call.wav"
    os.rename(os.fsencode(plain(folder)), target)  # noqa: PTH104 - a Path holds no bytes
    return Path(os.fsdecode(target))


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "call.wav")
    return folder / "call.wav"


def _dead_link(folder: Path) -> Path:
    (folder / "call.wav").symlink_to(folder / "nowhere.wav")
    return folder / "call.wav"


def _link(folder: Path) -> Path:
    (folder / "call.wav").symlink_to(plain(folder, "real.bin"))
    return folder / "call.wav"


def tags() -> Iterator[Odd]:
    """Descriptions that are larger than, or not, what they claim."""
    for name, tag in {
        "large": b"ID3\x04\0\0" + _syncsafe(600_000) + bytes(600_000),
        "longer than the file": b"ID3\x04\0\0" + _syncsafe(200_000_000),
        "of random bytes": b"ID3\x04\0\0" + _syncsafe(4000) + np.random.default_rng(9).bytes(4000),
    }.items():
        yield Odd(
            name=f"mp3 with a tag {name}",
            make=lambda d, t=tag: written(p := coded("mp3")(d), t + p.read_bytes()),  # type: ignore[misc]
            either=True,
        )
    yield Odd(
        name="wav with a list behind",
        make=lambda d: wav(d / "call.wav", talk(), 8000, after=b"LIST\x0a\0\0\0INFOISFT\0\0"),
    )
    yield Odd(
        name="wav with padding behind", make=lambda d: wav(d / "call.wav", talk(), 8000, after=bytes(4000))
    )
    yield Odd(
        name="wav with junk behind",
        make=lambda d: wav(d / "call.wav", talk(), 8000, after=np.random.default_rng(2).bytes(9000)),
        codes=("audio.header_wrong",),
    )


def _syncsafe(size: int) -> bytes:
    return bytes(size >> shift & 127 for shift in (21, 14, 7, 0))


def corpus() -> tuple[Odd, ...]:
    """All of them, each with a name of its own."""
    groups = (
        formats,
        truncations,
        scratches,
        lies,
        disguises,
        emptiness,
        samples,
        channels,
        sounds,
        joins,
        names,
        tags,
    )
    return tuple(odd for group in groups for odd in group())


UNDECLARED = ("header_duration_missing", "end_mark_missing")
"""Notes that say that nobody can know how long the recording was meant to be."""
SLACK_S = 0.35
"""Encoder delay and padding, and what is lived with at a cut (``audio/claims.py``)."""


def complaint(
    odd: Odd, code: str | None, seconds: float | None, declared_s: float | None, notes: Sequence[str]
) -> str | None:
    """What is wrong with how a recording was read; None where it is right.

    Args:
        odd: the recording.
        code: of the refusal; None where it was read.
        seconds: how much was decoded.
        declared_s: how much its header claims.
        notes: what was noted.
    """
    if code is not None:
        if not code.startswith("audio.") or code in ("audio.decoder_crashed", "audio.timeout"):
            return f"refused with {code}"
        if odd.either or code in odd.codes:
            return None
        return f"refused with {code}, " + (
            f"not {odd.codes}" if odd.codes else "though nothing is wrong with it"
        )
    if odd.codes:
        return f"read, though it is {odd.codes}"
    assert seconds is not None
    if odd.seconds is not None:
        if seconds < odd.seconds - SLACK_S and not set(notes) & set(UNDECLARED):
            return f"{seconds:.2f} s of {odd.seconds:.2f} s, and not a word about it"
        if seconds > odd.seconds + SLACK_S:
            return f"{seconds:.2f} s where there are {odd.seconds:.2f} s"
    if declared_s is None and not set(notes) & set(UNDECLARED):
        return "no declared length, and not a word about it"
    if declared_s is not None and seconds < declared_s - SLACK_S:
        return f"{seconds:.2f} s of {declared_s:.2f} s declared"
    return None
