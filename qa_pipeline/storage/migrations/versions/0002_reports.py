"""What reports, reviews and the voice operators remember: measures of calls, baselines, goals, exceptions, exports, appeals.

A revision is history: it repeats the definitions of its day and never imports ``schema.py``, which goes on changing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

PK = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)

FROZEN_TABLES = (
    "pitch_baselines",
    "targets",
    "improvements",
    "improvement_closings",
    "exceptions",
    "exception_events",
    "exports",
    "export_rows",
    "draws",
    "draw_calls",
    "appeals",
    "appeal_decisions",
)


def upgrade() -> None:
    """Create them."""
    _measures()
    _goals()
    _exceptions()
    _exports()
    _draws()
    _appeals()
    for table in FROZEN_TABLES:
        _freeze(table)


def _measures() -> None:
    op.create_table(
        "measures",
        sa.Column("measure_pk", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("measure_pk", name="pk_measures"),
        sa.UniqueConstraint("role", "measure", name="uq_measures_role_measure"),
    )
    op.create_table(
        "call_measures",
        sa.Column("call_pk", PK, nullable=False),
        sa.Column("measure_pk", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["call_pk"], ["calls.call_pk"], name="fk_call_measures_call_pk"),
        sa.ForeignKeyConstraint(["measure_pk"], ["measures.measure_pk"], name="fk_call_measures_measure_pk"),
        sa.PrimaryKeyConstraint("call_pk", "measure_pk", name="pk_call_measures"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pitch_baselines",
        sa.Column("baseline_pk", PK, nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("snapshot_date", sa.Date(), nullable=False),
        sa.Column("median_hz", sa.Double(), nullable=False),
        sa.Column("spread_semitones", sa.Double(), nullable=False),
        sa.Column("num_calls", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("baseline_pk", name="pk_pitch_baselines"),
        sa.UniqueConstraint("agent_id", "snapshot_date", name="uq_pitch_baselines_agent_id_snapshot_date"),
    )


def _goals() -> None:
    op.create_table(
        "targets",
        sa.Column("target_pk", PK, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("target_pk", name="pk_targets"),
    )
    op.create_table(
        "improvements",
        sa.Column("improvement_pk", PK, nullable=False),
        sa.Column("improvement_id", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Text(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("improvement_pk", name="pk_improvements"),
        sa.UniqueConstraint("improvement_id", name="uq_improvements_improvement_id"),
    )
    op.create_table(
        "improvement_closings",
        sa.Column("improvement_pk", PK, nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("closed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["improvement_pk"],
            ["improvements.improvement_pk"],
            name="fk_improvement_closings_improvement_pk",
        ),
        sa.PrimaryKeyConstraint("improvement_pk", name="pk_improvement_closings"),
    )


def _exceptions() -> None:
    op.create_table(
        "exceptions",
        sa.Column("exception_pk", PK, nullable=False),
        sa.Column("exception_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("exception_pk", name="pk_exceptions"),
        sa.UniqueConstraint("exception_id", name="uq_exceptions_exception_id"),
    )
    op.create_table(
        "exception_events",
        sa.Column("event_pk", PK, nullable=False),
        sa.Column("exception_pk", PK, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["exception_pk"], ["exceptions.exception_pk"], name="fk_exception_events_exception_pk"
        ),
        sa.PrimaryKeyConstraint("event_pk", name="pk_exception_events"),
    )
    op.create_index("ix_exception_events_exception_pk", "exception_events", ["exception_pk"], unique=False)


def _exports() -> None:
    op.create_table(
        "exports",
        sa.Column("export_pk", PK, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("exported_by", sa.Text(), nullable=False),
        sa.Column("exported_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("export_pk", name="pk_exports"),
        sa.UniqueConstraint("month", name="uq_exports_month"),
    )
    op.create_table(
        "export_rows",
        sa.Column("export_pk", PK, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("of_month", sa.Date(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["export_pk"], ["exports.export_pk"], name="fk_export_rows_export_pk"),
        sa.PrimaryKeyConstraint("export_pk", "position", name="pk_export_rows"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_export_rows_of_month_agent_id", "export_rows", ["of_month", "agent_id"], unique=False)


def _draws() -> None:
    op.create_table(
        "draws",
        sa.Column("draw_pk", PK, nullable=False),
        sa.Column("draw_id", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("drawn_by", sa.Text(), nullable=False),
        sa.Column("drawn_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("draw_pk", name="pk_draws"),
        sa.UniqueConstraint("draw_id", name="uq_draws_draw_id"),
    )
    op.create_table(
        "draw_calls",
        sa.Column("draw_pk", PK, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("call_pk", PK, nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["call_pk"], ["calls.call_pk"], name="fk_draw_calls_call_pk"),
        sa.ForeignKeyConstraint(["draw_pk"], ["draws.draw_pk"], name="fk_draw_calls_draw_pk"),
        sa.PrimaryKeyConstraint("draw_pk", "position", name="pk_draw_calls"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_draw_calls_call_pk", "draw_calls", ["call_pk"], unique=False)


def _appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("appeal_pk", PK, nullable=False),
        sa.Column("appeal_id", sa.Text(), nullable=False),
        sa.Column("call_pk", PK, nullable=False),
        sa.Column("rubric_id", sa.Text(), nullable=False),
        sa.Column("criterion_id", sa.Text(), nullable=False),
        sa.Column("criterion_digest", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column("filed_at", TIME, nullable=False),
        sa.Column("deadline", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_pk"], ["calls.call_pk"], name="fk_appeals_call_pk"),
        sa.PrimaryKeyConstraint("appeal_pk", name="pk_appeals"),
        sa.UniqueConstraint("appeal_id", name="uq_appeals_appeal_id"),
    )
    op.create_index("ix_appeals_call_pk", "appeals", ["call_pk"], unique=False)
    op.create_table(
        "appeal_decisions",
        sa.Column("appeal_pk", PK, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", TIME, nullable=False),
        sa.Column("review_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["appeal_pk"], ["appeals.appeal_pk"], name="fk_appeal_decisions_appeal_pk"),
        sa.PrimaryKeyConstraint("appeal_pk", name="pk_appeal_decisions"),
    )


def _freeze(table: str) -> None:
    """Revision 0001 made the function that PostgreSQL calls."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION qa_append_only()"
    )
