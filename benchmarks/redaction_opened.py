"""Opens files whatever they are wrapped in, down to the texts and sounds inside: archives, documents, databases, pages."""

from __future__ import annotations

import base64
import binascii
import bz2
import contextlib
import gzip
import html
import io
import json
import lzma
import re
import shutil
import sqlite3
import tempfile
import urllib.parse
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

_SOUND = (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"OggS", b"fLaC", b"#!AMR")
_DOCUMENT = re.compile(r"(?s)(?!.{0,400}<html)\s*<.{0,400}\bxmlns", re.IGNORECASE)
"""The XML inside of a workbook or Word document, not a page."""
_BREAK = "\ue000"
"""Stands between what does not belong together, and is no separator."""
_CELL_END = re.compile(r"</(?!(?:t|r|rPr|w:(?!p>)\w+)>)[\w:]+>")
"""The end of a cell or paragraph in a document's XML; Word and Excel cut words into runs."""
_ENCODED = re.compile(r"[A-Za-z0-9+/]{64,}={0,2}")
_DRAWN = {
    "r",
    "s",
    "t",
    "ref",
    "spans",
    "sqref",
    "d",
    "points",
    "style",
    "transform",
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "cx",
    "cy",
    "width",
    "height",
    "viewbox",
}


@dataclass
class Looked:
    """All that was opened under one root."""

    texts: int = 0
    chars: int = 0
    sounds: dict[bytes, str] = field(default_factory=dict)
    """Sound files and where each was met first."""
    closed: Counter[str] = field(default_factory=Counter)
    """What could not be read, by reason: encrypted, damaged."""


def opened(place: str, content: bytes, looked: Looked) -> Iterator[tuple[str, str]]:
    """The name and every text inside of something, however it is wrapped; sounds go to ``looked``."""
    yield place, urllib.parse.unquote(place)
    if content.startswith(b"PK\x03\x04"):
        yield from _archive(place, content, looked)
    elif content.startswith(b"SQLite format 3\0"):
        yield from _database(place, content, looked)
        yield f"{place} (raw)", content.decode("utf-8", "ignore")
    elif (unpacked := _unpacked(content)) is not None:
        yield from opened(f"{place}!", unpacked, looked)
    elif content.startswith(_SOUND) or (content[:4] == b"RIFF" and content[8:12] == b"WAVE"):
        looked.sounds.setdefault(content, place)
    elif _is_scrambled(content):
        looked.closed["encrypted or no text"] += 1
        yield f"{place} (raw)", content.decode("utf-8", "ignore")
    else:
        yield from _text(place, content, looked)


def _unpacked(content: bytes) -> bytes | None:
    for magic, unpack in (
        (b"\x1f\x8b", gzip.decompress),
        (b"BZh", bz2.decompress),
        (b"\xfd7zXZ\0", lzma.decompress),
        (b"x\x9c", zlib.decompress),
        (b"x\xda", zlib.decompress),
        (b"x\x01", zlib.decompress),
    ):
        if content.startswith(magic):
            try:
                return unpack(content)
            except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
                return None
    return None


def _is_scrambled(content: bytes) -> bool:
    """Encrypted, or a picture: no encoding makes readable characters of it."""
    return len(content) >= 64 and _encoding(content[:65536])[1] < 0.7


def _encoding(content: bytes) -> tuple[str, float]:
    """The encoding that makes most sense of something, and the share of readable characters in it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", 1.0
    # GB2312 holds the usual characters; random bytes are unusual ones of GB18030.
    usual = content.decode("gb18030", "replace").replace("?", " ").encode("gb2312", "replace")
    chinese = sum(c != "?" and (c.isprintable() or c.isspace()) for c in usual.decode("gb2312"))
    text = content.decode("utf-8", "replace")
    readable = sum(c != "\ufffd" and (c.isprintable() or c.isspace()) for c in text)
    shares = {
        "utf-8-sig": readable / max(1, len(text)),
        "gb18030": chinese / max(1, len(usual.decode("gb2312"))),
    }
    return max(shares.items(), key=lambda s: s[1])


def whole(path: Path) -> bytes:
    """A file's bytes; a SQLite database with what still lies in its write-ahead log."""
    log = path.with_name(path.name + "-wal")
    if not log.exists():
        return path.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        shutil.copy(path, copy)
        shutil.copy(log, f"{copy}-wal")
        with contextlib.closing(sqlite3.connect(copy)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return copy.read_bytes()


def _archive(place: str, content: bytes, looked: Looked) -> Iterator[tuple[str, str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield place, archive.comment.decode("utf-8", "replace")
            for name in archive.namelist():
                yield from opened(f"{place}!{name}", archive.read(name), looked)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error):
        looked.closed["damaged or locked archive"] += 1


def _database(place: str, content: bytes, looked: Looked) -> Iterator[tuple[str, str]]:
    with tempfile.NamedTemporaryFile(suffix=".db") as copy:
        copy.write(content)
        copy.flush()
        db = sqlite3.connect(f"file:{copy.name}?mode=ro&immutable=1", uri=True)
        db.text_factory = bytes
        try:
            names = [r[0].decode() for r in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for name in names:
                rows = db.execute(f'SELECT * FROM "{name}"')
                columns = [c[0] for c in rows.description]
                for row in rows:
                    for column, value in zip(columns, row, strict=True):
                        if isinstance(value, bytes):
                            yield from opened(f"{place}!{name}.{column}", value, looked)
                        elif value is not None:
                            yield f"{place}!{name}.{column}", str(value)
        except sqlite3.DatabaseError:
            looked.closed["damaged database"] += 1
        finally:
            db.close()


def _text(place: str, content: bytes, looked: Looked) -> Iterator[tuple[str, str]]:
    text = content.decode(_encoding(content)[0], "replace")
    for encoded in _ENCODED.findall(text):
        try:
            inner = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
        except (binascii.Error, ValueError):
            continue
        if not _is_scrambled(inner) or inner.startswith(_SOUND):
            yield from opened(f"{place}!base64", inner, looked)
    yield place, _ENCODED.sub(" ", text)


def views(text: str) -> Iterator[str]:
    """A text as it stands, and as it reads once markup, field names and subtitle times are gone.

    Markup is never read as it stands: the names of cells and the lengths of lines are figures, too.
    """
    if not text.lstrip("\ufeff\n ").startswith("<"):
        yield text
    if "\\u" in text:
        text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
        yield text
    if "%E" in text or "%e" in text:
        yield urllib.parse.unquote(text)
    if "-->" in text:
        yield re.sub(r"(?m)^(?:\d+\s*\n(?=.*-->))|^.*-->.*$", "", text)
    if "<" in text:
        page = _Page()
        try:
            page.feed(_CELL_END.sub(f"{_BREAK}\\g<0>", text) if _DOCUMENT.match(text) else text)
            page.close()
        except AssertionError:  # <![ that begins no section: no markup at all
            yield text
        yield "".join(page.shown)
        yield _BREAK.join(page.attributes)
        for script in page.scripts:
            yield from _strings(script)
    else:
        yield from _strings(text)


class _Page(HTMLParser):
    """Text, attributes and scripts of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self.attributes: list[str] = []
        self.scripts: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if tag in ("script", "style") else ""
        self.attributes += [html.unescape(v) for k, v in attrs if v and k.lower() not in _DRAWN]

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_comment(self, data: str) -> None:
        self.shown += [_BREAK, data, _BREAK]

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside != "style":
            self.shown.append(data)


def _strings(text: str) -> Iterator[str]:
    """All strings of a JSON document, or of JSON lines, put together: words that are kept one by one."""
    stripped = text.strip()
    if not stripped.startswith(("{", "[")):
        return
    try:
        documents = [json.loads(stripped)]
    except ValueError:
        documents = []
        for line in stripped.splitlines():
            try:
                documents.append(json.loads(line))
            except ValueError:
                return
    for document in documents:
        yield "".join(_leaves(document))


def _leaves(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
