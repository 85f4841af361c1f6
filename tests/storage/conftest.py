"""A fresh store per test; QA_TEST_DATABASE_URL runs the same tests on a server (each test empties it)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from storage_samples import Samples

from qa_pipeline.settings import Settings
from qa_pipeline.storage.store import SqlStore

URL = os.environ.get("QA_TEST_DATABASE_URL")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    if URL:
        import sqlalchemy

        engine = sqlalchemy.create_engine(URL)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        engine.dispose()
    return Settings(data_dir=tmp_path / "data", database_url=URL)


@pytest.fixture
def store(settings: Settings) -> Iterator[SqlStore]:
    store = SqlStore(settings, actor="tester", lock_wait_s=5)
    store.register_rubric(Samples.RUBRIC, 1, Samples.RUBRIC_DIGEST, "rubric: inbound_enquiry\n")
    yield store
    store.close()
