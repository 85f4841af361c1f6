"""``qa schedule --once`` as a user runs it: killed half-way, run again, and with nothing left to do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from speech import NAMES, write_call

QA = Path(sys.executable).with_name("qa")


class Machine:
    """A watched folder with two calls of yesterday, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        watched = folder / "in"
        watched.mkdir()
        for number, (agent, customer) in enumerate([(0, 1), (2, 3)]):
            write_call(watched / f"call{number}.wav", NAMES[agent], NAMES[customer])
        rows = ["file,agent_id,queue,direction,started_at"]
        yesterday = time.strftime(
            "%Y-%m-%d 10:00:00", time.gmtime(time.time() + 8 * 3600 - 86_400)
        )  # in Shanghai
        rows += [f"call{n}.wav,310{n},enquiry,inbound,{yesterday}" for n in range(2)]
        (folder / "calls.csv").write_text("\n".join(rows), encoding="utf-8")
        hour_ago = time.time() - 3600
        for path in watched.iterdir():
            os.utime(path, (hour_ago, hour_ago))
        self.command = [str(QA), "schedule", str(watched), "--calls", str(folder / "calls.csv"), "--once"]
        self.environment = {
            **os.environ,
            "QA_DATA_DIR": str(self.data),
            "QA_BATCH_SIZE": "1",
            "QA_REPORT_DIR": str(folder / "reports"),
        }

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def night(self) -> str:
        process = self.start()
        output, errors = process.communicate()
        assert process.returncode == 0, output + errors
        return output

    def scored(self) -> list[str]:
        listed = subprocess.run(
            [str(QA), "call", "list", "--format", "json"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        lines = [json.loads(line) for line in listed.stdout.splitlines()]
        return [line["call_id"] for line in lines if line["status"] == "scored"]


@pytest.mark.model
def test_a_killed_night_is_finished_by_the_next_and_a_third_has_nothing_to_do(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    killed = machine.start()
    transcripts = machine.data / "artifacts" / "transcript"
    while killed.poll() is None and not any(transcripts.rglob("*.gz")):
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert len(machine.scored()) < 2

    finished = machine.night()
    assert machine.scored() == ["call0", "call1"]
    pages = sorted(p.name for p in (tmp_path / "reports").glob("day-*.html"))
    assert len(pages) == 1
    assert pages[0] in finished
    assert "已评分 2" in finished

    before = (tmp_path / "reports" / pages[0]).read_bytes()
    again = machine.night()
    assert "处理录音 0 个" in again
    assert "没有应出的报告" in again
    assert (tmp_path / "reports" / pages[0]).read_bytes() == before


def test_nothing_to_watch_is_said_at_once(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "QA_WATCH"}
    done = subprocess.run(
        [str(QA), "schedule", "--once"],
        env={**environment, "QA_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "QA_WATCH" in done.stderr


def test_a_recording_that_is_not_there_is_told_and_is_no_wrong_input(tmp_path: Path) -> None:
    watched = tmp_path / "in"
    watched.mkdir()
    (watched / "gone.wav").symlink_to("elsewhere/gone.wav")
    named = "13812345678.wav"
    (watched / named).symlink_to("elsewhere/lost.wav")
    done = subprocess.run(
        [str(QA), "schedule", str(watched), "--once"],
        env={**os.environ, "QA_DATA_DIR": str(tmp_path / "data"), "QA_REPORT_DIR": str(tmp_path / "reports")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert "处理失败 2" in done.stdout
    assert f"{watched / 'gone.wav'} 只是一个链接，它指向的 elsewhere/gone.wav 不存在" in done.stdout
    assert "elsewhere/lost.wav" in done.stdout and named not in done.stdout
    noted = next(line for line in done.stdout.splitlines() if "--expect" in line).rpartition("：")[2]
    compared = subprocess.run(
        [str(QA), "audit", "verify", "--expect", noted],
        env={**os.environ, "QA_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
    )
    assert compared.returncode == 0, compared.stderr
