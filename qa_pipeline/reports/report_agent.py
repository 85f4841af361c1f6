"""One agent's sheet for the performance review: quality, compliance, efficiency, manner, and how sure each figure is."""

from __future__ import annotations

from qa_pipeline.domain.period import ScopeKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_people import AgentRow, CriterionMark
from qa_pipeline.reports.pages import number as digits
from qa_pipeline.reports.report_people import position, teams_of
from qa_pipeline.reports.report_tables import Links
from qa_pipeline.reports.report_views import (
    Cell,
    Grid,
    Item,
    Row,
    Section,
    change,
    colour,
    figure,
    grid,
    measured,
    number,
    place,
)
from qa_pipeline.reports.report_words import ReportWords, person

_DETAILED = 30
_COMPARABLE = 2
"""With fewer agents ranked there is nobody to compare with."""


def details(report: PeriodReport, words: ReportWords, links: Links) -> tuple[Section, ...]:
    """A sheet for the performance review of each agent; in reports on the centre only where there are few agents."""
    if report.scope.kind is ScopeKind.CENTRE and len(report.agents) > _DETAILED:
        return ()
    return tuple(
        _detail(agent, index, report, words, links) for index, agent in enumerate(report.agents, start=1)
    )


def _detail(agent: AgentRow, index: int, report: PeriodReport, words: ReportWords, links: Links) -> Section:
    counts = agent.counts
    lead = [
        words(
            "agent_counts",
            received=counts.received,
            scored=counts.scored,
            not_scored=counts.not_scored,
            failed=counts.failed,
            pending=counts.pending,
            needs_review=counts.needs_review,
        )
    ]
    if agent.too_few:
        lead.append(words("too_few_long", min_calls=report.min_calls))
    marks = [
        _mark(mark, words(side), words, links)
        for side, found in (("weakest", agent.weakest), ("strongest", agent.strongest))
        for mark in found
    ]
    tables: list[Grid] = [
        Grid(columns=(), rows=_quality(agent, words), title=words("agent_figures")),
    ]
    if marks:
        tables.append(
            grid(
                words,
                ("side", "criterion", "failed#", "shrunk_rate#", "listen"),
                marks,
                title=words("agent_criteria"),
            )
        )
    items = (
        Item(
            head=words("agent_record"),
            text=words(
                "agent_record_text",
                penalties=agent.penalties,
                points=digits(agent.penalty_points),
                pending=agent.appeals_pending,
                granted=agent.appeals_granted,
                decided=agent.appeals_decided,
            ),
        ),
    )
    return Section(
        id=f"agent-{index}",
        listed=False,
        title=words(
            "agent_title", name=person(agent.agent_name, agent.agent_id), team=teams_of(agent, words)
        ),
        lead=tuple(lead),
        items=items,
        tables=tuple(tables),
    )


def _quality(agent: AgentRow, words: ReportWords) -> tuple[Row, ...]:
    """Quality, compliance, efficiency, manner: a row each; nothing is judged on too few calls."""
    few = agent.too_few

    def line(area: str, name: str, value: Cell, said: Cell) -> Row:
        return Row(cells=(Cell(text=words(name), sub=words(area)), value, said))

    silent = Cell(text=words("no_judgement") if few else "", kind="none")
    rows = [
        line(
            "area_quality",
            "head_mean",
            figure(words, agent.mean, "pct"),
            silent if few else change(words, agent.mean, "pct"),
        ),
    ]
    if not few:
        standing = Cell(
            text=words.compared(agent.against_centre),
            kind=colour(agent.against_centre),
            sub=position(agent, words),
        )
        if agent.ranked < _COMPARABLE:
            standing = Cell(text=words("alone"), kind="none")
        rows += [
            line("area_quality", "head_adjusted", figure(words, agent.adjusted, "pct"), standing),
            line("area_quality", "head_pass_rate", figure(words, agent.pass_rate, "rate"), Cell(text="")),
        ]
    fatal = words("fatal_counts", confirmed=agent.confirmed_fatal, suspected=agent.suspected_fatal)
    rows += [
        line("area_compliance", "head_nonfatal", figure(words, agent.nonfatal_rate, "rate"), silent),
        line("area_compliance", "head_fatal", number(fatal), Cell(text="")),
        line(
            "area_efficiency", "head_duration", number(words.value(agent.mean_duration_s, "s")), Cell(text="")
        ),
    ]
    rows += [
        Row(
            cells=(
                Cell(text=words.measure(m.measure), sub=f"{words('area_manner')} · {words.role(m.role)}"),
                measured(words, m),
                silent,
            )
        )
        for m in agent.manner
    ]
    return tuple(rows)


def _mark(mark: CriterionMark, side: str, words: ReportWords, links: Links) -> Row:
    return Row(
        cells=(
            Cell(text=side),
            Cell(text=mark.title),
            number(words("failed_of", failed=mark.failed, of=mark.opportunities)),
            number(words.value(mark.rate, "rate")),
            place(words, mark.example, links),
        )
    )
