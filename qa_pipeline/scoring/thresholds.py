"""Whether another value of a threshold agrees better with people, tried by cross-validation.

A value is chosen on some calls and measured on others, never on those that chose it (M. Stone, Cross-validatory choice
and assessment of statistical predictions, 1974). That is done twice: with folds of calls, and with folds of agents, so
that one agent's habit does not decide. Gains are paired differences per call; their intervals are percentile bootstraps
(B. Efron, 1979) over calls, and over agents as wholes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import fisher_exact

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.rules.rubric_edit import Edit
from qa_pipeline.scoring.agreement import ENOUGH, MACHINE, CriterionAgreement, Figure, Mark, agreement
from qa_pipeline.scoring.held_out import Floats, agent_folds, call_folds, choose, held_out, mean_gain, picked

MIN_CALLS = 30
"""With fewer calls even a threshold that errs in none of them may err in one of ten (95 % bound 3/n: J. A. Hanley and
A. Lippman-Hand, If nothing goes wrong, is everything all right?, 1983)."""
MIN_EACH = 5
"""So many calls that people failed, and as many that they did not: with five folds each leaves one of either side out."""
MIN_AGENTS = 4
"""With three, one agent of no gain alone would decide the interval: all draws are that agent in 1 of 27 resamples."""
MIN_FIXED = 4
"""Calls that a value must put right: of fewer, none is drawn in more than 2.5 % of resamples (exp(-3) = 5 %)."""
WRONG_WEIGHT = 3.0
"""A wrong deduction against a missed fault. People's pay depends on the score; settable, as centres differ."""
UNDECIDED_COST = 0.5
"""Of a finding that a person must decide, and of any difference that neither deducts wrongly nor misses a fault
(does not apply against met): dearer than being right, so that leaving all open is no way out."""
_BY_CHANCE = 0.01
_UNKNOWN = Figure(value=None)

Verdict = Literal[
    "suggested",
    "agreed",
    "not_supported",
    "no_value_helps",
    "people_differ",
    "too_few_calls",
    "too_few_faults",
    "too_few_agents",
    "no_thresholds",
]
"""``not_supported``: a value looked better, but not so on calls that had no part in choosing it. ``no_value_helps``: the
machine differs from people or leaves too much to them, and no value of any threshold mends it. ``people_differ``: among
themselves, so that no value can please them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One finding of a call as people judged it."""

    call_id: str
    agent_id: str
    """Empty where it is not known; such calls count as one agent's."""
    people: Mapping[str, Outcome]
    """By reviewer; decided outcomes only, at least one."""
    part: str = ""
    """Which of several findings of the call, where they are tried together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """The machine against people's marks, in marks."""

    agreed: int = 0
    wrong_deductions: int = 0
    """The machine deducts, the person does not."""
    missed: int = 0
    """The person fails it, the machine passes it or says that it does not apply."""
    other: int = 0
    """Met against does not apply."""
    undecided: int = 0
    """The machine leaves it to a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedCall:
    """A call whose finding another value changes. Times in ms: where to listen, None where there is no place."""

    call_id: str
    agent_id: str
    start_ms: int | None
    end_ms: int | None
    before: Outcome
    after: Outcome
    people: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Another value for one threshold of one criterion, with what it is worth. Nothing of it is applied by itself."""

    rubric_id: str
    rubric_version: int
    criterion_id: str
    title: str
    key: str
    """As the rubric file calls it: ``seconds``, ``min_similarity`` …"""
    path: str
    """Where in the criterion: ``check.of[0].within.first_turns``, or ``conditions.<name>…``."""
    current: float | None
    """None: not written, so that the default by length of phrase holds."""
    suggested: float
    num_calls: int
    num_marks: int
    num_agents: int
    now: CriterionAgreement
    then: CriterionAgreement
    """With the value that was chosen without the call in question."""
    errors_now: Errors
    errors_then: Errors
    gain: Figure
    """Weighted cost saved a call, by folds of calls."""
    gain_by_agent: Figure
    """The same by folds of agents, resampled as wholes."""
    changed: tuple[ChangedCall, ...]
    """Of the reviewed calls, with the suggested value; worst changes first."""
    edit: Edit
    """Where and what in the rubric file."""
    old_text: str
    """The whole line as it is."""
    new_text: str
    """As it would be; two lines where one is added."""
    diff: str
    """Unified diff of the rubric file."""
    failing_examples: tuple[int, ...]
    """Lines of the criterion's own examples that would no longer come out as written."""

    @property
    def line(self) -> int:
        """In the rubric file, from 1."""
        return self.edit.line


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of trying all values of all thresholds of one criterion."""

    verdict: Verdict
    best: int | None
    """Number of the candidate that all calls together would choose; None where none is better."""
    num_calls: int
    num_marks: int
    num_agents: int
    now: CriterionAgreement | None = None
    then: CriterionAgreement | None = None
    errors_now: Errors = Errors()
    errors_then: Errors = Errors()
    gain: Figure = _UNKNOWN
    gain_by_agent: Figure = _UNKNOWN


def cost(machine: Outcome, person: Outcome, wrong_weight: float = WRONG_WEIGHT) -> float:
    """What the machine's answer costs against a person's: 0 where they agree, 1 for a missed fault."""
    if machine is person:
        return 0.0
    if machine is Outcome.NOT_MET:
        return wrong_weight
    if machine is Outcome.NEEDS_REVIEW:
        return UNDECIDED_COST
    return 1.0 if person is Outcome.NOT_MET else UNDECIDED_COST


def call_cost(machine: Outcome, judged: Judged, wrong_weight: float = WRONG_WEIGHT) -> float:
    """The mean over the people who marked the call, so that a call marked twice counts once."""
    return sum(cost(machine, p, wrong_weight) for p in judged.people.values()) / len(judged.people)


def carries(calls: Sequence[Judged], enough_agreement: float = ENOUGH) -> Verdict | None:
    """Why people's marks on these calls can't carry a suggestion, whatever the machine finds; None where they can."""
    if len({c.call_id for c in calls}) < MIN_CALLS:
        return "too_few_calls"
    faults = sum(Outcome.NOT_MET in c.people.values() for c in calls)
    passed = sum(any(o is not Outcome.NOT_MET for o in c.people.values()) for c in calls)
    if min(faults, passed) < MIN_EACH:
        return "too_few_faults"
    if len({c.agent_id for c in calls}) < MIN_AGENTS:
        return "too_few_agents"
    people = compared(calls, [Outcome.NEEDS_REVIEW] * len(calls), enough_agreement)
    return "people_differ" if people is not None and people.diagnosis == "wording" else None


def try_candidates(
    calls: Sequence[Judged],
    now: Sequence[Outcome],
    candidates: Sequence[Sequence[Outcome]],
    *,
    wrong_weight: float = WRONG_WEIGHT,
    enough_agreement: float = ENOUGH,
) -> Tried:
    """Choose among candidates and measure the choice on calls that had no part in it.

    Args:
        calls: in any order; the answer does not depend on it.
        now: what the machine finds today, call by call.
        candidates: what it would find with each other value; of equals the first is chosen.
        wrong_weight: what a wrong deduction costs, a missed fault costing 1.
        enough_agreement: share of marks from which the machine agrees with people, 0 to 1.
    """
    order = sorted(range(len(calls)), key=lambda i: (calls[i].call_id, calls[i].part))
    calls, now = [calls[i] for i in order], [now[i] for i in order]
    candidates = [[found[i] for i in order] for found in candidates]
    today = compared(calls, now, enough_agreement)
    errors = errors_of(calls, now)

    def tried(verdict: Verdict, **more: object) -> Tried:
        return Tried(
            verdict=verdict,
            num_calls=len({c.call_id for c in calls}),
            num_marks=sum(len(c.people) for c in calls),
            num_agents=len({c.agent_id for c in calls}),
            now=today,
            errors_now=errors,
            **{"best": None, **more},  # type: ignore[arg-type]
        )

    lacking = carries(calls, enough_agreement)
    if lacking is not None:
        return tried(lacking)
    gains = _gains(calls, now, candidates, wrong_weight)
    best = choose(gains)
    if best is None:
        agrees = today is not None and today.diagnosis == "agreed"
        return tried("agreed" if agrees else "no_value_helps")
    failed = {c.call_id for c in calls if Outcome.NOT_MET in c.people.values()}
    by_call = held_out(gains, call_folds([c.call_id for c in calls], failed))
    by_agent = held_out(gains, agent_folds([c.agent_id for c in calls]))
    found = [now[i] if c < 0 else candidates[c][i] for i, c in enumerate(by_call)]
    then = compared(calls, found, enough_agreement)
    gain = mean_gain(picked(gains, by_call), [c.call_id for c in calls])
    gain_by_agent = mean_gain(picked(gains, by_agent), [c.agent_id for c in calls])
    real = all(f.low is not None and f.low > 0 for f in (gain, gain_by_agent)) and _agrees_better(today, then)
    real = real and _follows(calls, found)
    return tried(
        "suggested" if real else "not_supported",
        best=best,
        then=then,
        errors_then=errors_of(calls, found),
        gain=gain,
        gain_by_agent=gain_by_agent,
    )


def compared(
    calls: Sequence[Judged], found: Sequence[Outcome], enough_agreement: float = ENOUGH
) -> CriterionAgreement | None:
    """Agreement of these findings with people; None without calls."""
    marks: list[Mark] = []
    for call, outcome in zip(calls, found, strict=True):
        raters = {MACHINE: outcome, **call.people}
        marks += [
            Mark(call_id=f"{call.call_id}\0{call.part}", criterion_id="", rater=rater, outcome=given)
            for rater, given in raters.items()
        ]
    return next(iter(agreement(marks, enough=enough_agreement)), None)


def errors_of(calls: Sequence[Judged], found: Sequence[Outcome]) -> Errors:
    """Marks by how the machine did."""
    counts = dict.fromkeys(("agreed", "wrong_deductions", "missed", "other", "undecided"), 0)
    for call, machine in zip(calls, found, strict=True):
        for person in call.people.values():
            counts[_kind(machine, person)] += 1
    return Errors(**counts)


def _kind(machine: Outcome, person: Outcome) -> str:
    if machine is Outcome.NEEDS_REVIEW:
        return "undecided"
    if machine is person:
        return "agreed"
    if machine is Outcome.NOT_MET:
        return "wrong_deductions"
    return "missed" if person is Outcome.NOT_MET else "other"


def _agrees_better(now: CriterionAgreement | None, then: CriterionAgreement | None) -> bool:
    """Whether agreement beyond chance is there, and better than today's."""
    if now is None or then is None or then.kappa.value is None or then.kappa.low is None:
        return False
    return then.kappa.low > 0 and (now.kappa.value is None or then.kappa.value > now.kappa.value)


def _follows(calls: Sequence[Judged], found: Sequence[Outcome]) -> bool:
    """Whether people fail what the machine fails more often than by chance (R. A. Fisher's exact test, 1935).

    Where people's marks follow nothing that the machine measures, deducting never is the cheapest: a gain, but no better
    agreement. Bootstrapped intervals of kappa are too short to see that where few calls are failed.
    """
    table = np.zeros((2, 2), dtype=np.int64)
    for call, machine in zip(calls, found, strict=True):
        if machine is not Outcome.NEEDS_REVIEW:
            failed = [o is Outcome.NOT_MET for o in call.people.values()]
            table[int(machine is Outcome.NOT_MET), int(2 * sum(failed) >= len(failed))] += 1
    return bool(fisher_exact(table, alternative="greater").pvalue < _BY_CHANCE)


def _gains(
    calls: Sequence[Judged],
    now: Sequence[Outcome],
    candidates: Sequence[Sequence[Outcome]],
    wrong_weight: float,
) -> Floats:
    """Cost saved by each candidate (rows) in each call."""
    known = [{o: call_cost(o, call, wrong_weight) for o in Outcome} for call in calls]
    today = np.array([costs[o] for costs, o in zip(known, now, strict=True)])
    rows = [[costs[o] for costs, o in zip(known, found, strict=True)] for found in candidates]
    return today - np.array(rows, dtype=np.float64).reshape(len(rows), len(calls))
