"""Characters as syllables: initial, final, tone; digits and Latin letters too."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from functools import cache
from typing import NamedTuple

# How the names of Latin letters come out when a recogniser writes them as Chinese characters (A→诶, B→必, T→踢).
_LETTER_SOUNDS = {
    "a": "ei1", "b": "bi4", "c": "xi1", "d": "di4", "e": "yi4", "g": "ji4", "i": "ai4", "j": "zhei4",
    "k": "kei4", "n": "en1", "o": "ou1", "p": "pi4", "q": "kiu4", "t": "ti4", "u": "you1", "v": "wei1",
    "y": "wai4", "z": "zei4",
}  # fmt: skip
# Ordinary and radio readings of figures: 0 líng or dòng, 1 yī or yāo, 2 èr or liǎng, 7 qī or guǎi, 9 jiǔ or gōu.
_DIGIT_SOUNDS = {
    "0": ("ling2", "dong4"), "1": ("yi1", "yao1"), "2": ("er4", "liang3"), "3": ("san1",), "4": ("si4",),
    "5": ("wu3",), "6": ("liu4",), "7": ("qi1", "guai3"), "8": ("ba1",), "9": ("jiu3", "gou1"),
}  # fmt: skip
_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcs")
_GLIDES = {"yu": "v", "wu": "u", "yi": "i"}
_FULL_FINALS = {"iu": "iou", "ui": "uei", "un": "uen"}
MAX_READINGS = 5
_LIVING = 0.04


class Syllable(NamedTuple):
    """One syllable. ``final`` is the full form (you → iou, wen → uen, ü as v, the vowel of zhi and si as ``ih``);
    ``tone`` 1 to 5, 5 being neutral; a letter or sign without a known sound has itself as final."""

    initial: str
    final: str
    tone: int


def parse(pinyin: str) -> Syllable:
    """A syllable written as ``zhong1`` (ü as v), split without the spelling rules for y, w and j/q/x."""
    tone = int(pinyin[-1]) if pinyin[-1].isdigit() else 5
    body = pinyin.rstrip("12345").replace("ü", "v").replace("ê", "e")
    initial = next((i for i in _INITIALS if body.startswith(i)), "")
    final = body[len(initial) :]
    if not initial:
        if final[:2] in _GLIDES:
            final = _GLIDES[final[:2]] + final[2:]
        elif final[0] == "y":
            final = "i" + final[1:]
        elif final[0] == "w":
            final = "u" + final[1:]
    elif initial in "jqx" and final.startswith("u"):
        final = "v" + final[1:]
    elif final == "i" and initial in ("zh", "ch", "sh", "r", "z", "c", "s"):
        final = "ih"
    final = _FULL_FINALS.get(final, final)
    return Syllable(initial, final or body, tone)


@cache
def readings(char: str) -> tuple[Syllable, ...]:
    """The living readings of one normalised character, the commonest first, at most ``MAX_READINGS``.

    Dictionaries also give readings that nobody says (不 fū, 听 yǐn, 能 xióng), which would make 还 sound like 不. A syllable
    stays when it comes first in the dictionary or has ``_LIVING`` of the character's places in pypinyin's list of words.
    """
    if char in _DIGIT_SOUNDS:
        return tuple(map(parse, _DIGIT_SOUNDS[char]))
    if char.isascii() or not char >= "\u3400":
        sounds = (parse(_LETTER_SOUNDS[char]),) if char in _LETTER_SOUNDS else ()
        return (Syllable("", f"={char}", 5), *sounds)
    from pypinyin.constants import PINYIN_DICT

    marked = PINYIN_DICT.get(ord(char), "")
    found = list(dict.fromkeys(_syllable(r) for r in marked.split(",") if r))
    if len(found) > 1:
        places: Counter[tuple[str, str]] = Counter()
        for spelling, count in _in_words()[char].items():
            places[_syllable(spelling)[:2]] += count
        least = max(2, _LIVING * sum(places.values()))
        found = [s for s in found if s[:2] == found[0][:2] or places[s[:2]] >= least]
    return tuple(found[:MAX_READINGS]) or (Syllable("", f"={char}", 5),)


@cache
def _in_words() -> defaultdict[str, Counter[str]]:
    """Per character, how often each spelling of it occurs in the word list."""
    from pypinyin.constants import PHRASES_DICT

    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for word, spellings in PHRASES_DICT.items():
        for char, spelling in zip(word, spellings, strict=False):
            counts[char][spelling[0]] += 1
    return counts


_TONES = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}


@cache
def _syllable(marked: str) -> Syllable:
    """A syllable written as ``zhòng``."""
    letters: list[str] = []
    tone = "5"
    for char in unicodedata.normalize("NFD", marked):
        if char in _TONES:
            tone = _TONES[char]
        elif char == "\u0308":
            letters[-1] = "v"
        elif char.isalpha() and char.isascii():
            letters.append(char)
    return parse("".join(letters) + tone)
