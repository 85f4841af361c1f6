"""What people's marks make of the machine's scorecards: reports count the corrected result, the first one is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from qa_pipeline.domain.call import Call, CallInfo
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.recording import Recording
from qa_pipeline.domain.scorecard import Review, Scorecard, ScoredFinding
from qa_pipeline.domain.tally import CallColumns, Cells, CriterionKey, Tally
from qa_pipeline.domain.transcript import Transcript
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.scoring.score import score


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A call's scorecard as the machine made it and as it stands with people's marks."""

    call_pk: int
    day: date
    info: CallInfo
    first: Scorecard
    effective: Scorecard


def effective_scorecard(
    card: Scorecard,
    reviews: Sequence[Review],
    rubric: Rubric,
    *,
    info: CallInfo,
    recording: Recording,
    max_pending_pct: float,
    fatal_needs_person: bool,
) -> Scorecard:
    """The scorecard with the marks applied; see :func:`qa_pipeline.scoring.score.score` for what they do.

    Neither audio nor transcript is needed: the machine's findings are in the scorecard.
    """
    nothing_heard = Transcript(
        recording_id=recording.recording_id, language="zh", utterances=(), provenance={}
    )
    call = Call(
        info=info,
        recording=recording,
        transcript=nothing_heard,
        roles=(),
        activity={},
        turns=(),
        talk_overs=(),
        dead_air=(),
    )
    return score(
        rubric,
        [mark.finding for mark in card.findings],
        call,
        engine_digest=card.engine_digest,
        reviews=reviews,
        max_pending_pct=max_pending_pct,
        fatal_needs_person=fatal_needs_person,
        provenance=card.provenance,
    )


def corrected(tally: Tally, corrections: Sequence[Correction]) -> Tally:
    """The tally with the effective results of the reviewed calls in it; corrections of other calls are passed over."""
    calls, cells = tally.calls, tally.cells
    score_pct, grade = calls.score.copy(), calls.grade.copy()
    suspected, confirmed = calls.suspected.copy(), calls.confirmed.copy()
    counts = {name: getattr(cells, name).copy() for name in _FIGURES}
    grades = list(tally.names.grades)
    of_call = {"failed": calls.failed.copy(), "decided": calls.decided.copy()}
    rows = _Rows(tally)
    for correction in corrections:
        at = rows.call(correction.call_pk)
        if at is None:
            continue
        card = correction.effective
        score_pct[at] = np.nan if card.score_pct is None else card.score_pct
        if card.grade is not None and card.grade not in grades:
            grades.append(card.grade)
        grade[at] = -1 if card.grade is None else grades.index(card.grade)
        suspected[at], confirmed[at] = bool(card.suspected_fatal), bool(card.auto_failed_by)
        for old, new in zip(correction.first.findings, card.findings, strict=True):
            if old == new:
                continue
            cell = rows.cell(at, card, old)
            for sign, mark in ((-1, old), (1, new)):
                for name, value in zip(_FIGURES, _worth(mark), strict=True):
                    counts[name][cell] += sign * value
                    if name in of_call and mark.severity != "fatal":
                        of_call[name][at] += sign * value
    return Tally(
        names=replace(tally.names, grades=tuple(grades)),
        calls=replace(
            calls,
            score=score_pct,
            grade=grade,
            suspected=suspected,
            confirmed=confirmed,
            failed=of_call["failed"],
            decided=of_call["decided"],
        ),
        cells=replace(cells, **{name: np.round(column, 2) for name, column in counts.items()}),
    )


_FIGURES = ("failed", "decided", "pending", "points_lost")


def _worth(mark: ScoredFinding) -> tuple[float, float, float, float]:
    outcome = mark.finding.outcome
    failed = outcome is Outcome.NOT_MET
    return (
        float(failed),
        float(failed or outcome is Outcome.MET),
        float(outcome is Outcome.NEEDS_REVIEW),
        mark.points_possible - mark.points if failed else 0.0,
    )


class _Rows:
    """Finds a call's row and a finding's cell."""

    def __init__(self, tally: Tally) -> None:
        self._calls: CallColumns = tally.calls
        cells: Cells = tally.cells
        keys = zip(
            cells.agent.tolist(),
            cells.team.tolist(),
            cells.queue.tolist(),
            cells.criterion.tolist(),
            strict=True,
        )
        self._cells = {key: k for k, key in enumerate(keys)}
        self._criteria = {key: k for k, key in enumerate(tally.names.criteria)}

    def call(self, call_pk: int) -> int | None:
        at = int(np.searchsorted(self._calls.call_pk, call_pk))
        return at if at < len(self._calls) and self._calls.call_pk[at] == call_pk else None

    def cell(self, at: int, card: Scorecard, mark: ScoredFinding) -> int:
        key = CriterionKey(
            rubric_id=card.rubric_id,
            rubric_version=card.rubric_version,
            section_id=mark.section_id,
            criterion_id=mark.finding.criterion_id,
            severity=mark.severity,
            digest=mark.criterion_digest,
        )
        columns = (self._calls.agent, self._calls.team, self._calls.queue)
        agent, team, queue = (int(column[at]) for column in columns)
        return self._cells[agent, team, queue, self._criteria[key]]
