"""What every operator is: a pydantic model with one constant ``op``, and a pure function from a scene to a verdict.

To add an operator: one file in ``operators/`` with one subclass whose docstring is its manual page, one case file in
``tests/rules/cases/``, then ``make docs``. Nothing else has to know of it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from qa_pipeline.domain.call import Role
from qa_pipeline.rules.verdict import Verdict, all_of
from qa_pipeline.rules.window import Area, Window, resolve

if TYPE_CHECKING:
    from qa_pipeline.rules.scene import Scene

RoleName = Literal["agent", "customer", "any"]
PartyName = Literal["agent", "customer"]
"""For operators that compare the parties, so that asking it of any would mean nothing."""
STRICT = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Operator(BaseModel):
    """A check."""

    model_config = STRICT

    located: ClassVar[bool] = False
    """Whether being met is an event with a place, so that it can be an anchor or a step."""
    measures: ClassVar[bool] = False
    """Whether it checks a window for a measure rather than searching it for words."""

    @property
    def name(self) -> str:
        """Its ``op``."""
        return str(getattr(self, "op"))  # noqa: B009

    @property
    def by_person(self) -> bool:
        """Whether only a person can answer it, in whatever call."""
        return False

    @abstractmethod
    def evaluate(self, scene: Scene) -> Verdict:
        """Look at the call."""

    def children(self) -> Iterator[tuple[tuple[str | int, ...], Operator]]:
        """The checks inside it, with their location as in the file."""
        window = getattr(self, "within", None)
        if isinstance(window, Window):
            for key in ("after", "before", "around"):
                anchor = getattr(window, key)
                if anchor is not None:
                    yield ("within", key), anchor
        for key in ("of", "steps"):
            for index, child in enumerate(getattr(self, key, ())):
                yield (key, index), child

    def slots(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Script templates inside it, with their location."""
        yield from ()

    def lists(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Names of word lists it uses, with their location."""
        name = getattr(self, "list", None)
        if isinstance(name, str):
            yield ("list",), name


class WindowedOperator(Operator):
    """A check that looks at a part of the call, for one role."""

    role: RoleName = Field("any", description="whose speech it is about: agent, customer or any")
    within: Window | None = Field(None, description="where to look; default: the whole call")

    def evaluate(self, scene: Scene) -> Verdict:
        """Resolve the window, look at each part of it, join the answers."""
        reach = resolve(self.within, scene, self.role)
        if reach.settled is not None:
            return reach.settled
        verdicts = [self.look(scene, area) for area in reach.areas]
        verdict = verdicts[0] if len(verdicts) == 1 else all_of(verdicts, verdicts[0].message)
        return verdict.at_most(reach.confidence, "match")

    @abstractmethod
    def look(self, scene: Scene, area: Area) -> Verdict:
        """Look at one part of the call."""


def roles_of(name: str) -> tuple[Role, ...]:
    """The parties a role name stands for."""
    return (Role.AGENT, Role.CUSTOMER, Role.UNKNOWN) if name == "any" else (Role(name),)
