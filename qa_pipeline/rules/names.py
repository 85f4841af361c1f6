"""Which conditions and word lists a criterion rests on."""

from __future__ import annotations

from qa_pipeline.rules.rubric import Criterion, Rubric


def names_used(criterion: Criterion, rubric: Rubric) -> tuple[set[str], set[str]]:
    """Conditions and word lists, used directly or through other conditions."""
    conditions: set[str] = set()
    lists: set[str] = set()
    pending = [check for _, check in criterion.checks()]
    while pending:
        check = pending.pop()
        lists.update(name for _, name in check.lists())
        pending += [child for _, child in check.children()]
        name = getattr(check, "ref", None)
        if isinstance(name, str) and name not in conditions:
            conditions.add(name)
            pending.append(rubric.conditions[name])
    return conditions, lists
