"""Temporary folders for decoded samples, under the data folder: removed after use, and after a killed
process at the next start."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from qa_pipeline.errors import StorageError

_PREFIX = "audio-"


class Workspace:
    """Makes folders in ``root``. Each holds a locked file while its process lives: a lock dies with its
    process, a process number may be reused."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._swept = False

    @contextlib.contextmanager
    def folder(self) -> Iterator[Path]:
        """A fresh folder that is removed at the end, come what may.

        Raises:
            StorageError: ``storage.disk_full`` or ``storage.read_only``.
        """
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            if not self._swept:
                self._sweep()
                self._swept = True
            # Locked before it carries the name that a sweep looks for, so that no other process can take
            # it for a leftover.
            made = Path(tempfile.mkdtemp(prefix="new-", dir=self._root))
            lock = os.open(made / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            folder = made.with_name(_PREFIX + made.name.removeprefix("new-"))
            made.rename(folder)
        except OSError as error:
            code = "storage.disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "storage.read_only"
            raise StorageError(code, path=str(self._root), reason=error.strerror or str(error)) from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)

    def _sweep(self) -> None:
        """Remove what killed processes left; a folder without its final name only after an hour, as it may
        be in the making."""
        for folder in self._root.glob("new-*"):
            with contextlib.suppress(OSError):
                if folder.stat().st_mtime < time.time() - 3600:
                    shutil.rmtree(folder, ignore_errors=True)
        for folder in self._root.glob(f"{_PREFIX}*"):
            with contextlib.suppress(OSError):
                lock = os.open(folder / ".lock", os.O_RDWR | os.O_CLOEXEC)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
                finally:
                    os.close(lock)
