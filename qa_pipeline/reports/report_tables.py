"""A report's questions as tables, one each: the sheets of the workbook, and the list of cases that is sent on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_faults import CriterionRow, UrgentCase
from qa_pipeline.domain.report_figures import Estimate, GroupRate, KeyFigure
from qa_pipeline.reports.report_words import ReportWords, reached
from qa_pipeline.reports.workbook import Column, Kind, Table, Value

T = TypeVar("T")
Field = tuple[str, Kind, Callable[[T], Value]]
"""A column's key, its kind, and where its values come from."""
Links = Callable[[str, float | None], str | None]
"""Call id and second to the address of its page, or None where there is none."""


def table(words: ReportWords, key: str, items: Sequence[T], fields: Sequence[Field[T]]) -> Table:
    """A table with its words: ``sheet_<key>``, ``col_<field>``, and ``help_<field>`` where a column needs more."""
    return Table(
        key=key,
        title=words(f"sheet_{key}"),
        columns=tuple(
            Column(key=name, title=_heading(words, name), kind=kind, help=words.named_or_empty("help", name))
            for name, kind, _ in fields
        ),
        rows=tuple(tuple(get(item) for _, _, get in fields) for item in items),
        note=words.named_or_empty("note", key),
    )


def _heading(words: ReportWords, name: str) -> str:
    for suffix in ("_low", "_high", "_n", "_previous", "_change", "_verdict"):
        if name.endswith(suffix) and not words.named_or_empty("col", name):
            return words(f"suffix{suffix}", name=_heading(words, name.removesuffix(suffix)))
    return words(f"col_{name}")


def estimate(
    name: str,
    kind: Kind,
    get: Callable[[Any], Estimate],
    words: ReportWords,
    *,
    change: bool = True,
    scale: float = 1.0,
) -> list[Field[Any]]:
    """The columns of a figure that says how sure it is.

    Args:
        name: of the figure; the others are ``<name>_low`` and so on.
        kind: of its values.
        get: where it comes from.
        words: for the verdict.
        change: with the period before and what may be said of the difference.
        scale: multiplies values.
    """

    def part(which: str) -> Callable[[Any], Value]:
        def value(item: Any) -> Value:
            found = getattr(get(item), which)
            return None if found is None else found * scale

        return value

    fields: list[Field[Any]] = [
        (name, kind, part("value")),
        (f"{name}_low", kind, part("low")),
        (f"{name}_high", kind, part("high")),
        (f"{name}_n", "int", lambda item: get(item).n),
    ]
    if not change:
        return fields

    def said(item: Any) -> Value:
        verdict = get(item).verdict
        return None if verdict is None else words.verdict(verdict)

    return [
        *fields,
        (f"{name}_previous", kind, part("previous")),
        (f"{name}_change", kind, part("change")),
        (f"{name}_verdict", "text", said),
    ]


def figures(report: PeriodReport, words: ReportWords) -> Table:
    """The figures that matter. Shares are in per cent here, as the unit says, since one column holds all."""

    def scaled(which: str) -> Callable[[KeyFigure], Value]:
        def value(item: KeyFigure) -> Value:
            found = getattr(item.estimate, which)
            return None if found is None else found * (100 if item.unit == "rate" else 1)

        return value

    def target(item: KeyFigure) -> Value:
        return None if item.target is None else item.target * (100 if item.unit == "rate" else 1)

    def met(item: KeyFigure) -> Value:
        done = reached(item)
        return None if done is None else words("target_met" if done else "target_missed")

    parts = ("value", "low", "high", "previous", "change", "change_low", "change_high")
    numbers: list[Field[KeyFigure]] = [(f"figure_{part}", "number", scaled(part)) for part in parts]
    return table(
        words,
        "figures",
        report.key_figures,
        [
            ("figure_key", "text", lambda f: f.key),
            ("figure_name", "text", lambda f: words.figure_name(f.key)),
            ("figure_unit", "text", lambda f: words("unit_s" if f.unit == "s" else "unit_percent")),
            *numbers[:3],
            ("figure_n", "int", lambda f: f.estimate.n),
            *numbers[3:],
            (
                "figure_verdict",
                "text",
                lambda f: None if f.estimate.verdict is None else words.verdict(f.estimate.verdict),
            ),
            ("figure_target", "number", target),
            ("figure_reached", "text", met),
        ],
    )


def cases(report: PeriodReport, words: ReportWords, links: Links) -> Table:
    """Suspected and confirmed fatal cases and critical ones."""
    fields: list[Field[UrgentCase]] = [
        ("call_id", "text", lambda c: c.call_id),
        ("severity", "text", lambda c: words.severity(c.severity)),
        ("state", "text", lambda c: words(f"state_{c.state}")),
        ("criterion", "text", lambda c: c.title),
        ("criterion_id", "text", lambda c: c.criterion_id),
        ("rubric", "text", lambda c: c.rubric_id),
        ("agent_id", "text", lambda c: c.agent_id),
        ("agent_name", "text", lambda c: c.agent_name),
        ("team", "text", lambda c: c.team_id),
        ("queue", "text", lambda c: c.queue),
        ("started_at", "time", lambda c: None if c.started_at is None else words.local(c.started_at)),
        ("business_date", "date", lambda c: c.business_date),
        ("second", "number", lambda c: c.second),
        ("quote", "text", lambda c: c.quote),
        ("confidence", "percent", lambda c: c.confidence),
        ("page", "text", lambda c: links(c.call_id, c.second)),
    ]
    return table(words, "cases", report.urgent, fields)


def criteria(report: PeriodReport, words: ReportWords) -> Table:
    """What went wrong most, by points lost."""
    fields: list[Field[CriterionRow]] = [
        ("criterion", "text", lambda c: c.title),
        ("criterion_id", "text", lambda c: c.criterion_id),
        ("rubric", "text", lambda c: c.rubric_id),
        ("versions", "text", lambda c: ", ".join(map(str, c.versions))),
        ("severity", "text", lambda c: words.severity(c.severity)),
        ("points_lost", "number", lambda c: c.points_lost),
        ("share_of_points", "percent", lambda c: c.share_of_points),
        ("cumulative_share", "percent", lambda c: c.cumulative_share),
        ("failed", "int", lambda c: c.failed),
        ("opportunities", "int", lambda c: c.opportunities),
        ("pending", "int", lambda c: c.pending),
        *estimate("fail_rate", "percent", lambda c: c.rate, words),
    ]
    return table(words, "criteria", report.criteria, fields)


def criteria_groups(report: PeriodReport, words: ReportWords) -> Table:
    """Where it went wrong: criteria by team and agent."""
    rows: list[tuple[CriterionRow, str, GroupRate]] = []
    for row in report.criteria:
        rows += [(row, "team", group) for group in row.teams]
        rows += [(row, "agent", group) for group in row.agents]
    fields: list[Field[tuple[CriterionRow, str, GroupRate]]] = [
        ("criterion", "text", lambda r: r[0].title),
        ("criterion_id", "text", lambda r: r[0].criterion_id),
        ("rubric", "text", lambda r: r[0].rubric_id),
        ("group_kind", "text", lambda r: words(f"kind_{r[1]}")),
        ("group_id", "text", lambda r: words.group(r[2].id)),
        ("group_name", "text", lambda r: r[2].name),
        ("failed", "int", lambda r: r[2].failed),
        ("opportunities", "int", lambda r: r[2].opportunities),
        ("rate", "percent", lambda r: r[2].rate),
        ("rate_low", "percent", lambda r: r[2].low),
        ("rate_high", "percent", lambda r: r[2].high),
        ("points_lost", "number", lambda r: r[2].points_lost),
        ("against_rest", "text", lambda r: words.compared(r[2].verdict)),
    ]
    return table(words, "criteria_groups", rows, fields)
