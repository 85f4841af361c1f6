"""Tables of what grows beside the scorecards: an agent's pitch, goals, improvements, exceptions, exports, draws, appeals.

History is append-only here too: an exception or an appeal is a row that never changes, and what happens to it
are further rows.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from qa_pipeline.storage.columns import PK, CleanText, UtcDateTime, metadata

pitch_baselines = Table(
    "pitch_baselines",
    metadata,
    Column("baseline_pk", PK, primary_key=True),
    Column("agent_id", CleanText, nullable=False),
    Column("snapshot_date", Date, nullable=False),
    Column("median_hz", Double, nullable=False),
    Column("spread_semitones", Double, nullable=False),
    Column("num_calls", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    UniqueConstraint("agent_id", "snapshot_date"),
)

targets = Table(
    "targets",
    metadata,
    Column("target_pk", PK, primary_key=True),
    Column("scope", Text, nullable=False, doc="centre, team, agent, queue"),
    Column("scope_id", CleanText, nullable=False, doc="empty for the centre"),
    Column("measure", CleanText, nullable=False, doc="a key figure of the reports"),
    Column("value", Double, doc="none: from this day there is no target"),
    Column("from_date", Date, nullable=False),
    Column("set_by", CleanText, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
)

improvements = Table(
    "improvements",
    metadata,
    Column("improvement_pk", PK, primary_key=True),
    Column("improvement_id", CleanText, nullable=False, unique=True),
    Column("what", CleanText, nullable=False),
    Column("measure", CleanText, nullable=False, doc="the key figure or criterion it should move"),
    Column("scope", Text, nullable=False),
    Column("scope_id", CleanText, nullable=False),
    Column("from_date", Date, nullable=False),
    Column("owner", CleanText, nullable=False),
    Column("added_by", CleanText, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)

improvement_closings = Table(
    "improvement_closings",
    metadata,
    Column("improvement_pk", PK, ForeignKey("improvements.improvement_pk"), primary_key=True),
    Column("closed_on", Date, nullable=False),
    Column("closed_by", CleanText, nullable=False),
    Column("note", CleanText, nullable=False),
    Column("closed_at", UtcDateTime, nullable=False),
)

exceptions = Table(
    "exceptions",
    metadata,
    Column("exception_pk", PK, primary_key=True),
    Column("exception_id", CleanText, nullable=False, unique=True, doc="the same trouble is found once"),
    Column("kind", CleanText, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("opened_on", Date, nullable=False, doc="business day it was seen in"),
    Column("opened_at", UtcDateTime, nullable=False),
)

exception_events = Table(
    "exception_events",
    metadata,
    Column("event_pk", PK, primary_key=True),
    Column("exception_pk", PK, ForeignKey("exceptions.exception_pk"), nullable=False, index=True),
    Column("action", Text, nullable=False, doc="assigned, closed"),
    Column("owner", CleanText, nullable=False),
    Column("deadline", Date),
    Column("note", CleanText, nullable=False),
    Column("by", CleanText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

exports = Table(
    "exports",
    metadata,
    Column("export_pk", PK, primary_key=True),
    Column("month", Date, nullable=False, unique=True, doc="its first day; the month is frozen from here on"),
    Column("schema_version", Integer, nullable=False),
    Column("digest", Text, nullable=False, doc="SHA-256 of the rows as exported"),
    Column("file_name", CleanText, nullable=False),
    Column("exported_by", CleanText, nullable=False),
    Column("exported_at", UtcDateTime, nullable=False),
)

export_rows = Table(
    "export_rows",
    metadata,
    Column("export_pk", PK, ForeignKey("exports.export_pk"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", Text, nullable=False, doc="month, or adjustment of an earlier month"),
    Column("of_month", Date, nullable=False),
    Column("agent_id", CleanText, nullable=False),
    Column("figures", JSON, nullable=False, doc="the figures as they stood then, by column of the schema"),
    Index("ix_export_rows_of_month_agent_id", "of_month", "agent_id"),
    sqlite_with_rowid=False,
)

draws = Table(
    "draws",
    metadata,
    Column("draw_pk", PK, primary_key=True),
    Column("draw_id", CleanText, nullable=False, unique=True),
    Column("method", CleanText, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("params", JSON, nullable=False),
    Column("drawn_by", CleanText, nullable=False),
    Column("drawn_at", UtcDateTime, nullable=False),
)

draw_calls = Table(
    "draw_calls",
    metadata,
    Column("draw_pk", PK, ForeignKey("draws.draw_pk"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("call_pk", PK, ForeignKey("calls.call_pk"), nullable=False, index=True),
    Column("stratum", CleanText, nullable=False),
    Column("probability", Double, nullable=False, doc="of being drawn, above 0 to 1"),
    sqlite_with_rowid=False,
)

appeals = Table(
    "appeals",
    metadata,
    Column("appeal_pk", PK, primary_key=True),
    Column("appeal_id", CleanText, nullable=False, unique=True),
    Column("call_pk", PK, ForeignKey("calls.call_pk"), nullable=False, index=True),
    Column("rubric_id", CleanText, nullable=False),
    Column("criterion_id", CleanText, nullable=False),
    Column("criterion_digest", Text, nullable=False),
    Column("filed_by", CleanText, nullable=False),
    Column("filed_at", UtcDateTime, nullable=False),
    Column("deadline", Date, nullable=False),
    Column("reason", CleanText, nullable=False),
)

appeal_decisions = Table(
    "appeal_decisions",
    metadata,
    Column("appeal_pk", PK, ForeignKey("appeals.appeal_pk"), primary_key=True),
    Column("decision", Text, nullable=False, doc="granted, rejected, withdrawn"),
    Column("reason", CleanText, nullable=False),
    Column("decided_by", CleanText, nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("review_id", CleanText, doc="the mark that carries out a granted appeal"),
)

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
"""Append-only: a trigger refuses UPDATE and DELETE."""
