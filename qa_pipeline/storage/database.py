"""Connections and transactions. What differs between SQLite and PostgreSQL stays in this file and in
``faults``.

There is one writer at a time on either database (SQLite has it so; on PostgreSQL an advisory lock makes it
so): a batch is written in milliseconds while it takes minutes to hear, and nothing can deadlock, race for a
row, or break the audit chain.

SQLite runs in WAL mode with ``synchronous=FULL``: every commit is on the disk before we say so. ``NORMAL``
would survive a killed process but not a power cut, and one fsync for a batch that took minutes costs nothing.
"""

from __future__ import annotations

import os
import random
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from qa_pipeline.errors import SetupError, StorageError
from qa_pipeline.settings import Settings
from qa_pipeline.storage.codec import canonical
from qa_pipeline.storage.faults import database_error, file_error, is_busy

T = TypeVar("T")

_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_WRITER_LOCK = 7_165_201
"""Key of the PostgreSQL advisory lock; any constant that nobody else in the database uses."""
_BUSY_SLICE_S = 1.0
"""SQLite waits inside C code, where Ctrl-C is not heard: so it waits in slices."""


_engines: WeakValueDictionary[str, Engine] = WeakValueDictionary()
"""By URL: one pool of connections a process and database, however many views of it there are."""
_opening = threading.Lock()


def _forked() -> None:
    """A child goes on with empty pools: the sockets and file handles in them are its parent's."""
    global _opening
    _opening = threading.Lock()  # another thread of the parent may have held it
    for engine in _engines.values():
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_forked)


class Database:
    """One database: opens on first use, retries while locked, translates faults. Safe across threads and forks."""

    def __init__(self, settings: Settings, *, lock_wait_s: float) -> None:
        self.url = _url(settings)
        self.lock_wait_s = lock_wait_s
        self._engine: Engine | None = None

    @property
    def path(self) -> str:
        """Which database, for messages: the file, or host and name; never user or password."""
        if self.url.get_backend_name() == "sqlite":
            return self.url.database or ":memory:"
        return f"{self.url.host or 'localhost'}:{self.url.port or 5432}/{self.url.database or ''}"

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a server or a database in memory."""
        name = self.url.database
        if self.url.get_backend_name() != "sqlite" or name in (None, "", ":memory:"):
            return None
        return Path(str(name).removeprefix("file:"))  # SQLite takes names as URIs too

    @property
    def engine(self) -> Engine:
        """The connection pool of this process."""
        if self._engine is None:
            key = self.url.render_as_string(hide_password=False)
            with _opening:
                self._engine = _engines.get(key) or self._create()
                _engines[key] = self._engine
        return self._engine

    def run(self, work: Callable[[Connection], T], *, write: bool) -> T:
        """``work`` in one transaction, repeated while the database is locked; so ``work`` must be repeatable.

        Raises:
            StorageError | SetupError: ``storage.*``, where the database and not our code is at fault.
        """
        deadline = time.monotonic() + self.lock_wait_s
        delay = 0.02
        options = {"qa_write": write, "qa_wait_s": self.lock_wait_s}
        while True:
            try:
                with (
                    self.engine.connect().execution_options(**options) as connection,
                    connection.begin(),
                ):
                    return work(connection)
            except DBAPIError as exc:
                if not is_busy(exc):
                    known = database_error(exc, self.path)
                    if known is None:
                        raise
                    raise known from exc
                if time.monotonic() + delay > deadline:
                    raise self._locked() from exc
            time.sleep(delay * random.uniform(0.5, 1.0))
            delay = min(1.0, delay * 2)

    def backup(self, label: str) -> Path | None:
        """A consistent copy of a SQLite file beside it, before an upgrade; None on a server (its keeper has backups)."""
        if self.file is None:
            return None
        target = self.file.with_name(f"{self.file.name}.{label}.bak")
        part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
        raw = sqlite3.connect(self.file, timeout=self.lock_wait_s, isolation_level=None)
        try:
            raw.execute("VACUUM INTO ?", (str(part),))
            if _revision(part) == label:  # else another process has upgraded meanwhile, and has made the copy
                part.replace(target)
        except sqlite3.Error as exc:
            known = database_error(DBAPIError("VACUUM INTO", None, exc), str(target))
            if known is None:
                raise
            raise known from exc
        except OSError as exc:
            raise file_error(exc, target) from exc
        finally:
            raw.close()
            part.unlink(missing_ok=True)
        return target

    def wipe(self, *, whole: bool) -> None:
        """Overwrite what deleted rows left behind, and remove the copies that upgrades made.

        On SQLite ``secure_delete`` has zeroed what was deleted; the log of changes holds it still and is emptied, and
        with ``whole`` the file is written anew, so that nothing remains of what older versions deleted. On a server the
        space of deleted rows is freed; its files, logs and backups are its keeper's.

        Raises:
            StorageError: ``storage.locked`` while others read or write; ``storage.disk_full``: a whole copy did not fit.
        """
        if self.file is None:
            if self.url.get_backend_name() == "postgresql":
                with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text("VACUUM"))
            return
        raw = sqlite3.connect(self.file, timeout=self.lock_wait_s, isolation_level=None)
        try:
            if whole:
                raw.execute("VACUUM")
            busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as exc:
            wrapped = DBAPIError("VACUUM", None, exc)
            known = None if is_busy(wrapped) else database_error(wrapped, self.path)
            if known is None and not is_busy(wrapped):
                raise
            raise known or self._locked() from exc
        finally:
            raw.close()
        if busy:
            raise self._locked()
        for copy in self.file.parent.glob(f"{self.file.name}.*.bak"):
            try:
                copy.unlink(missing_ok=True)
            except OSError as exc:
                raise file_error(exc, copy) from exc

    def _locked(self) -> StorageError:
        return StorageError("storage.locked", path=self.path, seconds=f"{self.lock_wait_s:g}")

    def close(self) -> None:
        """Let go of all connections that are not at work; who needs one opens it again."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _create(self) -> Engine:
        options: dict[str, Any] = {"json_serializer": canonical}
        if self.file is not None:
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as exc:
                raise file_error(exc, self.file.parent) from exc
        elif self.url.get_backend_name() == "postgresql":
            options["pool_pre_ping"] = True  # the server may have closed an idle connection overnight
            options["connect_args"] = {"connect_timeout": 10}
        try:
            engine = create_engine(self.url, **options)
        except ImportError as exc:
            raise SetupError("storage.no_driver", path=self.path, package=exc.name or str(exc)) from exc
        if self.url.get_backend_name() == "sqlite":
            event.listen(engine, "connect", _sqlite_connect)
            event.listen(engine, "begin", _sqlite_begin)
        else:
            event.listen(engine, "begin", _postgres_begin)
        return engine


def _sqlite_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver would begin too late
    first_ms = int(_BUSY_SLICE_S * 1000)
    for pragma in (
        *(f"busy_timeout={first_ms}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"),
        "secure_delete=ON",  # what is deleted is overwritten
    ):
        connection.execute(f"PRAGMA {pragma}")


def _postgres_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("qa_write"):
        connection.execute(text(f"SET LOCAL lock_timeout = {int(options['qa_wait_s'] * 1000)}"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})"))


def _revision(database: Path) -> str | None:
    connection = sqlite3.connect(database)
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])
    finally:
        connection.close()


def _sqlite_begin(connection: Connection) -> None:
    # A writer that begins as a reader can't upgrade once another has written: take the lock at once.
    options = connection.get_execution_options()
    wait_s = min(_BUSY_SLICE_S, options.get("qa_wait_s", _BUSY_SLICE_S))
    connection.exec_driver_sql(f"PRAGMA busy_timeout={int(wait_s * 1000)}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("qa_write") else "BEGIN")


def _url(settings: Settings) -> URL:
    if settings.database_url is None:
        return URL.create(_DRIVERS["sqlite"], database=str(settings.data_dir.absolute() / "qa.db"))
    try:
        url = make_url(settings.database_url)
        backend = url.get_backend_name() if url.drivername not in _DRIVERS else url.drivername
        if backend not in _DRIVERS:
            raise SetupError("storage.bad_url", setting="QA_DATABASE_URL", scheme=url.drivername)
        return url.set(drivername=_DRIVERS[backend])
    except (ArgumentError, NoSuchModuleError, ValueError) as exc:
        scheme = settings.database_url.partition(":")[0]
        raise SetupError("storage.bad_url", setting="QA_DATABASE_URL", scheme=scheme) from exc
