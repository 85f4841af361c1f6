"""A report's words and figures in the reader's language: how values, changes, periods and people are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import get_args
from zoneinfo import ZoneInfo

from qa_pipeline.conversation.measures import CALL_UNITS, ROLE_UNITS
from qa_pipeline.domain.finding import ParamValue
from qa_pipeline.domain.period import Period, PeriodKind, Scope, ScopeKind
from qa_pipeline.domain.report import Note, PeriodReport
from qa_pipeline.domain.report_figures import Estimate, KeyFigure, Verdict
from qa_pipeline.domain.report_follow_up import ExceptionItem
from qa_pipeline.i18n import Lang, catalogue, text
from qa_pipeline.reports.pages import number
from qa_pipeline.reports.workbook import DictionaryWords, Kind

UNITS: Mapping[str, str] = {
    "mean_score": "pct",
    "pass_rate": "rate",
    "fatal_error_rate": "rate",
    "suspected_fatal_rate": "rate",
    "nonfatal_error_rate": "rate",
    "review_rate": "rate",
    "overturn_rate": "rate",
    "scored_share": "rate",
    "duration_s": "s",
}
"""How key figures are written, by key; any other is a criterion's rate."""

_SHOWN = (Verdict.BETTER, Verdict.WORSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWords:
    """The words of one report."""

    lang: Lang
    kind: PeriodKind
    business_tz: str
    people: Mapping[str, str] = field(default_factory=dict)
    """Agent id to how the person is called."""
    forms: Mapping[str, str] = field(default_factory=dict)
    """Rubric id to title."""

    @classmethod
    def of(cls, report: PeriodReport, lang: Lang) -> ReportWords:
        """The words for a report."""
        return cls(
            lang=lang,
            kind=report.period.kind,
            business_tz=report.business_tz,
            people={a.agent_id: person(a.agent_name, a.agent_id) for a in report.agents},
            forms={use.rubric_id: use.title for use in report.rubrics},
        )

    def __call__(self, key: str, /, **params: object) -> str:
        """The message ``report.<key>``."""
        return text(f"report.{key}", self.lang, **params)

    def named(self, prefix: str, value: str) -> str:
        """The message ``report.<prefix>_<value>``, or the value itself where there is none."""
        found = catalogue("report", self.lang).get(f"{prefix}_{value}")
        return value if found is None else str(found)

    def named_or_empty(self, prefix: str, value: str) -> str:
        """The message ``report.<prefix>_<value>``, or nothing where there is none."""
        return str(catalogue("report", self.lang).get(f"{prefix}_{value}", ""))

    def severity(self, value: str) -> str:
        """As the call page has it."""
        return text(f"page.severity_{value}", self.lang)

    def value(self, value: float | None, unit: str) -> str:
        """A figure with its unit; small rates keep two decimals, so that one fatal call in a thousand is not 0.1 %."""
        if value is None:
            return self("nothing")
        if unit == "rate":
            share = 100 * value
            return f"{share:.2f}%" if 0 < share < 1 else f"{share:.1f}%"
        if unit == "pct":
            return f"{value:.2f}%"
        return self("seconds", value=f"{value:.0f}")

    def change(self, value: float, unit: str) -> str:
        """A difference with its sign; of shares and scores in percentage points."""
        if unit == "s":
            return self("seconds", value=signed(value, 0))
        points = 100 * value if unit == "rate" else value
        return self("points_change", value=signed(points, 2))

    def interval(self, estimate: Estimate, unit: str) -> str:
        """The 95 % interval, or nothing."""
        if estimate.low is None or estimate.high is None:
            return ""
        low, high = self.value(estimate.low, unit), self.value(estimate.high, unit)
        return self("interval", low=low, high=high)

    def short_interval(self, estimate: Estimate, unit: str) -> str:
        """The 95 % interval for a table, whose note says what it is."""
        if estimate.low is None or estimate.high is None:
            return ""
        return f"{self.value(estimate.low, unit)}–{self.value(estimate.high, unit)}"

    def against(self, estimate: Estimate, unit: str, *, judged: bool = True) -> str:
        """The change in plain words, and whether it is more than chance.

        Args:
            estimate: the figure.
            unit: how it is written.
            judged: whether one direction is the good one; where none is, a change is named and not praised.
        """
        verdict, earlier = estimate.verdict, self(f"before_{self.kind.value}")
        if verdict is None and estimate.change is not None and not judged:
            change = self.change(estimate.change, unit)
            return self("against", before=earlier, change=change, said=self.direction(estimate))
        if verdict is None:
            return self("no_previous", before=earlier)
        if verdict in (Verdict.TOO_FEW, Verdict.NOT_COMPARABLE) or estimate.change is None:
            return self.verdict(verdict)
        change = self.change(estimate.change, unit)
        if verdict is Verdict.NO_DIFFERENCE_SHOWN or judged:
            said = self.verdict(verdict)
        else:
            said = self("verdict_higher" if estimate.change > 0 else "verdict_lower")
        return self("against", before=earlier, change=change, said=said)

    def direction(self, estimate: Estimate) -> str:
        """Of a figure of which neither more nor less is better: whether its change is more than chance, by its interval."""
        low, high = estimate.change_low, estimate.change_high
        if low is not None and low > 0:
            return self("verdict_higher")
        if high is not None and high < 0:
            return self("verdict_lower")
        return self.verdict(Verdict.NO_DIFFERENCE_SHOWN)

    def verdict(self, verdict: Verdict) -> str:
        """A verdict in words."""
        return self(f"verdict_{verdict.value}")

    def compared(self, verdict: Verdict) -> str:
        """A verdict on one of a group against the others."""
        return self.named("against", verdict.value) if verdict in _SHOWN else self.verdict(verdict)

    def day(self, day: date) -> str:
        """A day."""
        return day.isoformat()

    def local(self, at: datetime) -> datetime:
        """A moment in the business time zone."""
        return at.astimezone(ZoneInfo(self.business_tz))

    def moment(self, at: datetime | None) -> str:
        """A moment in the business time zone, to the minute."""
        return "" if at is None else f"{self.local(at):%Y-%m-%d %H:%M}"

    def period(self, period: Period) -> str:
        """The days of a period."""
        first, last = period.start, period.last_day
        if period.kind is PeriodKind.DAY:
            return self("period_day", day=first, weekday=self(f"weekday_{first.weekday()}"))
        return self("period_days", first=first, last=last, days=(period.end - first).days)

    def scope(self, scope: Scope) -> str:
        """Whose calls."""
        if scope.kind is ScopeKind.CENTRE:
            return self("scope_centre")
        return self(f"scope_{scope.kind.value}", name=scope.name or scope.id)

    def group(self, group_id: str) -> str:
        """A team or queue; calls without one have a word of their own."""
        return group_id or self("without_team")

    def note(self, note: Note, catalog: str) -> str:
        """A note's sentence; one that this version has no words for is shown as it is, so that nothing is lost."""
        params = {name: self._shown(name, value) for name, value in note.params.items()}
        try:
            return text(f"{catalog}.{note.key}", self.lang, **params)
        except (LookupError, ValueError):
            told = ", ".join(f"{name}: {value}" for name, value in sorted(params.items()))
            return f"{note.key}: {told}" if told else note.key

    def _shown(self, name: str, value: ParamValue) -> object:
        """A parameter as people read it: ids of figures, reasons, forms and agents by their names."""
        if isinstance(value, tuple):
            return self.listed([self.people.get(part, part) for part in value])
        if name == "figure":
            return self.figure_name(str(value))
        if name == "code":
            return self.reason(str(value))
        if name == "rubric":
            return self.forms.get(str(value), value)
        return number(round(value, 2)) if isinstance(value, float) else value

    def listed(self, parts: Sequence[str]) -> str:
        """Several words as one text."""
        return ("、" if self.lang == "zh" else ", ").join(parts)

    def some(self, parts: Sequence[str], most: int) -> str:
        """The first of several words, and how many there are in all."""
        if len(parts) <= most:
            return self.listed(parts)
        return self("and_more", some=self.listed(parts[:most]), count=len(parts))

    def reason(self, code: str) -> str:
        """Why calls have no score, in a few words; a code that has none is shown as it is."""
        return str(catalogue("report_reasons", self.lang).get(code, code))

    def measure(self, key: str) -> str:
        """A measure's name, as the call page has it."""
        return str(catalogue("page", self.lang).get(f"measure_{key}", key))

    def measure_help(self, key: str) -> str:
        """Its definition."""
        return str(catalogue("page", self.lang).get(f"measure_{key}_help", ""))

    def measure_unit(self, key: str) -> str:
        """What it is counted in."""
        unit = ROLE_UNITS.get(key) or CALL_UNITS.get(key, "")
        return str(catalogue("page", self.lang).get(f"measure_unit_{unit}", unit))

    def measured(self, key: str, value: float | None) -> str:
        """A value with its unit."""
        return self("nothing") if value is None else f"{number(round(value, 2))} {self.measure_unit(key)}"

    def role(self, role: str) -> str:
        """Whose measure it is."""
        return text(f"page.role_{role}", self.lang) if role else self("whole_call")

    def exception(self, item: ExceptionItem) -> str:
        """What the exception is."""
        told = [
            f"{self.named('exception_param', name)} {self._shown(name, value)}"
            for name, value in sorted(item.params.items())
        ]
        subject = self.people.get(item.subject, self.figure_name(item.subject))
        kind = self.named("exception_kind", item.kind)
        return self("exception_item", kind=kind, subject=self.listed([subject, *told]))

    def dictionary(self) -> DictionaryWords:
        """Headings of the workbook's first sheet."""
        return DictionaryWords(
            title=self("dictionary"),
            sheet=self("dict_sheet"),
            column=self("dict_column"),
            key=self("dict_key"),
            kind=self("dict_kind"),
            meaning=self("dict_meaning"),
            empty=self("empty_table"),
            kinds={kind: self(f"type_{kind}") for kind in get_args(Kind)},
        )

    def unit_of(self, key: str) -> str:
        """How a key figure, or a criterion's rate, is written."""
        return UNITS.get(key, "rate")

    def figure_name(self, key: str) -> str:
        """A key figure's name."""
        return self.named("figure", key)


def reached(figure: KeyFigure) -> bool | None:
    """Whether a target is reached; None without target, figure or direction."""
    value = figure.estimate.value
    if figure.target is None or value is None or figure.higher_is_better is None:
        return None
    return value >= figure.target if figure.higher_is_better else value <= figure.target


def signed(value: float, decimals: int) -> str:
    """A difference with its sign; what rounds to nothing is no decrease."""
    return f"{round(value, decimals) + 0.0:+.{decimals}f}"


def person(name: str | None, agent_id: str | None) -> str:
    """An agent as people know them."""
    return " ".join(part for part in (name, agent_id) if part)
