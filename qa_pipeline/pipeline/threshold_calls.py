"""Reviewed calls as they were heard, with the marks that count for a form as its file says it now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.domain.report import Scope
from qa_pipeline.domain.scorecard import Review
from qa_pipeline.pipeline.recall import recall
from qa_pipeline.pipeline.reviewed import APPEALED, DECIDED
from qa_pipeline.pipeline.second_listen import Ask, SecondListen, found_twice
from qa_pipeline.pipeline.triage import before_scoring
from qa_pipeline.pipeline.voice import with_usual_pitch
from qa_pipeline.rules.evaluate import scene_of
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.rubric import Criterion, Rubric
from qa_pipeline.rules.scene import Scene
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import Artifacts, Store
from qa_pipeline.storage.report_base import ReportStore, ReviewedCall


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardCall:
    """A reviewed call, ready to be judged anew."""

    call_id: str
    agent_id: str
    people: Mapping[str, Mapping[str, Outcome]]
    """By criterion and reviewer."""
    scene: Scene
    ask: Ask

    def find(
        self,
        criterion: Criterion,
        *,
        min_confidence: float,
        conditions: Mapping[str, Operator] | None = None,
        scene: Scene | None = None,
    ) -> Finding:
        """What the machine finds in it.

        Args:
            criterion: the criterion, perhaps with another number in it.
            min_confidence: below it a deduction is left to a person.
            conditions: those that differ from the form's.
            scene: what was worked out for this criterion before; everything asked of it must still exist.
        """
        scene = replace(scene or self.fresh(), min_confidence=min_confidence)
        if conditions:
            scene = replace(scene.listened({}), conditions={**scene.conditions, **conditions})
        return found_twice(criterion, scene, self.ask)

    def fresh(self) -> Scene:
        """Its texts as they were laid out, no check asked yet."""
        return self.scene.listened({})


@dataclass(slots=True, kw_only=True)
class ReviewedCalls:
    """What people marked, and what of it can't be used."""

    calls: list[HeardCall] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    """Calls whose transcript or measurements are no longer kept."""
    not_scored: list[str] = field(default_factory=list)
    """Calls that today's settings do not score."""
    versions: Counter[int] = field(default_factory=Counter)
    """Of the form, that scored the reviewed calls."""
    earlier: Counter[str] = field(default_factory=Counter)
    """By criterion: marks made on another wording of it."""
    appeals: Counter[str] = field(default_factory=Counter)
    """By criterion: marks that carry out appeals, which are brought where the machine seems wrong."""


def reviewed_calls(
    rubric: Rubric,
    settings: Settings,
    reports: ReportStore,
    stored: tuple[Store, Artifacts, Mapping[str, str]],
    *,
    start: date,
    end: date,
    scope: Scope,
    criteria: Collection[str],
) -> ReviewedCalls:
    """Reviewed calls of business days, from ``start`` to before ``end``, heard again from what is kept.

    A mark counts where it was made on the criterion's present content, whatever version of the form it stood in. Each
    person's last mark counts.
    """
    store, artifacts, engine = stored
    listening = SecondListen(artifacts, engine, None, settings)
    digests = {c.id: c.digest for _, c in rubric.criteria() if c.id in criteria}
    found = ReviewedCalls()
    for one in reports.reviewed_calls(start, end, scope):
        people = _people(one, rubric, digests, found)
        if not people:
            continue
        if one.card.rubric_id == rubric.rubric:
            found.versions[one.card.rubric_version] += 1
        call = recall(one.row, artifacts, agent_channel=settings.agent_channel)
        if call is None:
            found.gone.append(one.row.info.call_id)
        elif before_scoring(call, min_hearing_quality=settings.min_hearing_quality) is not None:
            found.not_scored.append(one.row.info.call_id)
        else:
            call = with_usual_pitch(call, rubric, store, settings.business_tz, keep=False)
            found.calls.append(
                HeardCall(
                    call_id=call.info.call_id,
                    agent_id=call.info.agent_id or "",
                    people=people,
                    scene=scene_of(rubric, call, settings.min_confidence, settings.business_tz),
                    ask=listening.ask(call, one.row.artifacts["transcript"], None),
                )
            )
    found.calls.sort(key=lambda c: c.call_id)
    return found


def _people(
    call: ReviewedCall, rubric: Rubric, digests: Mapping[str, str], found: ReviewedCalls
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
