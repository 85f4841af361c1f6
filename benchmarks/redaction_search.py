"""Looks for planted values in files, whatever they are wrapped in: archives, documents, databases, pages, encoded sound.

What was looked at is counted, so that "nothing found" can be told from "nothing could be opened".
"""

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
import unicodedata
import urllib.parse
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

from pypinyin import lazy_pinyin

PIECE = 6
"""Figures of a number that give it away. Five stand in too many sums and sizes by chance; with six of an eleven-figure
number, and its first three guessed, at most two are missing."""
HEARD_PIECE = 5
"""Characters in a row of what the recogniser made of something private."""
_SOUND = (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"OggS", b"fLaC", b"#!AMR")
_SPOKEN = ("零〇洞", "一幺壹", "二两贰", "三叁", "四肆", "五伍", "六陆", "七拐柒", "八捌", "九勾玖")
_FIGURES = str.maketrans({char: str(figure) for figure, chars in enumerate(_SPOKEN) for char in chars})
_WRITTEN = {ord(str(figure)): chars[0] for figure, chars in enumerate(_SPOKEN)}
_FIGURE_SOUNDS = {
    sound: str(figure)
    for figure, chars in enumerate(("零洞", "一幺", "二两", "三", "四", "五", "六", "七拐", "八", "九"))
    for sound in lazy_pinyin(chars)
}
_SEPARATORS = re.compile(r"[\s,，.。、;；:：!！?？…·'\"“”‘’()（）\[\]〔〕{}|/\\_*~—–\-]+")
_BETWEEN = re.compile("客户|坐席|客服|agent|customer|嗯|呃|哦|好的|您说|然后")
_NO_NUMBER = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # run ids
    r"|(?<![0-9a-zA-Z])(?=[0-9a-f]*[a-f])[0-9a-f]{12,}(?![0-9a-zA-Z])"  # digests
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"  # moments
    r"|(?<!\d)\d{1,4}\.\d{2,}(?!\d)"  # measures
    r"|\"[a-z_]+\":\s*-?\d{1,9}(?!\d)"  # numbers of JSON by name
    r"|\[(?:\s*-?\d{1,9}(?:\.\d+)?\s*,){9,}\s*-?\d+(?:\.\d+)?\s*\]"  # series
)
"""What holds figures that are none of a number, and would match one by chance."""
_CLOCK = re.compile(r"(?<![\d.])\d{1,3}(?::\d\d){1,2}(?:[.,]\d{1,3})?(?!\d)")
"""Times within a call, which stand between the groups of a number."""
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


@dataclass(frozen=True)
class Leak:
    """A planted value that something still holds."""

    place: str
    value: str
    form: str
    context: str


@dataclass
class Looked:
    """All that was opened under one root."""

    texts: int = 0
    chars: int = 0
    sounds: dict[bytes, str] = field(default_factory=dict)
    """Sound files and where each was met first."""
    closed: Counter[str] = field(default_factory=Counter)
    """What could not be read, by reason: encrypted, damaged."""


class Search:
    """The values to look for, and what counts as one."""

    def __init__(self, innocent: str) -> None:
        """``innocent``: text that may be shown; what stands in it gives nobody away."""
        self._innocent = flat(innocent)
        self._innocent_figures = figures(innocent)
        self._pieces: dict[str, tuple[str, str]] = {}
        self._words: dict[str, tuple[str, str]] = {}

    def add_number(self, value: str, *, form: str = "written or spoken") -> None:
        """A number; found in any notation when ``PIECE`` figures of it stand in a row."""
        plain = figures(value)
        for at in range(len(plain) - PIECE + 1):
            piece = plain[at : at + PIECE]
            if piece not in self._innocent_figures:
                self._pieces.setdefault(piece, (value, form))

    def add_words(self, words: str, value: str, *, form: str = "as said") -> None:
        """A name or a place, or what the recogniser made of something private."""
        plain = flat(words)
        if len(plain) > 1 and plain not in self._innocent:
            self._words.setdefault(plain, (value, form))

    def add_heard(self, heard: str, value: str) -> None:
        """What the recogniser wrote for a value: short as it is, long in pieces."""
        self.add_number(heard, form="as heard")
        plain = flat(heard)
        if len(plain) <= HEARD_PIECE:
            self.add_words(plain, value, form="as heard")
        for at in range(len(plain) - HEARD_PIECE):
            self.add_words(plain[at : at + HEARD_PIECE], value, form="as heard")

    def text(self, place: str, text: str) -> list[Leak]:
        """Every planted value in a text, once each."""
        found: dict[tuple[str, str], Leak] = {}
        for view in views(text):
            plain = flat(view)
            for words, (value, form) in self._words.items():
                at = plain.find(words)
                if at >= 0:
                    found.setdefault(
                        (value, form), Leak(place, value, form, plain[max(0, at - 12) : at + 20])
                    )
            line = figures(_CLOCK.sub(" ", _NO_NUMBER.sub(" x ", view)))
            for run in re.finditer(f"[0-9]{{{PIECE},}}", line):
                for at in range(run.start(), run.end() - PIECE + 1):
                    hit = self._pieces.get(line[at : at + PIECE])
                    if hit is not None:
                        found.setdefault(hit, Leak(place, *hit, line[max(0, at - 12) : at + 20]))
        return list(found.values())

    def spoken(self, place: str, text: str) -> list[Leak]:
        """The same in what was recognised of a sound: whatever sounds alike counts."""
        heard = " ".join(_syllables(text))
        found = [
            Leak(place, value, "sounds like it", plain)
            for plain, (value, _) in self._words.items()
            if len(plain) > 2 and " ".join(_syllables(plain)) in heard
        ]
        line = "".join(_FIGURE_SOUNDS.get(s, "x") for s in _syllables(text))
        return found + [replace(leak, form="sounds like it") for leak in self.text(place, line)]

    def tree(self, root: Path, looked: Looked) -> list[Leak]:
        """Every planted value in the names and contents of one file, or of all files below a folder.

        Raises:
            FileNotFoundError: there is no such place, so that "nothing found" would say nothing.
        """
        leaks: list[Leak] = []
        if not root.exists():
            raise FileNotFoundError(root)
        for path in [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file()):
            place = path.name if root.is_file() else str(path.relative_to(root))
            for where, text in opened(place, _whole(path), looked):
                looked.texts += 1
                looked.chars += len(text)
                leaks += self.text(where, text)
        return leaks


def flat(text: str) -> str:
    """Characters only: no separators, one width."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))


def figures(text: str) -> str:
    """The same with every spoken or written figure as 0 to 9, and what people say between groups gone."""
    return _BETWEEN.sub("", flat(text)).translate(_FIGURES)


def _syllables(text: str) -> list[str]:
    return lazy_pinyin(flat(text.translate(_WRITTEN)))


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


def _whole(path: Path) -> bytes:
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
