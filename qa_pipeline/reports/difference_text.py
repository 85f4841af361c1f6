"""The differences of two forms in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from qa_pipeline.i18n import Lang, catalogue, text
from qa_pipeline.reports.describe import Describer
from qa_pipeline.reports.pages import number
from qa_pipeline.rules.difference import Comparison
from qa_pipeline.rules.difference_checks import Difference
from qa_pipeline.rules.operator import Operator
from qa_pipeline.rules.rubric import AutoFail, PerHit, Rubric
from qa_pipeline.rules.window import Window

_MAPS = ("applies_when", "variables", "bands")


class DifferenceWords:
    """Tells how one form differs from another, in one language."""

    def __init__(self, old: Rubric, new: Rubric, lang: Lang) -> None:
        self._lang = lang
        self._forms = (old, new)
        self._old = Describer(rubric=old, lang=lang)
        self._new = Describer(rubric=new, lang=lang)
        self._titles = {c.id: c.title for rubric in (old, new) for _, c in rubric.criteria()}

    def title(self) -> str:
        """Which forms."""
        old, new = (
            self._word("form", title=r.title, rubric=r.rubric, version=r.version) for r in self._forms
        )
        return self._word("title", old=old, new=new)

    def lines(self, comparison: Comparison) -> Iterator[str]:
        """All differences, indented under the thing they concern, and what they mean for people's marks."""
        if not comparison.differences:
            yield self._word("same")
        group, heading = "", ""
        for difference in comparison.differences:
            if difference.kind != group:
                group, heading = difference.kind, ""
                yield self._word(f"group_{group}")
            if difference.id and difference.id != heading:
                heading = difference.id
                yield f"  {self.heading(difference)}"
            yield f"    {self.say(difference)}" if difference.id else f"  {self.say(difference)}"
        yield from self.marks(comparison)

    def heading(self, difference: Difference) -> str:
        """The thing concerned, and for a condition or list who uses it."""
        title = difference.title
        if difference.kind not in ("condition", "list"):
            return self._word("heading", title=title, id=difference.id)
        shown = title if title == difference.id else self._word("heading", title=title, id=difference.id)
        if not difference.used_by:
            return shown + self._word("used_by_none")
        return shown + self._word("used_by", titles=self._quoted(difference.used_by))

    def marks(self, comparison: Comparison) -> Iterator[str]:
        """What becomes of people's earlier marks."""
        if self._forms[0].rubric != self._forms[1].rubric:
            yield self._word("other_form")
        elif comparison.changed:
            titles = self._quoted(comparison.changed)
            yield self._word("changed", count=len(comparison.changed), titles=titles)
            if comparison.kept:
                yield self._word("kept", count=len(comparison.kept))
        else:
            yield self._word("changed_none")

    def say(self, difference: Difference) -> str:
        """One difference in a sentence."""
        told = self._say(difference)
        return self._word("in_step", step=difference.step, what=told) if difference.step else told

    def _say(self, d: Difference) -> str:
        if d.what in ("added", "removed"):
            return self._come_or_gone(d)
        if d.what in ("check_added", "check_removed"):
            what = self._new.short(d.new) if d.what == "check_added" else self._old.short(d.old)
            return self._word(d.what, key=self._key(d.name), what=what)
        if d.what == "check_replaced":
            return self._word(
                "check_replaced",
                key=self._key(d.name),
                old=self._old.short(d.old),
                new=self._new.short(d.new),
            )
        if d.what in ("phrases_added", "phrases_removed"):
            phrases = self._joined(d.new or d.old)
            if d.name == "phrases":
                return self._word(d.what, phrases=phrases)
            return self._word(f"{d.what}_key", key=self._new.label(d.operator, d.name), phrases=phrases)
        if d.what in ("innocents", "synonyms"):
            old, new = (self._joined(v) if v else self._word("nothing") for v in (d.old, d.new))
            return self._word(d.what, phrase=d.name, old=old, new=new)
        if d.what == "examples":
            return self._word("examples_same" if d.old == d.new else "examples", old=d.old, new=d.new)
        if d.what == "better":
            old, new = (self._joined(v) if v else self._word("nothing") for v in (d.old, d.new))
            return self._word("better", old=old, new=new)
        if d.what in ("step_added", "step_removed"):
            return self._word(d.what, step=d.name)
        if d.what in ("renamed", "moved", "reordered"):
            return self._word(d.what, old=d.old, new=d.new)
        old, new = self._value(d, d.old, self._old), self._value(d, d.new, self._new)
        if d.what == "window":
            return self._word("window", key=self._key("check"), old=old, new=new)
        return self._word(d.what, name=self._name(d), old=old, new=new)

    def _come_or_gone(self, d: Difference) -> str:
        if d.kind == "criterion":
            return self._word(f"{d.what}_criterion", points=number(d.new if d.what == "added" else d.old))
        if d.what == "added" and d.kind == "condition":
            return self._word("added_what", what=self._new.short(d.new))
        if d.what == "added" and d.kind == "list":
            return self._word("added_what", what=self._joined(d.new))
        return self._word(d.what)

    def _value(self, d: Difference, value: object, describer: Describer) -> str:
        if d.what == "window" and not isinstance(value, Window):
            return self._word("whole_call")
        if isinstance(value, Window):
            return describer.window(value)
        if value is None or value == ():
            return self._word("nothing")
        if isinstance(value, Operator):
            return describer.short(value)
        if isinstance(value, PerHit):
            cap = self._word("cap_all") if value.cap is None else self._word("cap", cap=number(value.cap))
            return self._word("score_per_hit", per_hit=number(value.per_hit), cap=cap)
        if isinstance(value, AutoFail):
            scope, mode = self._word(f"auto_fail_{value.scope}"), self._word(f"auto_fail_{value.mode}")
            return self._word("auto_fail", scope=scope, mode=mode)
        if isinstance(value, date):
            return value.isoformat()
        if d.name in ("score", "side"):
            return self._word(f"{d.name}_{value}")
        if d.name == "severity":
            return text(f"form.severity_{value}", self._lang)
        if d.name == "script" and isinstance(value, str):
            return describer.script(value)
        return describer.value(d.name, value)

    def _name(self, d: Difference) -> str:
        group, _, key = d.name.partition(".")
        if group in _MAPS and key:
            labels = catalogue("form", self._lang)
            return self._word(f"name_{group}", key=labels.get(f"field_{key}", key))
        if f"name_{d.name}" in catalogue("difference", self._lang):
            return self._word(f"name_{d.name}")
        return self._new.label(d.operator, d.name)

    def _key(self, key: str) -> str:
        return self._word(f"key_{key}")

    def _quoted(self, ids: Iterable[str]) -> str:
        return self._joined(text("form.quote", self._lang, what=self._titles[i]) for i in ids)

    def _joined(self, values: Iterable[object]) -> str:
        return ("、" if self._lang == "zh" else ", ").join(map(str, values))

    def _word(self, key: str, /, **params: object) -> str:
        return text(f"difference.{key}", self._lang, **params)
