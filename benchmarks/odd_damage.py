"""Recordings that break off, are scratched, lie in their headers, or are two in one."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.odd_files import cut, interleave, riff, wav
from benchmarks.odd_material import SECONDS, SOURCES, Odd, amr, coded, plain, talk, written


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
