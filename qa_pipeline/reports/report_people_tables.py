"""Tables about people and groups: agents for the performance review, teams, queues, what they need."""

from __future__ import annotations

from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_figures import GroupRate
from qa_pipeline.domain.report_follow_up import FollowUp
from qa_pipeline.domain.report_people import AgentRow, CriterionMark, GroupRow, TrainingNeed
from qa_pipeline.reports.report_tables import Field, estimate, table
from qa_pipeline.reports.report_words import ReportWords
from qa_pipeline.reports.workbook import Table


def agents(report: PeriodReport, words: ReportWords) -> Table:
    """One row an agent, for the performance review: counts, quality, compliance, efficiency, and how sure each is."""
    fields: list[Field[AgentRow]] = [
        ("agent_id", "text", lambda a: a.agent_id),
        ("agent_name", "text", lambda a: a.agent_name),
        ("team", "text", lambda a: a.team_id),
        ("other_teams", "text", lambda a: ", ".join(a.other_teams)),
        ("received", "int", lambda a: a.counts.received),
        ("scored", "int", lambda a: a.counts.scored),
        ("not_scored", "int", lambda a: a.counts.not_scored),
        ("call_failed", "int", lambda a: a.counts.failed),
        ("call_pending", "int", lambda a: a.counts.pending),
        ("needs_review", "int", lambda a: a.counts.needs_review),
        ("judged", "text", lambda a: words("too_few" if a.too_few else "enough")),
        *estimate("mean", "number", lambda a: a.mean, words),
        *estimate("adjusted", "number", lambda a: a.adjusted, words, change=False),
        ("shrunk", "number", lambda a: a.shrunk),
        ("rank_low", "int", lambda a: None if a.too_few else a.rank_low),
        ("rank_high", "int", lambda a: None if a.too_few else a.rank_high),
        ("ranked", "int", lambda a: a.ranked),
        ("against_centre", "text", lambda a: words.compared(a.against_centre)),
        *estimate("pass_rate", "percent", lambda a: a.pass_rate, words, change=False),
        *estimate("nonfatal_rate", "percent", lambda a: a.nonfatal_rate, words, change=False),
        ("confirmed_fatal", "int", lambda a: a.confirmed_fatal),
        ("suspected_fatal", "int", lambda a: a.suspected_fatal),
        ("penalties", "int", lambda a: a.penalties),
        ("penalty_points", "number", lambda a: a.penalty_points),
        ("appeals_pending", "int", lambda a: a.appeals_pending),
        ("appeals_granted", "int", lambda a: a.appeals_granted),
        ("appeals_decided", "int", lambda a: a.appeals_decided),
        ("mean_duration", "number", lambda a: a.mean_duration_s),
    ]
    return table(words, "agents", report.agents, fields)


def agent_criteria(report: PeriodReport, words: ReportWords) -> Table:
    """Strongest and weakest criteria of each agent, with a place to listen to."""
    rows: list[tuple[AgentRow, str, CriterionMark]] = []
    for agent in report.agents:
        rows += [(agent, "weakest", mark) for mark in agent.weakest]
        rows += [(agent, "strongest", mark) for mark in agent.strongest]
    fields: list[Field[tuple[AgentRow, str, CriterionMark]]] = [
        ("agent_id", "text", lambda r: r[0].agent_id),
        ("agent_name", "text", lambda r: r[0].agent_name),
        ("side", "text", lambda r: words(r[1])),
        ("criterion", "text", lambda r: r[2].title),
        ("criterion_id", "text", lambda r: r[2].criterion_id),
        ("failed", "int", lambda r: r[2].failed),
        ("opportunities", "int", lambda r: r[2].opportunities),
        ("shrunk_rate", "percent", lambda r: r[2].rate),
        ("call_id", "text", lambda r: r[2].example.call_id if r[2].example else None),
        ("second", "number", lambda r: r[2].example.second if r[2].example else None),
        ("quote", "text", lambda r: r[2].example.quote if r[2].example else None),
    ]
    return table(words, "agent_criteria", rows, fields)


def groups(report: PeriodReport, words: ReportWords) -> Table:
    """Teams and queues."""
    fields: list[Field[GroupRow]] = [
        ("group_kind", "text", lambda g: words(f"kind_{g.kind.value}")),
        ("group_id", "text", lambda g: words.group(g.id)),
        ("num_agents", "int", lambda g: g.num_agents),
        ("received", "int", lambda g: g.counts.received),
        ("scored", "int", lambda g: g.counts.scored),
        ("not_scored", "int", lambda g: g.counts.not_scored),
        ("call_failed", "int", lambda g: g.counts.failed),
        ("call_pending", "int", lambda g: g.counts.pending),
        ("needs_review", "int", lambda g: g.counts.needs_review),
        *estimate("mean", "number", lambda g: g.mean, words),
        *estimate("pass_rate", "percent", lambda g: g.pass_rate, words),
        *estimate("nonfatal_rate", "percent", lambda g: g.nonfatal_rate, words),
        ("confirmed_fatal", "int", lambda g: g.confirmed_fatal),
        ("suspected_fatal", "int", lambda g: g.suspected_fatal),
    ]
    return table(words, "groups", (*report.teams, *report.queues), fields)


def training(report: PeriodReport, words: ReportWords) -> Table:
    """Who needs which topic."""
    rows = [(need, group) for need in report.training for group in need.agents]
    fields: list[Field[tuple[TrainingNeed, GroupRate]]] = [
        ("criterion", "text", lambda r: r[0].title),
        ("criterion_id", "text", lambda r: r[0].criterion_id),
        ("agent_id", "text", lambda r: r[1].id),
        ("agent_name", "text", lambda r: r[1].name),
        ("failed", "int", lambda r: r[1].failed),
        ("opportunities", "int", lambda r: r[1].opportunities),
        ("rate", "percent", lambda r: r[1].rate),
        ("rate_low", "percent", lambda r: r[1].low),
        ("rate_high", "percent", lambda r: r[1].high),
        ("points_lost", "number", lambda r: r[1].points_lost),
    ]
    return table(words, "training", rows, fields)


def follow_ups(report: PeriodReport, words: ReportWords) -> Table:
    """Who was to be called, and what became of it."""
    fields: list[Field[FollowUp]] = [
        ("customer_id", "text", lambda f: f.customer_id),
        ("due", "date", lambda f: f.due),
        ("follow_up_state", "text", lambda f: words(f"follow_up_{f.state}")),
        ("called_at", "time", lambda f: None if f.called_at is None else words.local(f.called_at)),
        ("call_id", "text", lambda f: f.call_id),
        ("agent_id", "text", lambda f: f.agent_id),
    ]
    return table(words, "follow_ups", report.follow_ups, fields)
