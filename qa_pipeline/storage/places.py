"""Places for artifacts: a local folder, or whatever fsspec reaches."""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from qa_pipeline.errors import SetupError
from qa_pipeline.storage.faults import file_error

_ENDING = ".json.gz"
"""Of every artifact's key; what else lies in a place is not listed."""
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


class Place(Protocol):
    """Bytes by key. Everything raises StorageError or SetupError where the place fails."""

    name: str
    """What to call it in messages."""

    def read(self, key: str) -> bytes | None:
        """The bytes, or None where there are none."""
        ...

    def head(self, key: str, count: int) -> bytes:
        """The first bytes; fewer where there are fewer, none where it has gone."""
        ...

    def write(self, key: str, data: bytes) -> None:
        """Write, or replace."""
        ...

    def create(self, key: str, data: bytes) -> bool:
        """Write unless it exists; whether we did."""
        ...

    def remove(self, key: str) -> None:
        """Delete; nothing there is fine."""
        ...

    def listing(self) -> Iterator[str]:
        """The keys of all artifacts, in no order."""
        ...


def place(url: str) -> Place:
    """The place behind a path or an fsspec URL.

    Raises:
        SetupError: ``storage.bad_url``, ``storage.no_driver``.
    """
    scheme, sep, rest = url.partition("://")
    if not sep:
        return _Folder(Path(url).absolute())
    return _Folder(Path(rest)) if scheme in ("file", "local") else _Remote(url)


class _Folder:
    """A local folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.name = str(root)
        self._swept = False

    def read(self, key: str) -> bytes | None:
        path = self._root / key
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise file_error(exc, path) from exc

    def head(self, key: str, count: int) -> bytes:
        path = self._root / key
        try:
            with path.open("rb", buffering=0) as file:
                return file.read(count)
        except FileNotFoundError:
            return b""
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

    def create(self, key: str, data: bytes) -> bool:
        path = self._root / key
        try:
            _make_folders(path.parent)
            return write_once(path, data, mode=0o666)
        except OSError as exc:
            raise file_error(exc, path) from exc

    def listing(self) -> Iterator[str]:
        def tell(exc: OSError) -> None:
            if not isinstance(exc, FileNotFoundError):
                raise file_error(exc, exc.filename) from exc

        for folder, _, files in os.walk(self._root, onerror=tell):
            for file in files:
                if file.endswith(_ENDING):
                    yield (Path(folder) / file).relative_to(self._root).as_posix()

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
        self.name = f"{scheme}:{self._root}"

    def read(self, key: str) -> bytes | None:
        try:
            data: bytes = self._fs.cat_file(f"{self._root}/{key}")
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise file_error(exc, f"{self._root}/{key}") from exc
        return data

    def head(self, key: str, count: int) -> bytes:
        try:
            data: bytes = self._fs.cat_file(f"{self._root}/{key}", start=0, end=count)
        except FileNotFoundError:
            return b""
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

    def create(self, key: str, data: bytes) -> bool:
        path = f"{self._root}/{key}"
        try:
            self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._fs.pipe_file(path, data, mode="create")
        except FileExistsError:
            return False
        except OSError as exc:
            raise file_error(exc, path) from exc
        return True

    def listing(self) -> Iterator[str]:
        try:
            found: list[str] = self._fs.find(self._root)
        except FileNotFoundError:
            return
        except OSError as exc:
            raise file_error(exc, self._root) from exc
        start = len(self._root.rstrip("/")) + 1
        yield from (path[start:] for path in found if path.endswith(_ENDING))

    def remove(self, key: str) -> None:
        path = f"{self._root}/{key}"
        try:
            self._fs.rm_file(path)
        except FileNotFoundError:
            return
        except OSError as exc:
            raise file_error(exc, path) from exc


def write_once(path: Path, data: bytes, *, mode: int) -> bool:
    """Write a file unless there is one; whether we did. It appears whole, and lasts, or not at all.

    Where the disk has no hard links, a reader in the same instant may find it unfinished.

    Raises:
        OSError: it can't be written.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_new(part, data, mode)
        try:
            os.link(part, path)
        except FileExistsError:
            return False
        except OSError as exc:
            if exc.errno not in _NO_LINKS:
                raise
            try:
                _write_new(path, data, mode)
            except FileExistsError:
                return False
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def _write_new(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    except OSError:
        path.unlink(missing_ok=True)
        raise


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
