"""A backtest as other programs read it: one JSON object a line, the same bytes for the same calls and forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from qa_pipeline.domain.scorecard import ScoredFinding
from qa_pipeline.i18n import Lang
from qa_pipeline.pipeline.backtest import Backtest
from qa_pipeline.pipeline.output import SCHEMA_VERSION
from qa_pipeline.reports.explain import explain
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.scoring.comparison import Change, Comparison, CriterionShift, PersonShift, Standing


def backtest_lines(result: Backtest, lang: Lang) -> Iterator[dict[str, Any]]:
    """The summary; then criteria, people and calls as the report orders them; then calls that could not be compared.

    ``kind`` is ``summary``, ``criterion``, ``person``, ``call`` or ``set_aside``. Explanations are in ``lang``.
    """
    yield _summary(result)
    for shift in result.totals.criteria():
        yield _criterion(shift)
    for person in result.totals.people():
        yield _person(person)
    for comparison in result.totals.calls():
        yield _call(comparison, lang)
    for aside in result.set_aside:
        yield {"kind": "set_aside", "call_id": aside.call_id, "reason": aside.reason}
    for reason, calls in (("leaving", result.leaving), ("joining", result.joining)):
        for call_id in calls:
            yield {"kind": "set_aside", "call_id": call_id, "reason": reason}


def _summary(result: Backtest) -> dict[str, Any]:
    totals = result.totals
    return {
        "kind": "summary",
        "schema_version": SCHEMA_VERSION,
        "old": _form(result.old),
        "new": _form(result.new),
        "first_day": result.first_day.isoformat() if result.first_day else None,
        "last_day": result.last_day.isoformat() if result.last_day else None,
        "compared": totals.compared,
        "changed": totals.changed,
        "score_changes": totals.score_changes,
        "grade_changes": totals.grade_changes,
        "mean_old": totals.mean_old,
        "mean_new": totals.mean_new,
        "mean_change": totals.mean_change,
        "newly_needs_review": totals.newly_pending,
        "newly_withheld": totals.newly_withheld,
        "newly_suspected_fatal": totals.newly_fatal,
        "no_longer_fatal": totals.no_longer_fatal,
        "reviews_lost": totals.marks_lost,
        "set_aside": len(result.set_aside),
        "leaving": len(result.leaving),
        "joining": len(result.joining),
    }


def _form(rubric: Rubric) -> dict[str, Any]:
    return {"rubric": rubric.rubric, "version": rubric.version, "digest": rubric.digest}


def _criterion(shift: CriterionShift) -> dict[str, Any]:
    moves = sorted(shift.moves.items(), key=lambda item: (-item[1], item[0]))
    return {
        "kind": "criterion",
        "criterion_id": shift.criterion_id,
        "title": shift.title,
        "calls": shift.calls,
        "moves": [{"from": old, "to": new, "calls": count} for (old, new), count in moves],
        "points_only": shift.points_only,
        "lost": shift.lost,
    }


def _person(person: PersonShift) -> dict[str, Any]:
    return {
        "kind": "person",
        "agent_id": person.agent_id,
        "agent_name": person.agent_name,
        "calls": person.calls,
        "mean_old": person.mean_old,
        "mean_new": person.mean_new,
        "mean_change": person.mean_change,
        "at_stake": person.at_stake,
        "grade_changes": person.grade_changes,
        "newly_suspected_fatal": person.newly_fatal,
    }


def _call(comparison: Comparison, lang: Lang) -> dict[str, Any]:
    return {
        "kind": "call",
        "call_id": comparison.call_id,
        "agent_id": comparison.agent_id,
        "day": comparison.day.isoformat() if comparison.day else None,
        "old": _standing(comparison.old),
        "new": _standing(comparison.new),
        "score_change": comparison.score_change,
        "newly_needs_review": list(comparison.newly_pending),
        "newly_suspected_fatal": list(comparison.newly_fatal),
        "reviews_lost": comparison.marks_lost,
        "changes": [_change(change, lang) for change in comparison.changes],
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "score_pct": standing.score_pct,
        "score_low_pct": standing.score_low_pct,
        "score_high_pct": standing.score_high_pct,
        "grade": standing.grade,
        "suspected_fatal": list(standing.suspected_fatal),
        "auto_failed_by": list(standing.auto_failed_by),
    }


def _change(change: Change, lang: Lang) -> dict[str, Any]:
    return {
        "criterion_id": change.criterion_id,
        "old": _side(change.old, lang),
        "new": _side(change.new, lang),
        "lost": change.lost,
    }


def _side(scored: ScoredFinding | None, lang: Lang) -> dict[str, Any] | None:
    if scored is None:
        return None
    evidence = scored.finding.evidence
    return {
        "outcome": scored.finding.outcome.value,
        "points": scored.points,
        "points_possible": scored.points_possible,
        "explanation": explain(scored.finding, lang),
        "start_ms": evidence[0].span.start_ms if evidence else None,
        "end_ms": evidence[0].span.end_ms if evidence else None,
    }
