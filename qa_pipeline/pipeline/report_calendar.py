"""Which reports a night owes: finished periods that have none, and open ones whose calls have changed since."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from qa_pipeline.domain.period import Period, PeriodKind
from qa_pipeline.reporting.periods import period_of
from qa_pipeline.storage.night_base import NightLog


@dataclass(frozen=True, slots=True, kw_only=True)
class DueReport:
    """A report to make; a revision above 1 replaces an earlier one."""

    period: Period
    revision: int
    fingerprint: str


def due_reports(
    log: NightLog,
    *,
    today: date,
    look_back_days: int,
    is_frozen: Callable[[Period], bool],
    purged_before: date | None = None,
) -> tuple[DueReport, ...]:
    """What is owed on the morning of ``today``, oldest first: days, then weeks, then months that end together.

    Args:
        log: knows the first day with calls, the reports made and what they rested on.
        today: a business day; periods that end after its beginning are not finished.
        look_back_days: finished periods that ended longer ago are left alone.
        is_frozen: whether a period lies in a month that was exported; its reports stand.
        purged_before: scorecards of earlier days may be deleted; the reports of those periods stand, as new ones would
            tell of fewer calls.
    """
    span = log.days_with_calls()
    if span is None:
        return ()
    first = max(span[0], today - timedelta(days=look_back_days))
    owed: list[DueReport] = []
    for period in _finished(first, today):
        made = log.report_run(period)
        if made is not None and is_frozen(period):
            continue
        if purged_before is not None and period.start < purged_before:
            continue
        # That nothing came in is news of the period just over; of older ones it would only be noise.
        if made is None and period.end != today and not log.has_calls(period):
            continue
        fingerprint = log.fingerprint(period)
        if made is None or made.fingerprint != fingerprint:
            revision = made.revision + 1 if made is not None else 1
            owed.append(DueReport(period=period, revision=revision, fingerprint=fingerprint))
    return tuple(owed)


def _finished(first: date, today: date) -> Iterator[Period]:
    for n in range((today - first).days):
        end = first + timedelta(days=n + 1)
        for kind in PeriodKind:
            period = period_of(kind, end - timedelta(days=1))
            if period.end == end:
                yield period
