"""Looks for planted values in files, whatever they are wrapped in: archives, documents, databases, pages, encoded sound.

What was looked at is counted, so that "nothing found" can be told from "nothing could be opened".
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from pypinyin import lazy_pinyin

from benchmarks.redaction_opened import Looked, opened, views, whole

PIECE = 6
"""Figures of a number that give it away. Five stand in too many sums and sizes by chance; with six of an eleven-figure
number, and its first three guessed, at most two are missing."""
HEARD_PIECE = 5
"""Characters in a row of what the recogniser made of something private."""
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
    r"|(?=[0-9]*[a-f])[0-9a-f]{32,}"  # and those that stand close to another cell of a database
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"  # moments
    r"|(?<!\d)\d{1,4}\.\d{2,}(?!\d)"  # measures
    r"|\"[a-z_]+\":\s*-?\d{1,9}(?!\d)"  # numbers of JSON by name
    r"|\[(?:\s*-?\d{1,9}(?:\.\d+)?\s*,){9,}\s*-?\d+(?:\.\d+)?\s*\]"  # series
)
"""What holds figures that are none of a number, and would match one by chance."""
_CLOCK = re.compile(r"(?<![\d.])\d{1,3}(?::\d\d){1,2}(?:[.,]\d{1,3})?(?!\d)")
"""Times within a call, which stand between the groups of a number."""


@dataclass(frozen=True)
class Leak:
    """A planted value that something still holds."""

    place: str
    value: str
    form: str
    context: str


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
        if len(plain) <= HEARD_PIECE and not figures(plain).isdigit():
            self.add_words(plain, value, form="as heard")
        for at in range(len(plain) - HEARD_PIECE):
            piece = plain[at : at + HEARD_PIECE]
            if not figures(piece).isdigit():  # so few stand in every measure
                self.add_words(piece, value, form="as heard")

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
            for where, text in opened(place, whole(path), looked):
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
