"""Writes scorecards: the whole one compressed, its figures in narrow rows, and which one is current."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, tuple_, update

from qa_pipeline.domain.scorecard import Scorecard, ScoredFinding
from qa_pipeline.errors import InputError
from qa_pipeline.storage import audit, codec
from qa_pipeline.storage.rows import scorecard_values
from qa_pipeline.storage.schema import (
    criteria,
    current_scorecards,
    engines,
    findings,
    rubrics,
    scorecard_docs,
    scorecards,
    section_scores,
)

DOC_FORMAT = 1


class ScorecardWriter:
    """The scorecards of one batch on their way into the database."""

    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._db = connection
        self._now = now
        self.entries: list[audit.Entry] = []
        """What the audit log must hear besides."""
        self.news: dict[str, dict[str, object]] = {}
        """Call id to what is new: absent where nothing changed."""

    def save(self, cards: Mapping[str, Scorecard], call_pks: Mapping[str, int]) -> None:
        """Add those whose identity is new, and make all of them current; ``call_pks`` by call id.

        Raises:
            InputError: ``storage.rubric_unknown``.
        """
        if not cards:
            return
        rubric_pks = self._rubric_pks(list(cards.values()))
        engine_pks = self._engine_pks({card.engine_digest for card in cards.values()})
        keys = {
            call_id: (call_pks[call_id], rubric_pks[call_id], engine_pks[card.engine_digest])
            for call_id, card in cards.items()
        }
        identity = (scorecards.c.call_pk, scorecards.c.rubric_pk, scorecards.c.engine_pk)
        there = self._db.execute(
            select(scorecards.c.scorecard_pk, *identity).where(tuple_(*identity).in_(list(keys.values())))
        )
        pks = {(row.call_pk, row.rubric_pk, row.engine_pk): row.scorecard_pk for row in there}
        new = {call_id: card for call_id, card in cards.items() if keys[call_id] not in pks}
        self._note_differences({i: (pks[keys[i]], card) for i, card in cards.items() if i not in new})
        if new:
            pks |= self._add_scorecards(new, keys)
        self._make_current({i: (call_pks[i], card, pks[keys[i]]) for i, card in cards.items()})

    def _add_scorecards(
        self, new: Mapping[str, Scorecard], keys: Mapping[str, tuple[int, int, int]]
    ) -> dict[tuple[int, int, int], int]:
        names = ("call_pk", "rubric_pk", "engine_pk")
        rows = [
            dict(zip(names, keys[call_id], strict=True)) | scorecard_values(card, now=self._now)
            for call_id, card in new.items()
        ]
        added = self._db.execute(
            insert(scorecards).returning(scorecards.c.scorecard_pk, sort_by_parameter_order=True), rows
        ).scalars()
        pks = dict(zip(new, added, strict=True))
        criterion_pks = self._criterion_pks(new, keys)
        docs, sections, marks = [], [], []
        for call_id, card in new.items():
            pk, rubric_pk = pks[call_id], keys[call_id][1]
            doc = codec.dumps(card)
            docs.append({"scorecard_pk": pk, "format": DOC_FORMAT, "doc": codec.compress(doc)})
            self._tell(call_id, card, hashlib.sha256(doc).hexdigest())
            for position, section in enumerate(card.sections):
                sections.append(
                    {
                        "scorecard_pk": pk,
                        "position": position,
                        "section_id": section.section_id,
                        "points": section.points,
                        "points_possible": section.points_possible,
                        "score_pct": section.score_pct,
                        "auto_failed": section.auto_failed,
                    }
                )
            for position, mark in enumerate(card.findings):
                marks.append(
                    {
                        "scorecard_pk": pk,
                        "position": position,
                        "outcome": mark.finding.outcome,
                        "criterion_pk": criterion_pks[(rubric_pk, _criterion(mark))],
                        "confidence": mark.finding.confidence,
                        "points": mark.points,
                        "points_possible": mark.points_possible,
                        "hits": mark.finding.hits,
                        "decided": mark.decided,
                    }
                )
        for table, batch in ((scorecard_docs, docs), (section_scores, sections), (findings, marks)):
            if batch:
                self._db.execute(insert(table), batch)
        return {keys[call_id]: pk for call_id, pk in pks.items()}

    def _make_current(self, cards: Mapping[str, tuple[int, Scorecard, int]]) -> None:
        table = current_scorecards
        rows = self._db.execute(select(table).where(table.c.call_pk.in_([c[0] for c in cards.values()])))
        current = {(row.call_pk, row.rubric_id): row.scorecard_pk for row in rows}
        missing, flips = [], []
        for call_id, (call_pk, card, pk) in cards.items():
            rubric_id = codec.clean(card.rubric_id)
            old = current.get((call_pk, rubric_id))
            if old == pk:
                continue
            if old is None:
                missing.append({"call_pk": call_pk, "rubric_id": rubric_id, "scorecard_pk": pk})
            else:
                flips.append({"of_call": call_pk, "under": rubric_id, "scorecard_pk": pk})
            self._tell(call_id, card)
        if missing:
            self._db.execute(insert(table), missing)
        if flips:
            here = (table.c.call_pk == bindparam("of_call")) & (table.c.rubric_id == bindparam("under"))
            self._db.execute(update(table).where(here).values(scorecard_pk=bindparam("scorecard_pk")), flips)

    def _note_differences(self, again: Mapping[str, tuple[int, Scorecard]]) -> None:
        """The same audio, rubric and engine must give the same scorecard; where they did not, the log says so."""
        if not again:
            return
        pks = [pk for pk, _ in again.values()]
        rows = self._db.execute(select(scorecard_docs).where(scorecard_docs.c.scorecard_pk.in_(pks)))
        kept = {row.scorecard_pk: codec.decompress(row.doc) for row in rows}
        for call_id, (pk, card) in again.items():
            if codec.loads(kept[pk], Scorecard) != card:
                digests = [hashlib.sha256(d).hexdigest() for d in (kept[pk], codec.dumps(card))]
                self.entries.append(
                    ("scorecard.not_reproduced", call_id, {"kept": digests[0], "refused": digests[1]})
                )

    def _tell(self, call_id: str, card: Scorecard, sha256: str | None = None) -> None:
        detail = self.news.setdefault(call_id, {})
        detail["rubric"] = [card.rubric_id, card.rubric_version, card.rubric_digest]
        detail["engine"] = card.engine_digest
        if sha256 is not None:
            detail["scorecard_sha256"] = sha256

    def _rubric_pks(self, cards: Sequence[Scorecard]) -> dict[str, int]:
        wanted = {(codec.clean(c.rubric_id), c.rubric_version) for c in cards}
        rows = self._db.execute(
            select(rubrics.c.rubric_pk, rubrics.c.rubric_id, rubrics.c.version, rubrics.c.digest).where(
                tuple_(rubrics.c.rubric_id, rubrics.c.version).in_(list(wanted))
            )
        )
        known = {(row.rubric_id, row.version, row.digest): row.rubric_pk for row in rows}
        pks = {}
        for card in cards:
            key = (codec.clean(card.rubric_id), card.rubric_version, card.rubric_digest)
            if key not in known:
                # Without the rubric's text nobody could ever explain this score.
                raise InputError("storage.rubric_unknown", rubric_id=key[0], version=key[1])
            pks[codec.clean(card.call_id)] = known[key]
        return pks

    def _engine_pks(self, digests: set[str]) -> dict[str, int]:
        rows = self._db.execute(select(engines).where(engines.c.engine_digest.in_(sorted(digests))))
        known = {row.engine_digest: row.engine_pk for row in rows}
        missing = [{"engine_digest": digest} for digest in sorted(digests - known.keys())]
        return known | insert_new(self._db, engines, missing, "engine_digest", "engine_pk")

    def _criterion_pks(
        self, cards: Mapping[str, Scorecard], keys: Mapping[str, tuple[int, int, int]]
    ) -> dict[tuple[int, tuple[str, ...]], int]:
        names = ("rubric_pk", "section_id", "criterion_id", "severity", "operator", "criterion_digest")
        columns = [criteria.c[name] for name in names]
        where = criteria.c.rubric_pk.in_(sorted({keys[i][1] for i in cards}))
        rows = self._db.execute(select(criteria.c.criterion_pk, *columns).where(where))
        known: dict[tuple[Any, ...], int] = {tuple(row[1:]): row[0] for row in rows}
        wanted = {(keys[i][1], _criterion(m)): None for i, card in cards.items() for m in card.findings}
        cleaned = {(pk, parts): (pk, *map(codec.clean, parts)) for pk, parts in wanted}
        missing = [key for key in dict.fromkeys(cleaned.values()) if key not in known]
        if missing:
            statement = insert(criteria).returning(criteria.c.criterion_pk, sort_by_parameter_order=True)
            added = self._db.execute(statement, [dict(zip(names, key, strict=True)) for key in missing])
            known.update(zip(missing, added.scalars(), strict=True))
        return {key: known[cleaned[key]] for key in wanted}


def insert_new(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], key: str, pk: str
) -> dict[Any, int]:
    """Insert and return key to surrogate key."""
    if not rows:
        return {}
    statement = insert(table).returning(table.c[pk], sort_by_parameter_order=True)
    added = connection.execute(statement, rows).scalars()
    return {row[key]: number for row, number in zip(rows, added, strict=True)}


def _criterion(mark: ScoredFinding) -> tuple[str, ...]:
    finding = mark.finding
    return (mark.section_id, finding.criterion_id, mark.severity, finding.operator, mark.criterion_digest)
