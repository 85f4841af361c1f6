"""Performance files in the database: append-only, so that what HR was told can always be shown again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import Connection, insert, select

from qa_pipeline.domain.call import plain_id
from qa_pipeline.domain.performance import ExportRow, Figure
from qa_pipeline.errors import InputError
from qa_pipeline.storage import audit
from qa_pipeline.storage.export_base import Export
from qa_pipeline.storage.schema_people import export_rows, exports
from qa_pipeline.storage.session import Session


class SqlExportStore(Session):
    """The :class:`qa_pipeline.storage.export_base.ExportStore` port on SQLite and PostgreSQL."""

    def export(self, month: date) -> Export | None:
        """The file of a month; see the port."""

        def work(db: Connection) -> Export | None:
            head = db.execute(select(exports).where(exports.c.month == month)).first()
            if head is None:
                return None
            rows = db.execute(
                select(export_rows)
                .where(export_rows.c.export_pk == head.export_pk)
                .order_by(export_rows.c.position)
            )
            return Export(
                month=head.month,
                schema_version=head.schema_version,
                digest=head.digest,
                file_name=head.file_name,
                exported_by=head.exported_by,
                exported_at=head.exported_at,
                rows=tuple(
                    ExportRow(kind=r.kind, of_month=r.of_month, agent_id=r.agent_id, figures=r.figures)
                    for r in rows
                ),
            )

        return self._run(work)

    def exported_months(self) -> tuple[date, ...]:
        """The first days of all frozen months, in order."""
        query = select(exports.c.month).order_by(exports.c.month)
        return self._run(lambda db: tuple(db.execute(query).scalars()))

    def last_figures(self, of_month: date) -> Mapping[str, Mapping[str, Figure]]:
        """By agent: the figures as the newest file told them; see the port."""
        query = (
            select(export_rows.c.agent_id, export_rows.c.figures)
            .join(exports, exports.c.export_pk == export_rows.c.export_pk)
            .where(export_rows.c.of_month == of_month)
            .order_by(exports.c.month)
        )
        return self._run(lambda db: {plain_id(row.agent_id): row.figures for row in db.execute(query)})

    def add_export(
        self,
        month: date,
        rows: Sequence[ExportRow],
        *,
        schema_version: int,
        digest: str,
        file_name: str,
        who: str,
    ) -> None:
        """Freeze a month; see the port."""

        def work(db: Connection) -> None:
            if db.execute(select(exports.c.month).where(exports.c.month == month)).first() is not None:
                raise InputError("export.frozen", month=f"{month:%Y-%m}")
            now = datetime.now(UTC)
            head = {
                "month": month,
                "schema_version": schema_version,
                "digest": digest,
                "file_name": file_name,
            }
            new = (
                insert(exports)
                .values(**head, exported_by=who, exported_at=now)
                .returning(exports.c.export_pk)
            )
            pk = db.execute(new).scalar_one()
            values = [
                {
                    "export_pk": pk,
                    "position": position,
                    "kind": row.kind,
                    "of_month": row.of_month,
                    "agent_id": row.agent_id,
                    "figures": dict(row.figures),
                }
                for position, row in enumerate(rows)
            ]
            if values:
                db.execute(insert(export_rows), values)
            detail = {
                "digest": digest,
                "rows": len(values),
                "file": file_name,
                "schema_version": schema_version,
            }
            audit.append(db, now, who, [("review.exported", f"{month:%Y-%m}", detail)])

        self._run(work, write=True)
