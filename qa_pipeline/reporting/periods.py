"""Which business days a report looks at, and whose calls."""

from __future__ import annotations

from datetime import date, timedelta

from qa_pipeline.domain.call import plain_id
from qa_pipeline.domain.period import Period, PeriodKind, Scope, ScopeKind
from qa_pipeline.errors import InputError

HISTORY = {PeriodKind.DAY: 31, PeriodKind.WEEK: 13, PeriodKind.MONTH: 12}
"""So many periods a trend shows, the last of them being the report's own."""


def period_of(kind: PeriodKind, day: date) -> Period:
    """The day, the week (Monday to Sunday) or the month that holds ``day``."""
    if kind is PeriodKind.DAY:
        return Period(kind=kind, start=day, end=day + timedelta(days=1))
    if kind is PeriodKind.WEEK:
        start = day - timedelta(days=day.weekday())
        return Period(kind=kind, start=start, end=start + timedelta(days=7))
    start = day.replace(day=1)
    return Period(kind=kind, start=start, end=(start + timedelta(days=31)).replace(day=1))


def before(period: Period) -> Period:
    """The period just before."""
    return period_of(period.kind, period.start - timedelta(days=1))


def history(period: Period) -> tuple[Period, ...]:
    """The periods of a trend, oldest first, up to the given one."""
    periods = [period]
    while len(periods) < HISTORY[period.kind]:
        periods.append(before(periods[-1]))
    return tuple(reversed(periods))


def last_finished(kind: PeriodKind, today: date) -> Period:
    """The newest period that is over on the morning of ``today``."""
    return before(period_of(kind, today))


def scope_of(agent: str | None, team: str | None, queue: str | None) -> Scope:
    """Whose calls; the centre's where nothing is given (an empty field of a form gives nothing).

    Raises:
        InputError: ``input.one_scope``.
    """
    named = {ScopeKind.AGENT: agent, ScopeKind.TEAM: team, ScopeKind.QUEUE: queue}
    given = {kind: plain_id(value) for kind, value in named.items() if value and plain_id(value)}
    if len(given) > 1:
        raise InputError("input.one_scope", options=", ".join(f"--{kind.value}" for kind in given))
    for kind, value in given.items():
        return Scope(kind=kind, id=value)
    return Scope()
