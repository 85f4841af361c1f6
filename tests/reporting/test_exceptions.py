"""What needs an owner is found once, and only where it is true."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from qa_pipeline.domain.period import PeriodKind, Scope, ScopeKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_faults import UrgentCase
from qa_pipeline.domain.report_figures import Counts, Estimate, Verdict
from qa_pipeline.domain.report_follow_up import FollowUp
from qa_pipeline.domain.report_people import AgentRow, GroupRow
from qa_pipeline.reporting.exceptions import exceptions_of
from qa_pipeline.reporting.periods import before, period_of

DAY = date(2026, 11, 20)


def report(kind: PeriodKind = PeriodKind.DAY) -> PeriodReport:
    period = period_of(kind, DAY)
    return PeriodReport(
        period=period,
        previous=before(period),
        scope=Scope(),
        business_tz="Asia/Shanghai",
        min_calls=20,
        counts=Counts(scored=100),
        previous_counts=Counts(),
    )


def case(call_id: str, *, severity: str = "fatal", state: str = "suspected") -> UrgentCase:
    return UrgentCase(
        call_id=call_id,
        criterion_id="abuse",
        title="不辱骂客户",
        rubric_id="inbound_enquiry",
        severity=severity,  # type: ignore[arg-type]
        state=state,  # type: ignore[arg-type]
        agent_id="007",
        agent_name=None,
        team_id=None,
        queue=None,
        started_at=None,
        business_date=DAY,
        second=3.0,
        quote="…",
        confidence=0.9,
    )


def ids(made: PeriodReport) -> list[str]:
    return [item.exception_id for item in exceptions_of(made)]


def test_a_quiet_day_needs_nobody() -> None:
    assert ids(report()) == []


def test_a_suspected_fatal_waits_for_somebody_and_a_confirmed_or_critical_one_does_not() -> None:
    cases = (case("c1"), case("c2", state="confirmed"), case("c3", severity="critical"))
    assert ids(replace(report(), urgent=cases)) == ["suspected_fatal-2026-11-20-c1-abuse"]


def test_many_failed_recordings_are_one_fault() -> None:
    assert ids(replace(report(), counts=Counts(scored=95, failed=5))) == []
    assert ids(replace(report(), counts=Counts(scored=90, failed=10))) == [
        "many_failed-2026-11-20-2026-11-20"
    ]
    assert ids(replace(report(), counts=Counts(scored=1, failed=10))) == []


def test_customers_who_were_not_called_when_due() -> None:
    listed = [
        ("K1", date(2026, 11, 19), "not_called"),
        ("K2", DAY, "done"),
        ("K3", date(2026, 12, 1), "not_called"),
    ]
    follow_ups = tuple(FollowUp(customer_id=k, due=due, state=state) for k, due, state in listed)  # type: ignore[arg-type]
    assert ids(replace(report(), follow_ups=follow_ups)) == ["not_called-2026-11-20-K1"]


def test_agents_and_teams_that_got_worse_are_named_by_week_and_month_and_not_by_day() -> None:
    worse, same = Estimate(verdict=Verdict.WORSE), Estimate(verdict=Verdict.NO_DIFFERENCE_SHOWN)

    def agent(agent_id: str, mean: Estimate) -> AgentRow:
        return AgentRow(
            agent_id=agent_id,
            agent_name=None,
            team_id=None,
            counts=Counts(),
            mean=mean,
            adjusted=Estimate(),
            shrunk=None,
            too_few=False,
        )

    def team(team_id: str, mean: Estimate) -> GroupRow:
        return GroupRow(
            kind=ScopeKind.TEAM,
            id=team_id,
            counts=Counts(),
            mean=mean,
            pass_rate=Estimate(),
            nonfatal_rate=Estimate(),
        )

    def made(kind: PeriodKind) -> PeriodReport:
        agents = (agent("007", worse), agent("008", same))
        return replace(
            report(kind), agents=agents, teams=(team("一组", worse), team("", worse), team("二组", same))
        )

    assert ids(made(PeriodKind.DAY)) == []
    assert ids(made(PeriodKind.WEEK)) == [
        "team_worse_week-2026-11-16-一组",
        "agent_worse_week-2026-11-16-007",
    ]
    assert ids(made(PeriodKind.MONTH)) == [
        "team_worse_month-2026-11-01-一组",
        "agent_worse_month-2026-11-01-007",
    ]


def test_a_part_of_the_centre_opens_nothing() -> None:
    part = replace(report(), scope=Scope(kind=ScopeKind.TEAM, id="一组"), urgent=(case("c1"),))
    assert ids(part) == []
