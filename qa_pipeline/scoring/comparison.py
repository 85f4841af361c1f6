"""What another form would have made of the same calls: per call, per criterion and per person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from qa_pipeline.domain.call import CallInfo
from qa_pipeline.domain.finding import Outcome
from qa_pipeline.domain.scorecard import Scorecard, ScoredFinding
from qa_pipeline.rules.rubric import Rubric

ABSENT = "absent"
"""Stands for the outcome of a criterion in the form that lacks it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a call comes out under one form; percentages are 0 to 100."""

    score_pct: float | None
    score_low_pct: float | None
    score_high_pct: float | None
    grade: str | None
    suspected_fatal: tuple[str, ...] = ()
    auto_failed_by: tuple[str, ...] = ()

    @staticmethod
    def of(card: Scorecard) -> Standing:
        """What matters of a scorecard."""
        return Standing(
            score_pct=card.score_pct,
            score_low_pct=card.score_low_pct,
            score_high_pct=card.score_high_pct,
            grade=card.grade,
            suspected_fatal=card.suspected_fatal,
            auto_failed_by=card.auto_failed_by,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One criterion of one call that comes out otherwise; None under the form that lacks it."""

    criterion_id: str
    old: ScoredFinding | None
    new: ScoredFinding | None

    @property
    def outcomes(self) -> tuple[str, str]:
        """Outcome under the old and the new form, or :data:`ABSENT`."""
        return _outcome(self.old), _outcome(self.new)

    @property
    def lost(self) -> float:
        """Points lost more under the new form than under the old; negative where fewer."""
        return round(_lost(self.new) - _lost(self.old), 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One call under both forms."""

    call_id: str
    agent_id: str | None
    agent_name: str | None
    day: date | None
    """Business day."""
    old: Standing
    new: Standing
    changes: tuple[Change, ...]
    marks_lost: int = 0
    """Reviews that count under the old form and not under the new, because their criterion changed or went."""

    @property
    def score_change(self) -> float | None:
        """Percentage points; None where either score is withheld."""
        return _difference(self.old.score_pct, self.new.score_pct)

    @property
    def at_stake(self) -> float:
        """How far the score could move: the larger movement of its two ends, which are known even where it is withheld."""
        moved = (
            _difference(self.old.score_low_pct, self.new.score_low_pct),
            _difference(self.old.score_high_pct, self.new.score_high_pct),
        )
        return max(abs(value or 0.0) for value in moved)

    @property
    def differs(self) -> bool:
        """Whether anything comes out otherwise."""
        return bool(self.changes) or self.old != self.new

    @property
    def newly_pending(self) -> tuple[str, ...]:
        """Criteria that a person would have to decide, and had not before."""
        review = Outcome.NEEDS_REVIEW.value
        return tuple(
            c.criterion_id for c in self.changes if c.outcomes[1] == review and c.outcomes[0] != review
        )

    @property
    def newly_fatal(self) -> tuple[str, ...]:
        """Fatal criteria newly suspected, or newly in effect."""
        before = {*self.old.suspected_fatal, *self.old.auto_failed_by}
        return tuple(
            sorted(i for i in {*self.new.suspected_fatal, *self.new.auto_failed_by} if i not in before)
        )

    @property
    def no_longer_fatal(self) -> tuple[str, ...]:
        """Fatal criteria no longer suspected nor in effect."""
        after = {*self.new.suspected_fatal, *self.new.auto_failed_by}
        return tuple(
            sorted(i for i in {*self.old.suspected_fatal, *self.old.auto_failed_by} if i not in after)
        )


@dataclass(slots=True, kw_only=True)
class CriterionShift:
    """A criterion over all compared calls."""

    criterion_id: str
    title: str
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Calls by outcome under the old and the new form, where it changed."""
    points_only: int = 0
    """Calls with the same outcome but other points."""
    lost: float = 0.0
    """Points lost more (less: negative) under the new form, all calls together."""

    @property
    def calls(self) -> int:
        """Calls in which it comes out otherwise."""
        return self.moves.total() + self.points_only


@dataclass(slots=True, kw_only=True)
class PersonShift:
    """An agent over all compared calls."""

    agent_id: str | None
    agent_name: str | None = None
    calls: int = 0
    grade_changes: int = 0
    newly_fatal: int = 0
    _old: list[float] = field(default_factory=list)
    _new: list[float] = field(default_factory=list)
    _low: float = 0.0
    _high: float = 0.0

    def add(self, comparison: Comparison) -> None:
        """Count one call."""
        self.calls += 1
        self.agent_name = self.agent_name or comparison.agent_name
        self.grade_changes += comparison.old.grade != comparison.new.grade
        self.newly_fatal += bool(comparison.newly_fatal)
        if comparison.old.score_pct is not None and comparison.new.score_pct is not None:
            self._old.append(comparison.old.score_pct)
            self._new.append(comparison.new.score_pct)
        self._low += _difference(comparison.old.score_low_pct, comparison.new.score_low_pct) or 0.0
        self._high += _difference(comparison.old.score_high_pct, comparison.new.score_high_pct) or 0.0

    @property
    def mean_old(self) -> float | None:
        """Mean score under the old form, over the calls that have one under both."""
        return _mean(self._old)

    @property
    def mean_new(self) -> float | None:
        """Mean score under the new form, over the calls that have one under both."""
        return _mean(self._new)

    @property
    def mean_change(self) -> float | None:
        """Percentage points."""
        return _difference(self.mean_old, self.mean_new)

    @property
    def at_stake(self) -> float:
        """How far the mean score, and with it the pay, could move: the larger movement of the mean's lower and upper end."""
        return round(max(abs(self._low), abs(self._high)) / self.calls, 2) if self.calls else 0.0


class ComparisonTotals:
    """Adds up comparisons as they come; keeps only those calls that come out otherwise."""

    def __init__(self, old: Rubric, new: Rubric) -> None:
        titles = {c.id: c.title for rubric in (old, new) for _, c in rubric.criteria()}
        self._criteria = {i: CriterionShift(criterion_id=i, title=title) for i, title in titles.items()}
        self._people: dict[str | None, PersonShift] = {}
        self._changed: list[Comparison] = []
        self._old: list[float] = []
        self._new: list[float] = []
        self.compared = 0
        self.score_changes = 0
        self.grade_changes = 0
        self.newly_pending = 0
        self.newly_withheld = 0
        self.newly_fatal = 0
        self.no_longer_fatal = 0
        self.marks_lost = 0

    def add(self, comparison: Comparison) -> None:
        """Count one call."""
        old, new = comparison.old, comparison.new
        self.compared += 1
        self.score_changes += old.score_pct != new.score_pct
        self.grade_changes += old.grade != new.grade
        self.newly_pending += bool(comparison.newly_pending)
        self.newly_withheld += old.score_pct is not None and new.score_pct is None
        self.newly_fatal += bool(comparison.newly_fatal)
        self.no_longer_fatal += bool(comparison.no_longer_fatal)
        self.marks_lost += comparison.marks_lost
        if old.score_pct is not None and new.score_pct is not None:
            self._old.append(old.score_pct)
            self._new.append(new.score_pct)
        person = self._people.setdefault(comparison.agent_id, PersonShift(agent_id=comparison.agent_id))
        person.add(comparison)
        if not comparison.differs:
            return
        self._changed.append(comparison)
        for change in comparison.changes:
            shift = self._criteria[change.criterion_id]
            shift.lost = round(shift.lost + change.lost, 2)
            if change.outcomes[0] != change.outcomes[1]:
                shift.moves[change.outcomes] += 1
            else:
                shift.points_only += 1

    @property
    def changed(self) -> int:
        """Calls in which anything comes out otherwise."""
        return len(self._changed)

    @property
    def mean_old(self) -> float | None:
        """Mean score under the old form, over the calls that have one under both."""
        return _mean(self._old)

    @property
    def mean_new(self) -> float | None:
        """Mean score under the new form, over the calls that have one under both."""
        return _mean(self._new)

    @property
    def mean_change(self) -> float | None:
        """Percentage points."""
        return _difference(self.mean_old, self.mean_new)

    def criteria(self) -> tuple[CriterionShift, ...]:
        """Criteria that come out otherwise anywhere: most points moved first, then most calls, then in the form's order."""
        shifts = [s for s in self._criteria.values() if s.calls]
        return tuple(sorted(shifts, key=lambda s: (-abs(s.lost), -s.calls)))

    def people(self) -> tuple[PersonShift, ...]:
        """Everybody with a compared call; whose pay could move most comes first."""
        return tuple(sorted(self._people.values(), key=_person_rank))

    def calls(self) -> tuple[Comparison, ...]:
        """The calls that come out otherwise: of the person with most at stake first, then by the call's own change."""
        rank = {person.agent_id: number for number, person in enumerate(self.people())}
        return tuple(
            sorted(self._changed, key=lambda c: (rank[c.agent_id], -c.at_stake, not c.newly_fatal, c.call_id))
        )


def compare(info: CallInfo, day: date | None, old: Scorecard, new: Scorecard) -> Comparison:
    """One call under both forms: which criteria come out otherwise, in the new form's order, then those that went."""
    before = {s.finding.criterion_id: s for s in old.findings}
    after = {s.finding.criterion_id: s for s in new.findings}
    changes = [
        Change(criterion_id=i, old=before.get(i), new=after.get(i))
        for i in (*after, *(i for i in before if i not in after))
        if _worth(before.get(i)) != _worth(after.get(i))
    ]
    return Comparison(
        call_id=info.call_id,
        agent_id=info.agent_id,
        agent_name=info.agent_name,
        day=day,
        old=Standing.of(old),
        new=Standing.of(new),
        changes=tuple(changes),
        marks_lost=len(_applied(old.provenance) - _applied(new.provenance)),
    )


def _applied(provenance: Mapping[str, str]) -> set[str]:
    return {part for part in provenance.get("reviews", "").split(",") if part}


def _worth(scored: ScoredFinding | None) -> tuple[str, float, float]:
    return (ABSENT, 0.0, 0.0) if scored is None else (_outcome(scored), scored.points, scored.points_possible)


def _outcome(scored: ScoredFinding | None) -> str:
    return ABSENT if scored is None else scored.finding.outcome.value


def _lost(scored: ScoredFinding | None) -> float:
    return 0.0 if scored is None else max(0.0, scored.points_possible - scored.points)


def _difference(old: float | None, new: float | None) -> float | None:
    return None if old is None or new is None else round(new - old, 2)


def _mean(values: list[float]) -> float | None:
    return round(sum(values) / len(values), 2) if values else None


def _person_rank(person: PersonShift) -> tuple[float, int, int, str]:
    return (-person.at_stake, -person.newly_fatal, -person.grade_changes, person.agent_id or "")
