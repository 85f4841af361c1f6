"""Results on disk or any fsspec place, named by the digest of all they depend on: nothing is computed twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

from qa_pipeline.errors import StorageError
from qa_pipeline.settings import Settings
from qa_pipeline.storage import codec
from qa_pipeline.storage.places import place
from qa_pipeline.storage.sealed_place import SealedPlace, SealState

T = TypeVar("T")

_FORMAT = "qa-artifact/1"
"""Part of every key: raise it when the shape of what is stored changes, and old files are simply not found."""


def url(settings: Settings) -> str:
    """Where artifacts lie."""
    return settings.artifact_url or str(settings.data_dir / "artifacts")


class FileArtifacts:
    """Artifacts under ``settings.artifact_url`` (a path or an fsspec URL), by default ``data_dir/artifacts``.

    A value is stored as gzip of canonical JSON, encrypted (:mod:`qa_pipeline.storage.seal`): the same bytes for equal
    values under one key of ours. On a local disk a file appears whole or not at all, and stays after a power cut;
    elsewhere that is as good as the place's own upload, and a half file counts as damaged.
    """

    def __init__(self, settings: Settings) -> None:
        self._url = url(settings)
        self._settings = settings
        self._opened: SealedPlace | None = None

    def key(self, kind: str, *parts: str) -> str:
        """``kind/ab/abcdef….json.gz``: SHA-256 over the parts, each with its length, so that no two lists look alike."""
        digest = hashlib.sha256()
        for part in (_FORMAT, *parts):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
        name = digest.hexdigest()
        return f"{kind}/{name[:2]}/{name}.json.gz"

    def key_beside(self, owner: str, kind: str, *parts: str) -> str:
        """``kind/ab/<owner's name>.abcdef….json.gz``; see the port."""
        name = self.key(kind, owner, *parts).rpartition("/")[2]
        owners = owner.rpartition("/")[2].partition(".")[0]
        return f"{kind}/{name[:2]}/{owners}.{name}"

    def load(self, key: str, type_: type[T]) -> T | None:
        """The stored value; see the port.

        Raises:
            StorageError: it is there and can't be read; it is left alone then.
            SetupError: our key is not the one it was encrypted with; it is left alone then.
        """
        try:
            packed = self._place.read(key)
            return None if packed is None else codec.loads(codec.decompress(packed), type_)
        except ValueError:
            with suppress(StorageError):  # it will be written anew in any case
                self._place.remove(key)
            return None

    def save(self, key: str, value: object) -> None:
        """Write atomically; see the port."""
        self._place.write(key, codec.compress(codec.dumps(value)))

    def get_or_make(self, key: str, type_: type[T], make: Callable[[], T]) -> T:
        """Load, or make and save."""
        value = self.load(key, type_)
        if value is None:
            value = make()
            self.save(key, value)
        return value

    def remove(self, key: str) -> None:
        """Delete for good; see the port."""
        self._place.remove(key)

    def listing(self) -> Iterator[str]:
        """The keys of all that is stored, in no order."""
        return place(self._url).listing()

    def seal_rest(self) -> int:
        """Encrypt what an earlier release left in the clear; returns how many artifacts that were."""
        return self._place.seal_rest()

    def sealing(self) -> SealState:
        """Where the key lies, and how much it has encrypted.

        Raises:
            SetupError | StorageError: the key does not open this place.
        """
        return self._place.state()

    @property
    def _place(self) -> SealedPlace:
        if self._opened is None:
            self._opened = SealedPlace(place(self._url), self._settings)
        return self._opened
