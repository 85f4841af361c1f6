"""A new form tried on calls already heard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import trial_world as tw

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.scorecard import Review
from qa_pipeline.errors import InputError
from qa_pipeline.pipeline import backtest as module
from qa_pipeline.pipeline.backtest import Backtest, backtest
from qa_pipeline.pipeline.backtest_output import backtest_lines
from qa_pipeline.rules.difference import same_question
from qa_pipeline.rules.rubric import Rubric

OLD = tw.form()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tw.World]:
    made = tw.World(tmp_path)
    made.score(
        (OLD,),
        ("a1", "good", tw.info("1")),
        ("a2", "plain", tw.info("1")),
        ("b1", "good", tw.info("2")),
        ("b2", "rude", tw.info("2")),
    )
    yield made
    made.store.close()


def run(world: tw.World, new: Rubric, old: Rubric = OLD, **options: Any) -> Backtest:
    options = {"open_stored": tw.open_stored, "workers": 1, **options}
    return backtest(old, new, world.settings, **options)


def lines(result: Backtest) -> list[str]:
    return [json.dumps(line, ensure_ascii=False) for line in backtest_lines(result, "zh")]


def test_the_same_form_changes_nothing(world: tw.World) -> None:
    totals = run(world, OLD).totals
    assert (totals.compared, totals.changed, totals.calls(), totals.criteria()) == (4, 0, (), ())


def test_who_changes_by_how_much_and_why(world: tw.World) -> None:
    result = run(world, tw.form(2, polite="麻烦您"))
    totals = result.totals
    assert (totals.compared, totals.changed, totals.score_changes, totals.grade_changes) == (4, 3, 3, 3)
    calls = {c.call_id: c for c in totals.calls()}
    assert list(calls) == ["b1", "a1", "a2"]
    a1 = calls["a1"]
    assert (a1.old.score_pct, a1.new.score_pct, a1.old.grade, a1.new.grade) == (100, 75, "好", "中")
    (change,) = a1.changes
    assert change.outcomes == ("met", "not_met") and change.lost == 5
    assert change.new is not None and change.new.finding.evidence
    (shift,) = totals.criteria()
    assert (shift.criterion_id, dict(shift.moves), shift.lost) == (
        "polite",
        {("met", "not_met"): 2, ("not_met", "met"): 1},
        5,
    )
    people = totals.people()
    assert [(p.agent_id, p.mean_change) for p in people] == [("2", -12.5), ("1", 0)]


def test_stored_scores_stay_as_they_are(world: tw.World) -> None:
    before = {c: world.store.scorecard(c) for c in ("a1", "a2", "b1", "b2")}
    opened = world.sound.opened
    run(world, tw.form(2, polite="麻烦您"))
    assert {c: world.store.scorecard(c) for c in before} == before
    assert world.store.rubric_content("small", 2) is None
    assert world.sound.opened == opened


def test_stored_findings_are_used_only_where_they_would_be_found_again(
    world: tw.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    found_twice = module.found_twice
    monkeypatch.setattr(
        module, "found_twice", lambda c, scene, ask: asked.append(c.id) or found_twice(c, scene, ask)
    )
    new = tw.form(2, polite="麻烦您")
    known = lines(run(world, new))
    assert asked == ["polite"] * 4
    asked.clear()
    assert lines(run(world, new, open_stored=tw.open_next_engine)) == known
    assert len(asked) == 4 * (3 + 1)
    asked.clear()
    world.settings = world.settings.model_copy(update={"min_confidence": 0.5})
    run(world, new)
    assert len(asked) == 4 * (3 + 1)


def test_a_question_is_the_same_only_if_everything_behind_it_is() -> None:
    base = OLD.content + "conditions:\n  a: {op: must_say, phrases: [好]}\nvariables: {x: 甲}\n"
    base = base.replace("title: 礼貌", "title: 礼貌\n        when: a")
    old = tw.parse_rubric(base, "o.yaml")

    def same(before: str, after: str) -> list[str]:
        assert before in base
        new = tw.parse_rubric(base.replace(before, after), "n.yaml")
        return [i for i in ("greeting", "polite", "abuse") if same_question(i, old, new)]

    assert same("points: 10", "points: 20") == ["greeting", "polite", "abuse"]
    assert same("[好]", "[好的]") == ["greeting", "abuse"]
    assert same("severity: fatal", "severity: major") == ["greeting", "polite"]
    assert same("[谢谢您]", "[谢谢]") == ["greeting", "abuse"]
    assert same("x: 甲", "x: 乙") == []
    assert same("id: polite", "id: thanks") == ["greeting", "abuse"]


def test_newly_suspected_fatal_comes_first(world: tw.World) -> None:
    totals = run(world, tw.form(2, abuse="爱找谁找谁去")).totals
    assert (totals.newly_fatal, totals.no_longer_fatal) == (1, 0)
    (call,) = totals.calls()
    assert (call.call_id, call.newly_fatal, call.new.score_low_pct) == ("b2", ("abuse",), 0)
    assert totals.people()[0].agent_id == "2"


def test_criteria_that_come_and_go(world: tw.World) -> None:
    text = OLD.content
    new = tw.parse_rubric(
        text.replace("id: polite", "id: thanks").replace("version: 1", "version: 2"), "n.yaml"
    )
    moves = {s.criterion_id: dict(s.moves) for s in run(world, new).totals.criteria()}
    assert moves == {
        "thanks": {("absent", "met"): 2, ("absent", "not_met"): 2},
        "polite": {("met", "absent"): 2, ("not_met", "absent"): 2},
    }


def test_points_alone(world: tw.World) -> None:
    (shift,) = run(world, tw.form(2, greeting=40)).totals.criteria()
    assert (shift.points_only, shift.lost) == (4, 30)


def test_what_only_a_person_could_decide_is_newly_needs_review(world: tw.World) -> None:
    human = OLD.content.replace("{op: must_say, phrases: [谢谢您]}", "{op: human}")
    totals = run(world, tw.parse_rubric(human.replace("version: 1", "version: 2"), "n.yaml")).totals
    assert (totals.newly_pending, totals.newly_withheld) == (4, 0)
    assert all(c.newly_pending == ("polite",) for c in totals.calls())


def test_marks_of_people_count_until_their_criterion_changes(world: tw.World) -> None:
    digest = next(c.digest for _, c in OLD.criteria() if c.id == "greeting")
    mark = Review(
        review_id="r1",
        call_id="b2",
        rubric_id="small",
        criterion_id="greeting",
        criterion_digest=digest,
        reviewer="王",
        reviewed_at=datetime(2026, 3, 11, tzinfo=UTC),
        outcome=Outcome.MET,
        reason="口音",
    )
    world.store.add_reviews([mark])
    kept = run(world, tw.form(2, polite="麻烦您")).totals
    assert kept.marks_lost == 0 and "b2" not in [c.call_id for c in kept.calls()]
    lost = run(world, tw.form(2, greeting=20)).totals
    b2 = next(c for c in lost.calls() if c.call_id == "b2")
    assert (lost.marks_lost, b2.marks_lost) == (1, 1)
    assert [c.outcomes for c in b2.changes] == [("met", "not_met")]


def test_days_are_business_days(world: tw.World) -> None:
    world.score(
        (OLD,),
        ("d1", "good", tw.info(day="2026-02-28T15:59")),
        ("d2", "good", tw.info(day="2026-02-28T16:00")),
        ("d3", "good", tw.info(day=None)),
    )
    first = run(world, OLD, last_day=date(2026, 2, 28)).totals
    assert first.compared == 1
    assert run(world, OLD, first_day=date(2026, 3, 1), last_day=date(2026, 3, 1)).totals.compared == 1
    row = world.store.call("d3")
    assert row is not None and row.received_at is not None
    received = module.business_day(row, "Asia/Shanghai")
    assert run(world, OLD, first_day=received, last_day=received).totals.compared == 1
    with pytest.raises(InputError, match="晚于"):
        run(world, OLD, first_day=date(2026, 3, 2), last_day=date(2026, 3, 1))


def test_calls_whose_transcript_is_gone_are_named(world: tw.World) -> None:
    row = world.store.call("a2")
    assert row is not None
    (world.folder / "data" / "artifacts" / row.artifacts["transcript"]).unlink()
    result = run(world, tw.form(2, polite="麻烦您"))
    assert [(s.call_id, s.reason) for s in result.set_aside] == [("a2", "gone")]
    assert result.totals.compared == 3
    assert '"reason": "gone"' in lines(result)[-1]


def test_a_fault_of_ours_in_one_call_is_named_too(world: tw.World, monkeypatch: pytest.MonkeyPatch) -> None:
    recall = module.recall

    def broken(row: Any, *args: Any, **options: Any) -> Any:
        if row.info.call_id == "b1":
            raise ZeroDivisionError("ours")
        return recall(row, *args, **options)

    monkeypatch.setattr(module, "recall", broken)
    result = run(world, OLD)
    assert [(s.call_id, s.reason) for s in result.set_aside] == [("b1", "internal")]
    assert result.totals.compared == 3


def test_calls_of_other_forms_are_left_alone_and_moving_ones_listed(world: tw.World) -> None:
    other = tw.parse_rubric(
        OLD.content.replace("rubric: small", "rubric: other").replace("[enquiry]", "[complaint]"), "o.yaml"
    )
    world.score((OLD, other), ("c1", "good", tw.info(queue="complaint")))
    assert run(world, tw.form(2)).totals.compared == 4
    wide = tw.parse_rubric(
        OLD.content.replace("[enquiry]", "[complaint]").replace("version: 1", "version: 2"), "w.yaml"
    )
    result = run(world, wide)
    assert (result.leaving, result.joining) == (["a1", "a2", "b1", "b2"], ["c1"])
    assert result.totals.compared == 0


def test_calls_scored_on_request_belong_to_both(world: tw.World) -> None:
    scoring = tw.Scoring(world.ports, world.settings, (), forced=OLD)
    path = tw.write_recording(world.folder / "f.wav", "good", "f")
    job = tw.Job(source=tw.Source(uri=str(path)), info=tw.CallInfo(call_id="f"))
    scoring.register([job])
    scoring.score_batch([job])
    assert run(world, tw.form(2)).totals.compared == 5


def test_workers_change_nothing(world: tw.World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 1)
    new = tw.form(2, polite="麻烦您")
    alone = lines(run(world, new))
    done: list[int] = []
    assert lines(run(world, new, workers=2, on_call=lambda: done.append(1))) == alone
    assert len(done) == 4
