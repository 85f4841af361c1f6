"""What the page's template is given: sections, tables and cards of ready words, so that it decides nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from qa_pipeline.domain.report_faults import Example
from qa_pipeline.domain.report_figures import Estimate, MeasureFigure, Verdict
from qa_pipeline.privacy.names import public_name
from qa_pipeline.reports.report_tables import Links
from qa_pipeline.reports.report_words import ReportWords, signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell: ``n`` is a number, ``better`` and ``worse`` colour what is shown to differ."""

    text: str
    kind: str = ""
    sub: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A column's heading."""

    title: str
    number: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row; ``faint`` where too little is known, ``bad`` where somebody should look."""

    cells: tuple[Cell, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table of the page; ``more`` tells of rows that only the workbook has."""

    columns: tuple[Heading, ...]
    rows: tuple[Row, ...]
    title: str = ""
    empty: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing with its caption."""

    caption: str
    svg: Markup
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of a list."""

    text: str
    head: str = ""
    sub: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The answer to one question."""

    id: str
    title: str
    lead: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    items: tuple[Item, ...] = ()
    tables: tuple[Grid, ...] = ()
    note: str = ""
    listed: bool = True
    """Whether the list of contents names it."""


def headings(words: ReportWords, *names: str) -> tuple[Heading, ...]:
    """Headings from ``head_<name>``; a name that ends in ``#`` is a column of numbers."""
    return tuple(
        Heading(
            title=words(f"head_{name.rstrip('#')}"),
            number=name.endswith("#"),
            help=words.named_or_empty("help", name.rstrip("#")),
        )
        for name in names
    )


def grid(
    words: ReportWords, names: Sequence[str], rows: Sequence[Row], *, most: int | None = None, title: str = ""
) -> Grid:
    """A table with at most ``most`` rows."""
    shown = tuple(rows if most is None else rows[:most])
    rest = len(rows) - len(shown)
    return Grid(
        columns=headings(words, *names),
        rows=shown,
        title=title,
        empty=words("empty_table"),
        more=words("more_rows", count=rest) if rest else "",
    )


def number(text: str | int) -> Cell:
    """A cell of a number."""
    return Cell(text=str(text), kind="n")


def figure(words: ReportWords, estimate: Estimate, unit: str) -> Cell:
    """A figure with its interval below."""
    return Cell(text=words.value(estimate.value, unit), sub=words.short_interval(estimate, unit), kind="n")


def change(words: ReportWords, estimate: Estimate, unit: str) -> Cell:
    """What may be said of a change."""
    verdict = estimate.verdict
    if verdict is None and estimate.change is not None:
        return Cell(text=words.direction(estimate), kind="none", sub=words.change(estimate.change, unit))
    if verdict is None:
        return Cell(text=words("nothing"), kind="none")
    shown = estimate.change is not None and verdict not in (Verdict.TOO_FEW, Verdict.NOT_COMPARABLE)
    sub = words.change(estimate.change, unit) if shown and estimate.change is not None else ""
    return Cell(text=words.verdict(verdict), kind=colour(verdict), sub=sub)


def measured(words: ReportWords, item: MeasureFigure) -> Cell:
    """A measure's mean with its interval below."""
    estimate = item.estimate
    said = ""
    if estimate.low is not None and estimate.high is not None:
        said = f"{estimate.low:.2f}–{estimate.high:.2f}"
    return Cell(text=words.measured(item.measure, estimate.value), sub=said, kind="n")


def measured_change(words: ReportWords, item: MeasureFigure) -> Cell:
    """A measure's change, named and not praised: more or less is not better or worse in itself."""
    estimate = item.estimate
    if estimate.verdict in (Verdict.TOO_FEW, Verdict.NOT_COMPARABLE):
        return Cell(text=words.verdict(estimate.verdict), kind="none")
    if estimate.change is None:
        return Cell(text=words("nothing"), kind="none")
    return Cell(text=words.direction(estimate), kind="none", sub=signed(estimate.change, 2))


def judgement(words: ReportWords, verdict: Verdict) -> Cell:
    """A comparison in words."""
    return Cell(text=words.compared(verdict), kind=colour(verdict))


def colour(verdict: Verdict | None) -> str:
    """The class of a verdict."""
    if verdict in (Verdict.BETTER, Verdict.WORSE):
        return str(verdict.value)
    return "none"


def place(words: ReportWords, example: Example | None, links: Links) -> Cell:
    """A place to listen to."""
    if example is None:
        return Cell(text="")
    at = "" if example.second is None else words("at_second", second=f"{example.second:.1f}")
    return Cell(
        text=" ".join(part for part in (public_name(example.call_id), at) if part),
        href=links(example.call_id, example.second),
        sub=words("quoted", quote=example.quote) if example.quote else "",
    )
