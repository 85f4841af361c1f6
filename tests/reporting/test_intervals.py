"""Intervals hold the truth as often as they promise; comparisons find what is there and little else."""

import math

import numpy as np
import pytest

from qa_pipeline.reporting.agents import means_by_agent
from qa_pipeline.reporting.compare import (
    against_rest,
    discoveries,
    mean_change,
    rank_ranges,
    rate_change,
    rates_against_rest,
)
from qa_pipeline.reporting.control import p_prime, xmr
from qa_pipeline.reporting.intervals import Interval, mean_interval, rate_interval, wilson
from qa_pipeline.reporting.mix import stratum_effects
from qa_pipeline.reporting.shrink import shrunk_means, shrunk_rates


def scores(rng: np.random.Generator, level: np.ndarray, size: int) -> np.ndarray:
    """Scores as forms give them: 20 criteria of 5 points, failing more together in hard calls; skew, 100 at most."""
    difficulty = rng.normal(0, 0.5, (len(level), size))
    rate = 1 / (1 + np.exp(-(level[:, None] + difficulty)))
    return 100 - 5.0 * rng.binomial(20, rate)


def truth(level: float) -> float:
    """The mean of :func:`scores`, by integration over the difficulty."""
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    return float(100 - 100 * (weights / (1 + np.exp(-(level + 0.5 * points)))).sum() / weights.sum())


@pytest.mark.parametrize(("calls", "centres"), [(5, 20), (20, 12), (100, 6), (500, 3)])
def test_intervals_of_agents_hold_the_truth(calls: int, centres: int) -> None:
    rng = np.random.default_rng(calls)
    held = []
    for _ in range(centres):
        level = rng.normal(-2.5, 0.3, 200)
        drawn = scores(rng, level, calls)
        means = means_by_agent(np.repeat(np.arange(200), calls), drawn.ravel(), 200)
        for k, one in enumerate(level):
            interval = means.interval(k)
            assert interval is not None
            held.append(interval.low <= truth(one) <= interval.high)
    assert 0.93 <= np.mean(held) <= 0.97


@pytest.mark.parametrize(("rate", "n"), [(0.05, 100), (0.1, 20), (0.3, 40), (0.02, 500)])
def test_wilson_holds_the_truth(rate: float, n: int) -> None:
    hits = np.arange(n + 1)
    log = [math.lgamma(n + 1) - math.lgamma(h + 1) - math.lgamma(n - h + 1) for h in hits]
    chance = np.exp(np.array(log) + hits * math.log(rate) + (n - hits) * math.log(1 - rate))
    held = [low <= rate <= high for low, high in (wilson(float(h), n) for h in hits)]
    assert 0.92 <= float(chance[held].sum()) <= 0.985
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, n)[0] == 0.0
    assert wilson(n, n)[1] == 1.0


def test_known_wilson_interval() -> None:
    """Newcombe 1998, Statistics in Medicine 17:857, table I: 81 of 263."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_newcombes_change_of_a_rate() -> None:
    """Newcombe 1998, Statistics in Medicine 17:873, table II (a), method 10: 56/70 and 48/80."""

    def side(hits: int, n: int) -> Interval:
        low, high = wilson(hits, n)
        return Interval(value=hits / n, low=low, high=high, n=n, error=0.0)

    change = rate_change(side(56, 70), side(48, 80))
    assert (change.value, change.low, change.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    assert change.p < 0.05


def test_a_centres_interval_counts_agents_and_not_calls() -> None:
    rng = np.random.default_rng(1)
    held = []
    for _ in range(300):
        level = rng.normal(90, 5, 15)
        drawn = level[:, None] + rng.normal(0, 8, (15, 80))
        sums = drawn.sum(axis=1)
        found = mean_interval(sums, np.full(15, 80.0), float((drawn**2).sum()))
        assert found is not None
        held.append(found.low <= 90 <= found.high)
    assert 0.92 <= np.mean(held) <= 0.98


def test_no_change_is_found_as_often_as_promised() -> None:
    rng = np.random.default_rng(2)
    found = []
    for _ in range(400):
        level = rng.normal(90, 5, 12)
        sides = [level[:, None] + rng.normal(0, 8, (12, 30)) for _ in range(2)]
        n = np.full(12, 30.0)
        change = mean_change(
            sides[0].sum(axis=1),
            n,
            sides[1].sum(axis=1),
            n,
            squares=tuple(float((s**2).sum()) for s in sides),  # type: ignore[arg-type]
        )
        assert change is not None
        found.append(change.p < 0.05)
    assert np.mean(found) <= 0.08
    moved = mean_change(n * 92, n, n * 90, n, squares=(12 * 30 * (92**2 + 64), 12 * 30 * (90**2 + 64)))
    assert moved is not None
    assert moved.low > 0


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_and_one_call(n: int) -> None:
    sums, counts = np.array([88.0 * n]), np.array([float(n)])
    found = mean_interval(sums, counts, 88.0**2 * n, bounds=(0, 100))
    if n == 0:
        assert found is None
    else:
        assert found is not None
        assert (found.value, found.low, found.high) == (88.0, 0, 100)
    assert mean_change(sums, counts, sums, counts, squares=(0, 0)) is None
    assert rate_interval(np.zeros(1), np.zeros(1)) is None


def test_ranks_never_promise_what_the_data_do_not() -> None:
    rng = np.random.default_rng(3)
    wrong = 0
    for _ in range(100):
        means = rng.normal(90, 1, 30)
        low, high = rank_ranges(means + rng.normal(0, 0.5, 30), np.full(30, 0.5), np.full(30, 200.0))
        true = 1 + (means[:, None] < means[None, :]).sum(axis=1)
        wrong += bool(((true < low) | (true > high)).any())
    assert wrong <= 5
    low, high = rank_ranges(np.array([95.0, 90.0, 90.01]), np.full(3, 0.1), np.full(3, 50.0))
    assert low.tolist() == [1, 2, 2]
    assert high.tolist() == [1, 3, 3]


def test_many_equal_agents_yield_hardly_a_finding() -> None:
    rng = np.random.default_rng(4)
    centres = 0
    for _ in range(100):
        means = rng.normal(90, 0.8, 100)
        p = against_rest(means, np.full(100, 0.8), np.full(100, 50.0), np.full(100, 1e6))
        centres += bool(discoveries(p).any())
    assert centres <= 10
    p = np.array([0.001, 0.013, 0.02, 0.2, np.nan])
    assert discoveries(p).tolist() == [True, True, True, False, False]  # 0.02 ≤ 0.05 · 3/4
    assert not discoveries(np.array([np.nan, 0.06])).any()


def test_rates_of_equal_agents_are_not_told_apart() -> None:
    rng = np.random.default_rng(5)
    n = np.full(200, 40.0)
    p = rates_against_rest(rng.binomial(40, 0.03, 200).astype(float), n)
    assert np.mean(p < 0.05) <= 0.07
    assert np.isnan(rates_against_rest(np.zeros(2), np.array([10.0, 0.0]))).all()
    hits = np.full(20, 2.0)
    hits[7] = 20
    assert np.argmin(rates_against_rest(hits, np.full(20, 40.0))) == 7


def test_shrinking_is_nearer_the_truth() -> None:
    rng = np.random.default_rng(6)
    level = rng.normal(90, 2, 300)
    error = rng.uniform(0.5, 6, 300)
    seen = level + rng.normal(0, 1, 300) * error
    assert ((shrunk_means(seen, error) - level) ** 2).mean() < 0.5 * ((seen - level) ** 2).mean()
    assert shrunk_means(np.array([80.0, 90.0, 50.0]), np.array([1.0, 1.0, np.inf]))[2] == pytest.approx(85)
    rates = rng.beta(4, 60, 300)
    n = rng.integers(1, 60, 300).astype(float)
    hits = rng.binomial(n.astype(int), rates).astype(float)
    assert ((shrunk_rates(hits, n) - rates) ** 2).mean() < 0.5 * ((hits / n - rates) ** 2).mean()
    assert shrunk_rates(np.array([0.0, 3.0]), np.array([0.0, 30.0]))[0] == pytest.approx(0.1)


def test_an_agent_with_the_hard_calls_is_not_worse() -> None:
    rng = np.random.default_rng(7)
    agent = np.repeat(np.arange(10), 200)
    hard = rng.random(2000) < np.where(agent == 0, 0.9, 0.2)
    score = 95 - 6 * hard + rng.normal(0, 2, 2000)
    effects = stratum_effects(agent, hard.astype(np.int64), score, 10, 2)
    assert effects[0] - effects[1] == pytest.approx(6, abs=0.4)
    plain = [score[agent == k].mean() for k in range(10)]
    fair = [(score - effects[hard.astype(int)])[agent == k].mean() for k in range(10)]
    assert min(range(10), key=plain.__getitem__) == 0
    assert max(fair) - min(fair) < 0.8


def test_control_charts_signal_what_is_out_of_control() -> None:
    rng = np.random.default_rng(8)
    calm = xmr(rng.normal(90, 1, 30).tolist(), bounds=(0, 100))
    assert sum("beyond_limits" in s for s in calm.signals) == 0
    shifted = xmr([*([90.0, 90.4] * 10), None, 93.0, *([90.0, 90.4] * 3)], bounds=(0, 100))
    assert shifted.signals[21] == ("beyond_limits",)
    assert shifted.signals[20] == ()
    step = xmr([*([90.0, 90.6] * 6), *([91.2, 91.6] * 6)], bounds=(0, 100))
    assert any("eight_on_one_side" in s for s in step.signals)
    few = xmr([90.0] * 7, bounds=(0, 100))
    assert few.centre is None
    assert few.upper == (None,) * 7
    rates = p_prime([5.0] * 12 + [25.0], [100] * 13)
    assert rates.signals[-1] == ("beyond_limits",)
    assert rates.lower[0] is not None
    assert rates.lower[0] >= 0
    nothing = p_prime([0.0] * 12, [100] * 12)
    assert nothing.signals == ((),) * 12


def test_false_alarms_of_a_calm_rate_are_few() -> None:
    rng = np.random.default_rng(9)
    charts = [p_prime(rng.binomial(200, 0.1, 31).astype(float).tolist(), [200] * 31) for _ in range(60)]
    assert np.mean(["beyond_limits" in s for c in charts for s in c.signals]) < 0.01
