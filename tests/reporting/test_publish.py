"""A report made by hand takes the place of the nightly job's."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from qa_pipeline import bootstrap
from qa_pipeline.domain.period import Period, PeriodKind
from qa_pipeline.reporting.periods import period_of
from qa_pipeline.settings import Settings
from qa_pipeline.storage.night_base import ReportRun

DAY = period_of(PeriodKind.DAY, date(2026, 3, 2))


def written_notes(settings: Settings, out: Path, period: Period) -> list[str]:
    made = bootstrap.publisher(settings).publish(period, out, today=date(2026, 3, 9))
    assert made.files.data is not None
    return [note["key"] for note in json.loads(made.files.data.read_text(encoding="utf-8"))["notes"]]


@pytest.mark.parametrize(("revision", "said"), [(None, False), (1, False), (2, True)])
def test_a_report_by_hand_still_says_that_it_replaces_an_earlier_one(
    tmp_path: Path, revision: int | None, said: bool
) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    if revision is not None:
        run = ReportRun(
            period=DAY,
            revision=1,
            fingerprint="a",
            folder="reports",
            made_at=datetime(2026, 3, 3, tzinfo=UTC),
        )
        log = bootstrap.night_log(settings)
        for number in range(1, revision + 1):
            log.add_report_run(replace(run, revision=number, fingerprint=str(number)))
    assert ("revised" in written_notes(settings, tmp_path / "out", DAY)) is said
