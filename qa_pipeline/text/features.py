"""Words as features for trained models: characters and sounds, hashed, so that no vocabulary is stored with a model.

A name such as ``chars-and-sounds-1`` stands for exactly one way to do it; a model says by which it was trained. Change
the way, change the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from qa_pipeline.text.likeness import sound
from qa_pipeline.text.normalize import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable

CHARS_AND_SOUNDS = "chars-and-sounds-1"
"""Characters, runs of two and three of them, and runs of two and three folded toneless syllables; log(1 + count)."""
NUM_FEATURES = 1 << 15
_WRITTEN_ONLY = re.compile(r"@[^\s:：,，]+|#[^#]{1,40}#|\[[^\]]{1,6}\]|https?://\S+|//")
"""What people write on the web and nobody says: names, topics, faces, addresses, forwarding marks."""


def tokens(text: str) -> Iterator[str]:
    """The features of a text, as often as they occur."""
    chars = normalize(_WRITTEN_ONLY.sub(" ", text))
    sounds = [sound(c) for c in chars]
    yield from chars
    for size in (2, 3):
        for i in range(len(chars) - size + 1):
            yield chars[i : i + size]
            yield "~" + " ".join(sounds[i : i + size])


def vectors(texts: Iterable[str], features: str = CHARS_AND_SOUNDS) -> Any:
    """One sparse row of length ``NUM_FEATURES`` a text, of Euclidean length 1 (all 0 for an empty one).

    Raises:
        ValueError: no such way to make features.
    """
    if features != CHARS_AND_SOUNDS:
        raise ValueError(f"unknown features: {features}")
    import numpy as np
    from sklearn.feature_extraction import FeatureHasher
    from sklearn.preprocessing import normalize as unit_length

    hasher = FeatureHasher(NUM_FEATURES, input_type="string", alternate_sign=False)
    rows = hasher.transform(tokens(t) for t in texts)
    rows.data = np.log1p(rows.data)
    return unit_length(rows, copy=False)


def num_chars(texts: Sequence[str]) -> int:
    """How many characters the features were made of."""
    return sum(len(normalize(_WRITTEN_ONLY.sub(" ", t))) for t in texts)
