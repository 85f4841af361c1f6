"""Brings the database to the schema this code knows, on first use; imports Alembic only when it must."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from qa_pipeline.errors import SetupError
from qa_pipeline.storage.audit import append
from qa_pipeline.storage.database import Database
from qa_pipeline.storage.schema import REVISIONS

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def ensure_schema(
    database: Database,
    *,
    actor: str,
    revisions: tuple[str, ...] = REVISIONS,
    location: Path = MIGRATIONS,
) -> None:
    """Create or upgrade the schema; of several processes that try at once, one does it and the others wait.

    A SQLite file that holds an older schema is copied first (``qa.db.<revision>.bak``), and the audit log
    says so.

    Raises:
        SetupError: ``storage.newer_schema``: a later version of the product made this database.
        StorageError: it can't be opened, read or written.
    """
    found = _version(database)
    if found == revisions[-1]:
        return
    if found is not None and found not in revisions:
        raise SetupError("storage.newer_schema", path=database.path, found=found, known=revisions[-1])
    copy = None if found is None else database.backup(found)

    def upgrade(connection: Connection) -> None:
        before = _read_version(connection) if _has_version(connection) else None
        if before == revisions[-1]:
            return  # another process was faster
        _run_alembic(connection, revisions[-1], location)
        detail = {"from": before, "to": revisions[-1], "backup": None if copy is None else copy.name}
        append(connection, datetime.now(UTC), actor, [("schema.upgraded", "database", detail)])

    database.run(upgrade, write=True)


def _version(database: Database) -> str | None:
    """One query; a database without the table is empty."""
    try:
        return database.run(_read_version, write=False)
    except DBAPIError:
        # Which complaint means "no such table" differs by driver; asking properly is needed only once.
        if database.run(_has_version, write=False):
            raise
        return None


def _read_version(connection: Connection) -> str | None:
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _has_version(connection: Connection) -> bool:
    from sqlalchemy import inspect

    return inspect(connection).has_table("alembic_version")


def _run_alembic(connection: Connection, head: str, location: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(location).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, head)
