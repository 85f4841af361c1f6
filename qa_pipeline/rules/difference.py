"""What changed between two forms: every difference by its place. Pure; the words are made at the edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qa_pipeline.rules.difference_checks import Difference, Place, checks, phrases, said
from qa_pipeline.rules.names import names_used
from qa_pipeline.rules.rubric import Criterion, Rubric, Section, WordList

_RUBRIC_FIELDS = ("title", "version", "effective_from", "effective_to", "note", "columns")
_RUBRIC_MAPS = ("applies_when", "variables", "bands")
_CRITERION_FIELDS = (
    "title",
    "standard",
    "points",
    "severity",
    "auto_fail",
    "score",
    "reach_s",
    "side",
    "note",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All differences of two forms."""

    differences: tuple[Difference, ...]
    changed: tuple[str, ...]
    """Criteria in both forms whose content changed, in the new form's order: people's marks on them count no longer."""
    kept: tuple[str, ...]
    """Criteria that say the same in both; marks on them stay."""


def differences(old: Rubric, new: Rubric) -> Comparison:
    """Every difference, from the form's head over conditions and lists to its criteria."""
    digests = {c.id: c.digest for _, c in old.criteria()}
    both = [c for _, c in new.criteria() if c.id in digests]
    return Comparison(
        differences=(
            *_head(old, new),
            *_conditions(old, new),
            *_lists(old, new),
            *_sections(old, new),
            *_criteria(old, new),
        ),
        changed=tuple(c.id for c in both if c.digest != digests[c.id]),
        kept=tuple(c.id for c in both if c.digest == digests[c.id]),
    )


def same_question(criterion_id: str, old: Rubric, new: Rubric) -> bool:
    """Whether a criterion of both forms finds the same in any call: its checks, and all they rest on, are equal.

    Its points, title and standard may differ; they are no part of the finding.
    """
    before = next((c for _, c in old.criteria() if c.id == criterion_id), None)
    after = next((c for _, c in new.criteria() if c.id == criterion_id), None)
    if before is None or after is None or old.variables != new.variables:
        return False
    if (before.severity == "fatal") != (after.severity == "fatal"):  # another confidence is demanded
        return False
    if any(getattr(before, f) != getattr(after, f) for f in ("when", "check", "unless", "reach_s", "side")):
        return False
    conditions, lists = names_used(after, new)
    return all(old.conditions.get(n) == new.conditions.get(n) for n in conditions) and all(
        old.lists.get(n) == new.lists.get(n) for n in lists
    )


def _head(old: Rubric, new: Rubric) -> Iterator[Difference]:
    place = Place(kind="rubric")
    if old.rubric != new.rubric:
        yield place.differs("field", "rubric", old=old.rubric, new=new.rubric)
    yield from _fields(old, new, _RUBRIC_FIELDS, place)
    for name in _RUBRIC_MAPS:
        before, after = getattr(old, name), getattr(new, name)
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key):
                yield place.differs("field", f"{name}.{key}", old=before.get(key), new=after.get(key))


def _fields(old: Any, new: Any, names: tuple[str, ...], place: Place) -> Iterator[Difference]:
    for name in names:
        if getattr(old, name) != getattr(new, name):
            yield place.differs("field", name, old=getattr(old, name), new=getattr(new, name))


def _conditions(old: Rubric, new: Rubric) -> Iterator[Difference]:
    for name in dict.fromkeys([*old.conditions, *new.conditions]):
        form = new if name in new.conditions else old
        users = tuple(c.id for _, c in form.criteria() if name in names_used(c, form)[0])
        place = Place(kind="condition", id=name, title=name, used_by=users)
        before, after = old.conditions.get(name), new.conditions.get(name)
        if before is None:
            yield place.differs("added", new=after)
        elif after is None:
            yield place.differs("removed", old=before)
        else:
            yield from checks(before, after, place)


def _lists(old: Rubric, new: Rubric) -> Iterator[Difference]:
    for name in sorted({*old.lists, *new.lists}):
        form = new if name in new.lists else old
        users = tuple(c.id for _, c in form.criteria() if name in names_used(c, form)[1])
        before, after = old.lists.get(name), new.lists.get(name)
        titled = after or before
        title = (titled.title if titled is not None else None) or name
        place = Place(kind="list", id=name, title=title, used_by=users)
        if before is None and after is not None:
            yield place.differs("added", new=said(after.phrases))
        elif after is None and before is not None:
            yield place.differs("removed", old=said(before.phrases))
        elif isinstance(before, WordList) and isinstance(after, WordList):
            yield from phrases("phrases", before.phrases, after.phrases, place, "")


def _sections(old: Rubric, new: Rubric) -> Iterator[Difference]:
    before = {s.id: s for s in old.sections}
    after = {s.id: s for s in new.sections}
    for section in (*new.sections, *(s for s in old.sections if s.id not in after)):
        place = Place(kind="section", id=section.id, title=section.title)
        if section.id not in before:
            yield place.differs("added")
        elif section.id not in after:
            yield place.differs("removed")
        else:
            yield from _fields(before[section.id], section, ("title", "note"), place)


def _criteria(old: Rubric, new: Rubric) -> Iterator[Difference]:
    before = {c.id: (s, c) for s, c in old.criteria()}
    after = {c.id: (s, c) for s, c in new.criteria()}
    gone = [c for i, (_, c) in before.items() if i not in after]
    for section, criterion in new.criteria():
        place = Place(kind="criterion", id=criterion.id, title=criterion.title)
        if criterion.id in before:
            yield from _criterion(before[criterion.id], (section, criterion), place)
            continue
        twin = next((c for c in gone if _same_but_name(c, criterion)), None)
        if twin is None:
            yield place.differs("added", new=criterion.points)
            continue
        gone.remove(twin)
        yield place.differs("renamed", old=twin.id, new=criterion.id)
        yield from _fields(twin, criterion, ("title",), place)
    for criterion in gone:
        yield Place(kind="criterion", id=criterion.id, title=criterion.title).differs(
            "removed", old=criterion.points
        )
    shared = [i for i in before if i in after]
    if shared != [i for i in after if i in before]:
        yield Place(kind="rubric").differs("reordered")


def _criterion(
    old: tuple[Section, Criterion], new: tuple[Section, Criterion], place: Place
) -> Iterator[Difference]:
    (old_section, before), (new_section, after) = old, new
    if old_section.id != new_section.id:
        yield place.differs("moved", old=old_section.title, new=new_section.title)
    yield from _fields(before, after, _CRITERION_FIELDS, place)
    for key in ("when", "check", "unless"):
        yield from checks(getattr(before, key), getattr(after, key), place, key)
    if before.examples != after.examples:
        yield place.differs("examples", old=len(before.examples), new=len(after.examples))
    if before.better != after.better:
        yield place.differs("better", old=before.better, new=after.better)


def _same_but_name(old: Criterion, new: Criterion) -> bool:
    """The same question under another id."""
    return all(
        getattr(old, name) == getattr(new, name)
        for name in (*(f for f in _CRITERION_FIELDS if f not in ("title", "note")), "when", "check", "unless")
    )
