"""The form for agents to read: what is asked, what it is worth, and how it sounds when it is met and when not."""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.i18n import Lang, catalogue, text
from qa_pipeline.reports.describe import Described, Describer
from qa_pipeline.reports.pages import HTML_LANG, number, render
from qa_pipeline.rules.rubric import AutoFail, Criterion, Example, PerHit, Rubric

_ORDER = ("met", "not_met", "needs_review", "not_applicable")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Example:
    outcome: str
    title: str
    lines: tuple[str, ...]
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Criterion:
    id: str
    title: str
    standard: str
    severity: str
    severity_title: str
    points: str
    effects: str
    """How points are lost, and what a fatal does."""
    when: Described | None
    check: Described
    unless: Described | None
    reach: str
    better: tuple[str, ...]
    note: str
    examples: tuple[_Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    id: str
    title: str
    points: str
    note: str
    criteria: tuple[_Criterion, ...]


def render_form(rubric: Rubric, *, lang: Lang) -> str:
    """The form as one HTML document that loads nothing from anywhere, to be read and printed."""
    return _Form(rubric, lang).render()


class _Form:
    def __init__(self, rubric: Rubric, lang: Lang) -> None:
        self._rubric = rubric
        self._lang = lang
        self._describer = Describer(rubric=rubric, lang=lang)

    def render(self) -> str:
        rubric = self._rubric
        return render(
            "form.html.j2",
            styles=("base.css", "form.css"),
            scripts=(),
            html_lang=HTML_LANG[self._lang],
            t=self._word,
            title=self._word("page_title", title=rubric.title, version=rubric.version),
            note=rubric.note or "",
            facts=self._facts(),
            sections=[
                _Section(
                    id=section.id,
                    title=section.title,
                    points=self._word("section_points", points=number(_points(section.criteria))),
                    note=section.note or "",
                    criteria=tuple(self._criterion(c) for c in section.criteria),
                )
                for section in rubric.sections
            ],
        )

    def _facts(self) -> list[tuple[str, str]]:
        rubric = self._rubric
        facts = [
            ("fact_id", rubric.rubric),
            ("fact_since", str(rubric.effective_from or self._word("always"))),
            ("fact_until", str(rubric.effective_to or "")),
            ("fact_applies", self._applies()),
            ("fact_points", number(_points(tuple(c for _, c in rubric.criteria())))),
            ("fact_bands", self._bands()),
        ]
        return [(self._word(key), value) for key, value in facts if value]

    def _applies(self) -> str:
        told = []
        for field, wanted in self._rubric.applies_when.items():
            values = (wanted,) if isinstance(wanted, str) else wanted
            named = self._word("join").join(self._named("value", v) for v in values)
            told.append(self._word("applies", field=self._named("field", field), values=named))
        return self._word("join_extras").join(told) or self._word("applies_all")

    def _bands(self) -> str:
        return self._word("join_extras").join(
            self._word("band", name=name, lowest=number(lowest))
            for name, lowest in self._rubric.bands.items()
        )

    def _criterion(self, criterion: Criterion) -> _Criterion:
        describe = self._describer.describe
        return _Criterion(
            id=criterion.id,
            title=criterion.title,
            standard=self._word("standard", standard=criterion.standard) if criterion.standard else "",
            severity=criterion.severity,
            severity_title=self._word(f"severity_{criterion.severity}"),
            points=self._word(
                "points_bonus" if criterion.score == "bonus" else "points", points=number(criterion.points)
            ),
            effects=self._effects(criterion),
            when=describe(criterion.when) if criterion.when is not None else None,
            check=describe(criterion.check),
            unless=describe(criterion.unless) if criterion.unless is not None else None,
            reach=self._word(f"reach_{criterion.side}", n=number(criterion.reach_s)),
            better=criterion.better,
            note=criterion.note or "",
            examples=tuple(
                self._example(e) for e in sorted(criterion.examples, key=lambda e: _ORDER.index(e.expected))
            ),
        )

    def _effects(self, criterion: Criterion) -> str:
        rule = criterion.score
        if isinstance(rule, PerHit):
            key = "score_per_hit" if rule.cap is None else "score_per_hit_cap"
            told = self._word(key, per_hit=number(rule.per_hit), cap=number(rule.cap or 0))
        else:
            told = self._word(f"score_{rule}")
        if criterion.severity == "fatal":
            effect = criterion.auto_fail or AutoFail()
            told += self._word(f"fatal_{effect.scope}_{effect.mode}")
        return told

    def _example(self, example: Example) -> _Example:
        call = self._word("join_extras").join(
            self._word(
                "example_call",
                field=self._named("field", k),
                value=number(v) if isinstance(v, float | int) else v,
            )
            for k, v in example.call.items()
            if v is not None
        )
        return _Example(
            outcome=example.expected,
            title=self._word(f"example_{example.expected}"),
            lines=example.lines,
            call=call,
        )

    def _named(self, prefix: str, value: str) -> str:
        found = catalogue("form", self._lang).get(f"{prefix}_{value}")
        return value if found is None else str(found)

    def _word(self, key: str, /, **params: object) -> str:
        return text(f"form.{key}", self._lang, **params)


def _points(criteria: tuple[Criterion, ...]) -> float:
    return sum(c.points for c in criteria if c.score != "bonus")
