"""Which rubric fits a call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from rule_kit import rubric_of

from qa_pipeline.domain.call import CallInfo
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.rules.select import NO_RUBRIC, SEVERAL_RUBRICS, select_rubric

CHECK = {"check": {"op": "human"}}


def rubric(**more: Any) -> Rubric:
    return rubric_of(CHECK, **more)


def pick(rubrics: list[Rubric], **info: Any) -> str | int:
    chosen = select_rubric(rubrics, CallInfo(call_id="c", **info), "Asia/Shanghai")
    return chosen if isinstance(chosen, str) else chosen.version


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


V1 = {"version": 1, "effective_from": "2026-01-01"}
V2 = {"version": 2, "effective_from": "2026-03-01"}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2025-12-31T12:00", NO_RUBRIC),
        ("2025-12-31T16:00", 1),  # already 1 January in Shanghai
        ("2026-02-28T15:59", 1),
        ("2026-02-28T16:00", 2),
        ("2027-01-01T00:00", 2),
    ],
)
def test_the_newest_version_valid_on_the_business_day(when: str, expected: object) -> None:
    assert pick([rubric(**V2), rubric(**V1)], started_at=at(when)) == expected


def test_without_a_start_the_newest_version() -> None:
    assert pick([rubric(**V1), rubric(**{**V2, "effective_to": "2026-03-02"})]) == 2


def test_the_last_day_still_counts() -> None:
    ending = [rubric(version=1, effective_to="2026-03-31")]
    assert pick(ending, started_at=at("2026-03-31T15:59")) == 1
    assert pick(ending, started_at=at("2026-03-31T16:00")) == NO_RUBRIC


@pytest.mark.parametrize(
    ("applies_when", "info", "fits"),
    [
        ({}, {}, True),
        ({"queue": "a"}, {"queue": "a"}, True),
        ({"queue": ["a", "b"]}, {"queue": "b"}, True),
        ({"queue": ["a", "b"], "direction": "inbound"}, {"queue": "b", "direction": "outbound"}, False),
        ({"queue": "a"}, {}, False),
        ({"branch": "007"}, {"extra": {"branch": "007"}}, True),
        ({"branch": "007"}, {"extra": {"branch": "7"}}, False),
    ],
)
def test_applies_when(applies_when: dict[str, Any], info: dict[str, Any], fits: bool) -> None:
    assert pick([rubric(applies_when=applies_when)], **info) == (1 if fits else NO_RUBRIC)


def test_two_that_fit() -> None:
    assert pick([rubric(), rubric(rubric="other")]) == SEVERAL_RUBRICS
    assert pick([rubric(), rubric(rubric="other", applies_when={"queue": "x"})]) == 1
    assert pick([rubric(), rubric()]) == 1


def test_an_older_version_does_not_come_back_for_calls_the_newest_left_out() -> None:
    assert pick([rubric(version=1), rubric(version=2, applies_when={"queue": "x"})], queue="y") == NO_RUBRIC
