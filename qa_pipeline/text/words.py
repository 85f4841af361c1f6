"""Where words begin and end, for checks on short words: 请 inside 申请, 大概 across 重大|概率.

jieba's dictionary with the rubric's own words added, in a tokenizer of our own: no global state, no cache file, no guessing
of unknown words (it would depend on the neighbourhood), so the same text and words always give the same cuts. The dictionary
takes about a second to load, once a process and only when the first text is cut.
"""

from __future__ import annotations

from collections import ChainMap
from functools import cache, lru_cache
from typing import Any

from qa_pipeline.text.normalize import normalize

REACH_CHARS = 6
"""The characters on either side of a place that are cut with it: enough for its words to come out as in the whole text."""


@cache
def _dictionary() -> tuple[dict[str, int], int]:
    """Word (or beginning of one: 0) to its frequency, and the sum of all."""
    import jieba

    tokenizer: Any = jieba.Tokenizer()
    frequencies, total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    return frequencies, total


@lru_cache(maxsize=32)
def _tokenizer(own: tuple[str, ...]) -> Any:
    import jieba

    frequencies, total = _dictionary()
    tokenizer: Any = jieba.Tokenizer()
    # The rubric's words lie over the dictionary: a copy of it would take 40 MB for every list of words.
    tokenizer.FREQ, tokenizer.total, tokenizer.initialized = ChainMap({}, frequencies), total, True
    for word in own:
        # As frequent as it must be to stay in one piece where its own parts stand side by side.
        tokenizer.add_word(word, tokenizer.suggest_freq(word))
    return tokenizer


@lru_cache(maxsize=256)
def own_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """A rubric's words as :func:`cut` takes them: normalised, each once, sorted."""
    return tuple(sorted({n for w in words if (n := normalize(w))}))


def cut(text: str, own: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The words of a normalised text, in order; together they are the text.

    Args:
        text: normalised characters, as ``AlignedText.text``.
        own: further words, from :func:`own_words`.
    """
    return _cut(text, own)


def frequency(word: str) -> int:
    """How often jieba's dictionary counted a word; 0 where it is none."""
    return _dictionary()[0].get(word, 0)


def inside_another(text: str, start: int, end: int, own: tuple[str, ...] = ()) -> bool:
    """Whether characters ``start`` to ``end`` (half-open) of a normalised text are cut out of other words: 请 in 申请.

    A longer word that begins with them (请稍等) or, from two characters on, holds all of them (很抱歉) is them with
    something added, and so is a stutter (谢谢谢您).
    """
    low = max(0, start - REACH_CHARS)
    near = text[low : end + REACH_CHARS]
    said = text[start:end]
    at = low
    for word in cut(near, own):
        first, at = at, at + len(word)
        crosses = first < start < at or first < end < at
        if crosses and not word.startswith(said) and not (len(said) > 1 and said in word):
            return True
    return False


@lru_cache(maxsize=1024)
def _cut(text: str, own: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_tokenizer(own).cut(text, HMM=False))
