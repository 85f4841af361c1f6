"""What can be said in any words never costs points for being said in others; leaving it out still does."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.resources import folder
from qa_pipeline.rules.evaluate import evaluate_criterion, scene_of
from qa_pipeline.rules.examples import call_of
from qa_pipeline.rules.parse import load_rubric
from qa_pipeline.rules.rubric import Criterion, Rubric

WORDINGS = yaml.safe_load((Path(__file__).parent / "wordings.yaml").read_text(encoding="utf-8"))


@cache
def form(name: str) -> Rubric:
    return load_rubric(folder("rubrics") / f"{name}.yaml")


def served() -> Iterator[object]:
    for number, entry in enumerate(WORDINGS):
        for path in sorted(folder("rubrics").glob("*.yaml")):
            if path.stem not in entry.get("rubrics", [path.stem]):
                continue
            for _, criterion in form(path.stem).criteria():
                if criterion.id == entry["criterion"]:
                    case_id = f"{path.stem}-{criterion.id}-{number}"
                    yield pytest.param(form(path.stem), criterion, entry, id=case_id)


SERVED = list(served())


def outcome(rubric: Rubric, criterion: Criterion, entry: dict[str, object], words: str) -> Outcome:
    lines = [line.replace("{}", words) for line in entry["frame"]]  # type: ignore[attr-defined]
    call = call_of(lines, entry.get("call"))  # type: ignore[arg-type]
    return evaluate_criterion(criterion, scene_of(rubric, call, 0.6)).outcome


@pytest.mark.parametrize(("rubric", "criterion", "entry"), SERVED)
def test_said_in_other_words_costs_nothing(
    rubric: Rubric, criterion: Criterion, entry: dict[str, object]
) -> None:
    found = {w: outcome(rubric, criterion, entry, w) for w in entry["said"]}  # type: ignore[attr-defined]
    assert {w: o.value for w, o in found.items() if o not in (Outcome.MET, Outcome.NEEDS_REVIEW)} == {}


@pytest.mark.parametrize(
    ("rubric", "criterion", "entry"),
    [p for p in SERVED if p.values[2].get("omitted")],  # type: ignore[attr-defined]
)
def test_left_out_is_still_a_deduction(
    rubric: Rubric, criterion: Criterion, entry: dict[str, object]
) -> None:
    found = {w: outcome(rubric, criterion, entry, w) for w in entry["omitted"]}  # type: ignore[attr-defined]
    assert {w: o.value for w, o in found.items() if o is not Outcome.NOT_MET} == {}


def test_every_entry_serves_a_form() -> None:
    known = {(p.values[1].id, p.values[2]["frame"][0]) for p in SERVED}  # type: ignore[attr-defined]
    assert {(e["criterion"], e["frame"][0]) for e in WORDINGS} == known
