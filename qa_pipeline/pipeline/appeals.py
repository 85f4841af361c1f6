"""Appeals: an agent objects to a deduction in time, another person than the first decides, and the score follows."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.scorecard import Review, Scorecard
from qa_pipeline.errors import InputError
from qa_pipeline.pipeline.reviewed import APPEALED, Reviewing, Standing
from qa_pipeline.settings import Settings
from qa_pipeline.storage.appeal_base import Appeal, AppealStore, Decision, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision and what it made of the score."""

    appeal: Appeal
    before: Scorecard
    after: Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeals:
    """The rules of appeals."""

    store: AppealStore
    reviewing: Reviewing
    settings: Settings

    def file(self, call_id: str, criterion_id: str, *, by: str, reason: str, now: datetime) -> Appeal:
        """Object to a deduction.

        It must be done by the ``appeal_days``-th business day after the deduction became known: the day on which the
        scorecard was made, or on which a person marked the finding, whichever is later.

        Raises:
            InputError: ``input.unknown_call``, ``review.not_scored``, ``review.unknown_criterion``, ``appeal.no_reason``,
                ``appeal.nothing_lost``, ``appeal.late``, ``appeal.open``, ``appeal.decided``.
        """
        if not reason.strip():
            raise InputError("appeal.no_reason")
        standing = self.reviewing.standing(call_id)
        digest = _digest(standing, criterion_id)
        outcomes = {f.finding.criterion_id: f.finding.outcome for f in standing.effective.findings}
        if outcomes[criterion_id] is not Outcome.NOT_MET:
            raise InputError("appeal.nothing_lost", call_id=call_id, criterion=criterion_id)
        since = self._known_since(standing, criterion_id, digest)
        day = ZoneInfo(self.settings.business_tz)
        deadline = since.astimezone(day).date() + timedelta(days=self.settings.appeal_days)
        if now.astimezone(day).date() > deadline:
            raise InputError("appeal.late", deadline=deadline, days=self.settings.appeal_days)
        for earlier in self.store.appeals(call_id):
            end = earlier.decision
            mine = (earlier.criterion_id, earlier.criterion_digest) == (criterion_id, digest)
            if mine and end is not None and end.decision != "withdrawn" and end.decided_at >= since:
                raise InputError("appeal.decided", appeal_id=earlier.appeal_id, decision=end.decision)
        return self.store.add_appeal(
            Appeal(
                appeal_id="",
                call_id=call_id,
                agent_id=standing.row.info.agent_id or "",
                rubric_id=standing.first.rubric_id,
                criterion_id=criterion_id,
                criterion_digest=digest,
                filed_by=by,
                filed_at=now,
                deadline=deadline,
                reason=reason.strip(),
            )
        )

    def decide(
        self,
        appeal_id: str,
        verdict: Verdict,
        *,
        by: str,
        reason: str,
        now: datetime,
        outcome: Outcome = Outcome.MET,
    ) -> Decided:
        """Decide an appeal; a granted one marks the finding ``outcome``.

        Raises:
            InputError: ``appeal.unknown``, ``appeal.decided``, ``appeal.no_reason``, ``appeal.same_person`` (who filed it,
                the agent, or who marked the finding before), ``appeal.not_yours`` (only who filed it withdraws it).
        """
        if not reason.strip():
            raise InputError("appeal.no_reason")
        appeal = next((one for one in self.store.appeals() if one.appeal_id == appeal_id.strip()), None)
        if appeal is None:
            raise InputError("appeal.unknown", appeal_id=appeal_id)
        standing = self.reviewing.standing(appeal.call_id)
        marks = [mark for mark in standing.reviews if mark.criterion_id == appeal.criterion_id]
        if verdict == "withdrawn":
            if _name(by) != _name(appeal.filed_by):
                raise InputError("appeal.not_yours", by=by, filed_by=appeal.filed_by)
        else:
            info = standing.row.info
            first = {appeal.filed_by, info.agent_id or "", info.agent_name or ""} | {
                m.reviewer for m in marks
            }
            if _name(by) in {_name(name) for name in first}:
                raise InputError("appeal.same_person", by=by)
        review = None
        if verdict == "granted":
            # It must be the latest mark, even where another machine's clock is ahead of ours.
            last = max((mark.reviewed_at for mark in marks), default=now)
            review = Review(
                review_id=f"{APPEALED}{appeal.appeal_id}",
                call_id=appeal.call_id,
                rubric_id=appeal.rubric_id,
                criterion_id=appeal.criterion_id,
                criterion_digest=appeal.criterion_digest,
                reviewer=by,
                reviewed_at=max(now, last + timedelta(microseconds=1)),
                outcome=outcome,
                reason=f"{appeal.appeal_id}: {reason.strip()}",
            )
        decision = Decision(
            decision=verdict,
            reason=reason.strip(),
            decided_by=by,
            decided_at=now,
            review_id=review.review_id if review is not None else None,
        )
        self.store.decide_appeal(appeal.appeal_id, decision, review)
        return Decided(
            appeal=next(a for a in self.store.appeals(appeal.call_id) if a.appeal_id == appeal.appeal_id),
            before=standing.effective,
            after=self.reviewing.standing(appeal.call_id).effective,
        )

    def _known_since(self, standing: Standing, criterion_id: str, digest: str) -> datetime:
        made = self.store.scored_at(standing.row.info.call_id)
        assert made is not None, "a scored call has a scorecard"
        marks = [
            mark.reviewed_at
            for mark in standing.reviews
            if (mark.criterion_id, mark.criterion_digest) == (criterion_id, digest)
        ]
        return max([made, *marks])


def _digest(standing: Standing, criterion_id: str) -> str:
    known = [mark.finding.criterion_id for mark in standing.first.findings]
    if criterion_id not in known:
        near = difflib.get_close_matches(criterion_id, known, n=1, cutoff=0.3)
        raise InputError(
            "review.unknown_criterion",
            criterion=criterion_id,
            rubric=standing.first.rubric_id,
            nearest=near[0] if near else known[0],
        )
    return standing.digest(criterion_id)


def _name(name: str) -> str:
    return name.strip().casefold()
