"""What a file's own header claims of its length, read without a decoder. Runs in the decoding child.

Only claims that are exact are returned: a guess from the bit rate (MP3 without a frame count, raw AAC,
AMR) is no claim. The rules:

* WAV: the size of the ``data`` chunk is the claim. 0, 0xFFFFFFFF and anything from 0x7FFFF000 on that runs
  past the end of the file is what streaming recorders leave behind: no claim, note
  ``header_duration_missing``. More bytes claimed than there are: the recording was cut, ``audio.truncated``.
  Bytes behind the claimed end that are neither RIFF chunks nor zero padding: nobody can tell audio from junk
  there, so neither a short nor a long reading is offered, ``audio.header_wrong``. Both only beyond
  :data:`SLACK_MS`.
* MP3: the frame count of a Xing or Info tag, less the encoder's delay and padding.
* Ogg: the position in the last page. A last page without the end-of-stream flag (RFC 3533) is noted, one
  that is cut off is an error. :func:`check_ogg_pages` finds pages that are missing or damaged.
* Everything else: what the container says (see :data:`EXACT_CONTAINERS`).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from qa_pipeline.errors import RecordingError

SLACK_MS = 100
"""Cut or surplus audio below this is lived with: five telephone packets of 20 ms (RFC 3551 default packet
time)."""

EXACT_CONTAINERS = frozenset({"mov", "flac", "matroska", "aiff", "au", "asf"})
"""FFmpeg container names whose headers state the true length (as opposed to a guess from the bit rate)."""

_PCM_TAGS = (1, 3, 6, 7, 0xFFFE)
"""PCM, float, A-law, mu-law, extensible: their duration follows exactly from the bytes."""
_PLACEHOLDER = 0x7FFFF000
_MAGIC = (
    b"RIFF",
    b"RIFX",
    b"RF64",
    b"BW64",
    b"ID3",
    b"fLaC",
    b"OggS",
    b"#!AMR",
    b"FORM",
    b".snd",
    b"\x1aE\xdf\xa3",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The claimed length, None where there is none, and what was odd."""

    declared_ms: int | None = None
    notes: tuple[str, ...] = ()


_UNKNOWN = Claim(notes=("header_duration_missing",))


def looks_like_audio(path: Path) -> bool:
    """Whether the first bytes are those of an audio container, so that a refusal to open means damage."""
    with path.open("rb") as file:
        head = file.read(12)
    return head.startswith(_MAGIC) or head[4:8] == b"ftyp"


def read_claim(path: Path, container: str, container_duration_ms: int | None) -> Claim:
    """What the file claims.

    Args:
        path: the file.
        container: FFmpeg's name of the container, e.g. ``wav`` or ``mov,mp4,m4a,3gp,3g2,mj2``.
        container_duration_ms: what FFmpeg makes of the header.

    Raises:
        RecordingError: ``audio.truncated``, ``audio.header_wrong`` or ``audio.no_samples`` from a WAV
        header; ``audio.cut_off`` from the
            last Ogg page.
    """
    with path.open("rb") as file:
        if container == "wav":
            return _wav(file, path)
        if container == "mp3":
            return _mp3(file)
        if container == "ogg":
            return _ogg(file, path, container_duration_ms)
    if container.split(",")[0] in EXACT_CONTAINERS and container_duration_ms:
        return Claim(declared_ms=container_duration_ms)
    return _UNKNOWN


def _wav(file: BinaryIO, path: Path) -> Claim:
    size = file.seek(0, 2)
    file.seek(0)
    magic = file.read(12)[:4]
    order = ">" if magic == b"RIFX" else "<"
    bytes_per_s, long_size, is_pcm = 0, None, False
    while len(header := file.read(8)) == 8:
        name, length = header[:4], struct.unpack(order + "I", header[4:])[0]
        start = file.tell()
        if name == b"fmt " and length >= 16:
            tag, channels, rate, bytes_per_s, _, bits = struct.unpack(order + "HHIIHH", file.read(16))
            is_pcm = tag in _PCM_TAGS
            if is_pcm or not bytes_per_s:  # FFmpeg goes by these three as well; the byte rate is often wrong
                bytes_per_s = channels * rate * bits // 8
        elif name == b"ds64" and length >= 16:
            long_size = struct.unpack("<QQ", file.read(16))[1]
        elif name == b"data":
            if length == 0xFFFFFFFF and long_size is not None:
                length = long_size
            claim = _wav_data(file, path, start, length, size, bytes_per_s)
            return claim if is_pcm else _UNKNOWN
        file.seek(start + length + length % 2)
    return _UNKNOWN


def _wav_data(file: BinaryIO, path: Path, start: int, length: int, size: int, bytes_per_s: int) -> Claim:
    present = size - start
    if length == 0:
        if present == 0 or _only_chunks(file, start, size):
            raise RecordingError("audio.no_samples", path=str(path))
        return _UNKNOWN
    if length >= _PLACEHOLDER and length > present:
        return _UNKNOWN
    if bytes_per_s == 0:
        return _UNKNOWN
    slack = bytes_per_s * SLACK_MS // 1000
    declared_s = length / bytes_per_s
    if length > present + slack:
        raise RecordingError(
            "audio.truncated",
            path=str(path),
            declared_s=round(declared_s, 3),
            decoded_s=round(present / bytes_per_s, 3),
        )
    end = start + length
    if (
        present > length + slack
        and not _only_chunks(file, end, size)
        and not (length % 2 and _only_chunks(file, end + 1, size))
        and not _only_zeros(file, end, size)
    ):
        raise RecordingError(
            "audio.header_wrong",
            path=str(path),
            declared_s=round(declared_s, 3),
            present_s=round(present / bytes_per_s, 3),
        )
    return Claim(declared_ms=round(declared_s * 1000))


def _only_chunks(file: BinaryIO, start: int, size: int) -> bool:
    """Whether the bytes from ``start`` on are whole RIFF chunks (at least one)."""
    position = start
    while position < size:
        file.seek(position)
        header = file.read(8)
        if len(header) < 8 or not all(32 <= letter < 127 for letter in header[:4]):
            return position > start and not any(header)
        if header[:4] == b"data":  # a second one, which no decoder reads
            return False
        length = struct.unpack("<I", header[4:])[0]
        position += 8 + length + length % 2
    return position > start and position <= size + 1


def _only_zeros(file: BinaryIO, start: int, size: int) -> bool:
    file.seek(start)
    while block := file.read(1 << 20):
        if any(block):
            return False
    return file.tell() == size


MP3_KBITS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
MP3_KBITS_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
"""Layer III bit rates by index: MPEG-1, and MPEG-2 and 2.5 (ISO 11172-3, 13818-3)."""
MP3_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _mp3(file: BinaryIO) -> Claim:
    """The frame count in the first frame, where a Xing or Info tag has one (layout: ISO 11172-3 and the
    Xing header)."""
    head = file.read(10)
    start = 0
    if head[:3] == b"ID3" and len(head) == 10:
        a, b, c, d = head[6:10]
        start = 10 + (a << 21 | b << 14 | c << 7 | d)
    file.seek(start)
    block = file.read(4096)
    for at in range(len(block) - 60):
        if block[at] == 0xFF and block[at + 1] & 0xE0 == 0xE0:
            break
    else:
        return _UNKNOWN
    version, layer = block[at + 1] >> 3 & 3, block[at + 1] >> 1 & 3
    rate_index, mono = block[at + 2] >> 2 & 3, block[at + 3] >> 6 == 3
    if version == 1 or layer != 1 or rate_index == 3:
        return _UNKNOWN
    side = (17 if mono else 32) if version == 3 else (9 if mono else 17)
    tag = block[at + 4 + side : at + 16 + side]
    if tag[:4] not in (b"Xing", b"Info") or len(tag) < 12 or not tag[7] & 1:
        return _UNKNOWN
    frames = struct.unpack(">I", tag[8:12])[0]
    if frames in (0, 0xFFFFFFFF):
        return _UNKNOWN
    samples = frames * (1152 if version == 3 else 576)
    trim = (
        at + 4 + side + 141
    )  # after the flags, frame count, byte count, seek table and quality: 120 bytes; then 21 of the LAME tag
    if (
        tag[7] & 15 == 15
        and len(block) > trim + 3
        and block[trim - 21 : trim - 17] in (b"LAME", b"Lavf", b"Lavc")
    ):
        first, middle, last = block[trim : trim + 3]
        samples -= (first << 4 | middle >> 4) + ((middle & 15) << 8 | last)
    return Claim(declared_ms=round(samples * 1000 / MP3_RATES_HZ[version][rate_index]))


def _ogg(file: BinaryIO, path: Path, duration_ms: int | None) -> Claim:
    size = file.seek(0, 2)
    file.seek(max(0, size - 70_000))  # a page has at most 65,307 bytes
    block = file.read()
    page = block[max(0, block.rfind(b"OggS")) :]
    if len(page) < 28 or len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]]):
        raise RecordingError("audio.cut_off", path=str(path), decoded_s=round((duration_ms or 0) / 1000, 3))
    return Claim(declared_ms=duration_ms, notes=() if page[5] & 4 else ("end_mark_missing",))


_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_PAGE_AT_MOST = 65_307


def check_ogg_pages(path: Path, rate_hz: int) -> None:
    """Whether every page of an Ogg file is there and whole, by their numbers and checksums (RFC 3533, 6).

    A decoder passes over a damaged page, and not every codec shows that time is missing there.

    Args:
        path: the file.
        rate_hz: of the positions that pages state.

    Raises:
        RecordingError: ``audio.corrupt``.
    """
    position_s = 0.0
    expected: dict[bytes, int] = {}
    block, at = b"", 0
    with path.open("rb") as file:
        while True:
            if len(block) - at < _PAGE_AT_MOST:
                block, at = block[at:] + file.read(1 << 20), 0
            if at == len(block):
                return
            head = block[at : at + 27]
            end = at + 27 + (head[26] if len(head) == 27 else 0)
            end += sum(block[at + 27 : end])
            number, checksum = struct.unpack("<II", head[18:26]) if len(head) == 27 else (0, 0)
            page = block[at:end]
            if (
                head[:4] != b"OggS"
                or expected.setdefault(head[14:18], number) != number
                or _ogg_checksum(page) != checksum
            ):
                raise RecordingError("audio.corrupt", path=str(path), at_s=round(position_s, 3))
            expected[head[14:18]] = number + 1
            (granule,) = struct.unpack("<q", head[6:14])
            position_s = max(position_s, granule / rate_hz)
            at = end


def _ogg_checksum(page: bytes) -> int:
    """CRC-32 with the most significant bit first, start and end value 0: zlib's, of mirrored bytes, mirrored."""
    clean = page[:22] + bytes(4) + page[26:]
    mirrored = zlib.crc32(clean.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
