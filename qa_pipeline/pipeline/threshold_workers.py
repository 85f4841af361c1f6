"""Marked calls in chunks, handed to as many processes as there are cores."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

from qa_pipeline.pipeline.backtest import OpenStored
from qa_pipeline.pipeline.threshold_calls import MarkedCall
from qa_pipeline.pipeline.threshold_trial import Checked, Look, Trial
from qa_pipeline.rules.parse import parse_rubric
from qa_pipeline.rules.rubric import Rubric
from qa_pipeline.settings import Settings

CHUNK = 25
"""Calls laid out at once: some 8 MB each where they last six minutes."""
WORTH_S = 1.5
"""A process takes some seconds to start: chunks that are faster than this are not worth it."""
Done = Callable[[int], None]
"""Told how many more calls are done."""
A = TypeVar("A")
R = TypeVar("R")


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
