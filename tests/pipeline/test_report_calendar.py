"""A night makes the reports that are owed: yesterday's, what was missed, and what late calls have changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from qa_pipeline.domain.period import Period, PeriodKind
from qa_pipeline.pipeline.report_calendar import DueReport, due_reports
from qa_pipeline.reporting.periods import period_of
from qa_pipeline.storage.night_base import ReportRun, SeenFile

DAY, WEEK, MONTH = PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH


class Log:
    """A memory in which every day counts as changed when its number of calls changes."""

    def __init__(self, first: date | None, last: date | None = None) -> None:
        self.calls: dict[date, int] = {}
        self.runs: dict[tuple[PeriodKind, date], ReportRun] = {}
        if first is not None and last is not None:
            for n in range((last - first).days + 1):
                self.calls[first + timedelta(days=n)] = 10

    def days_with_calls(self) -> tuple[date, date] | None:
        return (min(self.calls), max(self.calls)) if self.calls else None

    def report_run(self, period: Period) -> ReportRun | None:
        return self.runs.get((period.kind, period.start))

    def add_report_run(self, run: ReportRun) -> None:
        self.runs[run.period.kind, run.period.start] = run

    def fingerprint(self, period: Period) -> str:
        return str(sum(n for day, n in self.calls.items() if period.contains(day)))

    def has_calls(self, period: Period) -> bool:
        return self.fingerprint(period) != "0"

    def seen(self) -> Mapping[str, SeenFile]:
        return {}

    def remember(self, files: Sequence[SeenFile]) -> None:
        assert not files


def owed(log: Log, today: date, look_back_days: int = 62, frozen_before: date = date.min) -> list[DueReport]:
    return list(
        due_reports(
            log, today=today, look_back_days=look_back_days, is_frozen=lambda p: p.start < frozen_before
        )
    )


def make(log: Log, due: Sequence[DueReport]) -> None:
    for one in due:
        log.add_report_run(
            ReportRun(
                period=one.period,
                revision=one.revision,
                fingerprint=one.fingerprint,
                folder="r",
                made_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )


def names(due: Sequence[DueReport]) -> list[tuple[PeriodKind, str, int]]:
    return [(d.period.kind, d.period.start.isoformat()[5:], d.revision) for d in due]


@pytest.mark.parametrize(
    ("kind", "day", "start", "end"),
    [
        (DAY, date(2026, 2, 28), date(2026, 2, 28), date(2026, 3, 1)),
        (WEEK, date(2026, 11, 22), date(2026, 11, 16), date(2026, 11, 23)),
        (WEEK, date(2026, 11, 16), date(2026, 11, 16), date(2026, 11, 23)),
        (MONTH, date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1)),
        (MONTH, date(2024, 2, 29), date(2024, 2, 1), date(2024, 3, 1)),
    ],
)
def test_periods(kind: PeriodKind, day: date, start: date, end: date) -> None:
    assert period_of(kind, day) == Period(kind=kind, start=start, end=end)


def test_an_ordinary_night_makes_yesterday_and_a_second_run_nothing() -> None:
    log = Log(date(2026, 11, 17), date(2026, 11, 18))
    make(log, owed(log, date(2026, 11, 18)))
    due = owed(log, date(2026, 11, 19))
    assert names(due) == [(DAY, "11-18", 1)]
    make(log, due)
    assert owed(log, date(2026, 11, 19)) == []


def test_the_week_comes_on_monday_and_the_month_on_the_first() -> None:
    log = Log(date(2026, 11, 27), date(2026, 11, 30))
    make(log, owed(log, date(2026, 11, 29)))
    assert names(owed(log, date(2026, 11, 30))) == [(DAY, "11-29", 1), (WEEK, "11-23", 1)]
    make(log, owed(log, date(2026, 11, 30)))
    assert names(owed(log, date(2026, 12, 1))) == [(DAY, "11-30", 1), (MONTH, "11-01", 1)]


def test_what_was_missed_while_the_machine_was_off_is_made_up_for() -> None:
    log = Log(date(2026, 11, 19), date(2026, 11, 24))
    assert names(owed(log, date(2026, 11, 25))) == [
        (DAY, "11-19", 1),
        (DAY, "11-20", 1),
        (DAY, "11-21", 1),
        (DAY, "11-22", 1),
        (WEEK, "11-16", 1),
        (DAY, "11-23", 1),
        (DAY, "11-24", 1),
    ]


def test_late_calls_revise_the_periods_they_belong_to_and_no_other() -> None:
    log = Log(date(2026, 11, 16), date(2026, 11, 24))
    make(log, owed(log, date(2026, 11, 25)))
    log.calls[date(2026, 11, 20)] += 1
    due = owed(log, date(2026, 11, 25))
    assert names(due) == [(DAY, "11-20", 2), (WEEK, "11-16", 2)]
    make(log, due)
    log.calls[date(2026, 11, 20)] += 1
    assert names(owed(log, date(2026, 11, 25))) == [(DAY, "11-20", 3), (WEEK, "11-16", 3)]


def test_an_exported_month_stands_but_a_report_it_never_had_is_still_made() -> None:
    log = Log(date(2026, 11, 29), date(2026, 11, 30))
    make(log, [d for d in owed(log, date(2026, 12, 1)) if d.period.kind is not DAY])
    log.calls[date(2026, 11, 29)] += 1
    due = owed(log, date(2026, 12, 1), frozen_before=date(2026, 12, 1))
    assert names(due) == [(DAY, "11-29", 1), (DAY, "11-30", 1)]


def test_a_long_forgotten_past_and_a_future_of_wrong_clocks_are_left_alone() -> None:
    log = Log(date(2026, 1, 1), date(2026, 1, 2))
    log.calls[date(2031, 1, 1)] = 1
    assert names(owed(log, date(2026, 11, 20), look_back_days=3)) == [(DAY, "11-19", 1)]
    assert owed(Log(None), date(2026, 11, 20)) == []


def test_a_day_without_calls_is_told_on_the_next_morning_only() -> None:
    log = Log(date(2026, 11, 10), date(2026, 11, 10))
    assert names(owed(log, date(2026, 11, 14))) == [(DAY, "11-10", 1), (DAY, "11-13", 1)]
    make(log, owed(log, date(2026, 11, 14)))
    log.calls[date(2026, 11, 12)] = 3  # recordings that came late
    assert names(owed(log, date(2026, 11, 14))) == [(DAY, "11-12", 1)]
