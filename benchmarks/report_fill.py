"""Fills a SQLite database with a month of made-up scorecards, straight into the tables: only for measuring reports.

The figures mean nothing; the shape does: 20 criteria a scorecard, agents in teams, a few faults and doubts, a
measure or two a call. Whole scorecards are left out (reports don't read them), so a database's size is measured on
scorecards saved through the store.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.settings import Settings
from qa_pipeline.storage.store import SqlStore

NUM_CRITERIA = 20
MONTH_START = datetime(2026, 2, 28, 16, tzinfo=UTC)
"""Midnight of 1 March in Shanghai."""
_CHUNK = 20_000


def rubric() -> Rubric:
    """A form of 20 criteria, one of them fatal."""
    criteria = "".join(
        f"""
      - id: item_{k}
        title: 评分项{k}
        points: 5
        severity: {"fatal" if k == 0 else ("minor", "major", "critical")[k % 3]}
        check: {{op: must_say, phrases: [第{k}句标准话术]}}"""
        for k in range(NUM_CRITERIA)
    )
    bands = "bands: {优秀: 95, 良好: 85, 合格: 70, 不合格: 0}"
    head = f"rubric: made_up\nversion: 1\ntitle: 测量用表\n{bands}\n"
    text = f"{head}sections:\n  - id: all\n    title: 全部\n    criteria:{criteria}\n"
    return parse_rubric(text, "made_up.yaml")


def fill(settings: Settings, *, num_calls: int, num_agents: int, days: int = 31, seed: int = 5) -> None:
    """Add ``num_calls`` scored calls, spread over the days and agents, to an empty database."""
    form = rubric()
    store = SqlStore(settings)
    store.register_rubric(form.rubric, form.version, form.digest, form.content)
    store.close()
    connection = sqlite3.connect(settings.data_dir / "qa.db", isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;")
    connection.execute("INSERT INTO engines VALUES (1, ?)", ("e" * 64,))
    connection.executemany(
        "INSERT INTO criteria VALUES (?,1,'all',?,?,'must_say',?)",
        [(k + 1, c.id, c.severity, c.digest) for k, (_, c) in enumerate(form.criteria())],
    )
    connection.executemany(
        "INSERT INTO measures VALUES (?,?,?)", [(1, "", "hearing_quality_pct"), (2, "agent", "speaking_rate")]
    )
    chance = np.random.default_rng(seed)
    skill = chance.normal(0.93, 0.02, num_agents)
    for first in range(1, num_calls + 1, _CHUNK):
        size = min(_CHUNK, num_calls + 1 - first)
        connection.execute("BEGIN")
        _chunk(connection, chance, skill, np.arange(first, first + size), days)
        connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("ANALYZE")
    connection.close()


def _chunk(
    connection: sqlite3.Connection, chance: np.random.Generator, skill: np.ndarray, pks: np.ndarray, days: int
) -> None:
    agent = chance.integers(0, len(skill), len(pks))
    second = chance.integers(0, days * 86_400, len(pks))
    hearing = np.round(chance.uniform(60, 100, len(pks)), 1)
    draw = chance.random((len(pks), NUM_CRITERIA))
    outcome = np.where(draw < skill[agent, None], 1, np.where(draw < 0.985, 2, np.where(draw < 0.99, 4, 3)))
    outcome[:, 0] = np.where(draw[:, 0] < 0.999, 1, 2)
    decided = outcome <= 2
    points = np.where(outcome == 1, 5.0, 0.0)
    possible = np.where(decided, 5.0, 0.0)
    total, top = points.sum(1), possible.sum(1)
    score = np.round(100 * total / np.maximum(top, 1), 2)
    suspected = (outcome[:, 0] == 2).astype(int)
    started = [MONTH_START + timedelta(seconds=int(s)) for s in second]
    connection.executemany(
        "INSERT INTO recordings VALUES (?,?,'pcm_s16le',8000,2,?)",
        [(int(pk), f"{pk:064x}", 8000 * (60 + int(pk) % 300)) for pk in pks],
    )
    connection.executemany(
        "INSERT INTO calls (call_pk, call_id, recording_pk, source_name, source_uri, agent_id, agent_name, team_id, queue,"
        " direction, started_at, business_date, ring_s, customer_id, channel_roles, extra, status, code, params, artifacts,"
        " scored_under, received_at) VALUES"
        " (?,?,?,?,?,?,?,?,?,'inbound',?,?,6.0,?,'{}','{}','scored',NULL,'{}',?,'made_up',?)",
        [
            (
                int(pk),
                f"m{pk:08d}",
                int(pk),
                f"{pk}.wav",
                f"/recordings/2026-03/{pk}.wav",
                f"{a:04d}",
                f"客服{a}",
                f"team{a // 10}",
                ("enquiry", "complaint")[int(pk) % 5 == 0],
                t.strftime("%Y-%m-%d %H:%M:%S.000000"),
                (t + timedelta(hours=8)).date().isoformat(),
                f"k{int(pk) % 50_000}",
                json.dumps(
                    {"facts": f"facts/ab/{pk:064x}.json.gz", "transcript": f"transcript/ab/{pk:064x}.json.gz"}
                ),
                (t + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S.000000"),
            )
            for pk, a, t in zip(pks, agent, started, strict=True)
        ],
    )
    low = np.where(suspected == 1, 0.0, score)
    connection.executemany(
        "INSERT INTO scorecards VALUES (?,?,1,1,?,?,?,?,?,?,0,?,'2026-04-01 00:00:00.000000')",
        [
            (int(pk), int(pk), p, t, s, lo, s, g, int(f))
            for pk, p, t, s, lo, g, f in zip(
                pks,
                total.tolist(),
                top.tolist(),
                score.tolist(),
                low.tolist(),
                _grades(score),
                suspected,
                strict=True,
            )
        ],
    )
    connection.executemany(
        "INSERT INTO current_scorecards VALUES (?,'made_up',?)", [(int(pk), int(pk)) for pk in pks]
    )
    connection.executemany(
        "INSERT INTO findings VALUES (?,?,?,?,0.9,?,?,0,?)", _findings(pks, outcome, points, possible)
    )
    connection.executemany(
        "INSERT INTO call_measures VALUES (?,?,?)",
        (
            row
            for pk, h, r in zip(
                pks.tolist(), hearing.tolist(), chance.normal(240, 30, len(pks)).tolist(), strict=True
            )
            for row in ((pk, 1, h), (pk, 2, round(r, 1)))
        ),
    )


def _grades(score: np.ndarray) -> list[str]:
    names = np.array(["不合格", "合格", "良好", "优秀"])
    picked: list[str] = names[np.searchsorted([70, 85, 95], score, side="right")].tolist()
    return picked


def _findings(
    pks: np.ndarray, outcome: np.ndarray, points: np.ndarray, possible: np.ndarray
) -> Iterator[tuple[int, int, int, int, float, float, int]]:
    for pk, row, earned, worth in zip(
        pks.tolist(), outcome.tolist(), points.tolist(), possible.tolist(), strict=True
    ):
        for k in range(NUM_CRITERIA):
            yield (pk, k, row[k], k + 1, earned[k], worth[k], int(row[k] <= 2))
