"""What the nightly job remembers: the watched files as it last saw them, and the reports it made."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Integer, Table, Text

from qa_pipeline.storage.columns import CleanText, UtcDateTime, metadata

seen_files = Table(
    "seen_files",
    metadata,
    Column("uri", CleanText, primary_key=True),
    Column("stamp", Text, nullable=False, doc="size and time of change, or the server's tag"),
    Column("info_digest", Text, nullable=False, doc="of the metadata the call was scored with"),
    Column("call_id", CleanText, nullable=False, index=True),
    Column("settled", Boolean, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)

report_runs = Table(
    "report_runs",
    metadata,
    Column("kind", Text, primary_key=True, doc="day, week, month"),
    Column("start_date", Date, primary_key=True),
    Column("revision", Integer, primary_key=True, doc="1, 2 …: late calls or marks made a new one"),
    Column("fingerprint", Text, nullable=False, doc="of the calls, scores and marks it was made from"),
    Column("folder", CleanText, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)

FROZEN_TABLES = ("report_runs",)
"""Append-only: a trigger refuses UPDATE and DELETE."""
