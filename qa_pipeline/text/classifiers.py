"""Trained models for texts: `models/classifiers.yaml` names them, skops reads them, their digest is checked first.

A model file is opened only when it has the digest that the list names, and holds only types that the list trusts (skops
never runs code from a file, unlike pickle). skops, and with it scikit-learn, is imported at the first classification.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import yaml
from pydantic import ConfigDict, TypeAdapter

from qa_pipeline.errors import SetupError
from qa_pipeline.resources import folder
from qa_pipeline.text.features import row


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One answer of a model."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    """Its name for people is the message ``findings.label.<model>.<name>``."""
    min_confidence: float
    """Probability from which the answer counts, chosen on a part of the data kept for that; see the model's card."""
    sure: float
    """How sure a finding that rests on this answer can be at most, 0 to 1; 0.5: never sure enough for a deduction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One trained model."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    file: str
    """Beside ``classifiers.yaml``."""
    sha256: str
    features: str
    """How texts become features, a name of :mod:`qa_pipeline.text.features`."""
    trained_with: str
    min_chars: int
    """Of fewer characters the model was never asked."""
    trusted: tuple[str, ...]
    """Types in the file beyond those that skops trusts by itself."""
    labels: tuple[Label, Label]

    def label(self, name: str) -> Label:
        """The label of that name.

        Raises:
            KeyError: no such label.
        """
        return {label.name: label for label in self.labels}[name]

    def other(self, name: str) -> Label:
        """The label that is not it."""
        return next(label for label in self.labels if label.name != name)


class Classifier:
    """A model, loaded. Use :func:`load`."""

    def __init__(self, entry: Entry, model: Any) -> None:
        self.entry = entry
        self._weights = model.coef_[0]
        self._offset = float(model.intercept_[0])
        self._second = str(model.classes_[1])

    def probability(self, text: str, label: str) -> float:
        """That the text has the label, 0 to 1 with four decimals."""
        score = self._pull(text) + self._offset
        second = 1 / (1 + math.exp(-max(-60.0, min(60.0, score))))
        return round(second if label == self._second else 1 - second, 4)

    def pulls(self, texts: Sequence[str], label: str) -> tuple[float, ...]:
        """How much each text by itself speaks for the label (log-odds; below 0: against it), the offset aside."""
        sign = 1 if label == self._second else -1
        return tuple(round(sign * self._pull(text), 4) for text in texts)

    def _pull(self, text: str) -> float:
        return row(text, self.entry.features).dot(self._weights)


@cache
def catalogue() -> Mapping[str, Entry]:
    """The models by name, in the order of the list.

    Raises:
        SetupError: ``model.classifiers_missing`` where the installation lacks the list.
    """
    document = yaml.safe_load(_listed())
    entries = TypeAdapter(tuple[Entry, ...]).validate_python(tuple(document["classifiers"]))
    return {entry.name: entry for entry in entries}


def digest() -> str:
    """SHA-256 of the list, which names the digest of every model: part of what decides points."""
    return hashlib.sha256(_listed()).hexdigest()


@lru_cache(maxsize=8)
def load(name: str) -> Classifier:
    """A model, read once a process.

    Raises:
        SetupError: ``model.classifier_missing``, ``model.classifier_changed`` or ``model.classifier_untrusted``.
        KeyError: no such model.
    """
    entry = catalogue()[name]
    try:
        content = (folder("models") / entry.file).read_bytes()
    except OSError as error:
        raise SetupError("model.classifier_missing", name=name, file=entry.file) from error
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise SetupError("model.classifier_changed", name=name, file=entry.file)
    from skops import io

    unknown = set(io.get_untrusted_types(data=content)) - set(entry.trusted)
    if unknown:
        raise SetupError("model.classifier_untrusted", name=name, types=", ".join(sorted(unknown)))
    return Classifier(entry, io.loads(content, trusted=list(entry.trusted)))


def _listed() -> bytes:
    try:
        return (folder("models") / "classifiers.yaml").read_bytes()
    except OSError as error:
        raise SetupError("model.classifiers_missing") from error
