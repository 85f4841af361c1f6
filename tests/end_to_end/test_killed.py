"""SIGKILL at 20 random moments of the real process: nothing is lost, nothing is doubled."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from speech import NAMES, write_call

QA = Path(sys.executable).with_name("qa")
KILLS = 20
# When something happened differs from run to run; what the audit log chains together contains those times.
VOLATILE = {"at", "lease_owner", "lease_until", "hash", "prev_hash"}


def is_volatile(column: str) -> bool:
    return column in VOLATILE or column.endswith("_at")


def command(calls: Path, data: Path) -> tuple[list[str], dict[str, str]]:
    arguments = [str(QA), "score", str(calls), "--rubric", "inbound_enquiry", "--format", "json"]
    return arguments, {**os.environ, "QA_DATA_DIR": str(data), "QA_BATCH_SIZE": "2"}


def contents(data: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every table but the audit log's times, row by row, in an order of their own."""
    (path,) = data.glob("*.db")
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = [
            name
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ]
        found = {}
        for table in tables:
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if not is_volatile(row[1])]
            if table == "audit":
                columns.remove("audit_pk")
            rows = db.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
            if table == "audit":
                # Who printed results and was killed right after did print them: the next run prints them again.
                printed = {row for row in rows if "call.exported" in row}
                rows = [row for row in rows if row not in printed] + list(printed)
            found[table] = sorted(rows, key=repr)
    return found


@pytest.mark.model
def test_killed_twenty_times_and_run_again(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    for number, (agent, customer) in enumerate([(0, 1), (1, 2), (2, 3), (3, 0)]):
        write_call(calls / f"call{number}.wav", NAMES[agent], NAMES[customer])

    arguments, environment = command(calls, tmp_path / "undisturbed")
    started = time.monotonic()
    undisturbed = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True)
    seconds = time.monotonic() - started

    moments = random.Random(2026)
    kills = rounds = 0
    while kills < KILLS:
        data = tmp_path / f"round{rounds}"
        rounds += 1
        finished = False
        while not finished:
            arguments, environment = command(calls, data)
            process = subprocess.Popen(
                arguments,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
            try:
                wait = moments.uniform(0, seconds) if kills < KILLS else None
                output, _ = process.communicate(timeout=wait)
                finished = True
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                kills += 1
        assert process.returncode == 0
        assert output == undisturbed.stdout
        assert contents(data) == contents(tmp_path / "undisturbed")
    assert kills == KILLS
