"""The schema comes by itself, once, and says when it can't."""

import multiprocessing
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, inspect, select, text
from storage_samples import Samples

from qa_pipeline.errors import SetupError
from qa_pipeline.settings import Settings
from qa_pipeline.storage.migrate import MIGRATIONS, ensure_schema
from qa_pipeline.storage.schema import REVISIONS, audit, metadata
from qa_pipeline.storage.store import SqlStore


def test_the_known_revisions_are_the_shipped_ones() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    shipped = [revision.revision for revision in script.walk_revisions()]
    assert tuple(reversed(shipped)) == REVISIONS


def test_migrations_make_the_tables_that_the_code_expects(store: SqlStore) -> None:
    def other_type(context, _column, _expected_column, there, expected):  # type: ignore[no-untyped-def]
        return there.compile(context.dialect) != expected.compile(context.dialect)

    def differences(db):  # type: ignore[no-untyped-def]
        return compare_metadata(MigrationContext.configure(db, opts={"compare_type": other_type}), metadata)

    assert store._run(differences) == []


def _first_use(settings: Settings, start) -> None:  # type: ignore[no-untyped-def]
    start.wait()
    store = SqlStore(settings)
    store.check()
    os._exit(0)


def test_several_processes_at_once_make_one_database(settings: Settings) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    children = [context.Process(target=_first_use, args=(settings, start)) for _ in range(4)]
    for child in children:
        child.start()
    start.set()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * 4
    store = SqlStore(settings)
    made = store._run(lambda db: db.execute(select(func.count()).select_from(audit)).scalar())
    assert made == 1
    store.close()


def test_a_newer_schema_is_refused_untouched(settings: Settings, store: SqlStore) -> None:
    store.save([Samples.scored(1)])
    store._run(lambda db: db.execute(text("UPDATE alembic_version SET version_num = '9999'")), write=True)
    old_program = SqlStore(settings)
    with pytest.raises(SetupError) as caught:
        old_program.check()
    old_program.close()
    assert caught.value.code == "storage.newer_schema"
    assert "9999" in str(caught.value)
    assert REVISIONS[-1] in str(caught.value)


NEXT = f"""
import sqlalchemy as sa
from alembic import op
revision = "9999"
down_revision = "{REVISIONS[-1]}"


def upgrade() -> None:
    op.add_column("calls", sa.Column("mood", sa.Text()))
"""


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The migrations of a later version of the product."""
    folder = tmp_path / "100% newer"
    (folder / "versions").mkdir(parents=True)
    for path in [*MIGRATIONS.glob("*.*"), *MIGRATIONS.glob("versions/*.py")]:
        name = path.relative_to(MIGRATIONS)
        (folder / name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "versions" / "9999_mood.py").write_text(NEXT)
    return folder


def test_an_older_database_is_upgraded_after_a_copy(settings: Settings, store: SqlStore, newer: Path) -> None:
    store.save([Samples.scored(1)])
    ensure_schema(store._database, actor="tester", revisions=(*REVISIONS, "9999"), location=newer)
    columns = store._run(lambda db: {c["name"] for c in inspect(db).get_columns("calls")})
    assert "mood" in columns
    note = store._run(
        lambda db: db.execute(select(audit).order_by(audit.c.audit_pk.desc())).mappings().first()
    )
    assert note is not None
    backup = settings.data_dir / f"qa.db.{REVISIONS[-1]}.bak"
    local = settings.database_url is None
    assert note["detail"] == {"from": REVISIONS[-1], "to": "9999", "backup": backup.name if local else None}
    assert store.scorecard("c0001") == Samples.card(1)
    if local:
        kept = SqlStore(Settings(database_url=f"sqlite:///{backup}"))
        assert kept.scorecard("c0001") == Samples.card(1)
        kept.close()


def test_a_database_of_the_first_release_is_brought_up(settings: Settings) -> None:
    old = SqlStore(settings, actor="tester")
    ensure_schema(old._database, actor="tester", revisions=("0001",))
    old.close()
    store = SqlStore(settings, actor="tester")
    store.register_rubric(Samples.RUBRIC, 1, Samples.RUBRIC_DIGEST, "rubric: inbound_enquiry\n")
    store.save([Samples.scored(1)])
    assert store.scorecard("c0001") == Samples.card(1)
    tables = store._run(lambda db: set(inspect(db).get_table_names()))
    assert tables == {*metadata.tables, "alembic_version"}
    assert store.verify_audit()[1] is None
    store.close()


def test_calls_of_an_agent_in_full_width_are_the_agents_after_the_upgrade(
    settings: Settings, store: SqlStore
) -> None:
    saved = [Samples.scored(number) for number in range(1, 5)]
    spellings = ("３１０７", "3107 ", "31\u200b07", "甲")
    for one, agent in zip(saved, spellings, strict=True):
        row = one.row
        store.save([replace(one, row=replace(row, info=replace(row.info, agent_id=agent, customer_id=None)))])
    store._run(lambda db: db.execute(text("UPDATE alembic_version SET version_num = '0004'")), write=True)
    upgraded = SqlStore(settings, actor="tester")
    assert [row.info.agent_id for row in upgraded.calls()] == ["3107", "3107", "3107", "甲"]
    assert [row.info.customer_id for row in upgraded.calls()] == [None] * 4
    upgraded.close()


def test_a_failed_upgrade_changes_nothing(store: SqlStore, newer: Path) -> None:
    (newer / "versions" / "9999_mood.py").write_text(NEXT + '    raise RuntimeError("half way")\n')
    with pytest.raises(RuntimeError, match="half way"):
        ensure_schema(store._database, actor="tester", revisions=(*REVISIONS, "9999"), location=newer)
    assert (
        store._run(lambda db: db.execute(text("SELECT version_num FROM alembic_version")).scalar())
        == REVISIONS[-1]
    )
    assert "mood" not in store._run(lambda db: {c["name"] for c in inspect(db).get_columns("calls")})


def test_alembic_is_imported_only_for_an_upgrade(settings: Settings) -> None:
    code = (
        "import sys\nfrom qa_pipeline.settings import Settings\nfrom qa_pipeline.storage.store import SqlStore\n"
        f"SqlStore(Settings(data_dir={str(settings.data_dir)!r}, database_url={settings.database_url!r})).check()\n"
        "print('alembic' in sys.modules)"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert said == ["True", "False"]
