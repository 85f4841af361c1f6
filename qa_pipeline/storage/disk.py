"""Files that are there whole, and survive a power cut, or are not there."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


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
    sync_folder(path.parent)
    return True


def discard(part: Path | None) -> None:
    """Remove what was not finished, as far as that can be done."""
    if part is not None:
        with suppress(OSError):
            part.unlink(missing_ok=True)


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


def make_folders(folder: Path) -> list[Path]:
    """Create what is missing; returns the folders that got a new entry and must be synced for it to last."""
    missing = [folder]
    while not missing[-1].exists():
        missing.append(missing[-1].parent)
    folder.mkdir(parents=True, exist_ok=True)
    return missing[1:]


def sync_folder(folder: Path) -> None:
    """What was created or replaced in it survives a power cut from now on."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
