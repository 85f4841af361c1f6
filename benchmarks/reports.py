"""Measures reports: a month of 1,000,000 scorecards, whether cost grows linearly, the database's size per call, and
how often intervals hold the truth and verdicts are false. Run by ``make bench-reports``.

``QA_BENCH_CALLS`` makes the month smaller (its figures say so), ``QA_BENCH_MONTHS`` the number of months without effects.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks import histories, history_bulk, report_findings
from benchmarks.report_fill import NUM_CRITERIA, fill
from qa_pipeline.domain.period import PeriodKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.pipeline.report import Reporting
from qa_pipeline.reporting.agents import means_by_agent
from qa_pipeline.reporting.periods import period_of
from qa_pipeline.settings import Settings
from qa_pipeline.storage.report_store import SqlReportStore

CALLS = int(os.environ.get("QA_BENCH_CALLS", "1000000"))
MONTHS = int(os.environ.get("QA_BENCH_MONTHS", "200"))
AGENTS = 500


def month_report(data_dir: Path) -> PeriodReport:
    settings = Settings(data_dir=data_dir)
    store = SqlReportStore(settings)
    try:
        reporting = Reporting(store=store, settings=settings)
        return reporting.report(period_of(PeriodKind.MONTH, date(2026, 3, 1)), today=date(2026, 4, 2))
    finally:
        store.close()


def measured(data_dir: Path) -> tuple[float, float, int]:
    """Wall seconds, processor seconds and peak MiB of one report in a process of its own."""
    code = f"from pathlib import Path; from benchmarks.reports import child; child(Path({str(data_dir)!r}))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    wall, processor, peak = said.split()[-3:]
    return float(wall), float(processor), int(peak)


def child(data_dir: Path) -> None:
    started = time.perf_counter()
    report = month_report(data_dir)
    assert report.counts.scored > 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(time.perf_counter() - started, time.process_time(), peak)


def scale(folder: Path) -> None:
    """Time and memory at a tenth, a third and all of the calls: equal seconds per 100,000 calls are linear cost."""
    for calls in (CALLS // 10, CALLS // 3, CALLS):
        data_dir = folder / str(calls)
        fill(Settings(data_dir=data_dir), num_calls=calls, num_agents=AGENTS)
        wall, processor, peak = measured(data_dir)
        print(
            f"month of {calls:,} scorecards x {NUM_CRITERIA} criteria, {AGENTS} agents: {wall:.1f} s "
            f"({processor:.1f} s processor, {processor / calls * 1e5:.2f} per 100,000), peak {peak} MiB",
            flush=True,
        )
        (data_dir / "qa.db").unlink()


def size(folder: Path) -> None:
    """Bytes a call in a database that holds whole scorecards."""
    plan = histories.Centre(first_day=date(2026, 3, 1), days=20, calls_a_day=500)
    made = history_bulk.save(plan, folder / "size")
    path = folder / "size" / "qa.db"
    print(
        f"database: {path.stat().st_size / made / 1000:.1f} kB a call ({made:,} calls of the shipped forms)",
        flush=True,
    )


def coverage() -> None:
    """How often an agent's 95 % interval holds the true mean, on skew scores of forms with 20 criteria."""
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    for calls in (5, 20, 100, 500):
        rng = np.random.default_rng(calls)
        held = []
        for _ in range(max(10, 4000 // calls)):
            level = rng.normal(-2.5, 0.3, AGENTS)
            rate = 1 / (1 + np.exp(-(level[:, None] + rng.normal(0, 0.5, (AGENTS, calls)))))
            drawn = 100 - 5.0 * rng.binomial(20, rate)
            means = means_by_agent(np.repeat(np.arange(AGENTS), calls), drawn.ravel(), AGENTS)
            true = (
                100
                - 100 * (weights / (1 + np.exp(-(level[:, None] + 0.5 * points)))).sum(axis=1) / weights.sum()
            )
            for k in range(AGENTS):
                interval = means.interval(k)
                held.append(interval is not None and interval.low <= true[k] <= interval.high)
        print(
            f"95 % intervals at {calls} calls an agent hold the truth {np.mean(held):.1%} ({len(held):,} intervals)",
            flush=True,
        )


def main() -> int:
    coverage()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size(folder)
        scale(folder)
    return report_findings.main(MONTHS)


if __name__ == "__main__":
    sys.exit(main())
