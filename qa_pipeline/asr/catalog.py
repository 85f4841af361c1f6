"""The speech models the product knows: `models/catalog.yaml` as types."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import yaml
from pydantic import ConfigDict, TypeAdapter

from qa_pipeline.errors import SetupError
from qa_pipeline.resources import folder

Source = Literal["packages", "hub", "directory"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One file of a model, its size in bytes and its SHA-256 (hex)."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    size: int
    sha256: str
    parts: tuple[str, ...] = ()
    """For models that come in packages: ``package/path`` of every part, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEntry:
    """A model of the catalogue."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    revision: str
    source: Source
    repository: str
    """Repository id on the model hub; for packaged models the one whose bytes they equal."""
    licence: str
    files: tuple[ModelFile, ...]
    """Empty where no digest is known: such a model is fetched only when the user says it may be trusted."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Language code to a sentence for people."""
    default: bool = False

    @property
    def folder_name(self) -> str:
        """Its folder in the cache, e.g. ``base-ebe41f70d5b6``."""
        return f"{self.name}-{self.revision[:12]}"

    @property
    def size(self) -> int | None:
        """Bytes in all; None where nobody has said."""
        return sum(file.size for file in self.files) or None

    @property
    def digest(self) -> str | None:
        """SHA-256 of ``model.bin``, None where it is not known."""
        return next((file.sha256 for file in self.files if file.name == "model.bin"), None)


@cache
def load() -> tuple[ModelEntry, ...]:
    """The shipped catalogue, in its own order.

    Raises:
        SetupError: ``model.catalog_missing`` where the installation lacks it.
    """
    try:
        content = (folder("models") / "catalog.yaml").read_text(encoding="utf-8")
    except OSError as error:
        raise SetupError("model.catalog_missing") from error
    return parse(content)


def parse(content: str) -> tuple[ModelEntry, ...]:
    """Read a catalogue from its YAML text; unknown keys are errors."""
    document = yaml.safe_load(content)
    chosen = document["default"]
    return TypeAdapter(tuple[ModelEntry, ...]).validate_python(
        tuple({**entry, "default": entry["name"] == chosen} for entry in document["models"])
    )


def find(name: str) -> ModelEntry | None:
    """The entry of that name, or None."""
    return next((entry for entry in load() if entry.name == name), None)


def get(name: str) -> ModelEntry:
    """The entry of that name.

    Raises:
        SetupError: ``model.unknown`` with the nearest name.
    """
    entry = find(name)
    if entry is None:
        names = [known.name for known in load()]
        near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.3)
        raise SetupError("model.unknown", name=name, nearest=(near or names)[0], names=", ".join(names))
    return entry
