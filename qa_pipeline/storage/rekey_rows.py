"""What changing the key needs of the database: its turn among those who write, and rows in the audit log."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from qa_pipeline.errors import StorageError
from qa_pipeline.storage import audit
from qa_pipeline.storage.schema import audit as audit_log
from qa_pipeline.storage.schema_keeping import owed_files
from qa_pipeline.storage.session import Session

_POLL_S = 0.5
_PATIENCE_S = 30.0


class RekeyRows(Session):
    """Holds the writers' lock for moments only, so that a night that runs meanwhile goes on."""

    def alone(self, work: Callable[[], None]) -> None:
        """Run ``work`` while nobody else writes to the database. It must take milliseconds."""
        self._run(lambda _: work(), write=True)

    def replace(self, work: Callable[[], None]) -> None:
        """Run ``work``, which replaces artifacts, when none is about to be deleted.

        A purge first writes down what it will delete and deletes it then. Between the two, an artifact that was read
        before could be put back after its deletion; so such moments are waited for, and can't begin during ``work``.

        Raises:
            StorageError: ``seal.purge_unfinished``: for that long no purge has got on.
        """

        def attempt(db: Connection) -> int:
            doomed = owed_files.c.kind.in_(["artifact", "listens"])
            count = db.execute(select(func.count()).select_from(owed_files).where(doomed)).scalar_one()
            if not count:
                work()
            return count

        before, since = 0, time.monotonic()
        while count := self._run(attempt, write=True):
            if count != before:
                before, since = count, time.monotonic()
            elif time.monotonic() > since + _PATIENCE_S:
                raise StorageError("seal.purge_unfinished", count=count, seconds=f"{_PATIENCE_S:g}")
            time.sleep(_POLL_S)

    def note(self, action: str, fingerprint: str, detail: Mapping[str, object], *, who: str) -> None:
        """Write into the audit log what is done with a key, once: a run after a killed one finds it there."""

        def work(db: Connection) -> None:
            query = select(audit_log.c.audit_pk).where(
                audit_log.c.action == action, audit_log.c.subject == fingerprint
            )
            if db.execute(query.limit(1)).first() is None:
                audit.append(db, datetime.now(UTC), who, [(action, fingerprint, detail)])

        self._run(work, write=True)
