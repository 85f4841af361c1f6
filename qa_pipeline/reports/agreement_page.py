"""The agreement report as one page: what needs work first, with the calls that show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from markupsafe import Markup

from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.i18n import Lang, text
from qa_pipeline.privacy.names import public_name, public_text
from qa_pipeline.reporting.agreement_result import AgreementResult, CriterionResult, Difference
from qa_pipeline.reports.agreement_chart import Scale, interval, scale
from qa_pipeline.reports.explain import explain
from qa_pipeline.reports.pages import CLOCK_FROM_MS, HTML_LANG, Words, render
from qa_pipeline.scoring.agreement import TENTATIVE, Figure
from qa_pipeline.scoring.thresholds import Suggestion

CALLS_SHOWN = 8
"""Calls of one criterion on the page; the workbook has all."""
_SHARES = ("raw", "unanimous", "wrong_deductions", "missed")
_CHARTED = ("raw", "kappa", "alpha")
_TERMS = (
    "raw",
    "kappa",
    "unanimous",
    "alpha",
    "interval",
    "wrong_deductions",
    "missed",
    "wording",
    "threshold",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementWords:
    """What the page says, in one language."""

    lang: Lang

    def __call__(self, key: str, /, **params: object) -> str:
        """The message ``agreement.<key>``."""
        return text(f"agreement.{key}", self.lang, **params)

    def figure(self, figure: Figure, name: str) -> str:
        """A figure, without its interval."""
        if figure.value is None:
            return self("none")
        return f"{figure.value:.0%}" if name in _SHARES else _plain(figure.value)

    def between(self, figure: Figure, name: str) -> str:
        """Its interval; empty where there is none."""
        if figure.low is None or figure.high is None:
            return ""
        if name in _SHARES:
            return f"{100 * figure.low:.0f}–{100 * figure.high:.0f}%"
        return f"{_plain(figure.low)}–{_plain(figure.high)}"

    def where(self, finding: Finding, duration_ms: int | None) -> str:
        """Where to listen, to a tenth of a second."""
        if not finding.evidence:
            return self("nowhere")
        shown = Words(lang=self.lang, clock=(duration_ms or 0) >= CLOCK_FROM_MS, whole_ms=duration_ms)
        return shown.window(finding.evidence[0].span)

    def outcome(self, outcome: Outcome) -> str:
        """An outcome's name."""
        return self(f"outcome_{outcome.value}")

    def errors(self, one: Suggestion) -> tuple[str, str]:
        """Wrong deductions and missed faults now, and with the suggested value."""
        now, then = (
            self("errors", wrong=e.wrong_deductions, missed=e.missed)
            for e in (one.errors_now, one.errors_then)
        )
        return now, then


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """A figure in a table: its interval drawn, and in words."""

    drawn: Markup
    value: str
    between: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """A call that shows a difference."""

    call_id: str
    href: str | None
    where: str
    machine: Outcome
    why: str
    people: Sequence[Difference]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A criterion with everything the page says of it."""

    result: CriterionResult
    cells: Mapping[str, _Cell]
    calls: Sequence[_Call]
    more: int
    """Calls that are not shown."""


def render_agreement(
    found: AgreementResult,
    *,
    days: tuple[date, date],
    scope: str,
    enough: float,
    lang: Lang,
    links: Mapping[str, str],
    suggestions: Sequence[Suggestion] = (),
) -> str:
    """The page as one HTML document that loads nothing from anywhere.

    Args:
        found: what was compared.
        days: first and last day.
        scope: whose calls, in words.
        enough: share of marks that should equal the machine's, 0 to 1.
        lang: of the page.
        links: call ids to the addresses of their pages, seen from this one.
        suggestions: other values of thresholds, tried by cross-validation.
    """
    words = AgreementWords(lang=lang)
    scales = _scales(found, enough)
    rows = [_row(one, words, scales, links) for one in found.criteria]
    counts = Counter(one.figures.diagnosis for one in found.criteria)
    return render(
        "agreement.html.j2",
        styles=("base.css", "report.css", "agreement.css"),
        scripts=(),
        html_lang=HTML_LANG[lang],
        t=words,
        days=days,
        scope=scope,
        found=found,
        counts=counts,
        rows=rows,
        first=[row for row in rows if row.result.needs_work],
        columns=[(name, scale(words(f"term_{name}"), scales[name])) for name in _CHARTED],
        fatals=[(one, _link(one.call_id, one.criterion_id, links)) for one in found.fatals],
        states=Counter(one.state for one in found.fatals),
        name=public_name,
        typed=public_text,
        explain=lambda finding: explain(finding, lang),
        suggestions=suggestions,
        terms=_TERMS,
        enough=f"{enough:.0%}",
        tentative=TENTATIVE,
    )


def _plain(value: float) -> str:
    """Two decimals; what rounds to nothing has no sign."""
    shown = f"{value:.2f}"
    return "0.00" if shown == "-0.00" else shown


def _scales(found: AgreementResult, enough: float) -> dict[str, Scale]:
    """Shares from 0 to 1; κ and α from the lowest interval's end, so that criteria can be compared by eye."""
    ends = [
        figure.low if figure.low is not None else figure.value
        for one in found.criteria
        for figure in (one.figures.kappa, one.figures.alpha)
        if figure.value is not None
    ]
    lowest = min((end for end in ends if end is not None), default=0.0)
    low = 0.0 if lowest >= 0 else -0.5 if lowest >= -0.5 else -1.0
    return {
        "raw": Scale(low=0.0, limit=enough, form=lambda v: f"{v:.0%}"),
        "kappa": Scale(low=low, limit=None, form=lambda v: f"{v:g}"),
        "alpha": Scale(low=low, limit=TENTATIVE, form=lambda v: f"{v:.2g}"),
    }


def _row(
    one: CriterionResult, words: AgreementWords, scales: Mapping[str, Scale], links: Mapping[str, str]
) -> _Row:
    cells = {}
    for name in (*_CHARTED, "unanimous", "wrong_deductions", "missed"):
        figure: Figure = getattr(one.figures, name)
        value, between = words.figure(figure, name), words.between(figure, name)
        said = f"{words(f'term_{name}')} {value} {between}".strip()
        drawn = Markup("")
        if name in scales:
            drawn = interval(figure, scales[name], said, stands_out=name in _at_fault(one))
        cells[name] = _Cell(drawn=drawn, value=value, between=between)
    calls = [
        _call(call_id, one.criterion_id, tuple(marks), words, links)
        for call_id, marks in groupby(one.differences, key=lambda d: d.call_id)
    ]
    return _Row(result=one, cells=cells, calls=calls[:CALLS_SHOWN], more=len(calls[CALLS_SHOWN:]))


def _at_fault(one: CriterionResult) -> tuple[str, ...]:
    """The figures that make a criterion need work. A low α alone does not: rare faults have it, too."""
    return {"wording": ("raw", "alpha"), "threshold": ("raw",)}.get(one.figures.diagnosis, ())


def _call(
    call_id: str,
    criterion_id: str,
    marks: Sequence[Difference],
    words: AgreementWords,
    links: Mapping[str, str],
) -> _Call:
    finding = marks[0].finding
    return _Call(
        call_id=call_id,
        href=_link(call_id, criterion_id, links),
        where=words.where(finding, marks[0].duration_ms),
        machine=finding.outcome,
        why=explain(finding, words.lang),
        people=marks,
    )


def _link(call_id: str, criterion_id: str, links: Mapping[str, str]) -> str | None:
    return f"{links[call_id]}#c-{criterion_id}" if call_id in links else None


def cases_of(found: AgreementResult) -> tuple[str, ...]:
    """The calls that the page names, in order of call id."""
    shown = {call for one in found.criteria if one.needs_work for call in one.calls_to_hear[:CALLS_SHOWN]}
    return tuple(sorted(shown | {one.call_id for one in found.fatals}))
