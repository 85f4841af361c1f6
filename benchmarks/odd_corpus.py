"""Malformed and odd recordings, made by script: what each is, and what may be said of it.

Every recording is made in a folder of its own from a short two-party conversation of human voices (``tests/data/aishell3``).
A recording that is cut or scratched may be refused with a code, or read whole where the damage can't have cost a sound; what
must never happen is a crash, or a recording that comes out short without a word about it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import av
import numpy as np

from benchmarks.odd_damage import joins, lies, scratches, tags, truncations
from benchmarks.odd_files import Floats, encode, riff, wav
from benchmarks.odd_material import CODECS, Odd, amr, amr_wideband, coded, gsm, plain, talk, written


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
    yield Odd(name="a link to nothing", make=_dead_link, codes=("audio.dangling_link",), seconds=None)
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
