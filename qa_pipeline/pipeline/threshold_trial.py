"""Marked calls judged anew with other numbers in the form, a chunk at a time, in as many processes as there are cores."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from typing import Literal, TypeVar

from qa_pipeline.domain.finding import Finding, Outcome
from qa_pipeline.errors import QaError
from qa_pipeline.pipeline.backtest import OpenStored, Stored
from qa_pipeline.pipeline.recall import recall
from qa_pipeline.pipeline.second_listen import Ask, SecondListen, found_twice
from qa_pipeline.pipeline.threshold_calls import MarkedCall
from qa_pipeline.pipeline.triage import before_scoring
from qa_pipeline.pipeline.voice import with_usual_pitch
from qa_pipeline.rules.evaluate import scene_of
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Criterion, Rubric
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.thresholds import Variant, variants
from qa_pipeline.scoring.thresholds import Judged, call_cost
from qa_pipeline.settings import Settings

log = logging.getLogger(__name__)

WORTH_S = 1.5
"""A process takes some seconds to start: chunks that are faster than this are not worth it."""
CHUNK = 25
"""Calls laid out at once: some 8 MB each where they last six minutes."""

Done = Callable[[int], None]
"""Told how many more calls are done."""
A = TypeVar("A")
R = TypeVar("R")
State = Literal["heard", "gone", "not_scored", "internal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding in short. Times in ms; None where there is no place."""

    outcome: Outcome
    start_ms: int | None = None
    end_ms: int | None = None
    sure: float | None = None
    """How sure the machine is of a deduction, made or left to a person; None where it sees no fault."""


@dataclass(slots=True, kw_only=True)
class Look:
    """A call as the form judges it today."""

    call_id: str
    state: State = "heard"
    """``gone``: transcript or measurements are no longer kept. ``not_scored``: not under today's settings."""
    found: dict[str, Found] = field(default_factory=dict)
    """By criterion."""
    helped_by: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """By criterion: numbers of the variants that would bring it nearer to people."""


Checked = dict[str, tuple[Found, ...]]
"""By criterion: what each of the variants asked for finds in a call."""


class Trial:
    """A form with other numbers over stored calls, in one process."""

    def __init__(self, settings: Settings, rubric: Rubric, stored: Stored, wrong_weight: float) -> None:
        self._settings = settings
        self._rubric = rubric
        self._store, self._artifacts, engine = stored
        self._listening = SecondListen(self._artifacts, engine, None, settings)
        self._weight = wrong_weight
        # Kept as long as any scene: what a call worked out for a check is remembered by the check's identity.
        self._variants = {c.id: tuple(variants(c, rubric)) for _, c in rubric.criteria()}

    def look(self, calls: Sequence[MarkedCall], eligible: Collection[str]) -> list[Look]:
        """Judge calls as the form stands, and see which variants of the eligible criteria would help."""
        looks = [Look(call_id=call.row.info.call_id) for call in calls]
        laid_out = [self._lay_out(call, look) for call, look in zip(calls, looks, strict=True)]
        for _, criterion in self._rubric.criteria():
            for call, look, laid in zip(calls, looks, laid_out, strict=True):
                if laid is None or look.state != "heard" or criterion.id not in call.people:
                    continue
                try:
                    one = _Call(self, call, criterion, laid)
                    look.found[criterion.id] = one.today()
                    if criterion.id in eligible:
                        look.helped_by[criterion.id] = tuple(one.helpful(self._variants[criterion.id]))
                except QaError:
                    raise
                except Exception:  # a fault of ours in one call must not hide what all others say
                    log.exception("call %s: internal fault in a trial", look.call_id)
                    look.state = "internal"
        return looks

    def check(self, calls: Sequence[MarkedCall], wanted: Mapping[str, Sequence[int]]) -> list[Checked]:
        """What these variants find, in calls that could be heard."""
        laid_out = [self._lay_out(call, Look(call_id="")) for call in calls]
        found: list[Checked] = [{} for _ in calls]
        for _, criterion in self._rubric.criteria():
            chosen = [self._variants[criterion.id][n] for n in wanted.get(criterion.id, ())]
            for call, laid, checked in zip(calls, laid_out, found, strict=True):
                if chosen and laid is not None and criterion.id in call.people:
                    one = _Call(self, call, criterion, laid)
                    checked[criterion.id] = tuple(_short(one.find(v)) for v in chosen)
        return found

    def variant(self, criterion_id: str, number: int) -> Variant:
        """A variant by its number."""
        return self._variants[criterion_id][number]

    def values(self, criterion_id: str) -> int:
        """How many other values a criterion's numbers may have."""
        return len(self._variants[criterion_id])

    def least(self, criterion: Criterion) -> float:
        """Below this confidence a deduction is left to a person."""
        fatal = criterion.severity == "fatal"
        return self._settings.min_confidence_fatal if fatal else self._settings.min_confidence

    def cost(self, outcome: Outcome, judged: Judged) -> float:
        """What a finding costs against people's marks."""
        return call_cost(outcome, judged, self._weight)

    def _lay_out(self, marked: MarkedCall, look: Look) -> tuple[Scene, Ask] | None:
        settings = self._settings
        call = recall(marked.row, self._artifacts, agent_channel=settings.agent_channel)
        if call is None:
            look.state = "gone"
            return None
        if before_scoring(call, min_hearing_quality=settings.min_hearing_quality) is not None:
            look.state = "not_scored"
            return None
        call = with_usual_pitch(call, self._rubric, self._store, settings.business_tz, keep=False)
        ask = self._listening.ask(call, marked.row.artifacts["transcript"], None)
        return scene_of(self._rubric, call, settings.min_confidence, settings.business_tz), ask


class _Call:
    """One call under one criterion."""

    def __init__(self, trial: Trial, call: MarkedCall, criterion: Criterion, laid: tuple[Scene, Ask]) -> None:
        self._trial = trial
        self._criterion = criterion
        self._judged = judged(call, criterion.id)
        scene, self._ask = laid
        # Texts stay laid out; what other criteria asked is let go.
        self._scene = replace(scene.listened({}), min_confidence=trial.least(criterion))
        self._now = found_twice(criterion, self._scene, self._ask)

    def find(self, variant: Variant) -> Finding:
        """What a variant finds."""
        scene = self._scene
        if variant.conditions:
            scene = replace(scene.listened({}), conditions={**scene.conditions, **variant.conditions})
        return found_twice(variant.criterion, scene, self._ask)

    def today(self) -> Found:
        """What the form finds as it stands, and how sure it is of a fault, costing points or not."""
        at_any = self._now
        if at_any.outcome is Outcome.NEEDS_REVIEW and not self._criterion.check.by_person:
            at_any = found_twice(self._criterion, replace(self._scene, min_confidence=0.0), self._ask)
        sure = at_any.confidence if at_any.outcome is Outcome.NOT_MET else None
        return replace(_short(self._now), sure=sure)

    def helpful(self, all_variants: Sequence[Variant]) -> Iterator[int]:
        """Numbers of the variants that cost less than today's finding.

        Of a number whose least and greatest values change nothing those between are not tried. That is right for whatever
        turns but once; for anything else a value may go untried, and none is believed untried.
        """
        today = self._trial.cost(self._now.outcome, self._judged)
        if today == 0:
            return
        known: dict[int, Outcome] = {}

        def outcome(number: int) -> Outcome:
            if number not in known:
                known[number] = self.find(all_variants[number]).outcome
            return known[number]

        for numbers in _by_threshold(all_variants):
            ends = {min(numbers, key=lambda n: all_variants[n].value)}
            ends.add(max(numbers, key=lambda n: all_variants[n].value))
            if all(outcome(n) is self._now.outcome for n in sorted(ends)):
                continue
            for number in numbers:
                if self._trial.cost(outcome(number), self._judged) < today - 1e-9:
                    yield number


def judged(call: MarkedCall, criterion_id: str, part: str = "") -> Judged:
    """A call as people judged it by one criterion."""
    info = call.row.info
    return Judged(
        call_id=info.call_id, agent_id=info.agent_id or "", people=call.people[criterion_id], part=part
    )


class Chunks:
    """Hands chunks of calls to processes; the first, and short work, is done in this one.

    A context: it ends its processes.
    """

    def __init__(
        self,
        rubric: Rubric,
        settings: Settings,
        open_stored: OpenStored,
        wrong_weight: float,
        workers: int | None,
    ) -> None:
        """``workers``: processes; default one a core."""
        workers = workers or os.cpu_count() or 1
        self.trial = Trial(settings, rubric, open_stored(settings), wrong_weight)
        self._workers = workers
        self._start = partial(
            ProcessPoolExecutor,
            workers,
            # Spawned, not forked: a forked child would share the parent's database connections and locks.
            mp_context=get_context("spawn"),
            initializer=_start_worker,
            initargs=(settings, rubric.content, rubric.file, open_stored, wrong_weight),
        )
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Chunks:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def look(self, calls: Sequence[MarkedCall], eligible: Collection[str], done: Done) -> list[Look]:
        """See :meth:`Trial.look`; in the order of the calls."""
        chunks = [(c, eligible) for c in _chunks(calls)]
        return self._each(_look, self.trial.look, chunks, done)

    def check(
        self, calls: Sequence[MarkedCall], wanted: Mapping[str, Sequence[int]], done: Done
    ) -> list[Checked]:
        """See :meth:`Trial.check`; in the order of the calls."""
        chunks = [(c, wanted) for c in _chunks(calls)]
        return self._each(_check, self.trial.check, chunks, done)

    def _each(
        self,
        there: Callable[[Sequence[MarkedCall], A], list[R]],
        here: Callable[[Sequence[MarkedCall], A], list[R]],
        chunks: Sequence[tuple[Sequence[MarkedCall], A]],
        done: Done,
    ) -> list[R]:
        results: list[R] = []
        answers: Iterator[list[R]]
        began = time.monotonic()
        for chunk in chunks[:1]:
            results += here(*chunk)
            done(len(results))
        rest = chunks[1:]
        if self._workers < 2 or len(rest) < 2 or time.monotonic() - began < WORTH_S:
            answers = (here(*chunk) for chunk in rest)
        else:
            self._pool = self._pool or self._start()
            futures = [self._pool.submit(there, *chunk) for chunk in rest]
            answers = (future.result() for future in futures)
        for answer in answers:
            results += answer
            done(len(answer))
        return results


_trials: list[Trial] = []
"""This worker's, made when the worker starts."""


def _start_worker(
    settings: Settings, content: str, file: str, open_stored: OpenStored, wrong_weight: float
) -> None:
    _trials[:] = [Trial(settings, parse_rubric(content, file), open_stored(settings), wrong_weight)]


def _look(calls: Sequence[MarkedCall], eligible: Collection[str]) -> list[Look]:
    return _trials[0].look(calls, eligible)


def _check(calls: Sequence[MarkedCall], wanted: Mapping[str, Sequence[int]]) -> list[Checked]:
    return _trials[0].check(calls, wanted)


def _chunks(calls: Sequence[MarkedCall]) -> Iterator[Sequence[MarkedCall]]:
    for start in range(0, len(calls), CHUNK):
        yield calls[start : start + CHUNK]


def _by_threshold(all_variants: Sequence[Variant]) -> list[list[int]]:
    groups: dict[object, list[int]] = {}
    for number, variant in enumerate(all_variants):
        groups.setdefault(variant.threshold.path, []).append(number)
    return list(groups.values())


def _short(finding: Finding) -> Found:
    place = next((e.span for e in finding.evidence if e.kind != "searched"), None)
    if place is None:
        return Found(outcome=finding.outcome)
    return Found(outcome=finding.outcome, start_ms=place.start_ms, end_ms=place.end_ms)
