"""A scorecard as JSON, and the interval recomputed from it."""

from __future__ import annotations

from typing import Any

import pytest

from qa_pipeline.domain.scorecard import CallResult, CallStatus, Scorecard
from qa_pipeline.pipeline.output import result_json


def told(card: Scorecard) -> dict[str, Any]:
    """The line of ``qa score --format json``."""
    result = CallResult(call_id=card.call_id, source_name="a.wav", status=CallStatus.SCORED, scorecard=card)
    return result_json(result, "zh")


def assert_recomputed(line: dict[str, Any]) -> None:
    """Low and high score by docs/design/main-job.md, from nothing but the JSON; points there have two decimals."""
    findings = line["findings"]
    possible = sum(f["points_possible"] + f["pending_points_possible"] for f in findings)

    def pct(failed: list[str], *, best: bool) -> float | None:
        zeroes = [f for f in findings if f["criterion_id"] in failed and f["auto_fail"]["mode"] == "zero"]
        if any(f["auto_fail"]["scope"] == "form" for f in zeroes):
            return 0.0
        zeroed = {f["section_id"] for f in zeroes}
        earned = 0.0
        for f in findings:
            open_ = f["outcome"] == "needs_review" or f["criterion_id"] in line["suspected_fatal"]
            if f["section_id"] not in zeroed:
                earned += f["points_if_met"] if best and open_ else f["points"]
        return min(100.0, 100 * earned / possible) if possible else None

    high = pct(line["auto_failed_by"], best=True)
    low = None if high is None else pct(line["auto_failed_by"] + line["suspected_fatal"], best=False)
    assert (low is None, high is None) == (line["score_low_pct"] is None, line["score_high_pct"] is None)
    if low is not None and high is not None:
        rounding = 0.01 + (50 * 0.01 * len(findings) / possible if possible else 0)
        assert line["score_low_pct"] == pytest.approx(low, abs=rounding)
        assert line["score_high_pct"] == pytest.approx(high, abs=rounding)
