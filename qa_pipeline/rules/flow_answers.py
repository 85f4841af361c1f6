"""Which branch of a flow the customer's answer chooses, or which branches it may choose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa_pipeline.domain.call import Role
from qa_pipeline.domain.finding import Evidence
from qa_pipeline.domain.time import Span
from qa_pipeline.rules.flow import FlowAnswer, FlowStep
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.speech import GuardedPhrase, compiled, quoted
from qa_pipeline.rules.verdict import Truth
from qa_pipeline.rules.window import SLACK_MS, role_goes_on, turns_of, whole
from qa_pipeline.text.aligned import AlignedText
from qa_pipeline.text.types import Match

NEGATIONS = frozenset("不没别未无非")
ANSWERED = 0.25
"""A quarter of the turns that follow a question hold a given answer to it: a homophone of one is that answer, where the same
sound of a forbidden phrase somewhere in a call would prove little. A step has two to four answers."""
REACH_CHARS = 4
"""A negation this near before an answer may turn it round: 不是很满意, 没什么不满意."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A branch that may be the one, how sure (0 to 1), and the words that chose it."""

    answer: FlowAnswer
    confidence: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The branches that are possible, in the rubric's order. Only one: it is certain."""

    choices: tuple[Choice, ...]

    @property
    def certain(self) -> bool:
        """Whether no other branch is possible."""
        return len(self.choices) == 1


@dataclass(slots=True, kw_only=True)
class _Heard:
    """What one stretch of the customer's speech says for each answer, by its place in the list."""

    sure: dict[int, Choice]
    maybe: dict[int, Choice]
    turned: bool = False


def any_of(step: FlowStep) -> Decision:
    """Nothing is known of the answer."""
    return Decision(choices=tuple(Choice(answer=a, confidence=0.0) for a in step.answers))


def decide(scene: Scene, step: FlowStep, asked: Span) -> Decision:
    """The branches that are possible after a step that was said at ``asked``.

    The first of the customer's turns that holds an answer decides. Two answers at once, a doubtful one, and one with a
    negation before it that its phrase does not know leave several possible.
    """
    stretches = tuple(_replies(scene, asked, step.within_turns))
    possible: dict[int, Choice] = {}
    for stretch in stretches:
        heard = _hear(scene, step, stretch)
        if heard.turned:
            return _with_all(step, {**possible, **heard.maybe, **heard.sure})
        for index, choice in heard.maybe.items():
            possible.setdefault(index, choice)
        if heard.sure:
            return _decision({**possible, **heard.sure})
    rest = next((i for i, a in enumerate(step.answers) if a.otherwise), None)
    sure, _ = scene.hearing("customer", stretches) if stretches else (0.0, "hearing")
    if rest is None or sure < scene.min_confidence or not role_goes_on(scene.call, Role.CUSTOMER, 0):
        return _with_all(step, possible)
    nothing = tuple(
        Evidence(kind="searched", span=s, role=Role.CUSTOMER, expected=_expected(step)) for s in stretches
    )
    return _decision({**possible, rest: Choice(answer=step.answers[rest], confidence=sure, evidence=nothing)})


def _decision(choices: dict[int, Choice]) -> Decision:
    return Decision(choices=tuple(choices[i] for i in sorted(choices)))


def _with_all(step: FlowStep, known: dict[int, Choice]) -> Decision:
    return _decision({**dict(enumerate(any_of(step).choices)), **known})


def _expected(step: FlowStep) -> str:
    return " / ".join(a.answer for a in step.answers if not a.otherwise)


def _replies(scene: Scene, asked: Span, turns: int) -> Iterator[Span]:
    """The stretches of the customer's next turns, each from the end of the one before; at the end of a call, the rest."""
    end = (scene.clip or whole(scene.call)).end_ms
    # The customer may begin while the last syllable of the question is still being spoken.
    cursor = asked.end_ms - min(SLACK_MS, asked.duration_ms // 2)
    later = [t for t in turns_of(scene.call, "customer") if t.span.end_ms > asked.end_ms][:turns]
    for turn in later:
        stop = min(end, turn.span.end_ms + SLACK_MS)
        if stop > cursor:
            yield Span(start_ms=cursor, end_ms=stop)
            cursor = stop
    if len(later) < turns and end > cursor:
        yield Span(start_ms=cursor, end_ms=end)


def _hear(scene: Scene, step: FlowStep, stretch: Span) -> _Heard:
    heard = _Heard(sure={}, maybe={})
    found = list(_matches(scene.text(Role.CUSTOMER, (stretch,)), step))
    text = scene.text(Role.CUSTOMER, (stretch,))
    role_sure = scene.role_confidence("customer")
    for index, match in found:
        over = [m for i, m in found if i != index and _covers(m, match)]
        if any(m.verdict == "hit" for m in over):
            # 不满意 holds 满意: the longer words are what was said.
            continue
        heard.turned |= not over and _negated(text, match)
        confidence = round(min(match.confidence, role_sure), 3)
        choice = Choice(
            answer=step.answers[index], confidence=confidence, evidence=(quoted(match, Role.CUSTOMER),)
        )
        clear = match.verdict == "hit" and not over and confidence >= scene.min_confidence
        kept = heard.sure if clear else heard.maybe
        if index not in kept or confidence > kept[index].confidence:
            kept[index] = choice
    inside = replace(scene.plain(), clip=stretch)
    for index, answer in enumerate(step.answers):
        if answer.check is None:
            continue
        verdict = inside.ask(answer.check)
        choice = Choice(answer=answer, confidence=verdict.confidence, evidence=verdict.evidence)
        if verdict.truth is Truth.MET and verdict.confidence >= scene.min_confidence:
            heard.sure[index] = choice
        elif verdict.truth in (Truth.MET, Truth.UNCERTAIN) or (
            verdict.truth is Truth.NOT_MET and verdict.confidence < scene.min_confidence
        ):
            heard.maybe[index] = choice
    for index in heard.sure:
        heard.maybe.pop(index, None)
    return heard


def _matches(text: AlignedText, step: FlowStep) -> Iterator[tuple[int, Match]]:
    if not len(text):
        return
    for index, answer in enumerate(step.answers):
        for phrase in answer.phrases:
            said = phrase if isinstance(phrase, GuardedPhrase) else GuardedPhrase(say=phrase)
            # Forbidding: points may be lost on the branch that an answer chooses, so only close matches are sure.
            for words in said.wordings:
                pattern = compiled(words, "phonetic", None, said.innocents, True, ANSWERED)
                yield from ((index, match) for match in pattern.find(text))


def _covers(longer: Match, shorter: Match) -> bool:
    return (
        longer.start <= shorter.start
        and longer.end >= shorter.end
        and longer.end - longer.start > shorter.end - shorter.start
    )


def _negated(text: AlignedText, match: Match) -> bool:
    start = max((b for b in text.breaks if b <= match.start), default=0)
    before: Sequence[str] = text.text[max(start, match.start - REACH_CHARS) : match.start]
    return any(c in NEGATIONS for c in before)
