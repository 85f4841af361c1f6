"""How often a report claims something of a month in which nothing happened.

``python -m benchmarks.report_findings [months]`` (default 200): made-up months of 24 equal agents, two forms, 14,000
calls, each after a month like it. Nobody is better than anybody and nothing changes, so whatever a report claims is false.
Where many are compared, the method promises at most one month in twenty with any false finding (Benjamini and Hochberg:
where nothing is true, the rate of false discoveries is the chance of any).
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date

from benchmarks.histories import Centre
from benchmarks.history_facts import month_facts
from qa_pipeline.domain.report import PeriodReport, Verdict
from qa_pipeline.reporting.build import build_report

MARCH = date(2026, 3, 1)
SHOWN = (Verdict.BETTER, Verdict.WORSE)
PROMISED = {
    "key figures: changed": 0.05,
    "teams: changed": 0.05,
    "agents: changed": 0.05,
    "agents: differ from all": 0.05,
    "criteria: changed": 0.05,
    "criteria: a team stands out": 0.05,
    "criteria: an agent stands out": 0.05,
    "training needs": 0.05,
    "queues: changed": 0.05,
}
"""Families of claims, and the share of months in which there may be any."""
TREND = "trends: a chart signals"


def quiet_month(seed: int, *, calls_a_day: int = 480, agents: int = 24) -> PeriodReport:
    """The report of a month without effects."""
    centre = Centre(first_day=date(2026, 2, 1), days=59, seed=seed, calls_a_day=calls_a_day, agents=agents)
    return build_report(month_facts(centre, MARCH))


def claims(report: PeriodReport) -> Iterator[str]:
    """The families in which the report claims something, once for each claim."""
    for figure in report.key_figures:
        if figure.estimate.verdict in SHOWN:
            yield "key figures: changed"
    for kind, groups in (("teams", report.teams), ("queues", report.queues)):
        for group in groups:
            figures = (group.mean, group.pass_rate, group.nonfatal_rate)
            yield from (f"{kind}: changed" for figure in figures if figure.verdict in SHOWN)
    for agent in report.agents:
        figures = (agent.mean, agent.pass_rate, agent.nonfatal_rate)
        yield from ("agents: changed" for figure in figures if figure.verdict in SHOWN)
        if agent.against_centre in SHOWN:
            yield "agents: differ from all"
    for row in report.criteria:
        if row.rate.verdict in SHOWN:
            yield "criteria: changed"
        yield from ("criteria: a team stands out" for g in row.teams if g.verdict in SHOWN)
        yield from ("criteria: an agent stands out" for g in row.agents if g.verdict in SHOWN)
    yield from ("training needs" for _ in report.training)
    yield from (TREND for trend in report.trends if any(p.signals for p in trend.points))


def main(months: int) -> int:
    """Count, and return 1 where a promise is broken beyond what chance explains."""
    start = time.perf_counter()
    any_of: Counter[str] = Counter()
    all_of: Counter[str] = Counter()
    charts = points = signals = 0
    for seed in range(months):
        report = quiet_month(seed + 1000)
        found = list(claims(report))
        all_of.update(found)
        any_of.update(set(found))
        for trend in report.trends:
            limited = [p for p in trend.points if p.value is not None and trend.centre_line is not None]
            charts += bool(limited)
            points += len(limited)
            signals += sum(bool(p.signals) for p in limited)
    print(f"{months} months without effects, {time.perf_counter() - start:.0f} s")
    broken = False
    for family, promised in PROMISED.items():
        share = any_of[family] / months
        # Two standard errors of a share counted over so many months.
        most = promised + 2 * (promised * (1 - promised) / months) ** 0.5
        broken |= share > most
        said = "kept" if share <= promised else "kept within chance" if share <= most else "BROKEN"
        print(
            f"{family:32} months with any: {100 * share:5.1f} % (promised {100 * promised:.0f} %: {said}), "
            f"claims: {all_of[family]}"
        )
    print(f"{TREND:32} {all_of[TREND]} of {charts} charts, {signals} of {points} points")
    return int(broken)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
