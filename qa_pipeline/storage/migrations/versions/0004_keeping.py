"""Deleting on purpose: purges, legal holds, what is owed, and triggers that let a purge through and nothing else.

A revision is history: it repeats the definitions of its day and never imports ``schema.py``, which goes on changing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

PK = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)

FROZEN_TABLES = ("purges", "purge_ends")
"""New, and never changed at all."""

PURGED_ROWS = {
    "scorecards": (),
    "scorecard_docs": ("doc",),
    "section_scores": (),
    "findings": (),
    "reviews": ("reason",),
    "appeals": ("reason",),
    "appeal_decisions": ("reason",),
    "draw_calls": (),
}
"""Tables whose rows a purge deletes, with the columns whose words it may take."""
PURGED_WORDS = {
    "exceptions": ("exception_id", "subject"),
    "exception_events": ("note",),
    "holds": ("subject", "reason"),
    "hold_lifts": ("reason",),
    "audit": ("subject", "detail"),
}
"""Tables whose rows stay whatever happens."""


def upgrade() -> None:
    """Create the tables and let purges through."""
    _tables()
    for what in ("audio", "transcript", "scorecard", "customer"):
        op.add_column("calls", sa.Column(f"{what}_purge", PK))
    op.create_index("ix_calls_customer_id", "calls", ["customer_id"])
    op.create_index("ix_seen_files_call_id", "seen_files", ["call_id"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(
            "CREATE OR REPLACE FUNCTION qa_purge_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN IF NOT EXISTS (SELECT 1 FROM open_purges) THEN "
            "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END IF; RETURN NULL; END $$"
        )
    for table in (*FROZEN_TABLES, *PURGED_ROWS, *PURGED_WORDS):
        words = PURGED_ROWS.get(table, PURGED_WORDS.get(table, ()))
        (_freeze_sqlite if sqlite else _freeze_postgres)(table, words, table in PURGED_ROWS)


def _tables() -> None:
    op.create_table(
        "purges",
        sa.Column("purge_pk", PK, nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("scorecards_before", sa.Date()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("purge_pk", name="pk_purges"),
        sa.CheckConstraint("purge_pk > 0", name="ck_purges_numbered"),
    )
    op.create_table(
        "purge_ends",
        sa.Column("purge_pk", PK, nullable=False, autoincrement=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("ended_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("purge_pk", name="pk_purge_ends"),
        _of_purge("purge_ends"),
    )
    op.create_table(
        "open_purges",
        sa.Column("purge_pk", PK, nullable=False, autoincrement=False),
        sa.Column("never", PK, nullable=False),
        sa.PrimaryKeyConstraint("purge_pk", name="pk_open_purges"),
        _of_purge("open_purges"),
        sa.ForeignKeyConstraint(
            ["never"], ["purges.purge_pk"], name="fk_open_purges_never", deferrable=True, initially="DEFERRED"
        ),
        sa.CheckConstraint("never = -1", name="ck_open_purges_never"),
    )
    op.create_table(
        "owed_files",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purge_pk", PK, nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name="pk_owed_files"),
        _of_purge("owed_files"),
    )
    op.create_table(
        "holds",
        sa.Column("hold_pk", PK, nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date()),
        sa.Column("last_day", sa.Date()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("hold_pk", name="pk_holds"),
    )
    op.create_table(
        "hold_lifts",
        sa.Column("hold_pk", PK, nullable=False, autoincrement=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lifted_by", sa.Text(), nullable=False),
        sa.Column("lifted_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("hold_pk", name="pk_hold_lifts"),
        sa.ForeignKeyConstraint(["hold_pk"], ["holds.hold_pk"], name="fk_hold_lifts_hold_pk"),
    )


def _of_purge(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["purge_pk"], ["purges.purge_pk"], name=f"fk_{table}_purge_pk")


def _others(table: str, words: tuple[str, ...]) -> str:
    columns = sa.inspect(op.get_bind()).get_columns(table)
    return ", ".join(f'"{column["name"]}"' for column in columns if column["name"] not in words)


def _freeze_sqlite(table: str, words: tuple[str, ...], deletes: bool) -> None:
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    unless = f"WHEN NOT EXISTS (SELECT 1 FROM open_purges) {refuse}"
    op.execute(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {_others(table, words)} ON {table} {refuse}"
    )
    op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {unless if deletes else refuse}")
    if words:
        op.execute(
            f"CREATE TRIGGER {table}_no_new_words BEFORE UPDATE OF {', '.join(words)} ON {table} {unless}"
        )


def _freeze_postgres(table: str, words: tuple[str, ...], deletes: bool) -> None:
    op.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
    always = [f"UPDATE OF {_others(table, words)}", "TRUNCATE", *([] if deletes else ["DELETE"])]
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE {' OR '.join(always)} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION qa_append_only()"
    )
    on_purge = [*(["DELETE"] if deletes else []), *([f"UPDATE OF {', '.join(words)}"] if words else [])]
    if on_purge:
        op.execute(
            f"CREATE TRIGGER {table}_purge_only BEFORE {' OR '.join(on_purge)} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION qa_purge_only()"
        )
