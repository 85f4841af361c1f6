"""What the tables are built of: column types that keep values exact on either database, and the metadata."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Integer, MetaData, SmallInteger, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.storage.codec import clean

OUTCOME_CODES = {Outcome.MET: 1, Outcome.NOT_MET: 2, Outcome.NOT_APPLICABLE: 3, Outcome.NEEDS_REVIEW: 4}
_OUTCOMES = {code: outcome for outcome, code in OUTCOME_CODES.items()}


class CleanText(TypeDecorator[str]):
    """Text without the characters that a database refuses (:func:`qa_pipeline.storage.codec.clean`)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Python to database."""
        return None if value is None else clean(value)


class IdText(CleanText):
    """An id that listings are ordered by: the order must not depend on the server's language."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Byte order on PostgreSQL, as SQLite has it."""
        return Text(collation="C" if dialect.name == "postgresql" else None)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC to the microsecond. A naive one is refused: nobody would know which hour it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Python to database; SQLite keeps no zone, so it gets the UTC hour."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Database to Python, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class OutcomeCode(TypeDecorator[Outcome]):
    """An outcome as a small integer: 1 met, 2 not met, 3 not applicable, 4 needs review."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Outcome | None, dialect: Dialect) -> int | None:
        """Python to database."""
        return None if value is None else OUTCOME_CODES[value]

    def process_result_value(self, value: int | None, dialect: Dialect) -> Outcome | None:
        """Database to Python."""
        return None if value is None else _OUTCOMES[value]


# SQLite numbers rows by INTEGER PRIMARY KEY only; PostgreSQL needs eight bytes for them.
PK = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
