"""What is deleted, by whom and why; what must not be; and files that are still to be deleted.

Append-only tables let go of rows and words only inside a transaction that has a row in ``open_purges``. Such a row can't be
committed: ``never`` points to nothing, which is checked at the transaction's end. So whoever deletes must name a row of
``purges``, and the permission ends with the transaction.
"""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Date, ForeignKey, Table, Text

from qa_pipeline.storage.columns import PK, CleanText, UtcDateTime, metadata

purges = Table(
    "purges",
    metadata,
    Column("purge_pk", PK, primary_key=True, autoincrement=False, doc="1, 2, 3 …"),
    Column("kind", Text, nullable=False, doc="retention, or customer: somebody asked for it"),
    Column("rules", JSON, nullable=False, doc="settings that were in force, by name"),
    Column("scorecards_before", Date, doc="scorecards of earlier business days go; none: none do"),
    Column("reason", CleanText, nullable=False),
    Column("made_by", CleanText, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    CheckConstraint("purge_pk > 0", name="ck_purges_numbered"),
)

purge_ends = Table(
    "purge_ends",
    metadata,
    Column("purge_pk", PK, ForeignKey("purges.purge_pk"), primary_key=True, autoincrement=False),
    Column("counts", JSON, nullable=False, doc="calls by what was deleted of them, and files"),
    Column("ended_at", UtcDateTime, nullable=False),
)

open_purges = Table(
    "open_purges",
    metadata,
    Column("purge_pk", PK, ForeignKey("purges.purge_pk"), primary_key=True, autoincrement=False),
    Column(
        "never",
        PK,
        ForeignKey("purges.purge_pk", deferrable=True, initially="DEFERRED"),
        nullable=False,
        doc="-1: no such row, so that no commit takes this one",
    ),
    CheckConstraint("never = -1", name="ck_open_purges_never"),
)

owed_files = Table(
    "owed_files",
    metadata,
    Column("kind", Text, primary_key=True, doc="artifact, listens, file, folder, wipe"),
    Column("name", CleanText, primary_key=True, doc="an artifact's key, or a path"),
    Column("purge_pk", PK, ForeignKey("purges.purge_pk"), nullable=False),
)

holds = Table(
    "holds",
    metadata,
    Column("hold_pk", PK, primary_key=True, autoincrement=False, doc="1, 2, 3 …"),
    Column("kind", Text, nullable=False, doc="call, customer, agent, days"),
    Column("subject", CleanText, nullable=False, doc="whose calls; empty for days"),
    Column("first_day", Date),
    Column("last_day", Date),
    Column("reason", CleanText, nullable=False),
    Column("set_by", CleanText, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
)

hold_lifts = Table(
    "hold_lifts",
    metadata,
    Column("hold_pk", PK, ForeignKey("holds.hold_pk"), primary_key=True, autoincrement=False),
    Column("reason", CleanText, nullable=False),
    Column("lifted_by", CleanText, nullable=False),
    Column("lifted_at", UtcDateTime, nullable=False),
)

FROZEN_TABLES = ("purges", "purge_ends", "holds", "hold_lifts")
"""Append-only; of holds and what lifted them a purge may take the words."""

CALL_MARKS = tuple(
    Column(f"{what}_purge", PK, doc="the purge that took it")
    for what in ("audio", "transcript", "scorecard", "customer")
)
"""Columns of ``calls``: what is no longer kept of a call, and by which purge."""
