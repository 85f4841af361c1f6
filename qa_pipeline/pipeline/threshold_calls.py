"""Calls that people marked, with the marks that count for a form as its file says it now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.period import Scope
from qa_pipeline.domain.scorecard import Review
from qa_pipeline.pipeline.reviewed import APPEALED, DECIDED
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.storage.base import CallRow
from qa_pipeline.storage.report_base import ReportStore, ReviewedCall


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedCall:
    """A call with people's marks by criterion and reviewer."""

    row: CallRow
    people: Mapping[str, Mapping[str, Outcome]]


@dataclass(slots=True, kw_only=True)
class MarkedCalls:
    """What people marked, and which marks are left out."""

    calls: list[MarkedCall] = field(default_factory=list)
    """In order of their ids."""
    versions: Counter[int] = field(default_factory=Counter)
    """Of the form, that scored these calls."""
    earlier: Counter[str] = field(default_factory=Counter)
    """By criterion: marks made on another wording of it."""
    appeals: Counter[str] = field(default_factory=Counter)
    """By criterion: marks that carry out appeals, which are brought where the machine seems wrong."""


def marked_calls(
    rubric: Rubric,
    reports: ReportStore,
    *,
    start: date,
    end: date,
    scope: Scope,
    criteria: Collection[str],
) -> MarkedCalls:
    """Reviewed calls of business days, from ``start`` to before ``end``.

    A mark counts where it was made on the criterion's present content, whatever version of the form it stood in. Each
    person's last mark counts.
    """
    digests = {c.id: c.digest for _, c in rubric.criteria() if c.id in criteria}
    found = MarkedCalls()
    for one in reports.reviewed_calls(start, end, scope):
        people = _people(one, rubric, digests, found)
        if people:
            found.calls.append(MarkedCall(row=one.row, people=people))
            if one.card.rubric_id == rubric.rubric:
                found.versions[one.card.rubric_version] += 1
    found.calls.sort(key=lambda c: c.row.info.call_id)
    return found


def _people(
    call: ReviewedCall, rubric: Rubric, digests: Mapping[str, str], found: MarkedCalls
) -> dict[str, dict[str, Outcome]]:
    latest: dict[str, dict[str, Outcome]] = defaultdict(dict)
    for mark in _ours(call.reviews, rubric, digests):
        if mark.review_id.startswith(APPEALED):
            found.appeals[mark.criterion_id] += 1
        elif mark.criterion_digest != digests[mark.criterion_id]:
            found.earlier[mark.criterion_id] += 1
        else:
            latest[mark.criterion_id][mark.reviewer] = mark.outcome
    decided = {c: {who: o for who, o in marks.items() if o in DECIDED} for c, marks in latest.items()}
    return {criterion: marks for criterion, marks in decided.items() if marks}


def _ours(reviews: Sequence[Review], rubric: Rubric, digests: Mapping[str, str]) -> list[Review]:
    """Marks on these criteria of the form, oldest first."""
    marks = (m for m in reviews if m.rubric_id == rubric.rubric and m.criterion_id in digests)
    return sorted(marks, key=lambda m: (m.reviewed_at, m.review_id))
