"""Answers about a form are remembered for this form and no other."""

from __future__ import annotations

from qa_pipeline import bootstrap
from qa_pipeline.rules.once import once_a_form
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.settings import Settings


def test_a_form_is_asked_once_and_a_changed_copy_by_itself() -> None:
    asked: list[Rubric] = []

    @once_a_form
    def titles(rubric: Rubric) -> tuple[str, ...]:
        asked.append(rubric)
        return tuple(c.title for _, c in rubric.criteria())

    form = bootstrap.find_rubric("inbound_enquiry", Settings())
    shorter = form.model_copy(update={"sections": form.sections[:1]})
    assert shorter.digest == form.digest
    assert titles(form) == titles(form) != titles(shorter)
    assert asked == [form, shorter]
