"""The command line with the real model on real voices."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from speech import DATA, NAMES, write_call

QA = Path(sys.executable).with_name("qa")
pytestmark = pytest.mark.model


def qa(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(QA), *arguments], env={**os.environ, "QA_DATA_DIR": str(data)}, capture_output=True, text=True
    )


def test_read_sentences_are_transcribed_and_said_to_be_no_calls(tmp_path: Path) -> None:
    done = qa(tmp_path, "score", str(DATA), "--format", "json")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [(r["call_id"], r["status"], r["error"]["code"]) for r in results] == [
        (name, "not_scored", "call.not_a_conversation") for name in NAMES
    ]
    for name in NAMES:
        shown = json.loads(qa(tmp_path, "call", "show", name, "--format", "json").stdout)
        assert sum(len(u["text"]) for u in shown["utterances"]) >= 8


def test_broken_files_of_every_kind_are_recorded_and_the_good_one_is_scored(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    good = write_call(calls / "good.wav", NAMES[0], NAMES[1])
    (calls / "empty.wav").write_bytes(b"")
    (calls / "text.wav").write_text("这不是录音", encoding="utf-8")
    (calls / "cut.wav").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    shutil.copy(good, calls / "copy.wav")
    done = qa(tmp_path / "data", "score", str(calls), "--rubric", "inbound_enquiry", "--format", "json")
    assert done.returncode == 1
    results = {r["call_id"]: r for r in map(json.loads, done.stdout.splitlines())}
    assert {call_id: r["status"] for call_id, r in results.items()} == {
        "copy": "scored",
        "cut": "failed",
        "empty": "failed",
        "good": "not_scored",
        "text": "failed",
    }
    assert results["good"]["error"]["code"] == "call.duplicate_recording"
    assert all(r["error"]["message"] for r in results.values() if r["status"] == "failed")


def test_pages_are_written_and_a_wrong_rubric_is_located(tmp_path: Path) -> None:
    call = write_call(tmp_path / "call.wav", NAMES[2], NAMES[3])
    out = tmp_path / "out"
    done = qa(tmp_path / "data", "score", str(call), "--rubric", "inbound_complaint", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "call.html" in (out / "index.html").read_text(encoding="utf-8")
    assert "data:audio/mpeg;base64," in (out / "call.html").read_text(encoding="utf-8")

    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("rubric: x\nversion: 1\ntitle: x\nsectoins: []\n", encoding="utf-8")
    refused = qa(tmp_path / "data", "score", str(call), "--rubric", str(wrong))
    assert refused.returncode == 2
    assert f"{wrong}:4:1" in refused.stderr
    assert "sections" in refused.stderr
