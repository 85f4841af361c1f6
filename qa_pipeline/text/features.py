"""Words as features for trained models: characters and sounds, hashed, so that no vocabulary is stored with a model.

A name such as ``chars-and-sounds-1`` stands for exactly one way to do it; a model says by which it was trained. Change
the way, change the name. The numbers are those of scikit-learn's ``FeatureHasher`` (without alternating signs) and
``normalize``, made for all tokens of a text at once: one token at a time they took half of what it takes to score a
stored call again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qa_pipeline.text.likeness import sound
from qa_pipeline.text.normalize import normalize

CHARS_AND_SOUNDS = "chars-and-sounds-1"
"""Characters, runs of two and three of them, and runs of two and three folded toneless syllables, written ``~ni hao``;
log(1 + count) of each."""
NUM_FEATURES = 1 << 15
_RUNS = (2, 3)
_WRITTEN_ONLY = re.compile(r"@[^\s:：,，]+|#[^#]{1,40}#|\[[^\]]{1,6}\]|https?://\S+|//")
"""What people write on the web and nobody says: names, topics, faces, addresses, forwarding marks."""
_SPACE = ord(" ")
_MARKED = _SPACE ^ ord("~")
"""What turns the space before a run of syllables into its mark."""

_u32 = np.uint32
_Ints = npt.NDArray[np.int64]
_Words = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The features of one text: which are there, in order, and how much of each; of Euclidean length 1 together."""

    indices: _Ints
    values: npt.NDArray[np.float64]

    def dot(self, weights: npt.NDArray[np.float64]) -> float:
        """The weighted sum, added up from the first feature to the last, so that it is the same everywhere."""
        return _sum(self.values * weights[self.indices])


def row(text: str, features: str = CHARS_AND_SOUNDS) -> Row:
    """The features of a text; none for one without a character.

    Raises:
        ValueError: no such way to make features.
    """
    if features != CHARS_AND_SOUNDS:
        raise ValueError(f"unknown features: {features}")
    chars = normalize(_WRITTEN_ONLY.sub(" ", text))
    counts = np.bincount(np.concatenate((_of_chars(chars), _of_sounds(chars))), minlength=NUM_FEATURES)
    indices = np.flatnonzero(counts)
    values = np.log1p(counts[indices].astype(np.float64))
    if len(values):
        values /= np.sqrt(_sum(values * values))
    return Row(indices=indices, values=values)


def vectors(texts: Iterable[str], features: str = CHARS_AND_SOUNDS) -> Any:
    """One sparse row of length ``NUM_FEATURES`` a text, as scikit-learn takes them to train a model.

    Raises:
        ValueError: no such way to make features.
    """
    from scipy.sparse import csr_array

    rows = [row(text, features) for text in texts]
    ends = np.cumsum([0, *(len(r.indices) for r in rows)])
    values = np.concatenate([r.values for r in rows])
    indices = np.concatenate([r.indices for r in rows]).astype(np.int32)
    return csr_array((values, indices, ends.astype(np.int32)), shape=(len(rows), NUM_FEATURES))


def num_chars(texts: Sequence[str]) -> int:
    """How many characters the features were made of."""
    return sum(len(normalize(_WRITTEN_ONLY.sub(" ", t))) for t in texts)


def _sum(values: npt.NDArray[np.float64]) -> float:
    """From the first to the last: ``sum`` adds in an order of its own."""
    return float(np.cumsum(values)[-1]) if len(values) else 0.0


def _of_chars(chars: str) -> _Ints:
    """The features of characters and runs of them."""
    data = np.frombuffer(chars.encode(), np.uint8)
    begins = np.flatnonzero(data & 0xC0 != 0x80)
    words = _words(data)
    return _hashed(*_tokens(begins, len(data), (1, *_RUNS)), words, words)


def _of_sounds(chars: str) -> _Ints:
    """The features of runs of syllables."""
    data = np.frombuffer("".join([f" {sound(c)}" for c in chars]).encode(), np.uint8)
    begins = np.flatnonzero(data == _SPACE)
    words = _words(data)
    return _hashed(*_tokens(begins, len(data), _RUNS), words, words ^ _u32(_MARKED))


def _tokens(begins: _Ints, size: int, runs: Sequence[int]) -> tuple[_Ints, _Ints]:
    """First byte and length in bytes of every run of so many characters or syllables."""
    edges = np.append(begins, size)
    firsts = np.concatenate([edges[: max(0, len(begins) - run + 1)] for run in runs])
    lasts = np.concatenate([edges[run:] for run in runs])
    return firsts, lasts - firsts


def _words(data: npt.NDArray[np.uint8]) -> _Words:
    """The four bytes from every place on as one number, zeros after the end."""
    padded = np.zeros(len(data) + 4, np.uint32)
    padded[: len(data)] = data
    words: _Words = padded[:-3] | padded[1:-2] << _u32(8) | padded[2:-1] << _u32(16) | padded[3:] << _u32(24)
    return words


def _hashed(begins: _Ints, sizes: _Ints, words: _Words, first_words: _Words) -> _Ints:
    """The feature of every token: 32 bit MurmurHash3 (Austin Appleby, public domain) with seed 0, signed, its amount
    modulo the number of features.

    Args:
        begins: first byte of every token.
        sizes: its length in bytes.
        words: the four bytes from every place on.
        first_words: the same for the first four bytes of a token.
    """
    found = np.zeros(len(begins), np.uint32)
    blocks = sizes >> 2
    for number in range(int(blocks.max(initial=0))):
        long = np.flatnonzero(blocks > number)
        mixed = found[long] ^ _scrambled((words if number else first_words)[begins[long] + 4 * number])
        found[long] = _rotated(mixed, 13) * _u32(5) + _u32(0xE6546B64)
    rest = np.where(blocks > 0, words[begins + 4 * blocks], first_words[begins])
    rest &= np.array([0, 0xFF, 0xFFFF, 0xFFFFFF], np.uint32)[sizes & 3]
    found ^= _scrambled(rest)
    found ^= sizes.astype(np.uint32)
    found = (found ^ found >> _u32(16)) * _u32(0x85EBCA6B)
    found = (found ^ found >> _u32(13)) * _u32(0xC2B2AE35)
    found ^= found >> _u32(16)
    return np.abs(found.view(np.int32).astype(np.int64)) % NUM_FEATURES


def _scrambled(words: _Words) -> _Words:
    return _rotated(words * _u32(0xCC9E2D51), 15) * _u32(0x1B873593)


def _rotated(words: _Words, bits: int) -> _Words:
    return words << _u32(bits) | words >> _u32(32 - bits)
