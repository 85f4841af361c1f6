"""However many views of a database a process has, it keeps one pool of connections, and a forked child its own."""

import multiprocessing
from typing import Any

from sqlalchemy import text
from storage_samples import Samples

from qa_pipeline.settings import Settings
from qa_pipeline.storage.draws import SqlDrawStore
from qa_pipeline.storage.forgetting import SqlKeepStore
from qa_pipeline.storage.nights import SqlNightLog
from qa_pipeline.storage.report_store import SqlReportStore
from qa_pipeline.storage.session import Session
from qa_pipeline.storage.store import SqlStore

VIEWS = (SqlStore, SqlKeepStore, SqlNightLog, SqlReportStore, SqlDrawStore)


def used(view: Session) -> None:
    view._run(lambda db: db.execute(text("SELECT 1")).scalar_one())


def test_all_views_use_one_pool(settings: Settings, store: SqlStore) -> None:
    views: list[Session] = [store, *(view(settings, lock_wait_s=7) for view in VIEWS)]
    for view in views:
        used(view)
    assert len({id(view._database.engine) for view in views}) == 1
    assert views[0]._database.engine.pool.checkedin() == 1  # type: ignore[attr-defined]
    views[-1].close()  # the others go on
    for view in views:
        used(view)
        view.close()


def test_another_database_is_another_pool(settings: Settings, store: SqlStore) -> None:
    other = SqlStore(
        settings.model_copy(update={"data_dir": settings.data_dir / "other", "database_url": None})
    )
    other.check()
    assert other._database.engine is not store._database.engine
    other.close()


def _child(store: SqlStore, keep: SqlKeepStore, said: Any) -> None:
    try:
        store.save([Samples.scored(2)])
        said.put((store._database.engine.pool.checkedin(), len(keep.audit_rows())))  # type: ignore[attr-defined]
        store.close()
    except BaseException as error:
        said.put(repr(error))


def test_a_forked_child_leaves_its_parents_connections_alone(settings: Settings, store: SqlStore) -> None:
    keep = SqlKeepStore(settings)
    store.save([Samples.scored(1)])
    before = len(keep.audit_rows())
    context = multiprocessing.get_context("fork")
    said = context.Queue()
    for _ in range(2):
        child = context.Process(target=_child, args=(store, keep, said))
        child.start()
        checked_in, rows = said.get(timeout=60)
        child.join()
        assert checked_in == 1
        assert rows == before + 1
    assert store._database.engine.pool.checkedin() == 1  # type: ignore[attr-defined]
    store.save([Samples.scored(3)])
    assert "c0003" in {row.subject for row in keep.audit_rows()}
    keep.close()
