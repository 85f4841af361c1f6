"""All operators, found by looking into ``operators/``, and the one type that is any of them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Tag

from qa_pipeline.rules import operators
from qa_pipeline.rules.flow import FlowAnswer, FlowStep
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.window import Window


def _discover() -> dict[str, type[Operator]]:
    found: dict[str, type[Operator]] = {}
    for module in sorted(pkgutil.iter_modules(operators.__path__), key=lambda m: m.name):
        loaded = importlib.import_module(f"{operators.__name__}.{module.name}")
        for value in vars(loaded).values():
            if (
                isinstance(value, type)
                and issubclass(value, Operator)
                and value.__module__ == loaded.__name__
            ):
                found[module.name] = value
    return found


OPERATORS: Mapping[str, type[Operator]] = _discover()
"""By ``op``, which is also the name of the file."""


def _named(value: Any) -> Any:
    """A bare name is a condition's."""
    return {"ref": value} if isinstance(value, str) else value


def _op(value: Any) -> str | None:
    if isinstance(value, Mapping):
        op = value.get("op", "ref" if "ref" in value else None)
        return None if op is None else str(op)
    return value.name if isinstance(value, Operator) else None


def list_named(check: Mapping[str, Any]) -> str | None:
    """The word list that a check as written rests on: the one it names, or its operator's own; None where there is none."""
    name = check.get("list")
    if name is not None or "phrases" in check:
        return name if isinstance(name, str) else None
    return getattr(OPERATORS.get(str(check.get("op"))), "default_list", None)


_ANY: Any = reduce(or_, (Annotated[kind, Tag(name)] for name, kind in OPERATORS.items()))
Check: Any = Annotated[_ANY, Discriminator(_op), BeforeValidator(_named)]
"""Any operator, told apart by ``op``; a plain text is a condition's name."""


def rebuild() -> None:
    """Fill in the operators that take other checks, once all are known."""
    names = {"Check": Check}
    Window.model_rebuild(_types_namespace=names, force=True)
    for part in (FlowAnswer, FlowStep):
        part.model_rebuild(_types_namespace={**names, "FlowAnswer": FlowAnswer}, force=True)
    for kind in OPERATORS.values():
        kind.model_rebuild(_types_namespace=names, force=True)


rebuild()
