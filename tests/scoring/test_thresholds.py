"""A better threshold is found where there is one, and none is suggested where marks follow nothing."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.scoring.thresholds import (
    MIN_AGENTS,
    MIN_CALLS,
    MIN_EACH,
    Judged,
    Tried,
    call_cost,
    carries,
    cost,
    try_candidates,
)

MET, NOT_MET, REVIEW, NO = Outcome.MET, Outcome.NOT_MET, Outcome.NEEDS_REVIEW, Outcome.NOT_APPLICABLE
VALUES = (4, 6, 3, 7, 2.5, 8, 2, 10, 1.5, 12, 1, 15)
"""Nearest to today's 5 first."""
Says = Callable[[random.Random, float], bool]


def calls_of(seed: int, says: Says, *, calls: int = 150, agents: int = 8) -> tuple[list[Judged], list[float]]:
    """Calls with one long silence each, and whether a person calls it a fault."""
    chance = random.Random(seed)
    lengths = [chance.expovariate(1 / 4) for _ in range(calls)]
    judged = [
        Judged(
            call_id=f"{seed}-{i}",
            agent_id=f"a{chance.randrange(agents)}",
            people={"li": NOT_MET if says(chance, length) else MET},
        )
        for i, length in enumerate(lengths)
    ]
    return judged, lengths


def at(limit: float, lengths: list[float]) -> list[Outcome]:
    return [NOT_MET if length >= limit else MET for length in lengths]


def tried(judged: list[Judged], lengths: list[float], **options: float) -> Tried:
    return try_candidates(judged, at(5, lengths), [at(v, lengths) for v in VALUES], **options)


@pytest.mark.parametrize("truth", [8, 3])
def test_the_limit_people_have_in_mind_is_found(truth: float) -> None:
    found = tried(*calls_of(1, lambda r, s: (s >= truth) != (r.random() < 0.04), calls=300))
    assert found.verdict == "suggested" and found.best is not None
    assert VALUES[found.best] == truth
    assert found.now is not None and found.then is not None
    assert found.then.raw.value is not None and found.then.raw.value > 0.9 > (found.now.raw.value or 1)
    assert found.gain.low is not None and found.gain.low > 0
    if truth == 8:
        assert found.errors_then.wrong_deductions < found.errors_now.wrong_deductions / 2


@pytest.mark.parametrize("share", [0.5, 0.15])
def test_marks_that_follow_nothing_change_nothing(share: float) -> None:
    verdicts = Counter(
        tried(*calls_of(s, lambda r, _: r.random() < share, calls=100)).verdict for s in range(40)
    )
    assert verdicts["suggested"] <= 2, verdicts  # of 200 seeds at most 5 %: benchmarks/thresholds.py


def test_slips_alone_change_nothing() -> None:
    found = tried(*calls_of(3, lambda r, s: (s >= 5) != (r.random() < 0.05)))
    assert found.verdict == "agreed" and found.best is None


def test_where_no_value_helps_it_says_so() -> None:
    # People agree on something that the silence has nothing to do with.
    judged, lengths = calls_of(4, lambda r, s: r.random() < 0.5)
    now = at(5, lengths)
    assert try_candidates(judged, now, [list(now), list(now)]).verdict == "no_value_helps"


def test_people_who_differ_are_told_to_settle_it_first() -> None:
    judged, lengths = calls_of(5, lambda r, s: s >= 8)
    chance = random.Random(6)
    torn = [
        Judged(
            call_id=c.call_id,
            agent_id=c.agent_id,
            people={**c.people, "wang": chance.choice([MET, NOT_MET])},
        )
        for c in judged
    ]
    assert tried(judged, lengths).verdict == "suggested"
    assert tried(torn, lengths).verdict == "people_differ"


def test_one_agents_habit_does_not_decide() -> None:
    """All the gain is one agent's: by calls it looks real, by agents it is not."""
    chance = random.Random(7)
    judged, now, other = [], [], []
    for i in range(200):
        agent = i % 5
        length = chance.uniform(1, 12)
        fault = length >= 8 if agent == 0 else length >= 5
        judged.append(Judged(call_id=f"c{i}", agent_id=f"a{agent}", people={"li": NOT_MET if fault else MET}))
        now.append(NOT_MET if length >= 5 else MET)
        # It changes nothing for the others.
        other.append(NOT_MET if length >= (8 if agent == 0 else 5) else MET)
    found = try_candidates(judged, now, [other])
    assert found.best == 0 and found.gain.low is not None and found.gain.low > 0
    assert found.gain_by_agent.low == 0
    assert found.verdict == "not_supported"


def test_it_is_measured_on_calls_that_did_not_choose() -> None:
    """With as many candidates as one likes, some fit random marks; what they gain there is gone elsewhere."""
    judged, _ = calls_of(8, lambda r, _: r.random() < 0.5, calls=60)
    chance = random.Random(9)
    flipped = {MET: NOT_MET, NOT_MET: MET}
    now = [flipped[c.people["li"]] if i % 2 else c.people["li"] for i, c in enumerate(judged)]
    many = [[chance.choice([MET, NOT_MET]) for _ in judged] for _ in range(2000)]
    found = try_candidates(judged, now, many, wrong_weight=1)
    assert found.best is not None
    apparent = sum(
        call_cost(a, c, 1) - call_cost(b, c, 1) for a, b, c in zip(now, many[found.best], judged, strict=True)
    )
    assert found.gain.value is not None
    assert found.gain.value < 0.5 * apparent / len(judged)
    assert found.verdict == "not_supported"


def test_the_order_of_calls_decides_nothing() -> None:
    judged, lengths = calls_of(1, lambda r, s: (s >= 8) != (r.random() < 0.04))
    order = list(range(len(judged)))
    random.Random(1).shuffle(order)
    assert tried(judged, lengths) == tried([judged[i] for i in order], [lengths[i] for i in order])


def test_a_wrong_deduction_weighs_more_and_how_much_is_settable() -> None:
    assert [cost(NOT_MET, MET), cost(MET, NOT_MET), cost(REVIEW, MET), cost(NO, MET), cost(MET, MET)] == [
        3,
        1,
        0.5,
        0.5,
        0,
    ]
    assert cost(NOT_MET, NO, 5) == 5
    twice = Judged(call_id="c", agent_id="a", people={"li": MET, "wang": NOT_MET})
    assert call_cost(NOT_MET, twice) == 1.5
    # Between 5 and 8 s people call one silence in three a fault: worth missing if wrong deductions weigh three times
    # as much, worth deducting if they weigh a tenth.
    judged, lengths = calls_of(2, lambda r, s: s >= 8 or (s >= 3 and r.random() < 0.35), calls=400)
    lenient, strict = (tried(judged, lengths, wrong_weight=w) for w in (3, 0.1))
    assert lenient.best is not None and VALUES[lenient.best] >= 7
    assert strict.best is None or VALUES[strict.best] <= 5


def some(calls: int, faults: int, agents: int) -> list[Judged]:
    return [
        Judged(call_id=f"c{i}", agent_id=f"a{i % agents}", people={"li": NOT_MET if i < faults else MET})
        for i in range(calls)
    ]


def test_how_many_marks_it_takes() -> None:
    least = some(MIN_CALLS, MIN_EACH, MIN_AGENTS)
    assert carries(least) is None
    assert carries(least[:-1]) == "too_few_calls"
    assert carries(some(MIN_CALLS, MIN_EACH - 1, MIN_AGENTS)) == "too_few_faults"
    assert carries(some(MIN_CALLS, MIN_CALLS - MIN_EACH + 1, MIN_AGENTS)) == "too_few_faults"
    assert carries(some(MIN_CALLS, MIN_EACH, MIN_AGENTS - 1)) == "too_few_agents"
    assert try_candidates([], [], []).verdict == "too_few_calls"


def test_what_is_left_to_people_is_no_way_out() -> None:
    """A value that leaves all calls open has no wrong deductions; it is not better for it."""
    judged, lengths = calls_of(1, lambda r, s: (s >= 5) != (r.random() < 0.04))
    found = try_candidates(judged, at(5, lengths), [[REVIEW] * len(judged)])
    assert found.verdict == "agreed"


def test_what_the_machine_never_decides_does_not_count_as_agreed() -> None:
    judged, _ = calls_of(1, lambda r, s: s >= 5)
    assert try_candidates(judged, [REVIEW] * len(judged), []).verdict == "no_value_helps"
