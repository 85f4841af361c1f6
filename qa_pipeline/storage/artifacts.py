"""Results on disk or any fsspec place, named by the digest of all they depend on: nothing is computed twice."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

from qa_pipeline.errors import QaError, SetupError
from qa_pipeline.settings import Settings
from qa_pipeline.storage import codec
from qa_pipeline.storage.faults import file_error

T = TypeVar("T")

_FORMAT = "qa-artifact/1"
"""Part of every key: raise it when the shape of what is stored changes, and old files are simply not found."""


class FileArtifacts:
    """Artifacts under ``settings.artifact_url`` (a path or an fsspec URL), by default ``data_dir/artifacts``.

    A value is stored as gzip of canonical JSON, the same bytes for equal values. On a local disk a file
    appears whole or not at all, and stays after a power cut; elsewhere that is as good as the place's own
    upload, and a half file counts as damaged.
    """

    def __init__(self, settings: Settings) -> None:
        self._url = settings.artifact_url or str(settings.data_dir / "artifacts")
        self._opened: _Place | None = None

    def key(self, kind: str, *parts: str) -> str:
        """``kind/ab/abcdef….json.gz``: SHA-256 over the parts, each with its length, so that no two lists look alike."""
        digest = hashlib.sha256()
        for part in (_FORMAT, *parts):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
        name = digest.hexdigest()
        return f"{kind}/{name[:2]}/{name}.json.gz"

    def load(self, key: str, type_: type[T]) -> T | None:
        """The stored value; see the port.

        Raises:
            StorageError: it is there and can't be read; it is left alone then.
        """
        packed = self._place.read(key)
        if packed is None:
            return None
        try:
            return codec.loads(codec.decompress(packed), type_)
        except ValueError:
            with suppress(QaError):  # it will be written anew in any case
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

    @property
    def _place(self) -> _Place:
        if self._opened is None:
            scheme, sep, rest = self._url.partition("://")
            if not sep:
                self._opened = _Folder(Path(self._url).absolute())
            elif scheme in ("file", "local"):
                self._opened = _Folder(Path(rest))
            else:
                self._opened = _Remote(self._url)
        return self._opened


class _Place(Protocol):
    def read(self, key: str) -> bytes | None: ...
    def write(self, key: str, data: bytes) -> None: ...
    def remove(self, key: str) -> None: ...


class _Folder:
    """A local folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._swept = False

    def read(self, key: str) -> bytes | None:
        path = self._root / key
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise file_error(exc, path) from exc

    def write(self, key: str, data: bytes) -> None:
        path = self._root / key
        part = self._root / ".part" / secrets.token_hex(16)
        try:
            fresh = _make_folders(path.parent)
            part.parent.mkdir(exist_ok=True)
            self._sweep(part.parent)
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            for folder in {path.parent, *fresh}:
                _sync_folder(folder)
        except OSError as exc:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise file_error(exc, path) from exc

    def _sweep(self, folder: Path) -> None:
        """Remove what killed processes left behind; nobody takes a day to write one file."""
        if self._swept:
            return
        self._swept = True
        for left in folder.iterdir():
            with suppress(OSError):
                if left.stat().st_mtime < time.time() - 86_400:
                    left.unlink()

    def remove(self, key: str) -> None:
        path = self._root / key
        try:
            path.unlink(missing_ok=True)
        except OSError as exc:
            raise file_error(exc, path) from exc


class _Remote:
    """Whatever fsspec reaches (``s3://``, ``memory://`` …)."""

    def __init__(self, url: str) -> None:
        import fsspec

        scheme = url.partition(":")[0]
        try:
            self._fs: Any
            self._fs, self._root = fsspec.core.url_to_fs(url)
        except ImportError as exc:
            raise SetupError("storage.no_driver", path=scheme, package=exc.name or str(exc)) from exc
        except ValueError as exc:
            raise SetupError("storage.bad_url", setting="QA_ARTIFACT_URL", scheme=scheme) from exc

    def read(self, key: str) -> bytes | None:
        try:
            data: bytes = self._fs.cat_file(f"{self._root}/{key}")
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise file_error(exc, f"{self._root}/{key}") from exc
        return data

    def write(self, key: str, data: bytes) -> None:
        path = f"{self._root}/{key}"
        try:
            self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._fs.pipe_file(path, data)
        except OSError as exc:
            raise file_error(exc, path) from exc

    def remove(self, key: str) -> None:
        path = f"{self._root}/{key}"
        try:
            self._fs.rm_file(path)
        except FileNotFoundError:
            return
        except OSError as exc:
            raise file_error(exc, path) from exc


def _make_folders(folder: Path) -> list[Path]:
    """Create what is missing; returns the folders that got a new entry and must be synced for it to last."""
    missing = [folder]
    while not missing[-1].exists():
        missing.append(missing[-1].parent)
    folder.mkdir(parents=True, exist_ok=True)
    return missing[1:]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
