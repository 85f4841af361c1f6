"""The phrases of a form by who may say them, so that a call is searched for all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from qa_pipeline.domain.call import Role
from qa_pipeline.rules.names import names_used
from qa_pipeline.rules.once import once_a_form
from qa_pipeline.rules.operator import Operator, roles_of
from qa_pipeline.rules.rubric import Criterion, Rubric
from qa_pipeline.rules.speech import PhraseOperator
from qa_pipeline.text.lexicon import Lexicon
from qa_pipeline.text.phrases import lexicon
from qa_pipeline.text.types import Pattern


@once_a_form
def expected(rubric: Rubric) -> Mapping[Role, Lexicon]:
    """The phrases to expect in what each party says where every criterion is asked."""
    return expected_of(rubric, [criterion for _, criterion in rubric.criteria()])


def expected_of(rubric: Rubric, criteria: Iterable[Criterion]) -> Mapping[Role, Lexicon]:
    """The same where only some criteria are asked."""
    patterns: dict[Role, list[Pattern]] = {}
    for check in _checks(rubric, criteria):
        if isinstance(check, PhraseOperator):
            for role in roles_of(check.role):
                patterns.setdefault(role, []).extend(check.patterns(rubric.lists))
    return {role: lexicon(found) for role, found in patterns.items()}


def _checks(rubric: Rubric, criteria: Iterable[Criterion]) -> Iterator[Operator]:
    """Their checks with all that is inside, and the conditions behind them."""
    asked = list(criteria)
    conditions = {name for criterion in asked for name in names_used(criterion, rubric)[0]}
    pending = [check for criterion in asked for _, check in criterion.checks()]
    pending += [rubric.conditions[name] for name in sorted(conditions)]
    while pending:
        check = pending.pop()
        pending += [child for _, child in check.children()]
        yield check
