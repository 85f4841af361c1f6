"""Agreement figures are those of the literature, and a criterion known to disagree is named."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.scoring.agreement import (
    MACHINE,
    Mark,
    _alphas,
    _kappas,
    agreement,
    cohen_kappa,
    krippendorff_alpha,
)

MET, NOT_MET, REVIEW = Outcome.MET, Outcome.NOT_MET, Outcome.NEEDS_REVIEW


def test_alpha_is_that_of_krippendorffs_own_example() -> None:
    # Computing Krippendorff's alpha-reliability (2011), section C: four observers, twelve units, gaps; alpha 0.743.
    rows = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    units = [[mark for mark in unit if mark is not None] for unit in zip(*rows, strict=True)]
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=5e-4)


def test_kappa_of_a_known_table() -> None:
    # 20 both yes, 5 yes/no, 10 no/yes, 15 both no: observed 0.7, expected 0.5, kappa 0.4.
    pairs = [(MET, MET)] * 20 + [(MET, NOT_MET)] * 5 + [(NOT_MET, MET)] * 10 + [(NOT_MET, NOT_MET)] * 15
    assert cohen_kappa(pairs) == pytest.approx(0.4)


def test_without_any_difference_nothing_is_measured() -> None:
    assert cohen_kappa([(MET, MET)] * 5) is None
    assert krippendorff_alpha([[MET, MET]] * 5) is None
    assert cohen_kappa([]) is None


def marks(machine_wrong: dict[str, float], people_wrong: dict[str, float], calls: int = 60) -> list[Mark]:
    chance = random.Random(11)
    made = []
    for n in range(calls):
        for criterion in machine_wrong:
            truth = chance.random() < 0.7
            raters = {MACHINE: machine_wrong, "王": people_wrong, "李": people_wrong}
            for rater, wrong in raters.items():
                said = truth ^ (chance.random() < wrong[criterion])
                made.append(
                    Mark(
                        call_id=f"{n:03}",
                        criterion_id=criterion,
                        rater=rater,
                        outcome=MET if said else NOT_MET,
                    )
                )
    return made


def test_the_criterion_that_disagrees_is_named_with_its_cause() -> None:
    names = ["greeting", "closing", "hold", "apology"]
    machine = dict.fromkeys(names, 0.02) | {"hold": 0.4}
    people = dict.fromkeys(names, 0.02) | {"apology": 0.35}
    found = {f.criterion_id: f for f in agreement(marks(machine, people))}
    assert {i: f.diagnosis for i, f in found.items()} == {
        "hold": "threshold",
        "apology": "wording",
        "greeting": "agreed",
        "closing": "agreed",
    }
    assert next(iter(found)) == "hold"
    hold = found["hold"]
    assert hold.raw.value is not None and hold.raw.low is not None and hold.raw.high is not None
    assert hold.raw.low < hold.raw.value < hold.raw.high < 0.9
    assert len(hold.disagreeing) > 15
    assert hold.kappa.value is not None and hold.kappa.low is not None and hold.kappa.high is not None
    assert hold.kappa.low < hold.kappa.value < hold.kappa.high


def test_wrong_deductions_and_missed_faults_are_told_apart() -> None:
    table = [
        ("1", NOT_MET, MET),
        ("2", NOT_MET, NOT_MET),
        ("3", MET, NOT_MET),
        ("4", MET, MET),
        ("5", REVIEW, MET),
    ]
    made = [
        Mark(call_id=call, criterion_id="g", rater=rater, outcome=outcome)
        for call, machine, person in table
        for rater, outcome in ((MACHINE, machine), ("王", person))
    ]
    (found,) = agreement(made)
    assert (found.wrong_deductions.value, found.wrong_deductions.n) == (0.5, 2)
    assert (found.missed.value, found.missed.n) == (0.5, 2)
    assert (found.undecided, found.num_calls, found.raw.n) == (1, 5, 4)
    assert found.disagreeing == ("1", "3")
    assert found.diagnosis == "too_few"


def test_a_criterion_nobody_marked_is_left_out() -> None:
    assert agreement([Mark(call_id="1", criterion_id="g", rater=MACHINE, outcome=MET)]) == ()
    unsure = [Mark(call_id="1", criterion_id="g", rater=r, outcome=REVIEW) for r in (MACHINE, "王")]
    assert agreement(unsure) == ()


def test_two_slips_on_a_rare_fault_do_not_make_its_wording_unclear() -> None:
    """Where all is met but two slips of one person each, alpha is 0 and the standard none the worse."""
    given = []
    for number in range(60):
        for rater, slip in ((MACHINE, -1), ("li", 7), ("wang", 30)):
            outcome = NOT_MET if number == slip else MET
            given.append(Mark(call_id=f"c{number:02d}", criterion_id="abuse", rater=rater, outcome=outcome))
    (found,) = agreement(given)
    assert found.alpha.high is not None
    assert found.alpha.high < 0.667
    assert found.unanimous.value == pytest.approx(58 / 60)
    assert found.diagnosis == "agreed"


@pytest.mark.parametrize("seed", range(5))
def test_what_is_computed_at_once_for_all_resamples_is_what_is_computed_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    outcomes = (MET, NOT_MET, Outcome.NOT_APPLICABLE)
    units = [[outcomes[k] for k in rng.integers(0, 3, size=rng.integers(2, 5))] for _ in range(12)]
    pairs = [list(pairwise(unit)) for unit in units]
    weights = rng.integers(0, 3, size=(6, 12))
    weights[0] = 0
    weights[0, 3] = 1  # one call alone, where both figures may be undefined
    alphas, kappas = _alphas(units, weights.astype(float)), _kappas(pairs, weights.astype(float))
    for row, alpha, kappa in zip(weights, alphas, kappas, strict=True):
        drawn = [k for k, times in enumerate(row) for _ in range(times)]
        one = krippendorff_alpha([units[k] for k in drawn])
        assert np.isnan(alpha) if one is None else alpha == pytest.approx(one)
        other = cohen_kappa([pair for k in drawn for pair in pairs[k]])
        assert np.isnan(kappa) if other is None else kappa == pytest.approx(other)
