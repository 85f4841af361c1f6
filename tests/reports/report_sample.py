"""A small report with one of everything, for tests."""

from dataclasses import replace
from datetime import UTC, date, datetime

from qa_pipeline.domain.period import Period, PeriodKind, Scope, ScopeKind
from qa_pipeline.domain.report import Note, PeriodReport, RubricUse
from qa_pipeline.domain.report_faults import CriterionRow, Example, NotScoredReason, Topic, UrgentCase
from qa_pipeline.domain.report_figures import (
    Counts,
    Estimate,
    GroupRate,
    KeyFigure,
    MeasureFigure,
    Trend,
    TrendPoint,
    Verdict,
)
from qa_pipeline.domain.report_follow_up import ExceptionItem, FollowUp, ImprovementEffect
from qa_pipeline.domain.report_people import AgentRow, CriterionMark, GroupRow, TrainingNeed

MARCH = Period(kind=PeriodKind.MONTH, start=date(2026, 3, 1), end=date(2026, 4, 1))
FEBRUARY = Period(kind=PeriodKind.MONTH, start=date(2026, 2, 1), end=date(2026, 3, 1))
EVIL = '"><script>alert(1)</script>'


def estimate(value: float, verdict: Verdict | None = None, *, previous: float | None = None) -> Estimate:
    if previous is None:
        return Estimate(value=value, low=value * 0.9, high=value * 1.1, n=500, verdict=verdict)
    return Estimate(
        value=value,
        low=value * 0.9,
        high=value * 1.1,
        n=500,
        previous=previous,
        previous_n=400,
        change=value - previous,
        change_low=value - previous - 0.01,
        change_high=value - previous + 0.01,
        verdict=verdict,
    )


def figure(
    key: str, value: float, previous: float, verdict: Verdict, target: float | None = None
) -> KeyFigure:
    unit = "pct" if key == "mean_score" else "s" if key == "duration_s" else "rate"
    higher = None if key in ("duration_s", "review_rate") else key in ("mean_score", "pass_rate")
    return KeyFigure(
        key=key,
        unit=unit,  # type: ignore[arg-type]
        higher_is_better=higher,
        estimate=estimate(value, verdict, previous=previous),
        target=target,
    )


GROUP = GroupRate(
    id="3105",
    name="刘洋",
    failed=30,
    opportunities=100,
    rate=0.3,
    low=0.22,
    high=0.4,
    points_lost=90,
    verdict=Verdict.WORSE,
)
AGENT = AgentRow(
    agent_id="3105",
    agent_name="刘洋",
    team_id="华南二组",
    other_teams=("华东一组",),
    counts=Counts(scored=120, not_scored=3, failed=2, pending=1, needs_review=4),
    mean=estimate(88.25, Verdict.WORSE, previous=90.0),
    adjusted=estimate(87.5),
    shrunk=87.9,
    too_few=False,
    rank_low=7,
    rank_high=11,
    ranked=12,
    against_centre=Verdict.WORSE,
    pass_rate=estimate(0.93),
    nonfatal_rate=estimate(0.11),
    suspected_fatal=1,
    penalties=41,
    penalty_points=133.5,
    appeals_pending=2,
    appeals_granted=1,
    appeals_decided=3,
    mean_duration_s=213.0,
    weakest=(
        CriterionMark(
            criterion_id="greeting",
            title="按规范报读开头语",
            failed=30,
            opportunities=100,
            rate=0.27,
            example=Example(call_id="c-7", second=3.2),
        ),
    ),
    strongest=(
        CriterionMark(criterion_id="closing", title="使用规范结束语", failed=1, opportunities=100, rate=0.02),
    ),
    manner=(MeasureFigure(measure="speaking_rate", role="agent", estimate=estimate(251.0)),),
)
NEW_AGENT = replace(
    AGENT,
    agent_id="3199",
    agent_name=None,
    team_id=None,
    other_teams=(),
    counts=Counts(scored=4),
    too_few=True,
    rank_low=None,
    rank_high=None,
    against_centre=Verdict.TOO_FEW,
    mean=Estimate(value=95.0, low=80.0, high=100.0, n=4, verdict=Verdict.TOO_FEW),
)
CASE = UrgentCase(
    call_id="20260331-00017",
    criterion_id="abuse",
    title="不辱骂客户",
    rubric_id="inbound_enquiry",
    severity="fatal",
    state="suspected",
    agent_id="3105",
    agent_name="刘洋",
    team_id="华南二组",
    queue="enquiry",
    started_at=datetime(2026, 3, 30, 17, 30, tzinfo=UTC),
    business_date=date(2026, 3, 31),
    second=83.4,
    quote="你是不是有病",
    confidence=0.938,
)
CRITERION = CriterionRow(
    rubric_id="inbound_enquiry",
    criterion_id="greeting",
    title="按规范报读开头语",
    section_id="opening",
    severity="minor",
    versions=(2,),
    failed=130,
    opportunities=500,
    pending=6,
    points_lost=1040.0,
    share_of_points=0.6,
    cumulative_share=0.6,
    rate=estimate(0.26, Verdict.NOT_COMPARABLE),
    teams=(replace(GROUP, id="华南二组", name=None),),
    agents=(GROUP,),
    examples=(Example(call_id="c-1", agent_id="3105", second=12.0, quote="喂什么事"),),
)
TREND = Trend(
    key="pass_rate",
    step=PeriodKind.DAY,
    chart="p",
    centre_line=0.95,
    points=tuple(
        TrendPoint(
            start=date(2026, 3, day),
            value=None if day == 3 else 0.95 if day < 6 else 0.7,
            n=50,
            target=0.97,
            lower_limit=0.86,
            upper_limit=1.0,
            signals=("beyond_limits",) if day == 6 else (),
        )
        for day in range(1, 7)
    ),
    breaks=(date(2026, 3, 5),),
)


def sample() -> PeriodReport:
    return PeriodReport(
        period=MARCH,
        previous=FEBRUARY,
        scope=Scope(),
        business_tz="Asia/Shanghai",
        min_calls=30,
        counts=Counts(scored=480, not_scored=12, failed=5, pending=3, needs_review=9),
        previous_counts=Counts(scored=400),
        key_figures=(
            figure("mean_score", 88.254, 90.0, Verdict.WORSE, target=92.0),
            figure("pass_rate", 0.951, 0.949, Verdict.NO_DIFFERENCE_SHOWN, target=0.95),
            figure("fatal_error_rate", 0.0021, 0.002, Verdict.TOO_FEW),
            figure("nonfatal_error_rate", 0.08, 0.09, Verdict.NOT_COMPARABLE),
            figure("duration_s", 210.0, 190.0, Verdict.WORSE),
        ),
        urgent=(
            CASE,
            replace(CASE, call_id="c-2", severity="critical", second=None, quote=None, started_at=None),
        ),
        criteria=(
            CRITERION,
            replace(
                CRITERION,
                criterion_id="abuse",
                title="不辱骂客户",
                severity="fatal",
                points_lost=690.0,
                share_of_points=0.4,
                cumulative_share=1.0,
                rate=estimate(0.002, Verdict.NO_DIFFERENCE_SHOWN, previous=0.001),
                teams=(),
                agents=(),
            ),
        ),
        not_scored=(
            NotScoredReason(
                status="not_scored", code="call.no_speech", num_calls=12, call_ids=("c-8", "c-9")
            ),
            NotScoredReason(status="failed", code="somewhere.unheard_of", num_calls=5, call_ids=()),
        ),
        measures=(
            MeasureFigure(
                measure="speaking_rate", role="agent", estimate=estimate(251.0, Verdict.WORSE, previous=240.0)
            ),
            MeasureFigure(measure="dead_air_s", role="", estimate=estimate(9.0)),
        ),
        topics=(
            Topic(
                words=("破损", "赔偿"),
                num_calls=31,
                share=0.2,
                examples=(Example(call_id="c-3", second=5.0),),
            ),
        ),
        trends=(TREND,),
        teams=(
            GroupRow(
                kind=ScopeKind.TEAM,
                id="华南二组",
                counts=Counts(scored=300),
                mean=estimate(87.0, Verdict.WORSE, previous=90.0),
                pass_rate=estimate(0.93),
                nonfatal_rate=estimate(0.1),
                num_agents=6,
            ),
            GroupRow(
                kind=ScopeKind.TEAM,
                id="",
                counts=Counts(scored=4),
                mean=estimate(91.0),
                pass_rate=estimate(0.99),
                nonfatal_rate=estimate(0.05),
                num_agents=1,
            ),
        ),
        queues=(
            GroupRow(
                kind=ScopeKind.QUEUE,
                id="enquiry",
                counts=Counts(scored=300),
                mean=estimate(87.0),
                pass_rate=estimate(0.93),
                nonfatal_rate=estimate(0.1),
            ),
        ),
        agents=(
            AGENT,
            replace(AGENT, agent_id="3106", agent_name="王磊", against_centre=Verdict.NO_DIFFERENCE_SHOWN),
            NEW_AGENT,
        ),
        training=(
            TrainingNeed(
                criterion_id="greeting", title="按规范报读开头语", agents=(GROUP,), points_lost=90.0
            ),
        ),
        follow_ups=(
            FollowUp(customer_id="K1", due=date(2026, 3, 9), state="not_called"),
            FollowUp(customer_id="K2", due=date(2026, 3, 9), state="done", call_id="c-5"),
        ),
        exceptions=(
            ExceptionItem(
                exception_id="E1",
                kind="not a known kind",
                subject="华南二组",
                opened_on=date(2026, 3, 2),
                state="open",
                overdue=True,
            ),
        ),
        improvements=(
            ImprovementEffect(
                improvement_id="M1",
                what="开头语培训",
                measure="greeting",
                scope=Scope(kind=ScopeKind.TEAM, id="华南二组"),
                from_date=date(2026, 3, 15),
                closed_on=None,
                owner="李培训",
                effect=estimate(0.1, Verdict.BETTER, previous=0.3),
            ),
        ),
        rubrics=(
            RubricUse(
                rubric_id="inbound_enquiry",
                version=2,
                title="来电咨询质检评分表",
                first_day=date(2026, 3, 10),
                last_day=date(2026, 3, 31),
                num_calls=300,
            ),
        ),
        notes=(Note(key="not a known key", params={"n": 3, "ids": ("a", "b")}, call_ids=("c-1",)),),
        advice=(Note(key="not a known key either", params={"team": "华南二组"}),),
    )


def empty() -> PeriodReport:
    return PeriodReport(
        period=MARCH,
        previous=FEBRUARY,
        scope=Scope(),
        business_tz="Asia/Shanghai",
        min_calls=30,
        counts=Counts(),
        previous_counts=Counts(),
    )
