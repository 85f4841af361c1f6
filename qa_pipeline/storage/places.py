"""Places for artifacts: a local folder, or whatever fsspec reaches."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from qa_pipeline.errors import SetupError
from qa_pipeline.storage.disk import discard, make_folders, sync_folder, write_once
from qa_pipeline.storage.faults import file_error

_ENDING = ".json.gz"
"""Of every artifact's key; what else lies in a place is not listed."""


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

    def stage(self, key: str, data: bytes) -> Callable[[], bool]:
        """Do the slow part of replacing what is there; what is returned does the rest, once.

        It replaces nothing that has gone meanwhile, and says whether it did; the replacement lasts after :meth:`sync`.
        """
        ...

    def sync(self) -> None:
        """All replacements last from now on."""
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
        self._touched: set[Path] = set()

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
        part: Path | None = None
        try:
            fresh = make_folders(path.parent)
            part = self._part(data)
            part.replace(path)
            for folder in {path.parent, *fresh}:
                sync_folder(folder)
        except OSError as exc:
            discard(part)
            raise file_error(exc, path) from exc

    def stage(self, key: str, data: bytes) -> Callable[[], bool]:
        path = self._root / key
        try:
            part = self._part(data)
        except OSError as exc:
            raise file_error(exc, path) from exc

        def put() -> bool:
            try:
                if not path.exists():
                    part.unlink()
                    return False
                part.replace(path)
            except OSError as exc:
                discard(part)
                raise file_error(exc, path) from exc
            self._touched.add(path.parent)
            return True

        return put

    def sync(self) -> None:
        while self._touched:
            folder = self._touched.pop()
            try:
                sync_folder(folder)
            except OSError as exc:
                raise file_error(exc, folder) from exc

    def _part(self, data: bytes) -> Path:
        """A file that nobody looks for yet, and that survives a power cut."""
        part = self._root / ".part" / secrets.token_hex(16)
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            self._sweep(part.parent)
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            discard(part)
            raise
        return part

    def create(self, key: str, data: bytes) -> bool:
        path = self._root / key
        try:
            make_folders(path.parent)
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

    def stage(self, key: str, data: bytes) -> Callable[[], bool]:
        def put() -> bool:
            if not self.head(key, 1):
                return False
            self.write(key, data)
            return True

        return put

    def sync(self) -> None:
        """Such a place has nothing of the kind."""

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
