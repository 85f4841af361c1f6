"""The rubrics we ship parse, answer their own examples, and are complete."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.resources import folder
from qa_pipeline.rules.examples import ExampleResult, run_examples
from qa_pipeline.rules.parse import load_rubric
from qa_pipeline.rules.rubric import Criterion, Rubric

SHIPPED = sorted(folder("rubrics").glob("*.yaml"), key=lambda p: p.name)
STANDARDS = {f"A{n}" for n in range(1, 20)} | {f"B{n}" for n in range(1, 14)}
"""The rows of the service standards (A: what an agent must do, B: what quality staff must be able to do)."""

COMMON = {
    "ring_answer": ("A1", "minor"),
    "greeting": ("A2", "minor"),
    "courtesy_words": ("A3", "minor"),
    "forbidden_refusal": ("A4", "major"),
    "forbidden_blame": ("A4", "critical"),
    "forbidden_provocation": ("A4", "critical"),
    "forbidden_rule_hiding": ("A4", "major"),
    "abuse": ("A4", "fatal"),
    "hedging": ("A10", "minor"),
    "speaking_rate": ("A11", "minor"),
    "talk_over": ("A15", "minor"),
    "dead_air": ("A8", "minor"),
    "hold": ("A8", "minor"),
    "apology": ("A7", "major"),
    "verify_identity": ("A5", "major"),
    "no_false_promise": ("A18", "fatal"),
    "no_private_settlement": ("A18", "fatal"),
    "further_help": ("A16", "minor"),
    "closing": ("A16", "minor"),
    "survey": ("A16", "minor"),
}
COMPLAINT = {
    "complaint_contact": ("A6", "major"),
    "answer_time": ("A6", "critical"),
    "escalate": ("A19", "major"),
}
PEOPLE = {"business_accuracy", "solved", "ticket"}


def _load(path: Path) -> Rubric:
    return load_rubric(path)


def _criteria() -> Iterator[tuple[str, Criterion]]:
    for name in ("inbound_enquiry", "inbound_complaint"):
        for _, criterion in _load(folder("rubrics") / f"{name}.yaml").criteria():
            yield name, criterion


CRITERIA = list(_criteria())
EXAMPLES = [(path.stem, result) for path in SHIPPED for result in run_examples(_load(path))]


@pytest.mark.parametrize(
    ("name", "result"), EXAMPLES, ids=lambda v: v if isinstance(v, str) else f"{v.criterion_id}-{v.index}"
)
def test_every_example_answers_as_written(name: str, result: ExampleResult) -> None:
    assert result.actual is result.expected, (name, result.line, result.finding.explanation)


@pytest.mark.parametrize(("name", "extra"), [("inbound_enquiry", {}), ("inbound_complaint", COMPLAINT)])
def test_the_criteria_have_their_standard_and_severity(name: str, extra: dict[str, tuple[str, str]]) -> None:
    rubric = _load(folder("rubrics") / f"{name}.yaml")
    found = {c.id: (c.standard, c.severity) for _, c in rubric.criteria() if c.id not in PEOPLE}
    assert found == COMMON | extra
    assert {c.id for _, c in rubric.criteria() if c.check.name == "human"} == PEOPLE
    assert sum(c.points for _, c in rubric.criteria()) == 100
    assert list(rubric.bands) == ["优秀", "良好", "合格", "不合格"]
    assert rubric.applies_when == {"queue": (name.removeprefix("inbound_"),), "direction": "inbound"}


@pytest.mark.parametrize(("name", "criterion"), CRITERIA, ids=lambda v: v if isinstance(v, str) else v.id)
def test_every_criterion_is_fit_to_cost_points(name: str, criterion: Criterion) -> None:
    assert criterion.standard in STANDARDS
    assert (criterion.auto_fail is not None) == (criterion.severity == "fatal")
    if criterion.check.name == "human":
        return
    answers = [example.expected for example in criterion.examples]
    assert answers.count("met") >= 2, "one done right, one done right and misrecognised"
    # Examples are spoken at one fixed rate, so none can be too fast.
    assert "not_met" in answers or criterion.id == "speaking_rate"
    assert criterion.when is None or "not_applicable" in answers
    if criterion.check.name == "must_not_say":
        assert answers.count("met") >= 4, "decoys"


def test_both_rubrics_ask_the_same_of_what_they_share() -> None:
    enquiry, complaint = (
        {c.id: c for _, c in _load(folder("rubrics") / f"{n}.yaml").criteria()}
        for n in ("inbound_enquiry", "inbound_complaint")
    )
    for name in enquiry:
        for key in ("check", "when", "unless", "side", "reach_s", "severity", "auto_fail", "title"):
            assert getattr(enquiry[name], key) == getattr(complaint[name], key), (name, key)
