"""A backtest for people: its sentences, and the page with every call that would come out otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from qa_pipeline.domain.scorecard import ScoredFinding
from qa_pipeline.i18n import Lang, text
from qa_pipeline.privacy.names import public_name
from qa_pipeline.reports.explain import explain
from qa_pipeline.reports.pages import HTML_LANG, number, render
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.scoring.comparison import (
    Change,
    Comparison,
    ComparisonTotals,
    CriterionShift,
    PersonShift,
    Standing,
)

_MOST_NAMED = 20
"""Call ids named in a sentence; the JSON file has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestWords:
    """What is said of a backtest, in one language."""

    old: Rubric
    new: Rubric
    lang: Lang

    def __call__(self, key: str, /, **params: object) -> str:
        """The message ``backtest.<key>``."""
        return text(f"backtest.{key}", self.lang, **params)

    def title(self) -> str:
        """Which form against which."""
        old, new = (self("form", title=r.title, version=r.version) for r in (self.old, self.new))
        return self("title", old=old, new=new)

    def headlines(self, totals: ComparisonTotals, aside: Mapping[str, Sequence[str]]) -> list[str]:
        """What it comes to, a sentence a line; nothing is left out silently.

        Args:
            totals: all compared calls.
            aside: reason (``gone``, ``not_scored``, ``internal``, ``leaving``, ``joining``) to calls not compared.
        """
        lines = []
        if not totals.compared:
            lines.append(self("nothing"))
        elif not totals.changed:
            lines.append(self("unchanged", compared=totals.compared))
        else:
            lines.append(
                self(
                    "summary",
                    compared=totals.compared,
                    changed=totals.changed,
                    score=totals.score_changes,
                    grade=totals.grade_changes,
                )
            )
        if totals.mean_old is not None and totals.changed:
            lines.append(
                self("mean", old=totals.mean_old, new=totals.mean_new, change=totals.mean_change or 0.0)
            )
        if totals.newly_pending:
            lines.append(self("review", review=totals.newly_pending, withheld=totals.newly_withheld))
        if totals.newly_fatal or totals.no_longer_fatal:
            lines.append(self("fatal", newly=totals.newly_fatal, gone=totals.no_longer_fatal))
        if totals.marks_lost:
            lines.append(self("marks", marks=totals.marks_lost))
        for reason, calls in aside.items():
            if calls:
                lines.append(self(reason, count=len(calls), calls=self._some(calls)))
        return lines

    def days(self, first: date | None, last: date | None) -> str:
        """The days that were asked for."""
        return self("days", first=first or self("any_day"), last=last or self("any_day"))

    def moves(self, shift: CriterionShift) -> str:
        """How often a criterion went from which outcome to which."""
        ranked = sorted(shift.moves.items(), key=lambda item: (-item[1], item[0]))
        parts = [
            self("move", old=self(f"outcome_{old}"), new=self(f"outcome_{new}"), count=count)
            for (old, new), count in ranked
        ]
        if shift.points_only:
            parts.append(self("points_only", count=shift.points_only))
        return ("，" if self.lang == "zh" else ", ").join(parts)

    def person(self, person: PersonShift) -> str:
        """Name and number of an agent."""
        return " · ".join(part for part in (person.agent_name, person.agent_id) if part) or self("none")

    def mean(self, person: PersonShift) -> str:
        """Mean scores under both forms."""
        return self("from_to", old=self.percent(person.mean_old), new=self.percent(person.mean_new))

    def change(self, value: float | None) -> str:
        """A difference with its sign."""
        return self("none") if value is None else self("change", value=value)

    def score(self, comparison: Comparison) -> str:
        """Scores under both forms; one where they are equal."""
        return self._both(self._score(comparison.old), self._score(comparison.new))

    def grade(self, comparison: Comparison) -> str:
        """Grades under both forms; one where they are equal."""
        old, new = comparison.old.grade, comparison.new.grade
        return self._both(old or self("none"), new or self("none"))

    def why(self, comparison: Comparison) -> list[str]:
        """A line for every criterion that comes out otherwise; fatal ones first."""
        titles = {c.id: c.title for rubric in (self.old, self.new) for _, c in rubric.criteria()}
        lines = [self("fatal_mark", title=titles[i]) for i in comparison.newly_fatal]
        ranked = sorted(comparison.changes, key=lambda c: -abs(c.lost))
        return [*lines, *(self._change(change, titles[change.criterion_id]) for change in ranked)]

    def percent(self, value: float | None) -> str:
        """A score, or a dash."""
        return self("none") if value is None else number(value)

    def _score(self, standing: Standing) -> str:
        low, high = standing.score_low_pct, standing.score_high_pct
        middle = self.percent(standing.score_pct)
        return middle if low is None or high is None or low == high else f"{middle} [{low:g}–{high:g}]"

    def _both(self, old: str, new: str) -> str:
        return old if old == new else self("from_to", old=old, new=new)

    def _change(self, change: Change, title: str) -> str:
        old, new = change.outcomes
        key = "lost_more" if change.lost > 0 else "lost_less" if change.lost < 0 else "lost_same"
        told: ScoredFinding | None = change.new or change.old
        return self(
            "why",
            title=title,
            old=self(f"outcome_{old}"),
            new=self(f"outcome_{new}"),
            lost=self(key, points=abs(change.lost)),
            explanation=explain(told.finding, self.lang) if told is not None else "",
        )

    def _some(self, calls: Sequence[str]) -> str:
        named = ("、" if self.lang == "zh" else ", ").join(calls[:_MOST_NAMED])
        return named if len(calls) <= _MOST_NAMED else self("more", calls=named)


def render_backtest(
    totals: ComparisonTotals,
    *,
    old: Rubric,
    new: Rubric,
    aside: Mapping[str, Sequence[str]],
    days: tuple[date | None, date | None],
    lang: Lang,
) -> str:
    """The page as one HTML document that loads nothing from anywhere."""
    words = BacktestWords(old=old, new=new, lang=lang)
    return render(
        "backtest.html.j2",
        styles=("base.css", "index.css", "form.css"),
        scripts=(),
        html_lang=HTML_LANG[lang],
        name=public_name,
        t=words,
        days=words.days(*days) if any(days) else "",
        headlines=words.headlines(totals, aside),
        criteria=totals.criteria(),
        people=totals.people() if totals.changed else (),
        calls=totals.calls(),
        people_of={person.agent_id: person for person in totals.people()},
    )
