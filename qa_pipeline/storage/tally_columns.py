"""Chunks of call rows on their way into narrow columns: counted with numpy, merged, put in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, select

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.tally import CallColumns, Cells, Codes, CriterionKey, Floats, Names, RubricKey, Tally
from qa_pipeline.storage.columns import OUTCOME_CODES
from qa_pipeline.storage.schema import criteria, rubrics

LOST = 1_000_000
"""Points lost are below 10,000 (a criterion has 1,000 at most), in hundredths."""
_MET, _FAILED, _PENDING = (OUTCOME_CODES[o] for o in (Outcome.MET, Outcome.NOT_MET, Outcome.NEEDS_REVIEW))


class _Coder(dict[Any, int]):
    """Numbers values in the order they come."""

    def __missing__(self, key: Any) -> int:
        self[key] = len(self)
        return self[key]

    def codes(self, values: Iterable[Any]) -> Codes:
        return np.array([self[value] for value in values], dtype=np.int64)


class Collector:
    """Chunks of rows on their way into columns."""

    def __init__(self, start: date, fatal: Codes) -> None:
        self._start = start
        self._fatal = fatal
        self._agents, self._teams, self._queues, self._groups, self._grades = (_Coder() for _ in range(5))
        self._agent_names: dict[str, str] = {}
        self._columns: list[tuple[np.ndarray, ...]] = []
        self._cells: list[tuple[np.ndarray, ...]] = []

    def add(self, rows: Sequence[Row[Any]]) -> None:
        """Count one chunk."""
        (
            pk,
            agent,
            team,
            queue,
            day,
            rubric,
            grade,
            score,
            hearing,
            duration,
            suspected,
            confirmed,
            reviewed,
            name,
            marks,
        ) = zip(*rows, strict=True)
        call = np.array(pk, dtype=np.int64)
        days = np.array([(d - self._start).days for d in day], dtype=np.int64)
        agents, teams, queues = self._agents.codes(agent), self._teams.codes(team), self._queues.codes(queue)
        self._agent_names.update((a, n) for a, n in zip(agent, name, strict=True) if n)
        group = self._groups.codes(zip(agents.tolist(), teams.tolist(), queues.tolist(), strict=True))
        faults = self._count(call, group, [text or "" for text in marks])
        self._columns.append(
            (
                call,
                agents,
                teams,
                queues,
                days,
                np.array(rubric, dtype=np.int64),
                self._grades.codes(grade),
                np.array(score, dtype=np.float64),
                np.array(hearing, dtype=np.float64),
                np.array(duration, dtype=np.float64),
                np.array(suspected) > 0,
                np.array(confirmed) > 0,
                np.array(reviewed, dtype=np.bool_),
                *faults,
            )
        )
        if sum(len(cells[0]) for cells in self._cells) > 4_000_000:
            self._cells = [_merged(self._cells)]

    def _count(self, call: Codes, group: Codes, marks: Sequence[str]) -> tuple[Floats, Floats]:
        """Add the cells of a chunk; returns each call's criteria not met and decided, fatal ones apart."""
        packed = np.fromstring(",".join(text for text in marks if text), dtype=np.int64, sep=",")
        if not len(packed):
            return np.zeros(len(call)), np.zeros(len(call))
        sizes = np.array([text.count(",") + 1 if text else 0 for text in marks])
        of_call, of_group = np.repeat(call, sizes), np.repeat(group, sizes)
        code, lost = packed // LOST, packed % LOST
        outcome, criterion = code % 8, code // 8
        failed, met = outcome == _FAILED, outcome == _MET
        never = np.iinfo(np.int64).max
        other = ~np.isin(criterion, self._fatal)
        of_row = np.repeat(np.arange(len(call)), sizes)
        self._cells.append(
            _merged(
                [
                    (
                        of_group << 32 | criterion,
                        failed.astype(float),
                        (failed | met).astype(float),
                        (outcome == _PENDING).astype(float),
                        lost / 100,
                        np.where(failed, of_call, never),
                        np.where(met, of_call, never),
                    )
                ]
            )
        )
        return (
            np.bincount(of_row, weights=failed & other, minlength=len(call)).astype(np.float64),
            np.bincount(of_row, weights=(failed | met) & other, minlength=len(call)).astype(np.float64),
        )

    def tally(self, db: Connection) -> Tally:
        """Everything added, with names in order, so that equal data give equal tallies in whatever order they came."""
        agents, teams, queues = (_ordered(coder) for coder in (self._agents, self._teams, self._queues))
        grades = _ordered(self._grades)
        form = db.execute(
            select(rubrics.c.rubric_pk, rubrics.c.rubric_id, rubrics.c.version, rubrics.c.digest)
        ).all()
        form = sorted(form, key=lambda row: (row.rubric_id, row.version))
        rubric_number = {row.rubric_pk: k for k, row in enumerate(form)}
        columns = (
            [np.concatenate(parts) for parts in zip(*self._columns, strict=True)] if self._columns else []
        )
        if columns:
            columns[1], columns[2], columns[3] = (
                agents[1][columns[1]],
                teams[1][columns[2]],
                queues[1][columns[3]],
            )
            columns[5] = np.array([rubric_number[pk] for pk in columns[5].tolist()], dtype=np.int64)
            no_grade = self._grades.get("", -1)
            columns[6] = np.where(columns[6] == no_grade, -1, grades[1][columns[6]])
            order = np.argsort(columns[0], kind="stable")
            columns = [column[order] for column in columns]
        else:
            columns = [
                np.zeros(0, dtype)
                for dtype in (np.int64,) * 7 + (float,) * 3 + (np.bool_,) * 3 + (float,) * 2
            ]
        keys, criterion_number = _criteria(db)
        names = Names(
            agents=agents[0],
            agent_names=dict(sorted(self._agent_names.items())),
            teams=teams[0],
            queues=queues[0],
            rubrics=tuple(RubricKey(rubric_id=r.rubric_id, version=r.version, digest=r.digest) for r in form),
            criteria=keys,
            grades=grades[0],
            first_day=self._start,
        )
        cells = self._final_cells(agents[1], teams[1], queues[1], criterion_number)
        return Tally(
            names=names,
            calls=CallColumns(**dict(zip([f.name for f in fields(CallColumns)], columns, strict=True))),
            cells=cells,
        )

    def _final_cells(
        self, agents: Codes, teams: Codes, queues: Codes, criterion_number: dict[int, int]
    ) -> Cells:
        if not self._cells:
            none, empty = np.zeros(0, np.int64), np.zeros(0)
            nothing: dict[str, Any] = {f.name: none for f in fields(Cells)}
            return Cells(**(nothing | dict.fromkeys(("failed", "decided", "pending", "points_lost"), empty)))
        key, failed, decided, pending, lost, failed_call, met_call = _merged(self._cells)
        groups = np.array(list(self._groups), dtype=np.int64)[key >> 32]
        criterion = np.array([criterion_number[pk] for pk in (key & 0xFFFFFFFF).tolist()], dtype=np.int64)
        agent, team, queue = agents[groups[:, 0]], teams[groups[:, 1]], queues[groups[:, 2]]
        order = np.lexsort((criterion, queue, team, agent))
        never = np.iinfo(np.int64).max
        return Cells(
            agent=agent[order],
            team=team[order],
            queue=queue[order],
            criterion=criterion[order],
            failed=failed[order],
            decided=decided[order],
            pending=pending[order],
            points_lost=np.round(lost[order], 2),
            failed_call=np.where(failed_call == never, -1, failed_call)[order],
            met_call=np.where(met_call == never, -1, met_call)[order],
        )


def _merged(parts: Sequence[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    """One row a key: sums of the figures, the smallest of the calls."""
    key, *figures = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(key, kind="stable")
    key = key[order]
    starts = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
    sums: list[Floats] = [np.add.reduceat(figure[order], starts) for figure in figures[:4]]
    firsts: list[Codes] = [np.minimum.reduceat(figure[order], starts) for figure in figures[4:]]
    return (key[starts], *sums, *firsts)


def _ordered(coder: _Coder) -> tuple[tuple[str, ...], Codes]:
    """The names in order, and the new number of each old one."""
    names = sorted(coder)
    numbers = {name: k for k, name in enumerate(names)}
    return tuple(names), np.array([numbers[name] for name in coder], dtype=np.int64)


def _criteria(db: Connection) -> tuple[tuple[CriterionKey, ...], dict[int, int]]:
    rows = db.execute(
        select(criteria, rubrics.c.rubric_id, rubrics.c.version)
        .join(rubrics, rubrics.c.rubric_pk == criteria.c.rubric_pk)
        .order_by(rubrics.c.rubric_id, rubrics.c.version, criteria.c.criterion_pk)
    ).all()
    keys = tuple(
        CriterionKey(
            rubric_id=row.rubric_id,
            rubric_version=row.version,
            section_id=row.section_id,
            criterion_id=row.criterion_id,
            severity=row.severity,
            digest=row.criterion_digest,
        )
        for row in rows
    )
    return keys, {row.criterion_pk: k for k, row in enumerate(rows)}
