"""How far machine and people agree, criterion by criterion, with the calls that show where they don't."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.domain.period import Scope
from qa_pipeline.domain.scorecard import Review
from qa_pipeline.pipeline.reviewed import APPEALED, DECIDED, latest_marks
from qa_pipeline.reporting.agreement_result import AgreementResult, CriterionResult, Difference, FatalCase
from qa_pipeline.reporting.forms import Form, forms
from qa_pipeline.reporting.intervals import wilson
from qa_pipeline.scoring.agreement import MACHINE, CriterionAgreement, Figure, Mark, agreement
from qa_pipeline.storage.report_base import ReportStore, ReviewedCall


@dataclass(frozen=True, slots=True)
class _Key:
    rubric_id: str
    criterion_id: str
    digest: str

    def __str__(self) -> str:
        return "\0".join((self.rubric_id, self.criterion_id, self.digest))


def agreement_of(
    store: ReportStore,
    start: date,
    end: date,
    scope: Scope,
    *,
    enough: float,
    only: Collection[str] | None = None,
) -> AgreementResult:
    """Machine against people and people among themselves, over calls of business days.

    Each person's last mark counts. Marks that carry out appeals are left out: appeals are brought where the machine
    seems wrong, so they say nothing of calls at large.

    Args:
        store: has the reviewed calls.
        start: first day.
        end: day after the last.
        scope: whose calls.
        enough: share of marks that should equal the machine's, 0 to 1.
        only: these calls only, as of one draw.
    """
    marks: list[Mark] = []
    said: dict[str, list[Difference]] = defaultdict(list)
    keys: dict[str, _Key] = {}
    versions: dict[str, set[int]] = defaultdict(set)
    reviewers: set[str] = set()
    num_calls = 0
    shapes = forms(store.rubric_contents())
    fatals: list[FatalCase] = []
    for call in store.reviewed_calls(start, end, scope):
        call_id, card = call.card.call_id, call.card
        if only is not None and call_id not in only:
            continue
        people: dict[str, list[Review]] = defaultdict(list)
        ours = [mark for mark in call.reviews if not mark.review_id.startswith(APPEALED)]
        for (criterion_id, _), review in latest_marks(card, ours).items():
            if review.outcome in DECIDED:
                people[criterion_id].append(review)
        num_calls += bool(people)
        fatals += _fatals(call, shapes)
        for finding in card.findings:
            given = people.get(finding.finding.criterion_id)
            if not given:
                continue
            key = _Key(card.rubric_id, finding.finding.criterion_id, finding.criterion_digest)
            name, machine = str(key), finding.finding.outcome
            keys[name] = key
            versions[name].add(card.rubric_version)
            marks.append(Mark(call_id=call_id, criterion_id=name, rater=MACHINE, outcome=machine))
            for review in given:
                reviewers.add(review.reviewer)
                marks.append(
                    Mark(call_id=call_id, criterion_id=name, rater=review.reviewer, outcome=review.outcome)
                )
            said[name] += _differences(call, finding.finding, given)
    results = []
    for figures in agreement(marks, enough=enough):
        key, numbers = keys[figures.criterion_id], tuple(sorted(versions[figures.criterion_id]))
        results.append(
            CriterionResult(
                rubric_id=key.rubric_id,
                versions=numbers,
                criterion_id=key.criterion_id,
                title=_title(shapes, key, numbers),
                figures=figures,
                differences=_telling(said[figures.criterion_id], figures),
            )
        )
    order = {"rejected": 0, "open": 1, "confirmed": 2}
    return AgreementResult(
        num_calls=num_calls,
        reviewers=tuple(sorted(reviewers)),
        criteria=tuple(results),
        fatals=tuple(sorted(fatals, key=lambda f: (order[f.state], f.rubric_id, f.criterion_id, f.call_id))),
        confirmed=_confirmed(fatals),
    )


def _title(shapes: Mapping[tuple[str, int], Form], key: _Key, versions: Sequence[int]) -> str:
    return shapes[key.rubric_id, versions[-1]].titles.get(key.criterion_id, key.criterion_id)


def _fatals(call: ReviewedCall, shapes: Mapping[tuple[str, int], Form]) -> Iterator[FatalCase]:
    """What became of the fatal faults the machine saw in a call. Every mark counts, as it does for the score."""
    card = call.card
    latest: dict[str, Review] = {}
    for (criterion_id, _), mark in latest_marks(card, call.reviews).items():
        known = latest.get(criterion_id)
        if known is None or (mark.reviewed_at, mark.review_id) > (known.reviewed_at, known.review_id):
            latest[criterion_id] = mark
    titles = shapes[card.rubric_id, card.rubric_version].titles
    for scored in card.findings:
        finding = scored.finding
        if scored.severity == "fatal" and finding.outcome is Outcome.NOT_MET:
            yield FatalCase(
                call_id=card.call_id,
                duration_ms=_duration(call),
                rubric_id=card.rubric_id,
                criterion_id=finding.criterion_id,
                title=titles.get(finding.criterion_id, finding.criterion_id),
                finding=finding,
                mark=latest.get(finding.criterion_id),
            )


def _confirmed(fatals: Sequence[FatalCase]) -> Figure:
    decided = [one.state == "confirmed" for one in fatals if one.state != "open"]
    if not decided:
        return Figure(value=None)
    hits, n = sum(decided), len(decided)
    low, high = wilson(hits, n)
    return Figure(value=hits / n, low=low, high=high, n=n)


def _duration(call: ReviewedCall) -> int | None:
    return call.row.recording.duration_ms if call.row.recording is not None else None


def _differences(call: ReviewedCall, finding: Finding, given: Sequence[Review]) -> Iterator[Difference]:
    machine = finding.outcome
    outcomes = {review.outcome for review in given} | ({machine} if machine in DECIDED else set())
    if len(outcomes) > 1:
        for review in sorted(given, key=lambda r: r.reviewer):
            yield Difference(
                call_id=call.card.call_id,
                duration_ms=_duration(call),
                finding=finding,
                reviewer=review.reviewer,
                outcome=review.outcome,
                reason=review.reason,
            )


def _telling(said: Sequence[Difference], figures: CriterionAgreement) -> tuple[Difference, ...]:
    """Where the wording is unclear, the calls on which people differ among themselves; else those on which most of
    them differ from the machine."""
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    for one in said:
        outcomes[one.call_id].append(one.outcome)
    order = {call_id: number for number, call_id in enumerate(figures.disagreeing)}

    def rank(one: Difference) -> tuple[int, int, str]:
        differ = len(set(outcomes[one.call_id])) > 1
        first = differ == (figures.diagnosis == "wording")
        return (0 if first else 1, order.get(one.call_id, len(order)), one.call_id)

    return tuple(sorted(said, key=rank))
