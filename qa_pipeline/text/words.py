"""Where words begin and end, for checks on short words: 请 inside 申请, 大概 across 重大|概率.

jieba's dictionary with the rubric's own words added, in a tokenizer of our own: no global state, no cache file, no guessing
of unknown words (it would depend on the neighbourhood), so the same text and words always give the same cuts. The dictionary
takes about a second to load, once a process and only when the first text is cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any

from qa_pipeline.text.normalize import normalize


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
    tokenizer.FREQ, tokenizer.total, tokenizer.initialized = dict(frequencies), total, True
    for word in own:
        # As frequent as it must be to stay in one piece where its own parts stand side by side.
        tokenizer.add_word(word, tokenizer.suggest_freq(word))
    return tokenizer


def own_words(words: Iterable[str]) -> tuple[str, ...]:
    """A rubric's words as :func:`cut` takes them: normalised, each once, sorted."""
    return tuple(sorted({n for w in words if (n := normalize(w))}))


def cut(text: str, own: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The words of a normalised text, in order; together they are the text.

    Args:
        text: normalised characters, as ``AlignedText.text``.
        own: further words, from :func:`own_words`.
    """
    return _cut(text, own)


def is_whole_word(text: str, start: int, end: int, own: tuple[str, ...] = ()) -> bool:
    """Whether characters ``start`` to ``end`` (half-open) of a normalised text are one or several whole words."""
    edges = _edges(text, own)
    return start in edges and end in edges


@lru_cache(maxsize=64)
def _cut(text: str, own: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_tokenizer(own).cut(text, HMM=False))


@lru_cache(maxsize=64)
def _edges(text: str, own: tuple[str, ...]) -> frozenset[int]:
    return frozenset(accumulate(map(len, _cut(text, own)), initial=0))
