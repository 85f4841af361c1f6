"""Suggestions as other programs read them, and as a new rubric file that a person may take or leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qa_pipeline.errors import InputError
from qa_pipeline.i18n import Lang, text
from qa_pipeline.pipeline.output import SCHEMA_VERSION
from qa_pipeline.pipeline.pages import check_folder, write_file
from qa_pipeline.pipeline.threshold_confidence import ConfidenceResult
from qa_pipeline.pipeline.thresholds import CriterionResult, SuggestResult
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.rules.rubric_edit import Edit, edited, source_text, version_edit
from qa_pipeline.scoring.agreement import CriterionAgreement, Figure
from qa_pipeline.scoring.thresholds import Suggestion, Tried


def suggestion_lines(result: SuggestResult) -> Iterator[dict[str, Any]]:
    """One object a line: ``kind`` is ``summary``, ``criterion`` or ``confidence``; the same bytes for the same marks."""
    marked, aside = result.marked, result.set_aside
    yield {
        "kind": "summary",
        "schema_version": SCHEMA_VERSION,
        "rubric": result.rubric.rubric,
        "rubric_version": result.rubric.version,
        "rubric_digest": result.rubric.digest,
        "first_day": result.start.isoformat(),
        "end_day": result.end.isoformat(),
        "wrong_weight": result.wrong_weight,
        "num_calls": result.num_calls,
        "scored_by_versions": {str(v): n for v, n in sorted(marked.versions.items())},
        "set_aside": {reason: list(calls) for reason, calls in aside.items()},
        "marks_on_other_wording": marked.earlier.total(),
        "marks_of_appeals": marked.appeals.total(),
        "suggestions": len(result.suggestions()),
    }
    for one in result.criteria:
        yield _criterion(one)
    for setting in result.confidence:
        yield _confidence(setting)


def _criterion(one: CriterionResult) -> dict[str, Any]:
    return {
        "kind": "criterion",
        "criterion_id": one.criterion_id,
        "title": one.title,
        "values_tried": one.values,
        "shared_conditions": list(one.shared),
        "marks_on_other_wording": one.earlier,
        "marks_of_appeals": one.appeals,
        **_tried(one.tried),
        "suggestion": _suggestion(one.suggestion),
    }


def _tried(tried: Tried) -> dict[str, Any]:
    return {
        "verdict": tried.verdict,
        "num_calls": tried.num_calls,
        "num_marks": tried.num_marks,
        "num_agents": tried.num_agents,
        "now": _agreement(tried.now),
        "then": _agreement(tried.then),
        "errors_now": asdict(tried.errors_now),
        "errors_then": asdict(tried.errors_then) if tried.then is not None else None,
        "gain": asdict(tried.gain),
        "gain_by_agent": asdict(tried.gain_by_agent),
    }


def _agreement(figures: CriterionAgreement | None) -> dict[str, Any] | None:
    if figures is None:
        return None
    shown: dict[str, Figure] = {"agreement": figures.raw, "kappa": figures.kappa, "alpha": figures.alpha}
    return {name: asdict(figure) for name, figure in shown.items()}


def _suggestion(one: Suggestion | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "key": one.key,
        "path": one.path,
        "current": one.current,
        "suggested": one.suggested,
        "line": one.line,
        "old_text": one.old_text,
        "new_text": one.new_text,
        "diff": one.diff,
        "failing_examples": list(one.failing_examples),
        "changed": [
            {**asdict(c), "before": c.before.value, "after": c.after.value, "people": _people(c.people)}
            for c in one.changed
        ],
    }


def _people(people: Any) -> dict[str, str]:
    return {who: outcome.value for who, outcome in sorted(people.items())}


def _confidence(one: ConfidenceResult) -> dict[str, Any]:
    return {
        "kind": "confidence",
        "setting": one.setting,
        "current": one.current,
        "default": one.default,
        "suggested": one.suggested,
        "reliable_from": one.reliable_from and one.reliable_from[0],
        "bins": [asdict(b) for b in one.bins],
        **_tried(one.tried),
    }


def check_out(path: Path, rubric: Rubric) -> None:
    """Whether a proposal may be written there: never over a file that exists, the form itself least of all.

    Raises:
        InputError: ``suggest.own_file``, ``suggest.exists``, ``suggest.bad_name``, ``input.out_unwritable``.
    """
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise InputError("suggest.bad_name", path=str(path))
    own = Path(rubric.file)
    if own.is_file() and path.exists() and path.samefile(own):
        raise InputError("suggest.own_file", path=str(path))
    if path.exists():
        raise InputError("suggest.exists", path=str(path))
    check_folder(path.parent)


def write_proposal(result: SuggestResult, path: Path, lang: Lang) -> None:
    """The form with all suggestions, as the next version, what was changed told on top.

    Raises:
        InputError | CollectedErrors: see :func:`check_out`; the proposal would not be a rubric where it is to lie (its
            word lists are not beside it).
        StorageError: it can't be written.
    """
    check_out(path, result.rubric)
    content = proposal(result.rubric, result.suggestions(), lang)
    parse_rubric(content, str(path))
    write_file(path, content.encode())


def proposal(rubric: Rubric, suggestions: Sequence[Suggestion], lang: Lang) -> str:
    """The text of the form with these suggestions."""
    source = source_text(rubric)
    edits: list[Edit] = [version_edit(source, rubric.version + 1), *(s.edit for s in suggestions)]
    told = [text("suggest.proposal_head", lang, rubric=rubric.rubric, version=rubric.version)]
    told += [
        text(
            "suggest.proposal_line",
            lang,
            criterion=s.criterion_id,
            path=s.path,
            current=text("suggest.by_length", lang) if s.current is None else f"{s.current:g}",
            suggested=s.suggested,
            calls=s.num_calls,
            marks=s.num_marks,
        )
        for s in suggestions
    ]
    return "".join(f"# {line}\n" for line in told) + edited(source, edits)
