"""Facts made without a database give the reports that the store gives; a month without effects claims nothing."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks import histories, history_bulk, report_findings
from benchmarks.history_facts import month_facts
from qa_pipeline.domain.period import PeriodKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.pipeline.report import Reporting
from qa_pipeline.reporting.build import build_report
from qa_pipeline.reporting.periods import period_of
from qa_pipeline.settings import Settings
from qa_pipeline.storage.report_store import SqlReportStore

MARCH = date(2026, 3, 1)


def comparable(report: PeriodReport) -> PeriodReport:
    """Without what only the database has: calls without a score, measures, examples, cases, and what follows from them."""
    return replace(
        report,
        counts=replace(report.counts, not_scored=0, failed=0),
        previous_counts=replace(report.previous_counts, not_scored=0, failed=0),
        key_figures=tuple(f for f in report.key_figures if f.key != "scored_share"),
        urgent=(),
        not_scored=(),
        measures=(),
        notes=(),
        advice=(),
        criteria=tuple(replace(row, examples=()) for row in report.criteria),
        teams=tuple(replace(g, counts=replace(g.counts, not_scored=0, failed=0)) for g in report.teams),
        queues=tuple(replace(g, counts=replace(g.counts, not_scored=0, failed=0)) for g in report.queues),
        agents=tuple(
            replace(
                a,
                counts=replace(a.counts, not_scored=0, failed=0),
                strongest=tuple(replace(m, example=None) for m in a.strongest),
                weakest=tuple(replace(m, example=None) for m in a.weakest),
                manner=(),
            )
            for a in report.agents
        ),
    )


def test_the_short_way_gives_the_report_of_the_store(tmp_path: Path) -> None:
    centre = replace(
        histories.planted(MARCH).centre, first_day=date(2026, 2, 20), days=40, calls_a_day=20, agents=6
    )
    history_bulk.save(centre, tmp_path)
    settings = Settings(data_dir=tmp_path)
    store = SqlReportStore(settings)
    stored = Reporting(store=store, settings=settings).report(
        period_of(PeriodKind.MONTH, MARCH), today=date(2026, 4, 1)
    )
    store.close()
    assert stored.counts.scored > 500
    short = build_report(month_facts(centre, MARCH))
    mine, theirs = comparable(short), comparable(stored)
    for name in (
        "counts",
        "key_figures",
        "criteria",
        "teams",
        "queues",
        "agents",
        "training",
        "trends",
        "rubrics",
    ):
        assert rounded(getattr(mine, name)) == rounded(getattr(theirs, name)), name


def rounded(value: object) -> object:
    """Sums in another order differ in their last digits."""

    return re.sub(r"-?\d+\.\d{6,}(e-?\d+)?", lambda m: f"{float(m[0]):.6g}", repr(value))


def test_months_without_effects_claim_nothing() -> None:
    for seed in range(3):
        report = report_findings.quiet_month(seed, calls_a_day=150, agents=12)
        found = [family for family, claimed in report_findings.claims(report) if claimed]
        assert set(found) <= {report_findings.TREND}, seed


def test_planted_months_are_full_of_claims() -> None:
    """The same counting on a month with effects: silence above is not blindness."""
    report = build_report(month_facts(histories.planted(MARCH, calls_a_day=240).centre, MARCH))
    found = {family for family, claimed in report_findings.claims(report) if claimed}
    assert found >= {
        "teams: mean changed",
        "agents: mean changed",
        "agents: one differs from all",
        "training needs",
    }
