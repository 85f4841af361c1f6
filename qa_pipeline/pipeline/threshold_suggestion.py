"""A value that is worth it, told with the calls it changes and the line of the file it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_pipeline.domain.finding import Outcome
from qa_pipeline.pipeline.threshold_trial import Found
from qa_pipeline.rules.examples import run_examples
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Criterion, Rubric
from qa_pipeline.rules.rubric_edit import edited, number_edit, source_text, unified
from qa_pipeline.rules.thresholds import Variant
from qa_pipeline.scoring.thresholds import ChangedCall, Judged, Suggestion, Tried, call_cost

Said = tuple[Judged, Found]
"""What people and the machine say of one call by one criterion."""


def suggestion_of(
    rubric: Rubric,
    criterion: Criterion,
    best: Variant,
    tried: Tried,
    sides: Sequence[Said],
    found: Sequence[Found],
    wrong_weight: float,
) -> Suggestion:
    """What a QA lead is told of a value.

    Args:
        rubric: the form.
        criterion: of the form.
        best: the criterion with the value.
        tried: what it is worth.
        sides: what people and the machine say of each call.
        found: what the machine would say of it.
        wrong_weight: what a wrong deduction costs, a missed fault costing 1.
    """
    if tried.now is None or tried.then is None:
        raise AssertionError("what is suggested was compared")
    text = source_text(rubric)
    edit = number_edit(text, criterion.id, best.threshold.path, best.value)
    new = edited(text, [edit])
    old_lines, new_lines = text.splitlines(), new.splitlines()
    last = edit.line + len(new_lines) - len(old_lines)
    return Suggestion(
        rubric_id=rubric.rubric,
        rubric_version=rubric.version,
        criterion_id=criterion.id,
        title=criterion.title,
        key=best.threshold.key,
        path=best.threshold.where(),
        current=best.threshold.current,
        suggested=best.value,
        num_calls=tried.num_calls,
        num_marks=tried.num_marks,
        num_agents=tried.num_agents,
        now=tried.now,
        then=tried.then,
        errors_now=tried.errors_now,
        errors_then=tried.errors_then,
        gain=tried.gain,
        gain_by_agent=tried.gain_by_agent,
        changed=tuple(_changed(sides, found, wrong_weight)),
        edit=edit,
        old_text=old_lines[edit.line - 1],
        new_text="\n".join(new_lines[edit.line - 1 : last]),
        diff=unified(text, new, rubric.file),
        failing_examples=_failing(rubric, criterion.id, new),
    )


def _failing(rubric: Rubric, criterion_id: str, text: str) -> tuple[int, ...]:
    """Read anew, as the checks of the file would read it."""
    changed = parse_rubric(text, rubric.file)
    return tuple(
        example.line or 0
        for example in run_examples(changed)
        if example.criterion_id == criterion_id and example.finding.outcome is not example.expected
    )


def _changed(sides: Sequence[Said], found: Sequence[Found], weight: float) -> Iterator[ChangedCall]:
    """Calls whose finding changes, those that it makes worse first."""
    rows = []
    for (people, before), after in zip(sides, found, strict=True):
        if after.outcome is before.outcome:
            continue
        # The side that deducts says where; else whichever has a place.
        shown = sorted((before, after), key=lambda f: (f.start_ms is None, f.outcome is not Outcome.NOT_MET))
        worse = call_cost(after.outcome, people, weight) - call_cost(before.outcome, people, weight)
        changed = ChangedCall(
            call_id=people.call_id,
            agent_id=people.agent_id,
            start_ms=shown[0].start_ms,
            end_ms=shown[0].end_ms,
            before=before.outcome,
            after=after.outcome,
            people=people.people,
        )
        rows.append((-worse, changed.call_id, changed))
    for _, _, changed in sorted(rows, key=lambda r: r[:2]):
        yield changed
