"""What a new form would have made of the calls already heard: no audio is touched, nothing is written."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, islice
from multiprocessing import get_context
from zoneinfo import ZoneInfo

from qa_pipeline.domain.call import Call
from qa_pipeline.domain.finding import Finding
from qa_pipeline.domain.scorecard import CallStatus, Review, Scorecard, ScoredFinding
from qa_pipeline.errors import InputError, QaError, fault_trace
from qa_pipeline.pipeline.identity import provenance
from qa_pipeline.pipeline.recall import recall
from qa_pipeline.pipeline.redaction import Clean
from qa_pipeline.pipeline.second_listen import Ask, SecondListen, found_twice
from qa_pipeline.pipeline.triage import before_scoring
from qa_pipeline.pipeline.voice import voice_provenance, with_usual_pitch
from qa_pipeline.privacy.names import public_name
from qa_pipeline.rules.difference import same_question
from qa_pipeline.rules.evaluate import scene_of
from qa_pipeline.rules.expected import expected_of
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.rules.scene import Scene
from qa_pipeline.rules.select import NO_RUBRIC, SEVERAL_RUBRICS, fits
from qa_pipeline.scoring.comparison import Comparison, ComparisonTotals, compare
from qa_pipeline.scoring.score import score
from qa_pipeline.settings import Settings
from qa_pipeline.storage.base import Artifacts, CallRow, Store

log = logging.getLogger(__name__)

Stored = tuple[Store, Artifacts, Mapping[str, str]]
"""Database, artifacts, and the digests of our own code."""
OpenStored = Callable[[Settings], Stored]
CHUNK = 32
"""Calls handed to a worker at once: a second's work, so that progress is seen and the last worker is not waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A call that could not be compared, and why: ``gone``, ``not_scored`` or ``internal``."""

    call_id: str
    reason: str
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class Backtest:
    """The outcome of a backtest."""

    old: Rubric
    new: Rubric
    first_day: date | None
    last_day: date | None
    totals: ComparisonTotals
    set_aside: list[SetAside] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)
    """Calls that only the old form fits: under the new one they would not be scored by it."""
    joining: list[str] = field(default_factory=list)
    """Calls that only the new form fits."""


def backtest(
    old: Rubric,
    new: Rubric,
    settings: Settings,
    *,
    open_stored: OpenStored,
    first_day: date | None = None,
    last_day: date | None = None,
    workers: int | None = None,
    on_call: Callable[[], None] | None = None,
) -> Backtest:
    """Score every stored call of the days under both forms, with today's engine and settings and people's marks.

    Where a stored scorecard was made by exactly these (form, engine, settings, transcript, metadata), its findings are those
    that would be found again, and are taken from it.

    A call belongs to a form that fits its metadata (dates aside: the question is what the form *would* have made of it);
    one that fits neither but was scored under the old form's id on request belongs to both.

    Args:
        old: the form it is compared with.
        new: the form on trial.
        settings: as for scoring.
        open_stored: opens database and artifacts; a module's function, because every worker calls it.
        first_day: first business day, by ``started_at``, else by the day the call was received.
        last_day: last business day, included.
        workers: processes; default: one a core.
        on_call: called for every call that is done.

    Raises:
        InputError: ``backtest.days``.
        StorageError: the database or the artifacts can't be read.
    """
    if first_day is not None and last_day is not None and first_day > last_day:
        raise InputError("backtest.days", first=first_day.isoformat(), last=last_day.isoformat())
    result = Backtest(
        old=old, new=new, first_day=first_day, last_day=last_day, totals=ComparisonTotals(old, new)
    )
    store, *_ = open_stored(settings)
    rows = _belonging(_in_days(_scorable(store), settings, first_day, last_day), store, result)
    for outcome in _outcomes(rows, old, new, settings, open_stored, workers or os.cpu_count() or 1):
        if isinstance(outcome, SetAside):
            result.set_aside.append(outcome)
            if outcome.detail:
                log.error(
                    "backtest of call %s: internal fault\n%s", public_name(outcome.call_id), outcome.detail
                )
        else:
            result.totals.add(outcome)
        if on_call is not None:
            on_call()
    return result


def _scorable(store: Store) -> Iterator[CallRow]:
    """Calls that are conversations; another reason than the form for not scoring them stays one under any form."""
    for row in store.calls():
        if row.status is CallStatus.SCORED or (
            row.status is CallStatus.NOT_SCORED and row.code in (NO_RUBRIC, SEVERAL_RUBRICS)
        ):
            yield row


def _in_days(
    rows: Iterator[CallRow], settings: Settings, first: date | None, last: date | None
) -> Iterator[CallRow]:
    for row in rows:
        day = business_day(row, settings.business_tz)
        if (first is None or (day is not None and day >= first)) and (
            last is None or (day is not None and day <= last)
        ):
            yield row


def business_day(row: CallRow, business_tz: str) -> date | None:
    """The day a call counts for: that of its start, else that on which it was received."""
    moment = row.info.started_at or row.received_at
    return None if moment is None else moment.astimezone(ZoneInfo(business_tz)).date()


def _belonging(rows: Iterator[CallRow], store: Store, result: Backtest) -> Iterator[CallRow]:
    for row in rows:
        under_old, under_new = fits(result.old, row.info), fits(result.new, row.info)
        if not (under_old or under_new):
            # Scored on request (--rubric) without fitting metadata: the new form would have been asked for, too.
            under_old = under_new = store.scorecard(row.info.call_id, result.old.rubric) is not None
        if under_old and under_new:
            yield row
        elif under_old:
            result.leaving.append(row.info.call_id)
        elif under_new:
            result.joining.append(row.info.call_id)


def _outcomes(
    rows: Iterator[CallRow],
    old: Rubric,
    new: Rubric,
    settings: Settings,
    open_stored: OpenStored,
    workers: int,
) -> Iterator[Comparison | SetAside]:
    """In the order of the rows, whichever worker is faster."""
    first = list(islice(rows, CHUNK))
    if workers < 2 or len(first) < CHUNK:
        trial = _Trial(settings, old, new, open_stored(settings))
        for row in chain(first, rows):
            yield trial.compare(row)
        return
    rest = chain(first, rows)
    chunks = iter(lambda: list(islice(rest, CHUNK)), [])
    pool = ProcessPoolExecutor(
        workers,
        # Spawned, not forked: a forked child would share the parent's database connections and locks.
        mp_context=get_context("spawn"),
        initializer=_start_worker,
        initargs=(open_stored, settings, old.content, new.content),
    )
    running: deque[Future[list[Comparison | SetAside]]] = deque()
    try:
        for chunk in chunks:
            running.append(pool.submit(_work, chunk))
            if len(running) > 2 * workers:
                yield from running.popleft().result()
        while running:
            yield from running.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Trial:
    """Both forms over stored calls, in one process."""

    def __init__(self, settings: Settings, old: Rubric, new: Rubric, stored: Stored) -> None:
        self._settings = settings
        self._store, self._artifacts, self._engine = stored
        self._listening = SecondListen(self._artifacts, self._engine, None, settings)
        self._old, self._new = old, new
        # What both forms ask alike is answered alike: it is asked once.
        self._same = frozenset(c.id for _, c in new.criteria() if same_question(c.id, old, new))
        self._expected = expected_of(new, [c for _, c in new.criteria() if c.id not in self._same])

    def compare(self, row: CallRow) -> Comparison | SetAside:
        call_id = row.info.call_id
        try:
            call = recall(row, self._artifacts, agent_channel=self._settings.agent_channel)
            if call is None:
                return SetAside(call_id=call_id, reason="gone")
            if before_scoring(call, min_hearing_quality=self._settings.min_hearing_quality) is not None:
                return SetAside(call_id=call_id, reason="not_scored")
            for rubric in (self._old, self._new):
                tz = self._settings.business_tz
                call = with_usual_pitch(call, rubric, self._store, tz, keep=False)
            ask = self._listening.ask(call, row.artifacts["transcript"], None)
            kept = self._stored(call)
            old, new = self._cards(call, ask, kept)
            made = compare(row.info, business_day(row, self._settings.business_tz), old, new)
            return self._shown(made, call, kept)
        except QaError:
            raise
        except (
            Exception
        ) as error:  # a fault of ours in one call must not hide what the form does to the others
            return SetAside(call_id=call_id, reason="internal", detail=fault_trace(error))

    def _shown(self, made: Comparison, call: Call, kept: Sequence[Finding]) -> Comparison:
        """What changed, told without what is private; a kept scorecard's findings are told without it already."""
        clean = Clean(call, "zh", name_agent=True, form=self._old.content + self._new.content)
        told = {id(finding) for finding in kept}

        def shown(scored: ScoredFinding | None) -> ScoredFinding | None:
            if scored is None or id(scored.finding) in told:
                return scored
            return replace(scored, finding=clean.finding(scored.finding))

        changes = (replace(c, old=shown(c.old), new=shown(c.new)) for c in made.changes)
        return replace(made, changes=tuple(changes))

    def _cards(self, call: Call, ask: Ask, kept: tuple[Finding, ...]) -> tuple[Scorecard, Scorecard]:
        settings = self._settings
        scene = scene_of(self._old, call, settings.min_confidence, settings.business_tz, all_of_it=True)
        found = kept or self._findings(self._old, scene, {}, ask)
        # What was said is laid out once for both forms; each form's own checks are asked by themselves.
        other = replace(
            scene,
            conditions=self._new.conditions,
            lists=self._new.lists,
            variables=self._new.variables,
            expected=self._expected,
        )
        refound = self._findings(self._new, other, {f.criterion_id: f for f in found}, ask)
        reviews = self._store.reviews(call.info.call_id)
        return self._card(self._old, found, call, reviews), self._card(self._new, refound, call, reviews)

    def _stored(self, call: Call) -> tuple[Finding, ...]:
        """What the machine found under the old form, where the stored scorecard is exactly what it would be today."""
        card = self._store.scorecard(call.info.call_id, self._old.rubric)
        if card is None or card.rubric_digest != self._old.digest:
            return ()
        audio = card.provenance.get("audio", "")
        today = provenance(self._engine, audio, call.transcript, self._settings, call.info)
        today |= voice_provenance(call, self._old)
        # A card with people's marks in it holds their answers, not the machine's, and its provenance names them.
        return tuple(s.finding for s in card.findings) if card.provenance == today else ()

    def _findings(
        self, rubric: Rubric, scene: Scene, known: Mapping[str, Finding], ask: Ask
    ) -> tuple[Finding, ...]:
        fatal = replace(scene, min_confidence=self._settings.min_confidence_fatal)
        return tuple(
            known[criterion.id]
            if criterion.id in known and criterion.id in self._same
            else found_twice(criterion, fatal if criterion.severity == "fatal" else scene, ask)
            for _, criterion in rubric.criteria()
        )

    def _card(
        self, rubric: Rubric, findings: Sequence[Finding], call: Call, reviews: Sequence[Review]
    ) -> Scorecard:
        return score(
            rubric,
            findings,
            call,
            engine_digest="backtest",
            reviews=reviews,
            max_pending_pct=self._settings.max_pending_pct,
            fatal_needs_person=self._settings.fatal_needs_person,
            provenance={},
        )


_trials: list[_Trial] = []
"""This worker's trial, made when the worker starts."""


def _start_worker(open_stored: OpenStored, settings: Settings, old: str, new: str) -> None:
    forms = parse_rubric(old, "old.yaml"), parse_rubric(new, "new.yaml")
    _trials[:] = [_Trial(settings, *forms, open_stored(settings))]


def _work(rows: Sequence[CallRow]) -> list[Comparison | SetAside]:
    return [_trials[0].compare(row) for row in rows]
