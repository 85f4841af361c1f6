"""What reports need of the rubrics: titles, and which grades pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qa_pipeline.errors import QaError
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Rubric

PASSING = "合格"
"""The grade from which on a call passes; where a rubric has no such band, all but its last band pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One rubric version as a report sees it."""

    title: str
    titles: Mapping[str, str] = field(default_factory=dict)
    """Criterion id to title."""
    passing: frozenset[str] = frozenset()
    grades: frozenset[str] = frozenset()
    rubric: Rubric | None = None
    """None where this version of the product can't read it any more."""


def forms(contents: Mapping[tuple[str, int], str]) -> Mapping[tuple[str, int], Form]:
    """Forms by rubric id and version. An unreadable text leaves ids for titles, and no grade of it counts."""
    return {key: _form(key[0], content) for key, content in contents.items()}


def _form(rubric_id: str, content: str) -> Form:
    try:
        rubric = parse_rubric(content, f"{rubric_id}.yaml")
    except QaError:
        return Form(title=rubric_id)
    names = list(rubric.bands)
    enough = names[: names.index(PASSING) + 1] if PASSING in names else names[:-1]
    return Form(
        title=rubric.title or rubric_id,
        titles={criterion.id: criterion.title for _, criterion in rubric.criteria()},
        passing=frozenset(enough),
        grades=frozenset(names),
        rubric=rubric,
    )
