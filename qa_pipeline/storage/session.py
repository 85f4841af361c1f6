"""What every view of the database shares: opening it on first use, in the current schema."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from qa_pipeline.settings import Settings
from qa_pipeline.storage import audit
from qa_pipeline.storage.database import Database
from qa_pipeline.storage.migrate import ensure_schema

T = TypeVar("T")


class Session:
    """A database that is opened, and created or upgraded, before its first use. Safe to share between threads."""

    def __init__(self, settings: Settings, *, actor: str | None = None, lock_wait_s: float = 30.0) -> None:
        self._database = Database(settings, lock_wait_s=lock_wait_s)
        self._business_tz = settings.business_tz
        self._actor = actor or audit.default_actor()
        self._ready = False
        self._preparing = threading.Lock()

    def close(self) -> None:
        """Let go of the connections; the next use opens them again."""
        self._database.close()

    def _run(self, work: Callable[[Connection], T], *, write: bool = False) -> T:
        if not self._ready:
            with self._preparing:
                if not self._ready:
                    ensure_schema(self._database, actor=self._actor)
                    self._ready = True
        return self._database.run(work, write=write)
