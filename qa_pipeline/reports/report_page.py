"""The report as one HTML document: what is urgent, what changed, what went wrong, who needs what. Loads nothing."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from qa_pipeline.domain.period import PeriodKind, ScopeKind
from qa_pipeline.domain.report import PeriodReport
from qa_pipeline.domain.report_faults import UrgentCase
from qa_pipeline.domain.report_figures import KeyFigure
from qa_pipeline.i18n import Lang
from qa_pipeline.privacy.names import public_name
from qa_pipeline.reports import report_agent, report_course, report_faults, report_people
from qa_pipeline.reports.charts import spark
from qa_pipeline.reports.pages import HTML_LANG, percent, render
from qa_pipeline.reports.report_tables import Links
from qa_pipeline.reports.report_views import Section
from qa_pipeline.reports.report_words import ReportWords, person, reached

_CARDS = ("mean_score", "pass_rate", "fatal_error_rate", "suspected_fatal_rate")
_MORE_CARDS = ("nonfatal_error_rate", "review_rate", "overturn_rate", "scored_share", "duration_s")
_CASES = {PeriodKind.DAY: 60, PeriodKind.WEEK: 20, PeriodKind.MONTH: 10}
"""A day's list is worked through; a week's or month's shows the most pressing, and the workbook has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One key figure."""

    name: str
    help: str
    value: str
    spark: Markup
    change: str
    verdict: str
    range: str
    target: str
    reached: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One urgent case."""

    kind: str
    state: str
    call_id: str
    at: str
    href: str | None
    title: str
    who: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """The list on top."""

    title: str
    lead: str
    cases: tuple[Case, ...]
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Calls in one state."""

    name: str
    value: int
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything the template shows."""

    title: str
    over: str
    period: str
    skip: str
    contents: str
    received: int
    received_name: str
    counts: tuple[Count, ...]
    notes_title: str
    notes: tuple[str, ...]
    empty: str
    empty_text: str
    alarm: Alarm | None
    cards_title: str
    cards: tuple[Card, ...]
    sections: tuple[Section, ...]
    about_title: str
    about: tuple[str, ...]
    basis: tuple[tuple[str, str], ...]


def render_report(report: PeriodReport, *, lang: Lang, links: Links) -> str:
    """The page.

    Args:
        report: what it says.
        lang: the reader's language.
        links: where calls have a page, relative to this one.
    """
    words = ReportWords.of(report, lang)
    return render(
        "report.html.j2",
        styles=("base.css", "report.css"),
        scripts=(),
        html_lang=HTML_LANG[lang],
        page=_page(report, words, links),
    )


def report_title(report: PeriodReport, words: ReportWords) -> str:
    """E.g. 质检月报 · 全中心."""
    return words(f"title_{report.period.kind.value}", scope=words.scope(report.scope))


def _page(report: PeriodReport, words: ReportWords, links: Links) -> Page:
    counts, empty = report.counts, report.counts.received == 0
    return Page(
        title=report_title(report, words),
        over=words("over"),
        period=words.period(report.period),
        skip=words("skip"),
        contents=words("contents"),
        received=counts.received,
        received_name=words("received"),
        counts=(
            Count(name=words("scored"), value=counts.scored),
            Count(
                name=words("needs_review"),
                value=counts.needs_review,
                kind="wait" if counts.needs_review else "",
            ),
            Count(name=words("status_not_scored"), value=counts.not_scored),
            Count(name=words("status_failed"), value=counts.failed, kind="bad" if counts.failed else ""),
            Count(name=words("status_pending"), value=counts.pending, kind="wait" if counts.pending else ""),
        ),
        notes_title=words("notes"),
        notes=tuple(words.note(note, "report_notes") + _calls(note.call_ids, words) for note in report.notes),
        empty=words("empty") if empty else "",
        empty_text=words("empty_text", period=words.period(report.period)) if empty else "",
        alarm=_alarm(report, words, links),
        cards_title=words("sheet_figures"),
        cards=() if empty else _cards(report, words),
        sections=_sections(report, words, links, empty=empty),
        about_title=words("about"),
        about=tuple(
            words(key, min_calls=report.min_calls, tz=report.business_tz)
            for key in ("about_chance", "about_compare", "about_machine")
        ),
        basis=tuple(
            (
                words("form_version", title=use.title, version=use.version),
                words("form_use", count=use.num_calls, first=use.first_day, last=use.last_day),
            )
            for use in report.rubrics
        ),
    )


def _sections(report: PeriodReport, words: ReportWords, links: Links, *, empty: bool) -> tuple[Section, ...]:
    """In the order in which a supervisor asks. An empty period still has what does not need calls."""
    lasting = (report_course.follow_ups(report, words),) if report.follow_ups else ()
    if empty:
        rest = (report_course.exceptions(report, words), report_course.improvements(report, words))
        return (*lasting, *(section for section in rest if section.tables))
    one = report.scope.kind is ScopeKind.AGENT
    people = (
        report_agent.details(report, words, links)
        if one
        else (report_people.groups(report, words), report_people.agents(report, words))
    )
    return (
        *(people if one else ()),
        report_faults.criteria(report, words, links),
        *(() if one else people),
        report_faults.not_scored(report, words),
        report_faults.topics(report, words, links),
        report_course.measures(report, words),
        report_faults.rates(report, words),
        report_course.trends(report, words),
        *lasting,
        report_people.training(report, words),
        report_course.exceptions(report, words),
        report_course.improvements(report, words),
        report_course.advice(report, words),
        *(() if one else report_agent.details(report, words, links)),
    )


def _calls(call_ids: tuple[str, ...], words: ReportWords) -> str:
    return words("such_as", calls=words.listed([*map(public_name, call_ids)])) if call_ids else ""


def _cards(report: PeriodReport, words: ReportWords) -> tuple[Card, ...]:
    by_key = {item.key: item for item in report.key_figures}
    # A rate that nobody could earn or miss yet (no appeal decided) is in the table of rates; a card of it tells nothing.
    more = [key for key in _MORE_CARDS if key in by_key and by_key[key].estimate.value is not None]
    return tuple(_card(by_key[key], report, words) for key in (*_CARDS, *more) if key in by_key)


def _card(item: KeyFigure, report: PeriodReport, words: ReportWords) -> Card:
    estimate = item.estimate
    judged = item.higher_is_better is not None
    courses = [[point.value for point in t.points] for t in report.trends if t.key == item.key]
    values = max(courses, key=lambda course: sum(value is not None for value in course), default=[])
    done = reached(item)
    target = ""
    if item.target is not None:
        key = "target" if done is None else "target_card_met" if done else "target_card_missed"
        target = words(key, value=words.value(item.target, item.unit))
    verdict = "none"
    if judged and estimate.verdict is not None and estimate.verdict.value in ("better", "worse"):
        verdict = estimate.verdict.value
    return Card(
        name=words.figure_name(item.key),
        help=words.named_or_empty("define", item.key),
        value=words.value(estimate.value, item.unit),
        spark=spark(values, name=words("spark", name=words.figure_name(item.key))),
        change=words.against(estimate, item.unit, judged=judged),
        verdict=verdict,
        range=words.interval(estimate, item.unit),
        target=target,
        reached="" if done is None else "met" if done else "missed",
    )


def _alarm(report: PeriodReport, words: ReportWords, links: Links) -> Alarm | None:
    if not report.urgent:
        return None
    shown = report.urgent[: _CASES[report.period.kind]]
    fatal = [c for c in report.urgent if c.severity == "fatal"]
    lead = words(
        "alarm_lead",
        suspected=sum(c.state == "suspected" for c in fatal),
        confirmed=sum(c.state == "confirmed" for c in fatal),
        critical=len(report.urgent) - len(fatal),
    )
    rest = len(report.urgent) - len(shown)
    return Alarm(
        title=words("alarm"),
        lead=lead,
        cases=tuple(_case(case, words, links) for case in shown),
        more=words("more_rows", count=rest) if rest else "",
    )


def _case(case: UrgentCase, words: ReportWords, links: Links) -> Case:
    fatal = case.severity == "fatal"
    state = words(f"state_{case.state}_fatal") if fatal else words.severity(case.severity)
    at = words("at_unknown") if case.second is None else words("at_second", second=f"{case.second:.1f}")
    who = (
        person(case.agent_name, case.agent_id),
        case.team_id or "",
        words.moment(case.started_at) or words.day(case.business_date),
        words("confidence", percent=percent(case.confidence)),
    )
    return Case(
        kind=case.state if fatal else "critical",
        state=state,
        call_id=public_name(case.call_id),
        at=at,
        href=links(case.call_id, case.second),
        title=case.title,
        who=" · ".join(part for part in who if part),
        said=words("quoted", quote=case.quote) if case.quote else "",
    )
