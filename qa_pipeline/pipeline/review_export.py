"""The performance file of a month: one row an agent, frozen once it is exported, and adjusted by later files only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from qa_pipeline.domain.performance import ExportRow, Figure
from qa_pipeline.domain.period import Period, PeriodKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_figures import Estimate
from qa_pipeline.domain.report_people import AgentRow
from qa_pipeline.errors import InputError
from qa_pipeline.reporting.periods import period_of
from qa_pipeline.storage.export_base import ExportStore

SCHEMA_VERSION = 1
"""Of the file: a new column at the end keeps it, anything else makes it one higher."""
ADJUSTED = ("calls_scored", "mean_score", "penalty_points", "confirmed_fatal")
"""Figures whose change an adjustment names beside the new values."""
_DECIMALS = 4


MakeReport = Callable[[Period], PeriodReport]
"""Builds the report of a period for the whole centre, as the database has it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFile:
    """A month's performance file."""

    month: date
    rows: tuple[ExportRow, ...]
    digest: str
    """SHA-256 of the rows as canonical JSON."""
    frozen_before: bool
    """It was exported earlier: these are the rows as they were then."""
    pending: int
    """Calls of the month that were not scored yet when the file was made."""


def review_file(
    month: date,
    *,
    today: date,
    store: ExportStore,
    make_report: MakeReport,
    even_if_pending: bool = False,
    purged_before: date | None = None,
) -> ReviewFile:
    """The performance file of a month: as it was exported, or as it would be now. Nothing is written.

    Args:
        month: any day of it.
        today: a business day; the month must be over.
        store: knows what was exported.
        make_report: builds a month's report.
        even_if_pending: also where calls still wait to be scored.
        purged_before: scorecards of earlier days may be deleted: such a month can't be exported any more, and none of
            its figures is a reason for an adjustment.

    Raises:
        InputError: ``export.month_open``, ``export.still_pending``, ``export.no_calls``, ``export.purged``.
    """
    period = period_of(PeriodKind.MONTH, month)
    known = store.export(period.start)
    if known is not None:
        return ReviewFile(
            month=period.start, rows=known.rows, digest=known.digest, frozen_before=True, pending=0
        )
    if today < period.end:
        raise InputError("export.month_open", month=f"{period.start:%Y-%m}", end=period.end.isoformat())
    if purged_before is not None and period.start < purged_before:
        raise InputError("export.purged", month=f"{period.start:%Y-%m}", before=purged_before.isoformat())
    report = make_report(period)
    if report.counts.received == 0:
        raise InputError("export.no_calls", month=f"{period.start:%Y-%m}")
    pending = report.counts.pending
    if pending and not even_if_pending:
        raise InputError("export.still_pending", month=f"{period.start:%Y-%m}", count=pending)
    rows = [
        ExportRow(kind="month", of_month=period.start, agent_id=agent.agent_id, figures=figures(agent))
        for agent in sorted(report.agents, key=lambda a: a.agent_id)
    ]
    for earlier in store.exported_months():
        if earlier < period.start and (purged_before is None or earlier >= purged_before):
            rows += _adjustments(earlier, store, make_report)
    return ReviewFile(
        month=period.start, rows=tuple(rows), digest=digest_of(rows), frozen_before=False, pending=pending
    )


def freeze(file: ReviewFile, store: ExportStore, *, file_name: str, who: str) -> None:
    """Write down that the file left the house; its month is frozen from here on.

    Raises:
        InputError: ``export.frozen`` where somebody else was faster.
    """
    store.add_export(
        file.month, file.rows, schema_version=SCHEMA_VERSION, digest=file.digest, file_name=file_name, who=who
    )


def is_frozen(store: ExportStore) -> Callable[[Period], bool]:
    """Whether a period lies wholly in exported months."""
    months = set(store.exported_months())
    return lambda p: p.start.replace(day=1) in months and p.last_day.replace(day=1) in months


def digest_of(rows: list[ExportRow]) -> str:
    """Names exactly these rows."""
    content = [[r.kind, r.of_month.isoformat(), r.agent_id, dict(r.figures)] for r in rows]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def figures(agent: AgentRow) -> dict[str, Figure]:
    """An agent's figures by column key; shares 0 to 1, scores 0 to 100, rounded to four decimals."""
    counts = agent.counts
    few = agent.too_few
    found: dict[str, Figure] = {
        "agent_name": agent.agent_name,
        "team_id": agent.team_id,
        "other_teams": ", ".join(agent.other_teams),
        "calls_received": counts.received,
        "calls_scored": counts.scored,
        "calls_not_scored": counts.not_scored,
        "calls_failed": counts.failed,
        "calls_pending": counts.pending,
        "calls_needs_review": counts.needs_review,
        "too_few_calls": "yes" if few else "no",
        **_estimate("mean_score", agent.mean),
        **_estimate("adjusted_score", agent.adjusted),
        "position_best": None if few else agent.rank_low,
        "position_worst": None if few else agent.rank_high,
        "agents_compared": agent.ranked,
        "against_centre": agent.against_centre.value,
        **_estimate("pass_rate", agent.pass_rate),
        **_estimate("nonfatal_error_rate", agent.nonfatal_rate),
        "confirmed_fatal": agent.confirmed_fatal,
        "suspected_fatal": agent.suspected_fatal,
        "penalties": agent.penalties,
        "penalty_points": agent.penalty_points,
        "appeals_pending": agent.appeals_pending,
        "appeals_decided": agent.appeals_decided,
        "appeals_granted": agent.appeals_granted,
        "mean_duration_s": agent.mean_duration_s,
    }
    for measure in agent.manner:
        if measure.role in ("agent", ""):
            found[f"manner_{measure.measure}"] = measure.estimate.value
    for name, marks in (("strongest", agent.strongest), ("weakest", agent.weakest)):
        mark = marks[0] if marks else None
        found[f"{name}_criterion"] = mark.title if mark else None
        found[f"{name}_example"] = mark.example.call_id if mark and mark.example else None
    return {k: round(v, _DECIMALS) if isinstance(v, float) else v for k, v in found.items()}


def _estimate(name: str, estimate: Estimate) -> dict[str, Figure]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _adjustments(month: date, store: ExportStore, make_report: MakeReport) -> list[ExportRow]:
    """Agents whose figures of a frozen month are others now than the newest file told."""
    told = store.last_figures(month)
    now = {a.agent_id: figures(a) for a in make_report(period_of(PeriodKind.MONTH, month)).agents}
    rows = []
    for agent_id in sorted(told.keys() | now.keys()):
        before, after = told.get(agent_id, {}), now.get(agent_id, {})
        changes = {f"change_{key}": _difference(before.get(key), after.get(key)) for key in ADJUSTED}
        if any(changes.values()):
            rows.append(
                ExportRow(kind="adjustment", of_month=month, agent_id=agent_id, figures={**after, **changes})
            )
    return rows


def _difference(before: Figure, after: Figure) -> float | None:
    """The change of a figure; a figure that came or went changes by all of it."""
    first = before if isinstance(before, int | float) else 0
    second = after if isinstance(after, int | float) else 0
    return round(second - first, _DECIMALS)
