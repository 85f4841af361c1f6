"""What forms tell trainers to say instead: it decides nothing, and saying it breaks no rule of the form."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.errors import CollectedErrors
from qa_pipeline.i18n import Lang
from qa_pipeline.reports.difference_text import DifferenceWords
from qa_pipeline.reports.form_page import render_form
from qa_pipeline.resources import folder
from qa_pipeline.rules.difference import differences
from qa_pipeline.rules.evaluate import evaluate_criterion, scene_of
from qa_pipeline.rules.examples import call_of
from qa_pipeline.rules.parse import load_rubric, parse_rubric

FORMS = sorted(folder("rubrics").glob("*.yaml"))
PLAIN = """
rubric: small
version: 1
title: 小表
conditions:
  好的: {op: says_any_of, role: customer, phrases: [好的]}
sections:
  - id: s
    title: 服务
    criteria:
      - id: refusal
        title: 不推诿
        points: 5
        severity: major
        check: {op: must_not_say, role: agent, phrases: [不归我管]}
"""


def with_better(*wordings: str) -> str:
    return f"{PLAIN}        better: [{', '.join(wordings)}]\n"


@pytest.mark.parametrize("path", FORMS, ids=lambda p: p.stem)
def test_saying_it_breaks_no_rule_of_the_form(path: Path) -> None:
    rubric = load_rubric(path)
    wordings = {w for _, c in rubric.criteria() for w in c.better}
    assert len(wordings) >= 15
    forbidding = [c for _, c in rubric.criteria() if c.check.name == "must_not_say"]
    assert len(forbidding) >= 5
    for words in sorted(wordings):
        scene = scene_of(rubric, call_of(["客户：我想问一下", f"客服：{words}", "客户：好"], {}), 0.6)
        faults = {c.id for c in forbidding if evaluate_criterion(c, scene).outcome is not Outcome.MET}
        assert faults == set(), words


@pytest.mark.parametrize("path", FORMS, ids=lambda p: p.stem)
def test_what_must_not_be_said_and_soothing_have_one(path: Path) -> None:
    wanted = {"apology", "hedging", "no_false_promise", "forbidden_refusal", "forbidden_blame", "abuse"}
    for _, criterion in load_rubric(path).criteria():
        if criterion.id in wanted:
            assert criterion.better, criterion.id


def test_it_changes_neither_the_form_nor_a_criterion() -> None:
    plain = parse_rubric(PLAIN, "a.yaml")
    # A wording that is also the name of a condition must not draw that condition in.
    taught = parse_rubric(with_better("我帮您核实", "好的"), "a.yaml")
    edited = parse_rubric(with_better("我马上帮您查"), "a.yaml")
    assert plain.digest == taught.digest == edited.digest
    one, other, third = (next(r.criteria())[1].digest for r in (plain, taught, edited))
    assert one == other == third
    found = differences(taught, edited)
    assert [d.what for d in found.differences] == ["better"]
    assert (found.changed, found.kept) == ((), ("refusal",))


@pytest.mark.parametrize(("lang", "told"), [("zh", "不影响评分"), ("en", "no effect on scores")])
def test_a_change_of_it_is_told(lang: Lang, told: str) -> None:
    old, new = parse_rubric(PLAIN, "a.yaml"), parse_rubric(with_better("我帮您核实"), "a.yaml")
    (difference,) = differences(old, new).differences
    said = DifferenceWords(old, new, lang).say(difference)
    assert "我帮您核实" in said and told in said


def test_the_form_shows_it() -> None:
    page = render_form(parse_rubric(with_better("我帮您核实"), "a.yaml"), lang="zh")
    assert "可以这样说" in page and "我帮您核实" in page
    assert "可以这样说" not in render_form(parse_rubric(PLAIN, "a.yaml"), lang="zh")


@pytest.mark.parametrize(("value", "code"), [("我帮您核实", "rubric."), ("[]", ""), ("['']", "rubric.")])
def test_it_is_a_list_of_sentences(value: str, code: str) -> None:
    text = f"{PLAIN}        better: {value}\n"
    if not code:
        assert next(parse_rubric(text, "a.yaml").criteria())[1].better == ()
        return
    with pytest.raises(CollectedErrors) as refused:
        parse_rubric(text, "a.yaml")
    assert all(e.code.startswith(code) for e in refused.value.errors)
    assert refused.value.errors[0].location is not None
