"""What the nightly job remembers: watched files and reports made."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create both tables; a report once made stays written down."""
    op.create_table(
        "seen_files",
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("info_digest", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("uri", name="pk_seen_files"),
    )
    op.create_table(
        "report_runs",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("kind", "start_date", "revision", name="pk_report_runs"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER report_runs_no_{verb.lower()} BEFORE {verb} ON report_runs "
                "BEGIN SELECT RAISE(ABORT, 'report_runs is append-only'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER report_runs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON report_runs "
        "FOR EACH STATEMENT EXECUTE FUNCTION qa_append_only()"
    )
