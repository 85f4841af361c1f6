"""What changed inside a check: phrases, windows, parameters, parts and steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import BaseModel

from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.speech import GuardedPhrase
from qa_pipeline.rules.window import Window

Kind = Literal["rubric", "list", "condition", "section", "criterion"]
What = Literal[
    "added",
    "removed",
    "renamed",
    "moved",
    "reordered",
    "field",
    "phrases_added",
    "phrases_removed",
    "innocents",
    "synonyms",
    "check_added",
    "check_removed",
    "check_replaced",
    "window",
    "parameter",
    "examples",
    "better",
    "step_added",
    "step_removed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is otherwise in the new form."""

    kind: Kind
    id: str
    """Of the criterion, section, condition or list; empty for the form itself."""
    title: str
    what: What
    name: str = ""
    """The field, parameter or (for phrases) the key under which they stand."""
    old: Any = None
    """A plain value, an operator or a window, as the form has it; None where there was none."""
    new: Any = None
    operator: str = ""
    """The operator whose parameter changed."""
    step: str = ""
    """The step of a flow in which it changed."""
    used_by: tuple[str, ...] = ()
    """Ids of the criteria that rest on a condition or list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a difference is; :meth:`differs` says what is otherwise there."""

    kind: Kind
    id: str = ""
    title: str = ""
    used_by: tuple[str, ...] = field(default=())

    def differs(self, what: What, name: str = "", **more: Any) -> Difference:
        """A difference at this place."""
        return Difference(
            kind=self.kind, id=self.id, title=self.title, used_by=self.used_by, what=what, name=name, **more
        )


def checks(old: Operator | None, new: Operator | None, place: Place, key: str = "") -> Iterator[Difference]:
    """Differences of two checks and everything inside them."""
    if old == new:
        return
    if old is None or new is None:
        what: What = "check_added" if old is None else "check_removed"
        yield place.differs(what, key, old=old, new=new)
        return
    if old.name != new.name or old.name == "ref":
        yield place.differs("check_replaced", key, old=old, new=new)
        return
    yield from _inside(old, new, place, key, new.name)


def _inside(old: BaseModel, new: BaseModel, place: Place, key: str, operator: str) -> Iterator[Difference]:
    """Differences of what an operator, or a step of a flow, is made of."""
    for name, info in type(new).model_fields.items():
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        shown = info.alias or name
        if isinstance(before, Window | None) and isinstance(after, Window | None) and name == "within":
            yield place.differs("window", shown, old=before, new=after, operator=operator)
        elif _is_check(before) and _is_check(after):
            yield from checks(before, after, place, key)
        elif _are(before, after, Operator):
            yield from _parts(before, after, place, key)
        elif _are(before, after, str | GuardedPhrase):
            yield from phrases(shown, before, after, place, operator)
        elif _are(before, after, BaseModel):
            yield from _steps(before, after, place, key, operator)
        else:
            yield place.differs("parameter", shown, old=before, new=after, operator=operator)


def _steps(
    old: tuple[BaseModel, ...], new: tuple[BaseModel, ...], place: Place, key: str, operator: str
) -> Iterator[Difference]:
    """Steps of a flow, or the answers on which it branches, each known by its name."""
    before, after = {_name(step): step for step in old}, {_name(step): step for step in new}
    for name, step in after.items():
        if name not in before:
            yield place.differs("step_added", name, operator=operator)
        else:
            for found in _inside(before[name], step, place, key, operator):
                # Told with the name of the step; of an answer, with both.
                yield replace(found, step=f"{name}·{found.step}" if found.step else name)
    for name in before:
        if name not in after:
            yield place.differs("step_removed", name, operator=operator)
    if [n for n in before if n in after] != [n for n in after if n in before]:
        yield place.differs("reordered", key)


def _name(step: BaseModel) -> str:
    return str(getattr(step, "step", None) or getattr(step, "answer", ""))


def _is_check(value: object) -> bool:
    return value is None or isinstance(value, Operator)


def _are(old: object, new: object, kind: Any) -> bool:
    if not (isinstance(old, tuple) and isinstance(new, tuple)):
        return False
    return all(isinstance(v, kind) for v in (*old, *new))


def _parts(
    old: tuple[Operator, ...], new: tuple[Operator, ...], place: Place, key: str
) -> Iterator[Difference]:
    """Parts that are the same are passed over; the others are told pair by pair where they have the same operator."""
    gone = [part for part in old if part not in new]
    come = [part for part in new if part not in old]
    if not gone and not come:
        yield place.differs("reordered", key)
    for part in come:
        twin = next((g for g in gone if g.name == part.name and part.name != "ref"), None)
        if twin is not None:
            gone.remove(twin)
        yield from checks(twin, part, place, key)
    for part in gone:
        yield from checks(part, None, place, key)


def phrases(
    name: str, old: tuple[Any, ...], new: tuple[Any, ...], place: Place, operator: str
) -> Iterator[Difference]:
    """Phrases that came and went, and innocents and synonyms that changed."""
    before, after = guarded(old), guarded(new)
    worded, rewords = synonyms(old), synonyms(new)
    for phrase in (p for p in after if p in before):
        was, now = worded.get(phrase, ()), rewords.get(phrase, ())
        if set(was) != set(now):
            yield place.differs("synonyms", phrase, old=was, new=now, operator=operator)
    if list(before.items()) == list(after.items()):
        return
    added = tuple(p for p in after if p not in before)
    removed = tuple(p for p in before if p not in after)
    if added:
        yield place.differs("phrases_added", name, new=added, operator=operator)
    if removed:
        yield place.differs("phrases_removed", name, old=removed, operator=operator)
    for phrase, innocents in after.items():
        if phrase in before and set(before[phrase]) != set(innocents):
            yield place.differs("innocents", phrase, old=before[phrase], new=innocents, operator=operator)
    if not added and not removed and before == after:
        yield place.differs("reordered", name, operator=operator)


def guarded(written: tuple[Any, ...]) -> Mapping[str, tuple[str, ...]]:
    """Phrases with their innocents."""
    return {
        p.say if isinstance(p, GuardedPhrase) else str(p): p.innocents if isinstance(p, GuardedPhrase) else ()
        for p in written
    }


def synonyms(written: tuple[Any, ...]) -> Mapping[str, tuple[str, ...]]:
    """Phrases with their other wordings."""
    return {p.say: p.synonyms for p in written if isinstance(p, GuardedPhrase)}


def said(written: tuple[Any, ...]) -> tuple[str, ...]:
    """The phrases alone."""
    return tuple(guarded(written))
