"""The sections on people: teams, queues, agents with a range instead of a rank, one agent's review, training needs."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_figures import Verdict
from qa_pipeline.domain.report_people import AgentRow, GroupRow
from qa_pipeline.reports.charts import Range, ranges
from qa_pipeline.reports.pages import number as digits
from qa_pipeline.reports.report_views import (
    Cell,
    Chart,
    Row,
    Section,
    change,
    figure,
    grid,
    judgement,
    number,
)
from qa_pipeline.reports.report_words import ReportWords, person

_DRAWN, _LISTED, _NAMED, _TOPICS = 40, 100, 10, 10


def groups(report: PeriodReport, words: ReportWords) -> Section:
    """Teams and queues."""
    tables = []
    for title, rows in (("by_team", report.teams), ("by_queue", report.queues)):
        if rows:
            tables.append(
                grid(
                    words,
                    ("group", "calls#", "mean#", "change", "pass_rate#", "nonfatal#", "fatal#"),
                    [_group(row, words) for row in rows],
                    title=words(title),
                    most=_LISTED,
                )
            )
    drawn = [
        Range(
            label=words.group(row.id),
            value=row.mean.value,
            low=row.mean.low,
            high=row.mean.high,
            title=f"{words.group(row.id)} {words.interval(row.mean, 'pct')}",
        )
        for row in report.teams[:_DRAWN]
        if row.mean.value is not None
    ]
    svg = ranges(drawn, name=words("by_team"), form=_score, cap_at=100, floor_at=0)
    return Section(
        id="groups",
        title=words("sheet_groups"),
        charts=(Chart(caption=words("teams_chart"), svg=svg, note=words("interval_note")),)
        if len(drawn) > 1
        else (),
        tables=tuple(tables),
        note=words("groups_note"),
    )


def _group(row: GroupRow, words: ReportWords) -> Row:
    fatal = words("fatal_counts", confirmed=row.confirmed_fatal, suspected=row.suspected_fatal)
    agents = words("num_agents", count=row.num_agents)
    return Row(
        cells=(
            Cell(text=words.group(row.id), sub=agents),
            number(words("scored_of", scored=row.counts.scored, received=row.counts.received)),
            figure(words, row.mean, "pct"),
            change(words, row.mean, "pct"),
            figure(words, row.pass_rate, "rate"),
            figure(words, row.nonfatal_rate, "rate"),
            number(fatal),
        )
    )


def agents(report: PeriodReport, words: ReportWords) -> Section:
    """All agents: adjusted means with their intervals, and a position as a range."""
    judged = [a for a in report.agents if not a.too_few]
    few = [a for a in report.agents if a.too_few]
    lead = [words("agents_lead", judged=len(judged), few=len(few), min_calls=report.min_calls)]
    better, worse = (
        [person(a.agent_name, a.agent_id) for a in judged if a.against_centre is verdict]
        for verdict in (Verdict.BETTER, Verdict.WORSE)
    )
    if judged and not better and not worse:
        lead.append(words("agents_alike"))
    if better:
        lead.append(words("agents_better", names=words.some(better, _NAMED)))
    if worse:
        lead.append(words("agents_worse", names=words.some(worse, _NAMED)))
    moved = [a for a in judged if a.mean.verdict in (Verdict.BETTER, Verdict.WORSE)]
    for verdict in (Verdict.BETTER, Verdict.WORSE):
        names = [person(a.agent_name, a.agent_id) for a in moved if a.mean.verdict is verdict]
        if names:
            key = f"agents_moved_{verdict.value}"
            lead.append(
                words(key, before=words(f"before_{words.kind.value}"), names=words.some(names, _NAMED))
            )
    return Section(
        id="agents",
        title=words("sheet_agents"),
        lead=tuple(lead),
        charts=_agents_chart(judged, words),
        tables=(
            grid(
                words,
                (
                    "agent",
                    "calls#",
                    "mean#",
                    "adjusted#",
                    "position#",
                    "against_centre",
                    "change",
                    "penalties",
                ),
                [_agent(a, words, report.min_calls) for a in (*judged, *few)],
                most=_LISTED,
            ),
        ),
        note=words("agents_note"),
    )


def _agents_chart(judged: Sequence[AgentRow], words: ReportWords) -> tuple[Chart, ...]:
    drawn = [a for a in judged if a.adjusted.value is not None]
    if len(drawn) < 2:
        return ()
    # With more agents than fit, those who differ and the ends of the list are what a supervisor looks for.
    chosen = drawn
    if len(drawn) > _DRAWN:
        differ = [a for a in drawn if a.against_centre in (Verdict.BETTER, Verdict.WORSE)][:_DRAWN]
        chosen = differ or [*drawn[: _DRAWN // 2], *drawn[-_DRAWN // 2 :]]
    chosen = sorted(chosen, key=lambda a: (-(a.adjusted.value or 0.0), a.agent_id))
    rows = [
        Range(
            label=person(a.agent_name, a.agent_id),
            value=a.adjusted.value,
            low=a.adjusted.low,
            high=a.adjusted.high,
            strong=a.against_centre in (Verdict.BETTER, Verdict.WORSE),
            title=f"{person(a.agent_name, a.agent_id)} {words.interval(a.adjusted, 'pct')} {position(a, words)}",
        )
        for a in chosen
    ]
    values = [a.adjusted.value for a in drawn if a.adjusted.value is not None]
    svg = ranges(
        rows,
        name=words("agents_chart"),
        form=_score,
        centre=sum(values) / len(values),
        centre_name=words("all_agents"),
        floor_at=0,
        cap_at=100,
    )
    note = words("agents_chart_note")
    if len(chosen) < len(drawn):
        note += words("agents_chart_some", shown=len(chosen), total=len(drawn))
    return (Chart(caption=words("agents_chart"), svg=svg, note=note),)


def _agent(agent: AgentRow, words: ReportWords, min_calls: int) -> Row:
    head = Cell(text=person(agent.agent_name, agent.agent_id), sub=teams_of(agent, words))
    calls = number(words("scored_of", scored=agent.counts.scored, received=agent.counts.received))
    penalties = Cell(
        text=words("points", points=digits(agent.penalty_points)),
        sub=words("penalties", count=agent.penalties, pending=agent.appeals_pending),
    )
    if agent.too_few:
        nothing = Cell(text=words("too_few_calls", min_calls=min_calls))
        return Row(cells=(head, calls, nothing, *[Cell(text="")] * 4, penalties), kind="faint")
    return Row(
        cells=(
            head,
            calls,
            figure(words, agent.mean, "pct"),
            figure(words, agent.adjusted, "pct"),
            number(position(agent, words)),
            judgement(words, agent.against_centre),
            change(words, agent.mean, "pct"),
            penalties,
        ),
        kind="bad" if agent.against_centre is Verdict.WORSE else "",
    )


def teams_of(agent: AgentRow, words: ReportWords) -> str:
    """The agent's team, and others they took calls in."""
    team = words.group(agent.team_id or "")
    return words("also_in", team=team, others=words.listed(agent.other_teams)) if agent.other_teams else team


def position(agent: AgentRow, words: ReportWords) -> str:
    """The position as a range."""
    if agent.rank_low is None or agent.rank_high is None:
        return words("nothing")
    key = "position_one" if agent.rank_low == agent.rank_high else "position_range"
    return words(key, low=agent.rank_low, high=agent.rank_high, ranked=agent.ranked)


def training(report: PeriodReport, words: ReportWords) -> Section:
    """Who needs which topic."""
    rows = [
        Row(
            cells=(
                Cell(text=need.title),
                number(len(need.agents)),
                number(digits(need.points_lost)),
                Cell(
                    text=words.listed(
                        [
                            words("agent_rate", name=person(g.name, g.id), rate=words.value(g.rate, "rate"))
                            for g in need.agents
                        ]
                    )
                ),
            )
        )
        for need in report.training
    ]
    return Section(
        id="training",
        title=words("sheet_training"),
        lead=(words("training_lead") if rows else words("no_training"),),
        tables=(grid(words, ("topic_needed", "num_agents#", "points_lost#", "who"), rows, most=_TOPICS),)
        if rows
        else (),
    )


def _score(value: float) -> str:
    return f"{value:.1f}%"
