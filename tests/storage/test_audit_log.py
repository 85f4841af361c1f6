"""The audit log shows every touch, and append-only tables refuse to change."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from storage_samples import Samples

from qa_pipeline.storage.schema import FROZEN_TABLES, audit, metadata
from qa_pipeline.storage.schema_keeping import FROZEN_TABLES as TABLES_OF_KEEPING
from qa_pipeline.storage.schema_night import FROZEN_TABLES as TABLES_OF_NIGHTS
from qa_pipeline.storage.schema_people import FROZEN_TABLES as TABLES_OF_PEOPLE
from qa_pipeline.storage.store import SqlStore


def unfreeze(store: SqlStore) -> None:
    """What a forger with full rights would do first."""

    def work(db: Any) -> None:
        if db.dialect.name == "sqlite":
            for what in ("update", "delete", "new_words"):
                db.execute(text(f"DROP TRIGGER audit_no_{what}"))
        else:
            for what in ("append_only", "purge_only"):
                db.execute(text(f"DROP TRIGGER audit_{what} ON audit"))

    store._run(work, write=True)


@pytest.fixture
def busy(store: SqlStore) -> SqlStore:
    store.save([Samples.scored(n) for n in range(5)])
    store.audit("李四", "export.month", "2026-03", {"rows": 5, "路径": ("a", "b"), "share": 0.1})
    return store


def test_the_chain_is_whole_from_the_first_row(busy: SqlStore) -> None:
    rows = busy._run(lambda db: db.execute(select(audit).order_by(audit.c.audit_pk)).mappings().all())
    actions = [row["action"] for row in rows]
    assert actions == ["schema.upgraded", "rubric.registered", *["call.scored"] * 5, "export.month"]
    assert bytes(rows[0]["prev_hash"]) == bytes(32)
    assert [row["actor"] for row in rows] == ["tester"] * 7 + ["李四"]
    assert rows[2]["detail"]["rubric"] == [Samples.RUBRIC, 1, Samples.RUBRIC_DIGEST]
    assert len(rows[2]["detail"]["scorecard_sha256"]) == 64
    assert busy.verify_audit() == (8, None)


def test_many_rows_are_one_transaction(busy: SqlStore) -> None:
    with pytest.raises(ValueError, match="JSON"):
        busy.audit_many("张三", [("call.read", "c1", {}), ("call.read", "c2", {"x": float("nan")})])
    assert busy.verify_audit() == (8, None)
    busy.audit_many("张三", [("call.read", "c1", {}), ("call.exported", "c2", {"path": "-"})])
    busy.audit_many("张三", [])
    assert busy.verify_audit() == (10, None)


@pytest.mark.parametrize(
    "forgery",
    [
        update(audit).where(audit.c.audit_pk == 4).values(detail={"code": None}),
        update(audit).where(audit.c.audit_pk == 4).values(actor="nobody"),
        update(audit).where(audit.c.audit_pk == 4).values(subject="c9999"),
        update(audit).where(audit.c.audit_pk == 4).values(hash=bytes(32)),
    ],
    ids=["detail", "actor", "subject", "hash"],
)
def test_a_changed_row_is_found(busy: SqlStore, forgery: Any) -> None:
    unfreeze(busy)
    busy._run(lambda db: db.execute(forgery), write=True)
    assert busy.verify_audit() == (3, 4)


def test_a_missing_row_is_found(busy: SqlStore) -> None:
    unfreeze(busy)
    busy._run(lambda db: db.execute(delete(audit).where(audit.c.audit_pk == 4)), write=True)
    assert busy.verify_audit() == (3, 5)


ANY = {
    str: "x",
    int: 1,
    float: 0.5,
    date: date(2026, 3, 1),
    datetime: datetime(2026, 3, 1, tzinfo=UTC),
    object: {},  # JSON
}


def one_row_each(db: Any) -> None:
    """SQLite asks the trigger for each row, so there must be one; key 1 points to the first row elsewhere."""
    for name in (*TABLES_OF_PEOPLE, *TABLES_OF_NIGHTS, *TABLES_OF_KEEPING):
        table = metadata.tables[name]
        db.execute(
            insert(table).values({c.name: ANY[getattr(c.type, "impl", c.type).python_type] for c in table.c})
        )


@pytest.mark.parametrize("name", FROZEN_TABLES)
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_append_only_tables_refuse_changes(busy: SqlStore, name: str, verb: str) -> None:
    from test_store_roundtrip import review

    busy.add_reviews([review(1)])
    busy._run(one_row_each, write=True)
    table = metadata.tables[name]
    column = list(table.c)[-1]
    change = update(table).values({column: column}) if verb == "update" else delete(table)
    with pytest.raises(DBAPIError, match="append-only"):
        busy._run(lambda db: db.execute(change), write=True)
    assert busy.verify_audit() == (9, None)
