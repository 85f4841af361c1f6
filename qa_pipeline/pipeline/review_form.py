"""The form that people fill in: one row a finding, with room for their verdict. Made by us, read back by us."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.domain.period import Scope
from qa_pipeline.errors import CollectedErrors, InputError, QaError
from qa_pipeline.i18n import Lang, text
from qa_pipeline.pipeline.reviewed import Reviewing, Standing
from qa_pipeline.reports.explain import explain
from qa_pipeline.reports.workbook import Column, Table, Value
from qa_pipeline.scoring.score import GRADE_PENDING
from qa_pipeline.storage.draw_base import DrawStore

KEYS = (
    "call_id",
    "rubric",
    "criterion_id",
    "criterion",
    "place",
    "machine",
    "explanation",
    "verdict",
    "reason",
    "reviewer",
    "reviewed_at",
    "check",
)
HIDDEN_WHEN_BLIND = ("place", "machine", "explanation")
"""What would tell a reviewer how the machine, or anybody else, has marked."""
VERDICTS = {
    "met": Outcome.MET,
    "not_met": Outcome.NOT_MET,
    "not_applicable": Outcome.NOT_APPLICABLE,
    "open": Outcome.NEEDS_REVIEW,
}
"""What may be written as a verdict, by message key."""
CHECK_CHARS = 12
_MOST_PLACES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form to be filled in."""

    table: Table
    num_calls: int


def standings(call_ids: Iterable[str], reviewing: Reviewing) -> tuple[Standing, ...]:
    """The calls a form is to be made of, each once, in the order given.

    Raises:
        CollectedErrors: every call that is unknown or has no score.
    """
    found: list[Standing] = []
    errors: list[QaError] = []
    for call_id in dict.fromkeys(call_ids):
        try:
            found.append(reviewing.standing(call_id))
        except InputError as error:
            errors.append(error)
    if errors:
        raise CollectedErrors(tuple(errors))
    return tuple(found)


def waiting(
    store: DrawStore, reviewing: Reviewing, start: date, end: date, scope: Scope
) -> tuple[Standing, ...]:
    """Scored calls that still wait for a person: too much undecided, or a suspected fatal neither confirmed nor
    rejected."""
    rows = [
        row.call_id
        for row in store.candidates(start, end, scope)
        if row.suspected or row.grade == GRADE_PENDING
    ]
    return tuple(
        standing
        for standing in standings(rows, reviewing)
        if standing.effective.suspected_fatal or standing.effective.grade == GRADE_PENDING
    )


def review_form(calls: Sequence[Standing], *, blind: bool, lang: Lang) -> Form:
    """The form of these calls.

    Raises:
        InputError: ``review.nothing``.
    """
    if not calls:
        raise InputError("review.nothing")
    keys = [key for key in KEYS if not (blind and key in HIDDEN_WHEN_BLIND)]
    rows = [row for standing in calls for row in _rows(standing, keys, lang)]
    verdicts = tuple(text(f"people.verdict_{name}", lang) for name in VERDICTS)
    table = Table(
        key="review",
        title=text("people.table_review", lang),
        columns=tuple(
            Column(
                key=key,
                title=text(f"people.form_{key}", lang),
                kind="text",
                help=text(f"people.form_help_{key}", lang),
                choices=verdicts if key == "verdict" else (),
            )
            for key in keys
        ),
        rows=tuple(rows),
    )
    return Form(table=table, num_calls=len(calls))


def place(finding: Finding) -> str:
    """Where in the recording: ``1:05–1:12``, at most five places."""
    places = dict.fromkeys(f"{_clock(e.span.start_ms)}–{_clock(e.span.end_ms)}" for e in finding.evidence)
    return "、".join(list(places)[:_MOST_PLACES])


def _rows(standing: Standing, keys: Sequence[str], lang: Lang) -> Iterable[tuple[Value, ...]]:
    card = standing.first
    titles = {criterion.id: criterion.title for _, criterion in standing.rubric.criteria()}
    for mark in card.findings:
        finding = mark.finding
        machine = text(f"people.machine_{finding.outcome.value}", lang)
        if finding.criterion_id in card.suspected_fatal:
            machine = text("people.machine_suspected", lang)
        cells: dict[str, Value] = {
            "call_id": card.call_id,
            "rubric": f"{card.rubric_id}@{card.rubric_version}",
            "criterion_id": finding.criterion_id,
            "criterion": titles[finding.criterion_id],
            "place": place(finding),
            "machine": machine,
            "explanation": explain(finding, lang),
            "check": mark.criterion_digest[:CHECK_CHARS],
        }
        yield tuple(cells.get(key) for key in keys)


def _clock(milliseconds: int) -> str:
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes}:{seconds:02d}"
