"""A report says what the calls say, with people's marks in it, and says so where it can't."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from report_world import APRIL_2, IDS, MARCH, MET, NONE, NOT_MET, PENDING, World, form

from qa_pipeline.domain.period import PeriodKind, Scope, ScopeKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_figures import KeyFigure, Verdict
from qa_pipeline.domain.report_follow_up import ExceptionItem
from qa_pipeline.domain.report_rows import ImprovementRow
from qa_pipeline.domain.scorecard import CallStatus
from qa_pipeline.errors import InputError
from qa_pipeline.reporting.follow_ups import Due
from qa_pipeline.reporting.periods import before, history, period_of

DAY = date(2026, 3, 10)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def figure(report: PeriodReport, key: str) -> KeyFigure:
    return next(f for f in report.key_figures if f.key == key)


def keys(report: PeriodReport) -> list[str]:
    return [note.key for note in report.notes]


def test_periods() -> None:
    assert MARCH.last_day == date(2026, 3, 31)
    assert before(MARCH).start == date(2026, 2, 1)
    week = period_of(PeriodKind.WEEK, date(2026, 3, 1))
    assert (week.start, week.end) == (date(2026, 2, 23), date(2026, 3, 2))
    assert before(period_of(PeriodKind.DAY, date(2026, 1, 1))).start == date(2025, 12, 31)
    months = history(MARCH)
    assert len(months) == 12
    assert months[0].start == date(2025, 4, 1)
    assert all(a.end == b.start for a, b in pairwise(months))


def test_an_empty_period_says_so(world: World) -> None:
    report = world.report()
    assert keys(report) == ["empty_period"]
    assert report.counts.received == 0
    assert figure(report, "mean_score").estimate.value is None
    assert world.report(today=date(2026, 2, 20)).notes[1].key == "not_yet"


def test_one_call_is_too_few_for_anything_but_is_shown(world: World) -> None:
    call_id = world.call(DAY, (NOT_MET, MET, MET, MET))
    report = world.report()
    mean = figure(report, "mean_score").estimate
    assert (mean.value, mean.low, mean.high, mean.n) == (70.0, 0.0, 100.0, 1)
    (agent,) = report.agents
    assert agent.too_few
    assert agent.rank_low is None
    assert agent.against_centre is Verdict.TOO_FEW
    assert {"few_calls", "no_previous"} <= set(keys(report))
    worst = report.criteria[0]
    assert (worst.criterion_id, worst.title, worst.failed, worst.points_lost) == ("greeting", "开头语", 1, 30)
    assert worst.examples[0].call_id == call_id
    assert worst.examples[0].second == 12.3


def test_counts_add_up_and_reasons_are_named(world: World) -> None:
    world.call(DAY)
    world.call(DAY, (PENDING, MET, MET, MET))
    for status, code in (
        (CallStatus.NOT_SCORED, "call.no_rubric"),
        (CallStatus.NOT_SCORED, "call.no_rubric"),
        (CallStatus.FAILED, "audio.broken"),
        (CallStatus.PENDING, "call.waiting"),
    ):
        world.call(DAY, status=status, code=code, agent="3102", team=None)
    report = world.report()
    counts = report.counts
    assert (counts.scored, counts.not_scored, counts.failed, counts.pending, counts.received) == (
        2,
        2,
        1,
        1,
        6,
    )
    assert counts.needs_review == 1
    assert next((r.code, r.num_calls) for r in report.not_scored) == ("call.no_rubric", 2)
    assert {"still_scoring", "no_team"} <= set(keys(report))
    silent = next(a for a in report.agents if a.agent_id == "3102")
    assert (silent.counts.received, silent.counts.scored, silent.mean.value) == (4, 0, None)
    assert figure(report, "scored_share").estimate.value == pytest.approx(2 / 6)


def test_a_persons_mark_is_what_counts_and_the_first_result_stays(world: World) -> None:
    wrong = world.call(DAY, (NOT_MET, MET, MET, MET))
    fatal = world.call(DAY, (MET, MET, MET, NOT_MET))
    cleared = world.call(DAY, (MET, MET, MET, NOT_MET))
    before_marks = world.report()
    assert [c.state for c in before_marks.urgent] == ["suspected", "suspected"]
    assert figure(before_marks, "fatal_error_rate").estimate.value == 0
    world.mark(wrong, "greeting", MET)
    world.mark(fatal, "abuse", NOT_MET)
    world.mark(cleared, "abuse", MET)
    report = world.report()
    assert [(c.call_id, c.state) for c in report.urgent] == [(fatal, "confirmed")]
    assert figure(report, "fatal_error_rate").estimate.value == pytest.approx(1 / 3)
    assert figure(report, "suspected_fatal_rate").estimate.value == 0
    assert figure(report, "mean_score").estimate.value == pytest.approx((100 + 0 + 100) / 3)
    assert figure(report, "nonfatal_error_rate").estimate.value == 0
    assert figure(report, "review_rate").estimate.value == 1
    assert figure(report, "pass_rate").estimate.value == pytest.approx(2 / 3)
    greeting = next(c for c in report.criteria if c.criterion_id == "greeting")
    assert (greeting.failed, greeting.points_lost) == (0, 0)
    (agent,) = report.agents
    assert (agent.confirmed_fatal, agent.penalties) == (1, 1)
    day = next(t for t in report.trends if t.key == "mean_score" and t.step is PeriodKind.DAY)
    assert next(p.value for p in day.points if p.start == DAY) == pytest.approx(200 / 3)
    assert "corrected" in keys(report)
    first = world.store.scorecard(wrong)
    assert first is not None
    assert first.score_pct == 70


def test_scopes_see_their_own_calls_only(world: World) -> None:
    for agent, team, queue in (("1", "甲", "q1"), ("2", "乙", "q1"), ("3", "乙", "q2"), ("4", None, None)):
        world.call(DAY, agent=agent, team=team, queue=queue)
    kinds = {ScopeKind.TEAM: "乙", ScopeKind.AGENT: "3", ScopeKind.QUEUE: "q1"}
    got = {kind: world.report(scope=Scope(kind=kind, id=id_)).counts.scored for kind, id_ in kinds.items()}
    assert got == {ScopeKind.TEAM: 2, ScopeKind.AGENT: 1, ScopeKind.QUEUE: 2}
    assert world.report(scope=Scope(kind=ScopeKind.TEAM, id="")).counts.scored == 1
    with pytest.raises(InputError) as error:
        world.report(scope=Scope(kind=ScopeKind.TEAM, id="乙组"))
    assert (error.value.code, error.value.params["near"]) == ("input.unknown_scope", "乙")
    centre = world.report()
    assert {t.id: t.counts.scored for t in centre.teams} == {"甲": 1, "乙": 2, "": 1}


def test_business_days_not_utc_days(world: World) -> None:
    world.call(datetime(2026, 2, 28, 16, 30, tzinfo=UTC))  # half past midnight of 1 March in Shanghai
    world.call(datetime(2026, 3, 31, 15, 59, tzinfo=UTC))
    world.call(datetime(2026, 3, 31, 16, 0, tzinfo=UTC))
    assert world.report().counts.scored == 2


def test_odd_metadata_is_told(world: World) -> None:
    world.call(DAY, agent=None, team=None)
    world.call(DAY, team=None)
    future = world.call(DAY, received=datetime(2026, 3, 1, tzinfo=UTC))
    late = world.call(DAY, received=datetime(2026, 4, 20, tzinfo=UTC))
    world.call(DAY, dated=False, received=datetime(2026, 3, 5, tzinfo=UTC))
    notes = {note.key: note for note in world.report().notes}
    assert notes["no_agent"].params["num"] == 1
    assert notes["no_team"].params["num"] == 1
    assert (notes["future"].params["num"], notes["future"].call_ids) == (1, (future,))
    assert (notes["late"].params["num"], notes["late"].call_ids) == (1, (late,))
    assert notes["undated"].params["num"] == 1


def test_versions_are_never_mixed_silently(world: World) -> None:
    old, new = form(1), form(2, greeting="您好云帆物流")
    for day in range(1, 9):
        world.call(date(2026, 2, day), rubric=old)
        world.call(date(2026, 3, day), rubric=old if day < 3 else new)
    report = world.report()
    assert {"several_versions", "not_comparable"} <= set(keys(report))
    assert figure(report, "mean_score").estimate.verdict is Verdict.NOT_COMPARABLE
    assert figure(report, "mean_score").estimate.change is None
    assert figure(report, "fatal_error_rate").estimate.verdict is not None
    assert [(r.version, r.num_calls) for r in report.rubrics] == [(1, 2), (2, 6)]
    rows = [(c.criterion_id, c.versions) for c in report.criteria]
    assert ("closing", (1, 2)) in rows
    assert {("greeting", (1,)), ("greeting", (2,))} <= set(rows)
    daily = next(t for t in report.trends if t.key == "mean_score" and t.step is PeriodKind.DAY)
    assert daily.breaks == (date(2026, 3, 3),)


def test_a_weak_agent_is_named_and_equal_ones_are_not(world: World) -> None:
    for agent in range(1, 9):
        for n in range(30):
            fails = n % 2 == 0 if agent == 1 else n % 15 == agent
            world.call(
                date(2026, 3, 1 + n % 28), (NOT_MET if fails else MET, MET, MET, MET), agent=f"310{agent}"
            )
    report = world.report()
    worst = report.agents[0]
    assert worst.agent_id == "3101"
    assert (worst.rank_low, worst.rank_high, worst.ranked) == (8, 8, 8)
    assert worst.against_centre is Verdict.WORSE
    assert worst.weakest[0].criterion_id == "greeting"
    assert worst.weakest[0].example is not None
    others = report.agents[1:]
    assert all((a.rank_low, a.rank_high) == (1, 7) for a in others)
    (need,) = report.training
    assert (need.criterion_id, [a.id for a in need.agents]) == ("greeting", ["3101"])
    assert worst.shrunk is not None
    assert worst.adjusted.value is not None
    assert worst.adjusted.value < worst.shrunk < 95


def test_equal_data_give_equal_reports_in_any_order(tmp_path: Path) -> None:
    reports = []
    plans = [(agent, day) for agent in ("a", "b", "c") for day in range(1, 9)]
    for name, plan in (("one", plans), ("two", plans[::-1])):
        world = World(tmp_path / name)
        for agent, day in plan:
            world.made = plans.index((agent, day))
            world.call(date(2026, 3, day), (NOT_MET if day == 3 else MET, NONE, MET, MET), agent=agent)
        reports.append(world.report())
        world.close()
    assert reports[0].key_figures == reports[1].key_figures
    assert reports[0].agents == reports[1].agents
    assert [c.points_lost for c in reports[0].criteria] == [c.points_lost for c in reports[1].criteria]


def test_goals_measures_and_exceptions(world: World) -> None:
    store = world.reports
    for day in range(1, 29):
        world.call(date(2026, 3, day), (NOT_MET if day < 15 else MET, MET, MET, MET))
    store.set_target(Scope(), "mean_score", 95.0, from_date=date(2026, 1, 1), who="主管")
    store.set_target(Scope(), "mean_score", 97.0, from_date=date(2026, 3, 20), who="主管")
    store.set_target(Scope(), "pass_rate", 0.9, from_date=date(2026, 1, 1), who="主管")
    store.set_target(Scope(), "pass_rate", None, from_date=date(2026, 2, 1), who="主管")
    measure = ImprovementRow(
        improvement_id="m1",
        what="开头语培训",
        measure="greeting",
        scope=Scope(),
        from_date=date(2026, 3, 15),
        owner="王",
    )
    store.add_improvement(measure, who="主管")
    item = ExceptionItem(exception_id="x1", kind="late", subject="录音晚到", opened_on=DAY, state="open")
    assert store.open_exceptions([item]) == 1
    assert store.open_exceptions([item]) == 0
    store.assign_exception("x1", owner="李", deadline=date(2026, 3, 20), note="", who="主管")
    report = world.report()
    assert figure(report, "mean_score").target == 97.0
    assert figure(report, "pass_rate").target is None
    (effect,) = report.improvements
    assert (effect.effect.previous, effect.effect.value) == (1.0, 0.0)
    assert effect.effect.verdict is Verdict.BETTER
    assert [(e.owner, e.state, e.overdue) for e in report.exceptions] == [("李", "assigned", True)]
    store.close_exception("x1", note="好了", who="李")
    assert world.report().exceptions == ()
    with pytest.raises(InputError, match="x1"):
        store.close_exception("x1", note="", who="李")
    with pytest.raises(InputError, match="x2"):
        store.assign_exception("x2", owner="李", deadline=None, note="", who="主管")
    with pytest.raises(InputError, match="m1"):
        store.add_improvement(measure, who="主管")
    store.close_improvement("m1", on=date(2026, 3, 28), note="", who="主管")
    with pytest.raises(InputError, match="m1"):
        store.close_improvement("m1", on=APRIL_2, note="", who="主管")
    assert world.store.verify_audit()[1] is None


def test_follow_up_lists_against_calls_made(world: World) -> None:
    noon = datetime(2026, 3, 10, 4, tzinfo=UTC)
    done = world.call(noon, customer="k1")
    world.call(noon + timedelta(days=3), customer="k2")
    world.call(noon + timedelta(hours=10), customer="k3")  # 22:00 in Shanghai
    world.call(noon - timedelta(days=30), customer="k4")
    dues = [Due(customer_id=f"k{n}", due=date(2026, 3, 10)) for n in range(1, 5)]
    found = {f.customer_id: f for f in world.report(dues=dues).follow_ups}
    assert {k: f.state for k, f in found.items()} == {
        "k1": "done",
        "k2": "late",
        "k3": "rest_hours",
        "k4": "not_called",
    }
    assert found["k1"].call_id == done


def test_measures_are_averaged_over_calls(world: World) -> None:
    for n in range(6):
        world.call(DAY, measures={("agent", "speaking_rate"): 200.0 + n, ("", "hearing_quality_pct"): 80.0})
    report = world.report()
    rate = next(m for m in report.measures if m.measure == "speaking_rate")
    assert (rate.role, rate.estimate.value, rate.estimate.n) == ("agent", 202.5, 6)
    assert report.agents[0].manner[-1].measure == "speaking_rate"
    assert report.agents[0].mean_duration_s == 60.0


def test_every_criterion_is_there() -> None:
    assert [c.id for _, c in form().criteria()] == list(IDS)
