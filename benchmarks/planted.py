"""Compares scorecards with what was planted in sample calls: right outcomes in the right place, nothing wrongly deducted.

``python -m benchmarks.planted AUDIO_FOLDER [TRUTH_FOLDER]`` scores the folder with its ``calls.csv`` and prints the
comparison; exit code 1 where a planted fault was missed or a point wrongly deducted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NEAR_MS = 1000
"""Evidence may lie this far from where the fault happens."""
QA = Path(sys.executable).with_name("qa")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One criterion of one call: what should have come out and what did."""

    call_id: str
    criterion_id: str
    planted: bool
    expected: str
    outcome: str
    near: bool
    explanation: str

    @property
    def verdict(self) -> str:
        """``right``, ``undecided`` (needs review), ``misplaced``, ``missed`` (a fault not seen), ``wrong_deduction``."""
        if self.planted:
            if self.outcome == self.expected:
                return "right" if self.near else "misplaced"
            return "undecided" if self.outcome == "needs_review" else "missed"
        if self.outcome == "not_met":
            return "wrong_deduction"
        return "undecided" if self.outcome == "needs_review" else "right"


def compare(truth: Mapping[str, Any], result: Mapping[str, Any]) -> list[Comparison]:
    """Every planted fault and every criterion that was done right, against a scored result."""
    findings = {f["criterion_id"]: f for f in result["findings"]}
    found = []
    for planted in truth["planted"]:
        finding = findings.get(planted["criterion_id"])
        if finding is not None:
            found.append(_comparison(truth, finding, planted["outcome"], planted))
    for clean in truth["clean"]:
        finding = findings.get(clean["criterion_id"])
        if finding is not None:
            found.append(_comparison(truth, finding, clean["outcome"], None))
    return found


def _comparison(
    truth: Mapping[str, Any], finding: Mapping[str, Any], expected: str, place: Mapping[str, Any] | None
) -> Comparison:
    near = place is None or any(
        e["start_ms"] <= place["end_ms"] + NEAR_MS and e["end_ms"] >= place["start_ms"] - NEAR_MS
        for e in finding["evidence"]
    )
    return Comparison(
        call_id=truth["call_id"],
        criterion_id=finding["criterion_id"],
        planted=place is not None,
        expected=expected,
        outcome=finding["outcome"],
        near=near,
        explanation=finding["explanation"],
    )


def score_folder(folder: Path, data: Path) -> list[dict[str, Any]]:
    """The JSON lines of ``qa score`` on a folder with its ``calls.csv``."""
    done = subprocess.run(
        [str(QA), "score", str(folder), "--calls", str(folder / "calls.csv"), "--format", "json"],
        env={**os.environ, "QA_DATA_DIR": str(data)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def report(comparisons: Iterable[Comparison]) -> bool:
    """Print counts and everything that is not right; whether no fault was missed and nothing wrongly deducted."""
    listed = list(comparisons)
    for planted, title in ((True, "planted faults"), (False, "done right")):
        group = [c for c in listed if c.planted is planted]
        counts = {v: sum(c.verdict == v for c in group) for v in dict.fromkeys(c.verdict for c in group)}
        print(f"{title}: {len(group)}: " + ", ".join(f"{n} {v}" for v, n in sorted(counts.items())))
    for c in listed:
        if c.verdict != "right":
            print(
                f"  {c.verdict:15} {c.call_id} {c.criterion_id}: {c.expected} -> {c.outcome}: {c.explanation}"
            )
    return all(c.verdict == "right" or (c.verdict == "undecided" and not c.planted) for c in listed)


def main() -> int:
    """Score and compare."""
    folder = Path(sys.argv[1])
    truths = Path(sys.argv[2]) if len(sys.argv) > 2 else folder / "truth"
    with tempfile.TemporaryDirectory() as data:
        results = score_folder(folder, Path(data))
    comparisons: list[Comparison] = []
    for result in results:
        truth = json.loads((truths / f"{result['call_id']}.json").read_text(encoding="utf-8"))
        if result["status"] == "scored":
            comparisons += compare(truth, result)
            print(
                f"{result['call_id']}: {result['score_pct']} [{result['score_low_pct']}-{result['score_high_pct']}]"
            )
        else:
            print(f"{result['call_id']}: {result['status']} {result['error']['code']}")
    return 0 if report(comparisons) else 1


if __name__ == "__main__":
    sys.exit(main())
