"""Draws can be redone, and what is estimated from them is right for all calls."""

from __future__ import annotations

import random

import pytest

from qa_pipeline.scoring.sampling import Candidate, Drawn, draw, estimate_mean


def population(
    agents: dict[str, int], fatal: frozenset[str] = frozenset(), doubt: dict[str, float] | None = None
) -> list[Candidate]:
    ids = [(f"{agent}-{n:03}", agent) for agent, count in agents.items() for n in range(count)]
    return [
        Candidate(call_id=i, stratum=a, fatal=i in fatal, doubt=(doubt or {}).get(i, 0.0)) for i, a in ids
    ]


def test_the_draw_does_not_depend_on_order_and_changes_with_the_seed() -> None:
    calls = population({"a": 40, "b": 60})
    shuffled = calls[:]
    random.Random(3).shuffle(shuffled)
    assert draw(calls, seed=1, per_stratum=5) == draw(shuffled, seed=1, per_stratum=5)
    assert draw(calls, seed=1, per_stratum=5) != draw(calls, seed=2, per_stratum=5)


def test_every_stratum_gets_its_number_with_its_probability() -> None:
    drawn = draw(population({"a": 40, "b": 60, "c": 3}), seed=1, per_stratum=5)
    by_agent = {a: [d for d in drawn if d.stratum == a] for a in "abc"}
    assert {a: len(d) for a, d in by_agent.items()} == {"a": 5, "b": 5, "c": 3}
    assert {a: d[0].probability for a, d in by_agent.items()} == {"a": 5 / 40, "b": 5 / 60, "c": 1.0}


def test_suspected_fatals_are_always_in_it_and_the_least_sure_come_next() -> None:
    doubt = {"a-001": 0.1, "a-002": 0.4, "a-003": 0.3}
    drawn = draw(
        population({"a": 50}, frozenset({"a-009", "a-010"}), doubt), seed=1, per_stratum=2, doubtful=2
    )
    reasons = {d.call_id: d.reason for d in drawn}
    assert {i for i, r in reasons.items() if r == "fatal"} == {"a-009", "a-010"}
    assert {i for i, r in reasons.items() if r == "doubtful"} == {"a-002", "a-003"}
    assert sum(r == "random" for r in reasons.values()) == 2
    assert next(d.probability for d in drawn if d.reason == "random") == 2 / 46


def test_every_call_of_a_stratum_is_drawn_equally_often() -> None:
    calls = population({"a": 10})
    counts = dict.fromkeys((c.call_id for c in calls), 0)
    for seed in range(2000):
        for one in draw(calls, seed=seed, per_stratum=3):
            counts[one.call_id] += 1
    assert all(520 < n < 680 for n in counts.values()), counts  # 600 expected, about four standard deviations


def test_a_mean_estimated_from_unequal_strata_covers_the_truth() -> None:
    noise = random.Random(7)
    calls = population({"a": 300, "b": 60, "c": 20}, fatal=frozenset({"a-000", "b-000"}))
    truth = {c.call_id: noise.gauss({"a": 90, "b": 70, "c": 50}[c.stratum], 8) - 60 * c.fatal for c in calls}
    mean = sum(truth.values()) / len(truth)
    covered = 0
    for seed in range(400):
        drawn = draw(calls, seed=seed, per_stratum=8)
        found = estimate_mean(drawn, {d.call_id: truth[d.call_id] for d in drawn})
        assert found is not None and found.low is not None and found.high is not None
        assert found.num_population == 380
        covered += found.low <= mean <= found.high
    assert 0.92 <= covered / 400 <= 0.98


def test_no_mark_no_estimate_and_one_mark_no_interval() -> None:
    drawn = draw(population({"a": 10}), seed=1, per_stratum=2)
    assert estimate_mean(drawn, {}) is None
    assert estimate_mean((), {}) is None
    found = estimate_mean(drawn, {drawn[0].call_id: 80.0})
    assert found is not None
    assert (found.mean, found.low, found.high, found.num_marked) == (80.0, None, None, 1)


def test_a_population_marked_whole_is_known_exactly() -> None:
    drawn = [Drawn(call_id=str(n), stratum="a", reason="random", probability=1.0) for n in range(4)]
    found = estimate_mean(drawn, {"0": 1.0, "1": 0.0, "2": 1.0, "3": 1.0})
    assert found is not None
    assert (found.mean, found.low, found.high) == pytest.approx((0.75, 0.75, 0.75))
