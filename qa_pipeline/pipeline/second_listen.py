"""Doubtful words heard a second time: the audio itself is asked whether they were said.

The words around a doubtful place are heard once more, freely. Then two wordings, with the expected words in that place
and without, are scored against the audio. What was listened to is kept, like everything that was heard: scoring again,
or trying a form on stored calls, does not touch the audio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from qa_pipeline.asr.base import Recognizer
from qa_pipeline.domain.call import Call
from qa_pipeline.domain.finding import Finding
from qa_pipeline.domain.listen import Listen, Question
from qa_pipeline.domain.time import Span
from qa_pipeline.domain.transcript import Word
from qa_pipeline.pipeline.hearing import LazyAudio
from qa_pipeline.rules.evaluate import evaluate_criterion, scene_of
from qa_pipeline.rules.listened import open_questions, reconsidered
from qa_pipeline.rules.once import This
from qa_pipeline.rules.rubric import Criterion, Rubric
from qa_pipeline.rules.scene import Scene
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import Artifacts
from qa_pipeline.text.place import put_in

AROUND_MS = 4_000
"""So much speech on either side goes with a place: enough to know what is being said, short enough to be fast."""
PAD_MS = 200
"""Word times are this far off now and then."""
ROUNDS = 4
"""A place that is no hit may uncover another one that it stood in front of."""

Ask = Callable[[Question], Listen | None]


class SecondListen:
    """Listens to doubtful places of calls, or recalls what was listened to before."""

    def __init__(
        self,
        artifacts: Artifacts,
        engine: Mapping[str, str],
        recognizer: Recognizer | None,
        settings: Settings,
    ) -> None:
        """Without a recogniser only what was listened to before is known.

        ``engine`` names how listening is done (``listening``).
        """
        self._artifacts = artifacts
        self._how = engine.get("listening", "")
        self._recognizer = recognizer
        self._on = settings.second_listen

    def ask(self, call: Call, transcript_key: str, audio: LazyAudio | None) -> Ask:
        """How to have questions about a call answered.

        Args:
            call: the call.
            transcript_key: of its transcript, which depends on recording, decoding and recogniser; so do the listens.
            audio: the recording; None where it is not at hand.
        """

        def answer(question: Question) -> Listen | None:
            place = stretch(call, question) if self._on else None
            if place is None:
                return None
            where = f"{place.channel}:{place.span.start_ms}-{place.span.end_ms}"
            key = self._artifacts.key_beside(
                transcript_key, "listens", self._how, where, place.recognised, place.expected
            )
            known = self._artifacts.load(key, Listen)
            if known is not None or audio is None or self._recognizer is None:
                return known
            listen = _listen(self._recognizer, audio, place, question)
            self._artifacts.save(key, listen)
            return listen

        return answer


def findings(rubric: Rubric, call: Call, settings: Settings, ask: Ask) -> tuple[Finding, ...]:
    """One finding per criterion, in the rubric's order, doubtful words listened to again."""
    scene = scene_of(rubric, call, settings.min_confidence, settings.business_tz, all_of_it=True)
    fatal = replace(scene, min_confidence=settings.min_confidence_fatal)
    return tuple(
        found_twice(criterion, fatal if criterion.severity == "fatal" else scene, ask)
        for _, criterion in rubric.criteria()
    )


def found_twice(criterion: Criterion, scene: Scene, ask: Ask) -> Finding:
    """The finding of one criterion; where only doubtful words keep it open, they are listened to again."""
    finding = after = evaluate_criterion(criterion, scene)
    listens: dict[Question, Listen] = {}
    for _ in range(ROUNDS):
        answered = {q: listen for q in open_questions(after, scene) if (listen := ask(q)) is not None}
        if not answered:
            break
        listens |= answered
        scene = scene.listened(listens)
        after = evaluate_criterion(criterion, scene)
    return reconsidered(finding, after, scene) if listens else finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What to listen to for one question."""

    channel: int
    span: Span
    recognised: str
    """Its words in the transcript."""
    expected: str
    """The same with the expected words in the doubtful place."""


def stretch(call: Call, question: Question) -> Stretch | None:
    """The words around a doubtful place; None where the place itself does not stand in one piece in the transcript."""
    at_the_time = (u for u in call.transcript.utterances if u.span.overlaps(question.span))
    spoken = [u for u in at_the_time if call.role_of(u) is question.role]
    if not spoken:
        return None
    channel = spoken[0].channel
    reach = Span(
        start_ms=max(spoken[0].span.start_ms, question.span.start_ms - AROUND_MS),
        end_ms=min(spoken[-1].span.end_ms, question.span.end_ms + AROUND_MS),
    )
    words = _spoken(This(call), channel).around(reach, question.span)
    text = "".join(word.text for word in words)
    at = _nearest(words, text, question)
    if at is None:
        return None
    span = Span(start_ms=max(0, words[0].span.start_ms - PAD_MS), end_ms=words[-1].span.end_ms + PAD_MS)
    expected = text[:at] + question.expected + text[at + len(question.quote) :]
    return Stretch(channel=channel, span=span, recognised=text, expected=expected)


class _Spoken:
    """The words of one channel in order of time."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._words = sorted(words, key=lambda word: word.span)
        self._starts = np.array([word.span.start_ms for word in self._words], np.int64)
        self._ends = np.array([word.span.end_ms for word in self._words], np.int64)

    def around(self, reach: Span, place: Span) -> list[Word]:
        """Those whose middle lies within reach of a place, or that overlap it."""
        middles = (self._starts + self._ends) // 2
        near = (reach.start_ms <= middles) & (middles < reach.end_ms)
        near |= np.maximum(self._starts, place.start_ms) < np.minimum(self._ends, place.end_ms)
        return [self._words[i] for i in np.flatnonzero(near).tolist()]


@lru_cache(maxsize=4)
def _spoken(call: This[Call], channel: int) -> _Spoken:
    """Laid out once for all questions about the call at hand."""
    said = (u for u in call.it.transcript.utterances if u.channel == channel)
    return _Spoken(word for utterance in said for word in utterance.words)


def _nearest(words: Sequence[Word], text: str, question: Question) -> int | None:
    """Where the quote stands in the words: of several places, the one whose time is nearest."""
    starts = [word.span.start_ms for word in words for _ in word.text]
    places = [i for i in range(len(text)) if text.startswith(question.quote, i)]
    return min(places, key=lambda i: abs(starts[i] - question.span.start_ms), default=None)


def _listen(recognizer: Recognizer, audio: LazyAudio, place: Stretch, question: Question) -> Listen:
    expected = [place.expected]

    def wordings(free: str) -> Sequence[str]:
        expected.extend(put_in(free, question.expected))
        return [place.recognised, *expected]

    heard = recognizer.listen(audio.decoded.channels[place.channel], place.span, wordings)
    as_recognised, *as_expected = heard.logprobs
    best = max(range(len(expected)), key=lambda i: as_expected[i])
    freely = heard.free_logprob >= as_recognised
    return Listen(
        span=place.span,
        expected=expected[best],
        expected_logprob=as_expected[best],
        heard=heard.free if freely else place.recognised,
        heard_logprob=heard.free_logprob if freely else as_recognised,
    )
