"""How often a report claims something of a month in which nothing happened.

``python -m benchmarks.report_findings [months]`` (default 200): made-up months of 24 equal agents, two forms, 14,000
calls, each after a month like it. Nobody is better than anybody and nothing changes, so whatever a report claims is false.
What is judged together (all agents' means, all criteria) may claim something in one month of twenty (Benjamini and
Hochberg: where nothing is true, the rate of false discoveries is the chance of any); so may each key figure by itself.
Run rules of control charts promise no such thing: they are counted and told.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date

from benchmarks.histories import Centre
from benchmarks.history_facts import month_facts
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_figures import Verdict
from qa_pipeline.reporting.build import build_report

MARCH = date(2026, 3, 1)
SHOWN = (Verdict.BETTER, Verdict.WORSE)
PROMISED = 0.05
"""Share of months in which a family may claim anything."""
TREND = "trends: a chart signals"


def quiet_month(seed: int, *, calls_a_day: int = 480, agents: int = 24) -> PeriodReport:
    """The report of a month without effects."""
    centre = Centre(first_day=date(2026, 2, 1), days=59, seed=seed, calls_a_day=calls_a_day, agents=agents)
    return build_report(month_facts(centre, MARCH))


def claims(report: PeriodReport) -> Iterator[tuple[str, bool]]:
    """The families of claims that the method judges together, and for each of its members whether it claims something.

    A key figure is a family of its own; of teams, queues and agents each figure is one.
    """
    for item in report.key_figures:
        if item.estimate.verdict is not None:
            yield f"key figure {item.key}", item.estimate.verdict in SHOWN
    groups = {"teams": report.teams, "queues": report.queues, "agents": report.agents}
    for name, rows in groups.items():
        for row in rows:
            for figure in ("mean", "pass_rate", "nonfatal_rate"):
                yield f"{name}: {figure} changed", getattr(row, figure).verdict in SHOWN
    for agent in report.agents:
        yield "agents: one differs from all", agent.against_centre in SHOWN
    for criterion in report.criteria:
        yield "criteria: one changed", criterion.rate.verdict in SHOWN
        for group in criterion.teams:
            yield "criteria: a team stands out", group.verdict in SHOWN
        for group in criterion.agents:
            yield "criteria: an agent stands out", group.verdict in SHOWN
    yield "training needs", bool(report.training)
    for trend in report.trends:
        if trend.centre_line is not None:
            yield TREND, any(point.signals for point in trend.points)


def main(months: int) -> int:
    """Count, and return 1 where a promise is broken beyond what chance explains."""
    start = time.perf_counter()
    months_with: Counter[str] = Counter()
    made: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for seed in range(months):
        found = list(claims(quiet_month(seed + 1000)))
        months_with.update({family for family, claimed in found if claimed})
        made.update(family for family, claimed in found if claimed)
        of.update(family for family, _ in found)
    print(f"{months} months without effects, {time.perf_counter() - start:.0f} s")
    # Two standard errors of a share counted over so many months.
    most = PROMISED + 2 * (PROMISED * (1 - PROMISED) / months) ** 0.5
    broken = False
    for family in of:
        share = months_with[family] / months
        line = f"{family:32} months with any: {100 * share:5.1f} %, claims: {made[family]} of {of[family]}"
        if family != TREND:
            broken |= share > most
            said = "kept" if share <= PROMISED else "kept within chance" if share <= most else "BROKEN"
            line += f" (promised: {100 * PROMISED:.0f} % of months: {said})"
        print(line)
    return int(broken)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
