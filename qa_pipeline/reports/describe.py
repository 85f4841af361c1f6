"""What a check asks, in plain words, from the operator and its parameters.

The sentence of an operator is the message ``form.op_<operator>``, or ``form.op_<operator>_<parameter>`` where that parameter
is given, with its parameters filled in. Parameters that differ from their default and that the sentence does not name
follow in brackets with their label ``form.key_<parameter>``. An operator without a sentence is told by its name and its
parameters, so that a new one is never silently left out.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from qa_pipeline.i18n import Lang, catalogue, text
from qa_pipeline.reports.pages import number
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.rubric import Rubric, resolved
from qa_pipeline.rules.speech import GuardedPhrase
from qa_pipeline.rules.window import Window

_RANGES = (("min", "max"), ("min_s", "max_s"), ("min_db", "max_db"))
_STRUCTURE = {"phrases", "script", "of", "steps"}
_ELSEWHERE = _STRUCTURE | {"op", "role", "within", "list", "ref"}
"""Told by the sentence, as phrases or as parts."""
_TECHNICAL = {"min_similarity", "min_likeness"}
"""How the machine hears, not what an agent should do."""
_TITLED = {"field": "field", "what": "meaning"}
_PERCENT = {"min_coverage", "min_share"}
_LOGIC = {"all_of": "and", "any_of": "or", "none_of": "nor", "at_least": "or", "in_order": "then"}
_SHORT_PHRASES = 3
_SLOT = re.compile(r"\{(\w+)(?::(\d+)(?:-(\d+))?)?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A check in words."""

    text: str
    phrases: tuple[str, ...] = ()
    """Any of these, as said."""
    script: str = ""
    """A script: ［］ may be left out, ｜ is a choice, 〈〉 is filled in."""
    parts: tuple[Described, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Describer:
    """Describes the checks of one rubric in one language."""

    rubric: Rubric
    lang: Lang

    def describe(self, check: Operator) -> Described:
        """A check with all its phrases and parts."""
        check = resolved(check, self.rubric.conditions)
        flow = [step for step in getattr(check, "steps", ()) if not isinstance(step, Operator)]
        parts = [
            (loc, child)
            for loc, child in check.children()
            if loc and loc[0] != "within" and not (flow and loc[0] == "steps")
        ]
        return Described(
            text=self.sentence(check),
            phrases=self._phrases(check),
            script=self._script(check),
            parts=(
                *(self._step(step) for step in flow),
                *(self._part(loc, child) for loc, child in parts),
            ),
        )

    def _step(self, step: Any) -> Described:
        """A step of a flow, with the answers on which it branches."""
        inner = self.describe(step.check) if step.check is not None else None
        return Described(
            text=self._word("flow_optional" if step.optional else "flow_step", step=step.step)
            + (inner.text if inner else ""),
            phrases=self._phrases(step) or (inner.phrases if inner else ()),
            script=self._script(step) or (inner.script if inner else ""),
            parts=(
                *(inner.parts if inner else ()),
                *(self._answer(answer) for answer in step.answers),
                *((Described(text=self._then("flow_then", step.then)),) if step.then else ()),
            ),
        )

    def _answer(self, answer: Any) -> Described:
        inner = self.describe(answer.check) if answer.check is not None else None
        said = self._phrases(answer)
        return Described(
            text=self._then("flow_answer", answer.then, answer=answer.answer) + (inner.text if inner else ""),
            phrases=said or (inner.phrases if inner else ()),
            parts=inner.parts if inner else (),
        )

    def _then(self, key: str, then: str, **params: str) -> str:
        return self._word(f"{key}_end" if then == "end" else key, then=then, **params)

    def short(self, check: Operator) -> str:
        """A check in one line: the first phrases and parts stand for all."""
        check = resolved(check, self.rubric.conditions)
        children = [child for loc, child in check.children() if loc and loc[0] != "within"]
        if check.name in _LOGIC and children:
            parts = [self.short(child) for child in children]
            joined = self._word(f"join_{_LOGIC[check.name]}").join(parts)
            group = f"short_{check.name}" if self._known(f"short_{check.name}") else "short_group"
            key = "short_one" if len(parts) == 1 and check.name != "none_of" else group
            return self._word(key, what=joined, n=getattr(check, "n", 0))
        if self._known(f"short_{check.name}") and not getattr(check, "label", None):
            return self._word(f"short_{check.name}", role=self.value("role", getattr(check, "role", "any")))
        sentence = self.sentence(check)
        said = self._phrases(check)
        if said:
            quoted = "".join(self._word("quote", what=p) for p in said[:_SHORT_PHRASES])
            key = "short_phrases" if len(said) <= _SHORT_PHRASES else "short_more"
            return self._word(key, what=sentence, phrases=quoted)
        script = self._script(check)
        return (
            self._word("short_phrases", what=sentence, phrases=self._word("quote", what=script))
            if script
            else sentence
        )

    def sentence(self, check: Operator) -> str:
        """What the operator asks, its window in front, further parameters behind."""
        values = self._values(check)
        key = next((k for k in self._keys(check, values) if self._fills(k, values)), None)
        if key is None:
            body, named = self._word("op_other", name=check.name), set()
        else:
            template = str(catalogue("form", self.lang)[key])
            body, named = template.format(**values), _names(template)
        rest = [
            self._word("extra", label=self.label(check.name, name), value=values[name])
            for name in self._extras(check, named)
            if name in values
        ]
        if rest:
            body = self._word("extras", what=body, extras=self._word("join_extras").join(rest))
        window = getattr(check, "within", None)
        return (
            self._word("windowed", window=self.window(window), what=body)
            if isinstance(window, Window)
            else body
        )

    def _part(self, loc: tuple[str | int, ...], child: Operator) -> Described:
        told = self.describe(child)
        key = f"part_{loc[0]}"
        if not self._known(key):
            return told
        return Described(
            text=self._word(key, what=told.text), phrases=told.phrases, script=told.script, parts=told.parts
        )

    def _keys(self, check: Operator, values: Mapping[str, str]) -> Iterator[str]:
        for name, info in type(check).model_fields.items():
            if name in check.model_fields_set and getattr(check, name) != info.default:
                yield f"op_{check.name}_{info.alias or name}"
        yield f"op_{check.name}"

    def _fills(self, key: str, values: Mapping[str, str]) -> bool:
        return self._known(key) and _names(str(catalogue("form", self.lang)[key])) <= values.keys()

    def _extras(self, check: Operator, named: set[str]) -> Iterator[str]:
        in_range = {end for low, high in _RANGES if "range" in named for end in (low, high)}
        for name, info in type(check).model_fields.items():
            shown = info.alias or name
            if shown in named or shown in _ELSEWHERE | _TECHNICAL | in_range:
                continue
            if shown == "pattern" and "label" in named:
                continue  # the label says it in words
            if getattr(check, name) != info.default and not isinstance(getattr(check, name), Operator):
                yield shown

    def _values(self, check: Operator) -> dict[str, str]:
        """The parameters that have a value, as words."""
        values: dict[str, str] = {}
        for name, info in type(check).model_fields.items():
            value = getattr(check, name)
            if name in _STRUCTURE or value is None or isinstance(value, Operator | Window):
                continue
            values[info.alias or name] = self.value(info.alias or name, value)
        for low, high in _RANGES:
            limits = getattr(check, low, None), getattr(check, high, None)
            if isinstance(limits[0] or limits[1], int | float):
                values["range"] = self._range(*limits)
        values["n_of"] = str(len(getattr(check, "of", ())))
        return values

    def value(self, name: str, value: object) -> str:
        """A parameter's value in words."""
        if isinstance(value, bool):
            return self._word("flag_yes" if value else "flag_no")
        if isinstance(value, int | float):
            return f"{number(value * 100)}%" if name in _PERCENT else number(value)
        if isinstance(value, tuple | list | frozenset):
            return self._word("join").join(self.value(name, v) for v in value)
        if isinstance(value, GuardedPhrase):
            return " / ".join(value.wordings)
        if isinstance(value, BaseModel):
            filled = {k: v for k, v in value.model_dump(by_alias=True).items() if v not in (None, (), {})}
            return self._word("join").join(f"{k} {self.value(k, v)}" for k, v in filled.items())
        if isinstance(value, Mapping):
            return self._word("join").join(f"{k} {self.value(str(k), v)}" for k, v in value.items())
        known = f"{_TITLED.get(name, 'value')}_{value}"
        return self._word(known) if self._known(known) else str(value)

    def _range(self, low: float | None, high: float | None) -> str:
        if low is None:
            return self._word("at_most", high=number(high or 0.0))
        if high is None:
            return self._word("at_least", low=number(low))
        return self._word("between", low=number(low), high=number(high))

    def label(self, op: str, name: str) -> str:
        """A parameter's name in words; as written where there is none."""
        for key in (f"key_{op}_{name}", f"key_{name}"):
            if self._known(key):
                return self._word(key)
        return name

    def _phrases(self, check: BaseModel) -> tuple[str, ...]:
        written = getattr(check, "phrases", ())
        own = tuple(w for p in written for w in (p.wordings if isinstance(p, GuardedPhrase) else (str(p),)))
        name = getattr(check, "list", None)
        if isinstance(name, str) and name in self.rubric.lists:
            own += tuple(w for p in self.rubric.lists[name].guarded() for w in p.wordings)
        return tuple(dict.fromkeys(own))

    def _script(self, check: BaseModel) -> str:
        template = getattr(check, "script", None)
        return self.script(template) if isinstance(template, str) else ""

    def script(self, template: str) -> str:
        """A script as agents read it: variables filled in, other slots named, marks for what is optional or a choice."""
        spoken = _SLOT.sub(self._slot, template)
        return spoken.translate(str.maketrans("[]|()", "［］｜（）"))

    def _slot(self, found: re.Match[str]) -> str:
        name, low, high = found[1], found[2], found[3]
        if name in self.rubric.variables:
            return str(self.rubric.variables[name])
        known = f"slot_{name}"
        what = self._word(known) if self._known(known) else name
        if low is None:
            return f"〈{what}〉"
        return f"〈{what} {low}〉" if high is None else f"〈{what} {low}–{high}〉"

    def window(self, window: Window) -> str:
        """Where a check looks."""
        values = {
            name: number(value)
            for name in (
                "first_s",
                "last_s",
                "first_turns",
                "last_turns",
                "from_pct",
                "to_pct",
                "turns",
                "seconds",
            )
            if (value := getattr(window, name)) is not None
        }
        parts = [
            self._word(f"within_{name}", n=values[name])
            for name in ("first_s", "last_s", "first_turns", "last_turns")
            if name in values
        ]
        if "from_pct" in values or "to_pct" in values:
            parts.append(
                self._word("within_pct", low=values.get("from_pct", "0"), high=values.get("to_pct", "100"))
            )
        for side in ("after", "before", "around"):
            anchor = getattr(window, side)
            if anchor is None:
                continue
            reach = next((k for k in ("turns", "seconds") if k in values), "")
            reach_words = self._word(f"reach_{reach}", n=values[reach]) if reach else ""
            hit = window.hit if isinstance(window.hit, str) else "number"
            which = self._word(f"hit_{hit}", n=window.hit)
            parts.append(
                self._word(f"within_{side}", what=self.short(anchor), which=which, reach=reach_words)
            )
        return self._word("join_window").join(parts)

    def _known(self, key: str) -> bool:
        return key in catalogue("form", self.lang)

    def _word(self, key: str, /, **params: object) -> str:
        return text(f"form.{key}", self.lang, **params)


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}
