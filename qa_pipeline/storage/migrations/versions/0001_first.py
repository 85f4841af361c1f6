"""The first schema: calls, rubrics, scorecards, reviews, audit; and the triggers that keep append-only tables so.

A revision is history: it repeats the definitions of its day and never imports ``schema.py``, which goes on changing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

PK = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)

FROZEN_TABLES = (
    "rubrics",
    "criteria",
    "engines",
    "scorecards",
    "scorecard_docs",
    "section_scores",
    "findings",
    "reviews",
    "audit",
)


def upgrade() -> None:
    """Create everything."""
    _calls()
    _rubrics()
    _scorecards()
    _people()
    for table in FROZEN_TABLES:
        _freeze(table)


def _calls() -> None:
    op.create_table(
        "recordings",
        sa.Column("recording_pk", PK, nullable=False),
        sa.Column("recording_id", sa.Text(), nullable=False),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.Column("sample_rate_hz", sa.Integer(), nullable=False),
        sa.Column("num_channels", sa.SmallInteger(), nullable=False),
        sa.Column("num_samples", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("recording_pk", name="pk_recordings"),
        sa.UniqueConstraint("recording_id", name="uq_recordings_recording_id"),
    )
    op.create_table(
        "calls",
        sa.Column("call_pk", PK, nullable=False),
        sa.Column("call_id", ID, nullable=False),
        sa.Column("recording_pk", PK),
        sa.Column("source_name", sa.Text()),
        sa.Column("source_uri", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text()),
        sa.Column("agent_name", sa.Text()),
        sa.Column("team_id", sa.Text()),
        sa.Column("queue", sa.Text()),
        sa.Column("direction", sa.Text()),
        sa.Column("started_at", TIME),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("ring_s", sa.Double()),
        sa.Column("customer_id", sa.Text()),
        sa.Column("channel_roles", sa.JSON(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("code", sa.Text()),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("artifacts", sa.JSON(), nullable=False),
        sa.Column("scored_under", sa.Text()),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("retention_class", sa.Text(), nullable=False, server_default="standard"),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", TIME),
        sa.PrimaryKeyConstraint("call_pk", name="pk_calls"),
        sa.ForeignKeyConstraint(["recording_pk"], ["recordings.recording_pk"], name="fk_calls_recording_pk"),
        sa.UniqueConstraint("call_id", name="uq_calls_call_id"),
    )
    op.create_index("ix_calls_recording_pk", "calls", ["recording_pk"])
    op.create_index("ix_calls_business_date_status", "calls", ["business_date", "status"])
    op.create_index("ix_calls_agent_id_business_date", "calls", ["agent_id", "business_date"])
    op.create_index("ix_calls_status", "calls", ["status", "call_id"])


def _rubrics() -> None:
    op.create_table(
        "rubrics",
        sa.Column("rubric_pk", sa.Integer(), nullable=False),
        sa.Column("rubric_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("registered_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("rubric_pk", name="pk_rubrics"),
        sa.UniqueConstraint("rubric_id", "version", name="uq_rubrics_rubric_id_version"),
    )
    op.create_table(
        "criteria",
        sa.Column("criterion_pk", sa.Integer(), nullable=False),
        sa.Column("rubric_pk", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Text(), nullable=False),
        sa.Column("criterion_id", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("criterion_digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("criterion_pk", name="pk_criteria"),
        sa.ForeignKeyConstraint(["rubric_pk"], ["rubrics.rubric_pk"], name="fk_criteria_rubric_pk"),
        sa.UniqueConstraint(
            "rubric_pk",
            "section_id",
            "criterion_id",
            "severity",
            "operator",
            "criterion_digest",
            name="uq_criteria_identity",
        ),
    )
    op.create_index("ix_criteria_criterion_id", "criteria", ["criterion_id"])
    op.create_table(
        "engines",
        sa.Column("engine_pk", sa.Integer(), nullable=False),
        sa.Column("engine_digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("engine_pk", name="pk_engines"),
        sa.UniqueConstraint("engine_digest", name="uq_engines_engine_digest"),
    )


def _scorecards() -> None:
    op.create_table(
        "scorecards",
        sa.Column("scorecard_pk", PK, nullable=False),
        sa.Column("call_pk", PK, nullable=False),
        sa.Column("rubric_pk", sa.Integer(), nullable=False),
        sa.Column("engine_pk", sa.Integer(), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("points_possible", sa.Double(), nullable=False),
        sa.Column("score_pct", sa.Double()),
        sa.Column("score_low_pct", sa.Double()),
        sa.Column("score_high_pct", sa.Double()),
        sa.Column("grade", sa.Text()),
        sa.Column("num_auto_failed", sa.SmallInteger(), nullable=False),
        sa.Column("num_suspected_fatal", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("scorecard_pk", name="pk_scorecards"),
        sa.ForeignKeyConstraint(["call_pk"], ["calls.call_pk"], name="fk_scorecards_call_pk"),
        sa.ForeignKeyConstraint(["rubric_pk"], ["rubrics.rubric_pk"], name="fk_scorecards_rubric_pk"),
        sa.ForeignKeyConstraint(["engine_pk"], ["engines.engine_pk"], name="fk_scorecards_engine_pk"),
        sa.UniqueConstraint(
            "call_pk", "rubric_pk", "engine_pk", name="uq_scorecards_call_pk_rubric_pk_engine_pk"
        ),
    )
    op.create_table(
        "scorecard_docs",
        sa.Column("scorecard_pk", PK, nullable=False),
        sa.Column("format", sa.SmallInteger(), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("scorecard_pk", name="pk_scorecard_docs"),
        _of_scorecard("scorecard_docs"),
    )
    op.create_table(
        "current_scorecards",
        sa.Column("call_pk", PK, nullable=False),
        sa.Column("rubric_id", sa.Text(), nullable=False),
        sa.Column("scorecard_pk", PK, nullable=False),
        sa.PrimaryKeyConstraint("call_pk", "rubric_id", name="pk_current_scorecards"),
        sa.ForeignKeyConstraint(["call_pk"], ["calls.call_pk"], name="fk_current_scorecards_call_pk"),
        _of_scorecard("current_scorecards"),
        sa.UniqueConstraint("scorecard_pk", name="uq_current_scorecards_scorecard_pk"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "section_scores",
        sa.Column("scorecard_pk", PK, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("section_id", sa.Text(), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("points_possible", sa.Double(), nullable=False),
        sa.Column("score_pct", sa.Double()),
        sa.Column("auto_failed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("scorecard_pk", "position", name="pk_section_scores"),
        _of_scorecard("section_scores"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "findings",
        sa.Column("scorecard_pk", PK, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("outcome", sa.SmallInteger(), nullable=False),
        sa.Column("criterion_pk", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.REAL(), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("points_possible", sa.Double(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("decided", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("scorecard_pk", "position", name="pk_findings"),
        _of_scorecard("findings"),
        sa.ForeignKeyConstraint(["criterion_pk"], ["criteria.criterion_pk"], name="fk_findings_criterion_pk"),
        sqlite_with_rowid=False,
    )
    looked_for = sa.text("outcome IN (2, 4)")
    op.create_index(
        "ix_findings_looked_for",
        "findings",
        ["criterion_pk", "outcome", "scorecard_pk"],
        sqlite_where=looked_for,
        postgresql_where=looked_for,
    )


def _of_scorecard(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["scorecard_pk"], ["scorecards.scorecard_pk"], name=f"fk_{table}_scorecard_pk"
    )


def _people() -> None:
    op.create_table(
        "reviews",
        sa.Column("review_pk", PK, nullable=False),
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("call_pk", PK, nullable=False),
        sa.Column("rubric_id", sa.Text(), nullable=False),
        sa.Column("criterion_id", sa.Text(), nullable=False),
        sa.Column("criterion_digest", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("reviewed_at", TIME, nullable=False),
        sa.Column("outcome", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("review_pk", name="pk_reviews"),
        sa.ForeignKeyConstraint(["call_pk"], ["calls.call_pk"], name="fk_reviews_call_pk"),
        sa.UniqueConstraint("review_id", name="uq_reviews_review_id"),
    )
    op.create_index("ix_reviews_call_pk", "reviews", ["call_pk"])
    op.create_table(
        "audit",
        sa.Column("audit_pk", PK, nullable=False, autoincrement=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("audit_pk", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"])


def _freeze(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION qa_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION qa_append_only()"
    )
