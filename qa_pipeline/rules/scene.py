"""What a check sees of a call: its texts by role, the rubric's names, and how well everything was heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from qa_pipeline.domain.call import ID_FIELDS, Call, CallInfo, Role, plain_id
from qa_pipeline.domain.finding import Message
from qa_pipeline.domain.listen import Listen, Question
from qa_pipeline.domain.time import Coverage, Span, intersections, merge
from qa_pipeline.domain.transcript import Utterance
from qa_pipeline.rules.operator import Operator, roles_of
from qa_pipeline.rules.verdict import Doubt, Truth, Verdict
from qa_pipeline.rules.window import Window, fixed_part, whole
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.entities.types import Entity

if TYPE_CHECKING:
    from qa_pipeline.rules.rubric import WordList
    from qa_pipeline.text.lexicon import Lexicon

INFO_FIELDS = ("call_id", "agent_id", "agent_name", "team_id", "queue", "direction", "customer_id", "ring_s")
"""The fields of the calls file that rubrics can name; any other name is an extra column."""
PAD_MS = 500
"""Recognised words and voice activity may lie this far apart and still belong together."""

Side = Literal["before", "after", "either"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """``unless``: what makes a failing place acceptable, and how far from it that may lie."""

    check: Operator
    reach_ms: int
    side: Side


@dataclass(slots=True, kw_only=True)
class _Cache:
    """Worked out once a call, whatever number of criteria ask for it."""

    texts: dict[tuple[Role, tuple[Span, ...] | None], AlignedText] = field(default_factory=dict)
    hearing: dict[tuple[str, tuple[Span, ...]], tuple[float, Doubt]] = field(default_factory=dict)
    said: dict[Role, tuple[Utterance, ...]] = field(default_factory=dict)
    speech: dict[Role, tuple[Coverage, Coverage]] = field(default_factory=dict)
    asked: dict[tuple[int, Span | None, float], Verdict] = field(default_factory=dict)
    entities: dict[tuple[Role, str | None, int], tuple[Entity, ...]] = field(default_factory=dict)
    fixed: dict[tuple[int, str], Span] = field(default_factory=dict)
    doubts: set[Question] = field(default_factory=set)
    """What the checks asked so far were doubtful about, and a second listen may settle."""
    answers: dict[Question, bool] = field(default_factory=dict)
    """What of it was settled: said, or not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One call under one rubric."""

    call: Call
    conditions: Mapping[str, Operator]
    lists: Mapping[str, WordList]
    variables: Mapping[str, str]
    min_confidence: float
    """Below it a place is doubtful, and nobody loses points over a doubtful place."""
    business_tz: str
    """The zone in which the centre counts days and hours."""
    clip: Span | None = None
    """Only this stretch counts (the surroundings of a place that may be excused)."""
    excuse: Excuse | None = None
    listens: Mapping[Question, Listen] = field(default_factory=dict)
    """What a second listen to the audio says of doubtful places."""
    expected: Mapping[Role, Lexicon] = field(default_factory=dict)
    """Phrases to look for at once in all that a party says; none where only a part of a form is asked."""
    cache: _Cache = field(default_factory=_Cache)

    def listened(self, listens: Mapping[Question, Listen]) -> Scene:
        """The same call with these listens: every check is asked anew."""
        known = self.cache
        fresh = _Cache(texts=known.texts, hearing=known.hearing, entities=known.entities)
        return replace(self, listens=listens, cache=fresh)

    def plain(self) -> Scene:
        """The whole call, nothing excused: for conditions and anchors."""
        return replace(self, clip=None, excuse=None) if self.clip or self.excuse else self

    def unexcused(self) -> Scene:
        """The same stretch, nothing excused."""
        return replace(self, excuse=None) if self.excuse else self

    def ask(self, check: Operator) -> Verdict:
        """Evaluate a check, once per scene."""
        if self.excuse is not None:
            return check.evaluate(self)
        key = (id(check), self.clip, self.min_confidence)
        if key not in self.cache.asked:
            self.cache.asked[key] = check.evaluate(self)
        return self.cache.asked[key]

    def excused(self, place: Span) -> Verdict | None:
        """Whether a failing place is excused; None where the criterion knows no excuse.

        The excuse may overlap the place itself: word times and silences are known to some hundred milliseconds only.
        """
        if self.excuse is None:
            return None
        start, end = place.start_ms, place.end_ms
        if self.excuse.side in ("before", "either"):
            start = max(0, start - self.excuse.reach_ms)
        if self.excuse.side in ("after", "either"):
            end += self.excuse.reach_ms
        inside = replace(self, clip=Span(start_ms=start, end_ms=end), excuse=None)
        return inside.ask(self.excuse.check)

    def whole(self) -> Span:
        """The recording from end to end."""
        return whole(self.call)

    def fixed(self, window: Window, role: str) -> Span:
        """The part of a window that hangs on no condition."""
        key = (id(window), role)
        if key not in self.cache.fixed:
            self.cache.fixed[key] = fixed_part(window, self.call, role)
        return self.cache.fixed[key]

    def text(self, role: Role, spans: tuple[Span, ...]) -> AlignedText:
        """What a role said in the stretches."""
        texts = self.cache.texts
        if (role, None) not in texts:
            texts[role, None] = AlignedText.of(self.said(role))
            if role in self.expected:
                texts[role, None].index.expect(self.expected[role])
        if (role, spans) not in texts:
            texts[role, spans] = texts[role, None].restrict(spans)
        return texts[role, spans]

    def said(self, role: Role) -> tuple[Utterance, ...]:
        """A role's utterances in order of time."""
        if not self.cache.said:
            self.cache.said = {r: self.call.utterances_of(r) for r in Role}
        return self.cache.said[role]

    def _speech(self, role: Role) -> tuple[Coverage, Coverage]:
        """Where a role speaks, and where of that it was recognised without a flag."""
        if role not in self.cache.speech:
            speech = merge(self.call.activity.get(role, ()))
            well = merge(_padded(u.span) for u in self.said(role) if not u.asr_quality.flags)
            self.cache.speech[role] = Coverage(speech), Coverage(intersections(speech, well))
        return self.cache.speech[role]

    def role_confidence(self, role: str) -> float:
        """How sure we are that the words of a role are that role's; for any role it does not matter."""
        return 1.0 if role == "any" else self.call.role_confidence(Role(role))

    def hearing(self, role: str, spans: tuple[Span, ...]) -> tuple[float, Doubt]:
        """How far to trust that something was *not* said by a role in the stretches, 0 to 1, and what limits that.

        The least of: the confidence of the role; the call's hearing quality; the share of the role's speech in these
        stretches that was recognised without a flag.
        """
        if (role, spans) not in self.cache.hearing:
            self.cache.hearing[role, spans] = self._hearing(role, spans)
        return self.cache.hearing[role, spans]

    def _hearing(self, role: str, spans: tuple[Span, ...]) -> tuple[float, Doubt]:
        quality = self.call.hearing_quality
        for party in roles_of(role):
            speech, well = self._speech(party)
            spoken_ms = speech.within_ms(spans)
            if spoken_ms:
                quality = min(quality, well.within_ms(spans) / spoken_ms)
        quality = round(quality, 3)
        sure = min(self.role_confidence(role), self._named(role, spans))
        return (sure, "role") if sure < quality else (quality, "hearing")

    def _named(self, role: str, spans: tuple[Span, ...]) -> float:
        """Share of the words in the stretches, of the role or of nobody known, that are surely the role's."""
        if role == "any":
            return 1.0
        nobody = len(self.text(Role.UNKNOWN, spans))
        return round(1 - nobody / (nobody + len(self.text(Role(role), spans))), 3) if nobody else 1.0

    def slot(self, name: str) -> str | None:
        """A slot's value: a variable of the rubric, else a field of the metadata; None where it is missing."""
        return self.variables[name] if name in self.variables else field_text(self.call.info, name)


def field_text(info: CallInfo, name: str) -> str | None:
    """A field of the calls file as text, None where it is missing or blank."""
    value = getattr(info, name) if name in INFO_FIELDS else info.extra.get(name)
    if value is None or not str(value).strip():
        return None
    return f"{value:g}" if isinstance(value, float) else str(value).strip()


def comparable(name: str, text: str) -> str:
    """A value as it is compared: an id counts in its plain spelling, in the form too."""
    return plain_id(text) if name in ID_FIELDS else text.strip()


def unknown_role(scene: Scene, role: str) -> Verdict | None:
    """The answer where nobody in the call is known to have the role."""
    if role == "any" or any(a.role is Role(role) for a in scene.call.roles):
        return None
    return Verdict(
        truth=Truth.UNCERTAIN,
        confidence=0.0,
        message=Message(key="role_unknown" if role == "agent" else "role_unknown_customer"),
        doubt="role",
    )


def searched_roles(role: str) -> Sequence[Role]:
    """The parties to search for a role name."""
    return roles_of(role)


def _padded(span: Span) -> Span:
    return Span(start_ms=max(0, span.start_ms - PAD_MS), end_ms=span.end_ms + PAD_MS)
