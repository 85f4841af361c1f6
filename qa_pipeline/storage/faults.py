"""What databases and file systems complain of, told apart and put into plain words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from qa_pipeline.errors import QaError, SetupError, StorageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EACCES, errno.EPERM, errno.EROFS}

# Beginnings of SQLite's result code names -> our code. The first that fits counts.
_SQLITE = (
    ("SQLITE_READONLY", "storage.read_only"),
    ("SQLITE_PERM", "storage.read_only"),
    ("SQLITE_AUTH", "storage.read_only"),
    ("SQLITE_FULL", "storage.disk_full"),
    ("SQLITE_CORRUPT", "storage.corrupt"),
    ("SQLITE_IOERR_CORRUPTFS", "storage.corrupt"),
    ("SQLITE_NOTADB", "storage.corrupt"),
    ("SQLITE_FORMAT", "storage.corrupt"),
    ("SQLITE_CANTOPEN", "storage.cannot_open"),
    ("SQLITE_IOERR", "storage.io_failed"),
)
# Beginnings of PostgreSQL's SQLSTATE (manual, appendix A) -> our code.
_POSTGRES = (
    ("53100", "storage.disk_full"),
    ("25006", "storage.read_only"),
    ("42501", "storage.read_only"),
    ("3F", "storage.read_only"),  # no schema that this account may create tables in
    ("XX001", "storage.corrupt"),
    ("XX002", "storage.corrupt"),
    ("58", "storage.io_failed"),
    ("08", "storage.unreachable"),
    ("57P", "storage.unreachable"),
    ("53", "storage.unreachable"),
    ("28", "storage.unreachable"),
    ("3D", "storage.unreachable"),
)
_POSTGRES_BUSY = ("55P03", "40P01", "40001")


def is_busy(exc: DBAPIError) -> bool:
    """Whether somebody else holds the lock, so that waiting may help."""
    name = getattr(exc.orig, "sqlite_errorname", None)
    if name is not None:
        return str(name).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    return getattr(exc.orig, "sqlstate", None) in _POSTGRES_BUSY


def database_error(exc: DBAPIError, path: str) -> QaError | None:
    """The error to show for a driver's complaint, or None where it is our own bug (a constraint, bad SQL).

    ``path`` says which database, without any password.
    """
    name = getattr(exc.orig, "sqlite_errorname", None)
    reason = _first_line(exc)
    if name is not None:
        code = next((code for prefix, code in _SQLITE if str(name).startswith(prefix)), None)
        if code == "storage.cannot_open" and _not_allowed(Path(path)):
            code = "storage.read_only"
        return None if code is None else StorageError(code, path=path, reason=reason)
    state = getattr(exc.orig, "sqlstate", None)
    if state is None:
        # psycopg gives no state when it never reached the server, or lost it.
        lost = type(exc.orig).__name__ in ("OperationalError", "ConnectionTimeout", "InterfaceError")
        return StorageError("storage.unreachable", path=path, reason=reason) if lost else None
    code = next((code for prefix, code in _POSTGRES if str(state).startswith(prefix)), None)
    return None if code is None else StorageError(code, path=path, reason=reason)


def file_error(exc: OSError, path: object) -> QaError:
    """The error to show where a file or folder of ours could not be written or read."""
    reason = exc.strerror or str(exc)
    if exc.errno in _FULL:
        return StorageError("storage.disk_full", path=path, reason=reason)
    if exc.errno in _READ_ONLY:
        return StorageError("storage.read_only", path=path, reason=reason)
    if exc.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR):
        return SetupError("storage.cannot_open", path=path, reason=reason)
    return StorageError("storage.io_failed", path=path, reason=reason)


def _first_line(exc: DBAPIError) -> str:
    return (str(exc.orig).strip().splitlines() or [type(exc.orig).__name__])[0]


def _not_allowed(database: Path) -> bool:
    """SQLite says "unable to open" both for what is not there and for what we may not touch; tell them apart."""
    try:
        if not database.parent.is_dir() or database.is_dir():
            return False
        touchable = os.access(database, os.R_OK) if database.exists() else True
        return not (touchable and os.access(database.parent, os.W_OK))
    except PermissionError:
        return True
