"""The nightly job's memory: files as it saw them, reports it made, and whether anything has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from storage_samples import Samples
from test_store_roundtrip import review

from qa_pipeline.domain.period import Period, PeriodKind
from qa_pipeline.domain.scorecard import CallStatus
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import SavedCall
from qa_pipeline.storage.night_base import ReportRun, SeenFile
from qa_pipeline.storage.nights import SqlNightLog
from qa_pipeline.storage.store import SqlStore

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)


@pytest.fixture
def log(settings: Settings) -> Iterator[SqlNightLog]:
    log = SqlNightLog(settings)
    yield log
    log.close()


def whole() -> Period:
    return Period(kind=PeriodKind.MONTH, start=date(2020, 1, 1), end=date(2040, 1, 1))


def seen(n: int, stamp: str = "1:1") -> SeenFile:
    return SeenFile(uri=f"/录音/{n}.wav", stamp=stamp, info_digest="d", call_id=f"c{n}", settled=n % 2 == 0)


def test_files_are_remembered_as_last_seen(log: SqlNightLog) -> None:
    log.remember([])
    log.remember([seen(n) for n in range(1200)])
    log.remember([seen(3, "2:2")])
    files = log.seen()
    assert len(files) == 1200
    assert files["/录音/3.wav"] == seen(3, "2:2")
    assert files["/录音/4.wav"] == seen(4)


def test_the_newest_report_of_a_period_is_found_and_a_repetition_changes_nothing(log: SqlNightLog) -> None:
    day = Period(kind=PeriodKind.DAY, start=date(2026, 11, 2), end=date(2026, 11, 3))
    week = Period(kind=PeriodKind.WEEK, start=date(2026, 11, 2), end=date(2026, 11, 9))
    first = ReportRun(period=day, revision=1, fingerprint="a", folder="r/day", made_at=NOW)
    second = replace(first, revision=2, fingerprint="b", made_at=NOW + timedelta(days=1))
    assert log.report_run(day) is None
    for run in (first, second, replace(first, fingerprint="other")):
        log.add_report_run(run)
    assert log.report_run(day) == second
    assert log.report_run(week) is None


def test_the_fingerprint_moves_with_every_call_score_and_mark_and_with_nothing_else(
    store: SqlStore, log: SqlNightLog
) -> None:
    marks = [log.fingerprint(whole())]

    def changed() -> bool:
        marks.append(log.fingerprint(whole()))
        return marks[-1] != marks[-2]

    pending = Samples.scored(1)
    store.save([SavedCall(row=replace(pending.row, status=CallStatus.PENDING, code="call.waiting"))])
    assert changed()
    store.save([pending])
    assert changed()
    store.save([pending])
    assert not changed()
    store.save([Samples.scored(2)])
    assert changed()
    store.add_reviews([review(1)])
    assert changed()
    empty = Period(kind=PeriodKind.DAY, start=date(1999, 1, 1), end=date(1999, 1, 2))
    assert log.fingerprint(empty) != marks[-1]


def test_the_days_that_have_calls(store: SqlStore, log: SqlNightLog) -> None:
    assert log.days_with_calls() is None
    store.save([Samples.scored(1), Samples.scored(2)])
    assert log.has_calls(whole())
    assert not log.has_calls(Period(kind=PeriodKind.DAY, start=date(1999, 1, 1), end=date(1999, 1, 2)))
    days = log.days_with_calls()
    assert days is not None
    assert days[0] <= days[1]
