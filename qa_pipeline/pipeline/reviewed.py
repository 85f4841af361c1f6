"""Calls as they stand with people's marks: the machine's scorecard is kept, the effective one is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.domain.scorecard import Review, Scorecard
from qa_pipeline.errors import InputError
from qa_pipeline.reporting.effective import effective_scorecard
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import CallRow, Store

APPEALED = "a-"
"""How the ids of marks begin that carry out an appeal."""
DECIDED = (Outcome.MET, Outcome.NOT_MET, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A scored call: its form, the machine's scorecard, the marks on it, and what they make of it."""

    row: CallRow
    rubric: Rubric
    first: Scorecard
    reviews: tuple[Review, ...]
    effective: Scorecard

    @property
    def marked(self) -> bool:
        """Whether a person's mark counts in it."""
        return "reviews" in self.effective.provenance

    def finding(self, criterion_id: str) -> Finding | None:
        """The machine's."""
        return next((f.finding for f in self.first.findings if f.finding.criterion_id == criterion_id), None)

    def digest(self, criterion_id: str) -> str:
        """Of the criterion's content in this form."""
        return next(f.criterion_digest for f in self.first.findings if f.finding.criterion_id == criterion_id)


class Reviewing:
    """Looks up calls with the marks on them; forms are read once."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self._settings = settings
        self._rubrics: dict[str, Rubric] = {}

    def standing(self, call_id: str) -> Standing:
        """A scored call.

        Raises:
            InputError: ``input.unknown_call``; ``review.not_scored`` where there is nothing to mark.
        """
        row = self.store.call(call_id)
        if row is None:
            raise InputError("input.unknown_call", call_id=call_id)
        card = self.store.scorecard(call_id)
        if card is None or row.recording is None:
            raise InputError("review.not_scored", call_id=call_id, status=row.code or row.status.value)
        return self.with_marks(row, card, self.store.reviews(call_id))

    def with_marks(self, row: CallRow, card: Scorecard, reviews: Sequence[Review]) -> Standing:
        """A scored call with these marks."""
        assert row.recording is not None, "a scored call has a recording"
        rubric = self.rubric(card)
        effective = effective_scorecard(
            card,
            reviews,
            rubric,
            info=row.info,
            recording=row.recording,
            max_pending_pct=self._settings.max_pending_pct,
            fatal_needs_person=self._settings.fatal_needs_person,
        )
        return Standing(row=row, rubric=rubric, first=card, reviews=tuple(reviews), effective=effective)

    def rubric(self, card: Scorecard) -> Rubric:
        """The form as it was when it scored the call."""
        if card.rubric_digest not in self._rubrics:
            content = self.store.rubric_content(card.rubric_id, card.rubric_version)
            assert content is not None, "a scorecard's form is registered before it"
            self._rubrics[card.rubric_digest] = parse_rubric(content, f"{card.rubric_id}.yaml")
        return self._rubrics[card.rubric_digest]


def latest_marks(card: Scorecard, reviews: Sequence[Review]) -> Mapping[tuple[str, str], Review]:
    """By criterion and reviewer: each person's last mark on what the criterion says now."""
    digests = {f.finding.criterion_id: f.criterion_digest for f in card.findings}
    return {
        (mark.criterion_id, mark.reviewer): mark
        for mark in sorted(reviews, key=lambda r: (r.reviewed_at, r.review_id))
        if mark.rubric_id == card.rubric_id and digests.get(mark.criterion_id) == mark.criterion_digest
    }
