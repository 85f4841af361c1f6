"""Which business days a report looks at."""

from __future__ import annotations

from datetime import date, timedelta

from qa_pipeline.domain.report import Period, PeriodKind

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
