"""What a finished period leaves that needs an owner until it is settled; each is found once, however often reported."""

from __future__ import annotations

from qa_pipeline.domain.period import PeriodKind, ScopeKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_figures import Verdict
from qa_pipeline.domain.report_follow_up import ExceptionItem

FAILED_SHARE = 0.05
"""More failed recordings than this are a fault of the recorder or the network, not of single files."""
MIN_RECEIVED = 20


def exceptions_of(report: PeriodReport) -> tuple[ExceptionItem, ...]:
    """Exceptions of a centre's report, with ids that stay the same when the report is made again.

    Days bring suspected fatal cases that nobody has confirmed or rejected, many failed recordings, and customers who were
    not called; weeks and months bring agents and teams whose figures got worse beyond chance.
    """
    if report.scope.kind is not ScopeKind.CENTRE:
        return ()
    if report.period.kind is PeriodKind.DAY:
        return (*_fatal(report), *_failed(report), *_not_called(report))
    return tuple(_worse(report))


def _item(
    report: PeriodReport, kind: str, subject: str, about: str = "", **params: str | int
) -> ExceptionItem:
    name = "-".join(part for part in (kind, report.period.start.isoformat(), subject, about) if part)
    return ExceptionItem(
        exception_id=name,
        kind=kind,
        subject=subject,
        params=params,
        opened_on=report.period.last_day,
        state="open",
    )


def _fatal(report: PeriodReport) -> list[ExceptionItem]:
    return [
        _item(report, "suspected_fatal", case.call_id, case.criterion_id, criterion=case.title)
        for case in report.urgent
        if case.severity == "fatal" and case.state == "suspected"
    ]


def _failed(report: PeriodReport) -> list[ExceptionItem]:
    counts = report.counts
    if counts.received < MIN_RECEIVED or counts.failed <= FAILED_SHARE * counts.received:
        return []
    day = report.period.start.isoformat()
    return [_item(report, "many_failed", day, failed=counts.failed, received=counts.received)]


def _not_called(report: PeriodReport) -> list[ExceptionItem]:
    return [
        _item(report, "not_called", follow_up.customer_id, due=follow_up.due.isoformat())
        for follow_up in report.follow_ups
        if follow_up.state == "not_called" and follow_up.due <= report.period.last_day
    ]


def _worse(report: PeriodReport) -> list[ExceptionItem]:
    kind = report.period.kind.value
    agents = [
        _item(report, f"agent_worse_{kind}", a.agent_id)
        for a in report.agents
        if a.mean.verdict is Verdict.WORSE
    ]
    teams = [
        _item(report, f"team_worse_{kind}", t.id)
        for t in report.teams
        if t.mean.verdict is Verdict.WORSE and t.id
    ]
    return teams + agents
