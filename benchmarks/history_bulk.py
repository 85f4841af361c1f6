"""Writes made-up histories straight into SQLite tables: a million scorecards in minutes instead of an hour.

The same rows as the real store writes for the same blocks (a test compares them), the audit log aside. Points are
worked out for whole columns at once; the scorecards' documents are put together from pieces the real codec made.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.histories import (
    MEASURES,
    MET,
    NEEDS_REVIEW,
    NOT_MET,
    Block,
    Centre,
    Floats,
    blocks,
    forms,
    planted,
)
from benchmarks.history_store import call_row, finding
from qa_pipeline.domain.scorecard import CallStatus, Scorecard, SectionScore
from qa_pipeline.rules.rubric import PerHit, Rubric
from qa_pipeline.scoring.points import decided_by_machine, row_of
from qa_pipeline.scoring.score import GRADE_PENDING, scored_finding
from qa_pipeline.settings import Settings
from qa_pipeline.storage import codec
from qa_pipeline.storage.rows import RECORDING_FACTS, call_values, recording_values
from qa_pipeline.storage.scores import DOC_FORMAT
from qa_pipeline.storage.store import SqlStore

ENGINE = "histories"
_MARK_MS = 7_654_321
"""A start that no made-up call has: stands in for the real one in the pieces of documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """A block's points, a row a call; NaN where there is none."""

    earned: Floats
    possible: Floats
    """Both: calls × criteria."""
    score: Floats
    low: Floats
    high: Floats


def points(block: Block) -> Points:
    """What :func:`qa_pipeline.scoring.score.score` gives, for all calls at once."""
    criteria = [c for _, c in block.form.criteria()]
    worth = np.array([c.points for c in criteria])
    failed = np.array(
        [max(0.0, c.points - c.score.per_hit) if isinstance(c.score, PerHit) else 0.0 for c in criteria]
    )
    fatal = np.array([c.severity == "fatal" for c in criteria])
    ours = np.array([c.id in decided_by_machine(block.form) for c in criteria])
    decided = (block.outcomes == MET) | (block.outcomes == NOT_MET)
    pending = block.outcomes == NEEDS_REVIEW
    earned = np.where(block.outcomes == MET, worth, np.where(block.outcomes == NOT_MET, failed, 0.0))
    possible = np.where(decided, worth, 0.0)
    suspected = (block.outcomes == NOT_MET) & fatal
    waiting = (worth * (pending & ours)).sum(1)
    withheld = waiting * 100 > 20 * (waiting + (possible * ours).sum(1))
    everything = possible.sum(1) + (worth * pending).sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        plain = np.round(100 * earned.sum(1) / possible.sum(1), 2)
        low = np.round(100 * earned.sum(1) / everything, 2)
        best = earned.sum(1) + (worth * pending).sum(1) + ((worth - earned) * suspected).sum(1)
        high = np.round(100 * best / everything, 2)
    low = np.where(suspected.any(1), 0.0, low)
    return Points(
        earned=earned, possible=possible, score=np.where(withheld, np.nan, plain), low=low, high=high
    )


def save(centre: Centre, data_dir: Path) -> int:
    """Write the history into the SQLite database of an empty data folder; returns the number of calls."""
    data_dir.mkdir(parents=True, exist_ok=True)
    store = SqlStore(Settings(data_dir=data_dir))
    for form in forms().values():
        store.register_rubric(form.rubric, form.version, form.digest, form.content)
    store.close()
    with closing(sqlite3.connect(data_dir / "qa.db")) as db:
        db.execute("PRAGMA synchronous=OFF")
        writer = _Writer(db, centre)
        count = sum(writer.write(block) for block in blocks(centre))
        db.commit()
        db.execute("ANALYZE")
        db.commit()
    return count


class _Writer:
    """Rows of all tables, numbered from 1 as the database would."""

    def __init__(self, db: sqlite3.Connection, centre: Centre) -> None:
        self._db = db
        self._centre = centre
        self._now = datetime(2026, 1, 1, tzinfo=UTC)
        self._calls = 0
        self._recordings = 0
        self._cards = 0
        self._insert("engines", {"engine_pk": 1, "engine_digest": ENGINE})
        rows = db.execute("SELECT rubric_pk, rubric_id, version FROM rubrics")
        self._rubrics = {(name, version): pk for pk, name, version in rows}
        self._measures = {name: number for number, name in enumerate(MEASURES, start=1)}
        for (role, measure), number in self._measures.items():
            self._insert("measures", {"measure_pk": number, "role": role, "measure": measure})
        self._criteria: dict[str, list[int]] = {}
        number = 0
        for form in forms().values():
            pks = self._criteria[form.digest] = []
            for section, criterion in form.criteria():
                number += 1
                pks.append(number)
                row = {"criterion_pk": number, "rubric_pk": self._rubrics[form.rubric, form.version]}
                row |= {"section_id": section.id, "criterion_id": criterion.id}
                row |= {"severity": criterion.severity, "operator": criterion.check.name}
                self._insert("criteria", row | {"criterion_digest": criterion.digest})

    def write(self, block: Block) -> int:
        """One block; returns its number of calls."""
        tally = points(block)
        for number in range(len(block)):
            recording_id = self._call(block, number)
            if recording_id is not None and block.status[number] == 1:
                self._card(block, tally, number, recording_id)
        return len(block)

    def _call(self, block: Block, number: int) -> str | None:
        row = call_row(self._centre, block, number)
        values = call_values(row, None, now=self._now, business_tz="Asia/Shanghai")
        self._calls += 1
        recording_pk, name = None, None
        if row.recording is not None:
            self._recordings += 1
            recording_pk, name = self._recordings, row.recording.source_name
            known = recording_values(row.recording)
            self._insert(
                "recordings", {"recording_pk": recording_pk} | {k: known[k] for k in RECORDING_FACTS}
            )
        scored = row.status is CallStatus.SCORED
        keys = {"call_pk": self._calls, "recording_pk": recording_pk, "source_name": name}
        under = {"scored_under": block.form.rubric if scored else None}
        self._insert("calls", {key: _plain(value) for key, value in (keys | values | under).items()})
        return row.recording.recording_id if row.recording else None

    def _card(self, block: Block, tally: Points, number: int, recording_id: str) -> None:
        self._cards += 1
        pk, form = self._cards, block.form
        card = _card(block, tally, number, recording_id)
        keys = {
            "scorecard_pk": pk,
            "call_pk": self._calls,
            "rubric_pk": self._rubrics[form.rubric, form.version],
        }
        figures = {
            "engine_pk": 1,
            "points": card.points,
            "points_possible": card.points_possible,
            "score_pct": card.score_pct,
            "score_low_pct": card.score_low_pct,
            "score_high_pct": card.score_high_pct,
            "grade": card.grade,
            "num_auto_failed": 0,
            "num_suspected_fatal": len(card.suspected_fatal),
            "made_at": _plain(self._now),
        }
        self._insert("scorecards", keys | figures)
        current = {"call_pk": self._calls, "rubric_id": form.rubric, "scorecard_pk": pk}
        self._insert("current_scorecards", current)
        for position, part in enumerate(card.sections):
            values = {"section_id": part.section_id, "points": part.points, "auto_failed": 0}
            values |= {"points_possible": part.points_possible, "score_pct": part.score_pct}
            self._insert("section_scores", {"scorecard_pk": pk, "position": position} | values)
        outcomes = block.outcomes[number].tolist()
        self._db.executemany(
            "INSERT INTO findings (scorecard_pk, position, outcome, criterion_pk, confidence, points, "
            "points_possible, hits, decided) VALUES (?,?,?,?,?,?,?,?,?)",
            (
                (
                    pk,
                    i,
                    code,
                    criterion,
                    0.9,
                    earned,
                    possible,
                    int(code == NOT_MET),
                    int(code != NEEDS_REVIEW),
                )
                for i, (code, criterion, earned, possible) in enumerate(
                    zip(
                        outcomes,
                        self._criteria[form.digest],
                        tally.earned[number].tolist(),
                        tally.possible[number].tolist(),
                        strict=True,
                    )
                )
            ),
        )
        self._db.executemany(
            "INSERT INTO call_measures (call_pk, measure_pk, value) VALUES (?,?,?)",
            [(self._calls, self._measures[name], float(v[number])) for name, v in block.measures.items()],
        )
        doc = codec.compress(_document(card, block, number))
        self._insert("scorecard_docs", {"scorecard_pk": pk, "format": DOC_FORMAT, "doc": doc})

    def _insert(self, table: str, row: Mapping[str, Any]) -> None:
        self._db.execute(_statement(table, tuple(row)), tuple(row.values()))


@cache
def _statement(table: str, names: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def _plain(value: object) -> object:
    """As SQLAlchemy writes it into SQLite."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, dict):
        return "{}" if not value else codec.canonical(value)
    return value if isinstance(value, str | int | float | None) else str(value)


def _card(block: Block, tally: Points, number: int, recording_id: str) -> Scorecard:
    """The scorecard but for its findings, which the document gets as text."""
    form = block.form
    criteria = list(form.criteria())
    outcomes = block.outcomes[number].tolist()
    score, low, high = (
        None if np.isnan(v) else float(v)
        for v in (tally.score[number], tally.low[number], tally.high[number])
    )
    return Scorecard(
        call_id=block.call_id(number),
        recording_id=recording_id,
        rubric_id=form.rubric,
        rubric_version=form.version,
        rubric_digest=form.digest,
        engine_digest=ENGINE,
        findings=(),
        sections=tuple(_sections(form, tally, number)),
        points=round(float(tally.earned[number].sum()), 2),
        points_possible=round(float(tally.possible[number].sum()), 2),
        score_pct=score,
        score_low_pct=low,
        score_high_pct=high,
        grade=GRADE_PENDING if score is None else form.grade(score),
        suspected_fatal=tuple(
            c.id
            for (_, c), code in zip(criteria, outcomes, strict=True)
            if c.severity == "fatal" and code == NOT_MET
        ),
        provenance={"engine": ENGINE},
    )


def _sections(form: Rubric, tally: Points, number: int) -> Iterator[SectionScore]:
    at = 0
    for section in form.sections:
        here = slice(at, at + len(section.criteria))
        at = here.stop
        earned, possible = (float(part[number, here].sum()) for part in (tally.earned, tally.possible))
        yield SectionScore(
            section_id=section.id,
            points=round(earned, 2),
            points_possible=round(possible, 2),
            score_pct=round(100 * earned / possible, 2) if possible else None,
        )


def _document(card: Scorecard, block: Block, number: int) -> bytes:
    start = int(block.place[number] * (block.duration_ms[number] - 4000))
    outcomes = block.outcomes[number].tolist()
    pieces = _pieces.setdefault(block.form.digest, {})
    missing = [key for key in enumerate(outcomes) if key not in pieces]
    pieces.update({key: _piece(block, *key) for key in missing})
    parts = ",".join(pieces[key] for key in enumerate(outcomes))
    for mark in (_MARK_MS, _MARK_MS + 3000):
        here = start + mark - _MARK_MS
        parts = parts.replace(str(mark), str(here)).replace(repr(mark / 1000), repr(here / 1000))
    return codec.dumps(card).replace(b'"findings":[]', b'"findings":[' + parts.encode() + b"]")


_pieces: dict[str, dict[tuple[int, int], str]] = {}
"""Form's digest, then column and outcome, to a finding of a document."""


def _piece(block: Block, column: int, code: int) -> str:
    """One finding, with the mark for its start."""
    section, criterion = list(block.form.criteria())[column]
    sample = replace(
        block,
        place=np.ones(1),
        duration_ms=np.array([_MARK_MS + 4000]),
        outcomes=np.full((1, block.outcomes.shape[1]), code, dtype=np.int8),
    )
    row = row_of(section.id, criterion, finding(criterion, code, sample, 0))
    return codec.dumps(scored_finding(row)).decode()


if __name__ == "__main__":
    made = planted(date.fromisoformat(sys.argv[2]))
    print(
        f"{save(made.centre, Path(sys.argv[1]))} calls; {made.improving} improves, {made.worsening} worsens,"
    )
    print(f"{made.trained} was trained in {made.trained_in} on {made.training_on}")
