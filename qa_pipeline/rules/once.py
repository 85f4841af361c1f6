"""What hangs on a form or a call alone, and is asked for again and again, is worked out once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from qa_pipeline.rules.rubric import Rubric

T = TypeVar("T")
S = TypeVar("S")

_FORMS = 32
"""More than a centre uses at a time."""


class This(Generic[T]):
    """A key for something that never changes: this very object. To compare all that is in it would take longer than the
    answer, and forms with the same digest may hold other wordings."""

    __slots__ = ("it",)

    def __init__(self, it: T) -> None:
        self.it = it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, This) and self.it is other.it

    def __hash__(self) -> int:
        return id(self.it)


def once_a_form(ask: Callable[[Rubric], S]) -> Callable[[Rubric], S]:
    """Remember the answers for the last forms asked of."""

    @lru_cache(maxsize=_FORMS)
    def remembered(this: This[Rubric]) -> S:
        return ask(this.it)

    @wraps(ask)
    def answer(rubric: Rubric) -> S:
        return remembered(This(rubric))

    return answer
