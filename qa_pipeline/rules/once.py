"""What is asked of a form again for every call, and hangs on the form alone, is worked out once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from qa_pipeline.rules.rubric import Rubric

T = TypeVar("T")

_FORMS = 32
"""More than a centre uses at a time."""


class _This:
    """A form as this very object: forms never change, and what merely has the same digest may hold other wordings."""

    __slots__ = ("form",)

    def __init__(self, form: Rubric) -> None:
        self.form = form

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _This) and self.form is other.form

    def __hash__(self) -> int:
        return id(self.form)


def once_a_form(ask: Callable[[Rubric], T]) -> Callable[[Rubric], T]:
    """Remember the answers for the last forms asked of."""

    @lru_cache(maxsize=_FORMS)
    def remembered(this: _This) -> T:
        return ask(this.form)

    @wraps(ask)
    def answer(rubric: Rubric) -> T:
        return remembered(_This(rubric))

    return answer
