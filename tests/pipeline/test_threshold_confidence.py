"""How reliable deductions are by their stated confidence, and what the settings should ask for."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.pipeline.threshold_confidence import ConfidenceResult, try_confidence
from qa_pipeline.pipeline.threshold_trial import Found
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Criterion
from qa_pipeline.scoring.thresholds import WRONG_WEIGHT, Judged
from qa_pipeline.settings import Settings

FORM = """
rubric: small
version: 1
title: 小
sections:
  - id: s
    title: 节
    criteria:
      - {{id: one, title: 一, points: 5, severity: {severity}, check: {{op: must_say, phrases: [谢谢您]}}}}
"""
MET, NOT_MET, REVIEW = Outcome.MET, Outcome.NOT_MET, Outcome.NEEDS_REVIEW


def criterion(severity: str = "minor") -> Criterion:
    rubric = parse_rubric(FORM.format(severity=severity), "small.yaml")
    return next(c for _, c in rubric.criteria())


def sides(right_from: float, limit: float, *, right_below: float = 0.3) -> list[tuple[Judged, Found]]:
    """Deductions of 0.5 to 1: people confirm nearly all from ``right_from`` on, and below it a share; and calls that
    everybody passes."""
    chance = random.Random(3)
    made = []
    for i in range(400):
        sure = round(chance.uniform(0.5, 1), 3) if i % 2 else None
        if sure is None:
            found, fault = Found(outcome=MET), False
        else:
            found = Found(outcome=NOT_MET if sure >= limit else REVIEW, sure=sure)
            fault = chance.random() < (0.97 if sure >= right_from else right_below)
        people = {"li": NOT_MET if fault else MET}
        made.append((Judged(call_id=f"c{i}", agent_id=f"a{i % 9}", people=people), found))
    return made


def tried(
    calls: list[tuple[Judged, Found]], severity: str = "minor", **settings: float
) -> tuple[ConfidenceResult, ConfidenceResult]:
    own = Settings(data_dir=Path("nowhere"), **settings)  # type: ignore[arg-type]
    others, fatal = try_confidence([(criterion(severity), calls)], own, WRONG_WEIGHT, 0.9)
    return others, fatal


def test_a_limit_that_lets_wrong_deductions_pass_is_raised() -> None:
    found, fatal = tried(sides(right_from=0.8, limit=0.6))
    assert found.suggested == pytest.approx(0.8, abs=0.05)
    assert found.reliable_from is not None and found.reliable_from[0] == 0.8
    assert (found.reliable_from[1].value or 0) > 0.9
    assert found.tried.errors_then.wrong_deductions < found.tried.errors_now.wrong_deductions / 3
    assert [(b.low, b.counts) for b in found.bins[:3]] == [(0.5, False), (0.6, True), (0.7, True)]
    assert sum(b.confirmed.n for b in found.bins) == 200
    assert all(
        b.confirmed.low is not None and b.confirmed.low <= (b.confirmed.value or 0) for b in found.bins
    )
    assert fatal.bins == () and fatal.suggested is None


def test_fatal_criteria_have_their_own_limit() -> None:
    others, fatal = tried(sides(right_from=0.9, limit=0.8), severity="fatal")
    assert others.bins == () and fatal.setting == "min_confidence_fatal"
    assert fatal.suggested == pytest.approx(0.9, abs=0.05)


def test_a_limit_that_is_right_stays() -> None:
    found, _ = tried(sides(right_from=0.6, limit=0.6))
    assert found.suggested is None and found.reliable_from is not None and found.reliable_from[0] == 0.6


@pytest.mark.parametrize("limit", [0.6, 0.9])
def test_nothing_below_the_safe_default_is_ever_suggested(limit: float) -> None:
    # Even where people confirm everything that was left to them.
    found, _ = tried(sides(right_from=0.5, limit=limit, right_below=1), min_confidence=limit)
    assert found.default == 0.6
    assert found.suggested == (None if limit == 0.6 else 0.6)
    assert found.reliable_from is not None and found.reliable_from[0] == 0.5


def test_confidence_that_says_nothing_supports_no_limit() -> None:
    found, _ = tried(sides(right_from=2, limit=0.6, right_below=0.5))
    assert found.suggested is None and found.reliable_from is None
