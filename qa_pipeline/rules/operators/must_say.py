"""``must_say``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from qa_pipeline.domain.finding import Evidence, Message, ParamValue
from qa_pipeline.rules.judge import absent, window_key, window_params
from qa_pipeline.rules.said import perhaps_said, said
from qa_pipeline.rules.scene import Scene, unknown_role
from qa_pipeline.rules.slot_words import readable, slot_words
from qa_pipeline.rules.speech import (
    SHOWN,
    PhraseOperator,
    Words,
    compiled_script,
    heard,
    nearest,
    quoted,
    search,
    texts,
)
from qa_pipeline.rules.verdict import Place, Verdict
from qa_pipeline.rules.window import Area
from qa_pipeline.text.script import slot_names
from qa_pipeline.text.template import Literal as SpokenWords
from qa_pipeline.text.template import Node, Slot, parse_template
from qa_pipeline.text.types import Match, Pattern, SlotValues


class MustSay(PhraseOperator):
    """Something must be said: one of several phrases, or a script.

    Any of the phrases suffices; `count` asks for that many occurrences, whichever phrases they are. A script is a
    template: `{slot}` is filled from the metadata or the rubric's variables, `{number:4-8}`, `{name}` and
    `{any:0-12}` match by type, `[x]` may be left out, `(a|b)` is one of several. Coverage is the share of the
    obligatory parts that was said; punctuation never matters. Where the metadata lack a slot's value the slot matches
    by its type, and the finding says so.

    Said to the letter it is met; said doubtfully it needs review; not heard it is not met, with the window that was
    searched as evidence and, for a script, the parts that are missing.

    ```yaml
    check:
      op: must_say
      within: {first_turns: 2}
      script: "您好，这里是{company}，工号{agent_id}为您服务"
      min_coverage: 0.75
    ```

    PASS: 客服：您好这里是云帆物流公号三一零七为您服务 (agent_id 3107, misrecognised, still said)

    FAIL: 客服：喂什么事
    """

    located: ClassVar[bool] = True
    sources: ClassVar[tuple[str, ...]] = ("script", "phrases", "list")

    op: Literal["must_say"]
    script: Words | None = Field(None, description="template of what to say; instead of phrases")
    count: int = Field(1, ge=1, le=100, description="how often (phrases only)")
    min_coverage: float | None = Field(
        None,
        gt=0,
        le=1,
        description="share of the script's obligatory parts, 0 to 1; default: the matcher's own",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.script is not None and (self.phrases or self.list):
            raise PydanticCustomError("rubric.exclusive", "", {"keys": ("script", "phrases")})
        if self.script is None and self.min_coverage is not None:
            raise PydanticCustomError("rubric.only_with", "", {"key": "min_coverage", "other": "script"})
        if self.script is not None and "count" in self.model_fields_set:
            raise PydanticCustomError("rubric.only_with", "", {"key": "count", "other": "phrases"})
        return self

    def slots(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """The script."""
        if self.script is not None:
            yield ("script",), self.script

    def look(self, scene: Scene, area: Area) -> Verdict:
        """Search the role's words."""
        nobody = unknown_role(scene, self.role)
        if nobody is not None:
            return nobody
        if self.script is not None:
            return self._script(scene, area, self.script)
        patterns = self.patterns(scene.lists)
        hits, maybe, _ = search(scene, area, self.role, patterns)
        if len(hits) >= self.count:
            return said(hits, self.count, heard("said", hits))
        share = min(1.0, len(hits) / self.count)
        if len(hits) + len(maybe) >= self.count:
            return perhaps_said(hits, maybe, share)
        if self.count > 1:
            key, params = "too_few", {"times": len(hits), "count": self.count}
        else:
            key, params = window_key("absent", area), {}
        message = Message(key=key, params={**self.told(scene), **window_params(area), **params})
        return absent(
            scene,
            area,
            self.role,
            message,
            expected=self.looked_for(scene),
            near=(*(h.evidence for h in hits), *nearest(scene, area, self.role, patterns[:SHOWN])),
            limit=self.absence_limit(scene, area),
            share=share,
        )

    def _script(self, scene: Scene, area: Area, template: str) -> Verdict:
        values = tuple((name, scene.slot(name)) for name in slot_names(template))
        pattern = compiled_script(template, values, self.match, self.min_coverage, self.min_similarity)
        unknown = tuple(slot_words(name) for name, value in values if value is None)
        wanted = in_short(template, dict(values))
        hits, maybe, matches = search(scene, area, self.role, [pattern])
        hits, maybe = [_in_short(p, wanted) for p in hits], [_in_short(p, wanted) for p in maybe]
        if hits:
            best = max((m for m in matches if m.verdict == "hit"), key=lambda m: (m.coverage, -m.start))
            message = _script_said(best, unknown)
            return said(hits, 1, message)
        if maybe:
            return perhaps_said(hits, maybe, None)
        return self._not_said(scene, area, pattern, wanted)

    def _not_said(self, scene: Scene, area: Area, pattern: Pattern, wanted: str) -> Verdict:
        best: Match | None = None
        near: tuple[Evidence, ...] = ()
        for party, text in texts(scene, area, self.role):
            match = pattern.nearest(text)
            if match is not None and (best is None or match.coverage > best.coverage):
                best, near = match, (replace(quoted(match, party), expected=wanted),)
        begun = best is not None and any(p.said and p.obligatory for p in best.parts)
        missing = (
            tuple(readable(p.expected) for p in best.parts if p.obligatory and not p.said) if best else ()
        )
        params = window_params(area)
        if begun and missing and best is not None:
            key = window_key("script_missing", area)
            message = Message(
                key=key,
                params={**params, "missing": missing, "coverage_pct": round(best.coverage * 100)},
            )
        else:
            message = Message(key=window_key("absent", area), params={**params, "what": (wanted,)})
            near = ()
        return absent(
            scene,
            area,
            self.role,
            message,
            expected=wanted,
            near=near,
            limit=self.absence_limit(scene, area),
            share=round(best.coverage, 3) if best is not None and begun else 0.0,
        )


def in_short(template: str, values: SlotValues) -> str:
    """A script as people would read it: slots filled in, the first of alternatives, nothing optional."""
    return _obligatory(parse_template(template), values)


def _obligatory(nodes: Sequence[Node], values: SlotValues) -> str:
    told = ""
    after_words = False
    for node in nodes:
        if isinstance(node, SpokenWords):
            # Two pieces of words in a row were cut at punctuation.
            told += f"，{node.text}" if after_words else node.text
        elif isinstance(node, Slot):
            told += values.get(node.name) or readable(str(node))
        elif not node.optional:
            told += _obligatory(node.options[0], values)
        after_words = isinstance(node, SpokenWords)
    return told


def _in_short(place: Place, wanted: str) -> Place:
    return replace(place, evidence=replace(place.evidence, expected=wanted))


def _script_said(match: Match, unknown: tuple[str, ...]) -> Message:
    missing = tuple(readable(p.expected) for p in match.parts if p.obligatory and not p.said)
    params: dict[str, ParamValue] = {
        "coverage_pct": round(match.coverage * 100),
        "start_s": match.span.start_ms / 1000,
    }
    if unknown:
        return Message(key="said_script_by_type", params={**params, "slots": unknown})
    if missing:
        return Message(key="said_script_but", params={**params, "missing": missing})
    return Message(key="said_script", params=params)
