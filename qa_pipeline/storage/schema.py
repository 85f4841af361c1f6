"""The tables. Facts that repeat (rubrics, criteria, engines) are stored once and pointed to by small integers.

Sized for 1,000,000 scorecards of 20 criteria a month: what reports add up lies in narrow rows (``findings``),
what only a person reads (quotes, explanations) lies compressed in ``scorecard_docs``. Scorecards and all that
hangs on them are never updated; which one stands is said by ``current_scorecards``. Triggers forbid changing
what is append-only (see the migration).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    REAL,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from qa_pipeline.storage import schema_keeping, schema_night, schema_people
from qa_pipeline.storage.columns import PK, CleanText, IdText, OutcomeCode, UtcDateTime
from qa_pipeline.storage.columns import metadata as metadata

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
"""Every schema this code can read or upgrade, oldest first; the last is current."""

recordings = Table(
    "recordings",
    metadata,
    Column("recording_pk", PK, primary_key=True),
    Column("recording_id", Text, nullable=False, unique=True),
    Column("codec", Text, nullable=False),
    Column("sample_rate_hz", Integer, nullable=False),
    Column("num_channels", SmallInteger, nullable=False),
    Column("num_samples", BigInteger, nullable=False),
)

calls = Table(
    "calls",
    metadata,
    Column("call_pk", PK, primary_key=True),
    Column("call_id", IdText, nullable=False, unique=True),
    Column("recording_pk", PK, ForeignKey("recordings.recording_pk"), index=True),
    Column("source_name", CleanText, doc="file name as first given with these bytes for this call"),
    Column("source_uri", CleanText, nullable=False),
    Column("agent_id", CleanText),
    Column("agent_name", CleanText),
    Column("team_id", CleanText),
    Column("queue", CleanText),
    Column("direction", CleanText),
    Column("started_at", UtcDateTime),
    Column("business_date", Date, nullable=False, doc="of started_at, else of received_at"),
    Column("ring_s", Double),
    Column("customer_id", CleanText),
    Column("channel_roles", JSON, nullable=False),
    Column("extra", JSON, nullable=False),
    Column("status", Text, nullable=False),
    Column("code", Text),
    Column("params", JSON, nullable=False),
    Column("artifacts", JSON, nullable=False),
    Column("scored_under", CleanText, doc="rubric id of the scorecard that stands; none: no score stands"),
    Column("received_at", UtcDateTime, nullable=False),
    Column("retention_class", Text, nullable=False, server_default="standard"),
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    *schema_keeping.CALL_MARKS,
    Index("ix_calls_customer_id", "customer_id"),
    Index("ix_calls_business_date_status", "business_date", "status"),
    Index("ix_calls_agent_id_business_date", "agent_id", "business_date"),
    Index("ix_calls_status", "status", "call_id"),
)

rubrics = Table(
    "rubrics",
    metadata,
    Column("rubric_pk", Integer, primary_key=True),
    Column("rubric_id", CleanText, nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("content", CleanText, nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
    UniqueConstraint("rubric_id", "version"),
)

criteria = Table(
    "criteria",
    metadata,
    Column("criterion_pk", Integer, primary_key=True),
    Column("rubric_pk", Integer, ForeignKey("rubrics.rubric_pk"), nullable=False),
    Column("section_id", CleanText, nullable=False),
    Column("criterion_id", CleanText, nullable=False, index=True),
    Column("severity", CleanText, nullable=False),
    Column("operator", CleanText, nullable=False),
    Column("criterion_digest", Text, nullable=False),
    UniqueConstraint(
        "rubric_pk",
        "section_id",
        "criterion_id",
        "severity",
        "operator",
        "criterion_digest",
        name="uq_criteria_identity",
    ),
)

engines = Table(
    "engines",
    metadata,
    Column("engine_pk", Integer, primary_key=True),
    Column("engine_digest", Text, nullable=False, unique=True),
)

scorecards = Table(
    "scorecards",
    metadata,
    Column("scorecard_pk", PK, primary_key=True),
    Column("call_pk", PK, ForeignKey("calls.call_pk"), nullable=False),
    Column("rubric_pk", Integer, ForeignKey("rubrics.rubric_pk"), nullable=False),
    Column("engine_pk", Integer, ForeignKey("engines.engine_pk"), nullable=False),
    Column("points", Double, nullable=False),
    Column("points_possible", Double, nullable=False),
    Column("score_pct", Double),
    Column("score_low_pct", Double),
    Column("score_high_pct", Double),
    Column("grade", CleanText),
    Column("num_auto_failed", SmallInteger, nullable=False),
    Column("num_suspected_fatal", SmallInteger, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    UniqueConstraint("call_pk", "rubric_pk", "engine_pk"),
)

scorecard_docs = Table(
    "scorecard_docs",
    metadata,
    Column("scorecard_pk", PK, ForeignKey("scorecards.scorecard_pk"), primary_key=True),
    Column("format", SmallInteger, nullable=False, doc="1: gzip of the scorecard's canonical JSON"),
    Column("doc", LargeBinary, nullable=False),
)

current_scorecards = Table(
    "current_scorecards",
    metadata,
    Column("call_pk", PK, ForeignKey("calls.call_pk"), primary_key=True),
    Column("rubric_id", CleanText, primary_key=True),
    Column("scorecard_pk", PK, ForeignKey("scorecards.scorecard_pk"), nullable=False, unique=True),
    sqlite_with_rowid=False,
)

section_scores = Table(
    "section_scores",
    metadata,
    Column("scorecard_pk", PK, ForeignKey("scorecards.scorecard_pk"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("section_id", CleanText, nullable=False),
    Column("points", Double, nullable=False),
    Column("points_possible", Double, nullable=False),
    Column("score_pct", Double),
    Column("auto_failed", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

findings = Table(
    "findings",
    metadata,
    Column("scorecard_pk", PK, ForeignKey("scorecards.scorecard_pk"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("outcome", OutcomeCode, nullable=False),
    Column("criterion_pk", Integer, ForeignKey("criteria.criterion_pk"), nullable=False),
    Column("confidence", REAL, nullable=False),
    Column("points", Double, nullable=False),
    Column("points_possible", Double, nullable=False),
    Column("hits", Integer, nullable=False),
    Column("decided", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
# Few findings are faults or doubts, and those are what people look for: only they are indexed.
_looked_for = text("outcome IN (2, 4)")
Index(
    "ix_findings_looked_for",
    findings.c.criterion_pk,
    findings.c.outcome,
    findings.c.scorecard_pk,
    sqlite_where=_looked_for,
    postgresql_where=_looked_for,
)

reviews = Table(
    "reviews",
    metadata,
    Column("review_pk", PK, primary_key=True),
    Column("review_id", CleanText, nullable=False, unique=True),
    Column("call_pk", PK, ForeignKey("calls.call_pk"), nullable=False, index=True),
    Column("rubric_id", CleanText, nullable=False),
    Column("criterion_id", CleanText, nullable=False),
    Column("criterion_digest", Text, nullable=False),
    Column("reviewer", CleanText, nullable=False),
    Column("reviewed_at", UtcDateTime, nullable=False),
    Column("outcome", OutcomeCode, nullable=False),
    Column("reason", CleanText, nullable=False),
)

# What was measured in a call, in narrow rows; replaced when the call is assembled anew, as it can be measured again.
measures = Table(
    "measures",
    metadata,
    Column("measure_pk", Integer, primary_key=True),
    Column("role", Text, nullable=False, doc="agent, customer; empty: of the whole call"),
    Column("measure", Text, nullable=False),
    UniqueConstraint("role", "measure"),
)

call_measures = Table(
    "call_measures",
    metadata,
    Column("call_pk", PK, ForeignKey("calls.call_pk"), primary_key=True),
    Column("measure_pk", Integer, ForeignKey("measures.measure_pk"), primary_key=True),
    Column("value", Double, nullable=False),
    sqlite_with_rowid=False,
)

audit = Table(
    "audit",
    metadata,
    Column("audit_pk", PK, primary_key=True, autoincrement=False, doc="1, 2, 3 … without a gap"),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", CleanText, nullable=False),
    Column("action", CleanText, nullable=False),
    Column("subject", CleanText, nullable=False, index=True),
    Column("detail", JSON, nullable=False),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

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
    *schema_people.FROZEN_TABLES,
    *schema_night.FROZEN_TABLES,
    *schema_keeping.FROZEN_TABLES,
)
"""Append-only: triggers refuse UPDATE and DELETE, but for what a purge takes (migration 0004)."""
