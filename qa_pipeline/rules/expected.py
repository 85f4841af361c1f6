"""All phrases of a form, by who may say them: a call that is asked all of it is searched for all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from qa_pipeline.domain.call import Role
from qa_pipeline.rules.once import once_a_form
from qa_pipeline.rules.operator import Operator, roles_of
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.rules.speech import PhraseOperator
from qa_pipeline.text.lexicon import Lexicon
from qa_pipeline.text.phrases import lexicon
from qa_pipeline.text.types import Pattern


@once_a_form
def expected(rubric: Rubric) -> Mapping[Role, Lexicon]:
    """The phrases to expect in what each party says."""
    patterns: dict[Role, list[Pattern]] = {}
    for check in _checks(rubric):
        if isinstance(check, PhraseOperator):
            for role in roles_of(check.role):
                patterns.setdefault(role, []).extend(check.patterns(rubric.lists))
    return {role: lexicon(found) for role, found in patterns.items()}


def _checks(rubric: Rubric) -> Iterator[Operator]:
    pending = [check for _, criterion in rubric.criteria() for _, check in criterion.checks()]
    pending += rubric.conditions.values()
    while pending:
        check = pending.pop()
        pending += [child for _, child in check.children()]
        yield check
